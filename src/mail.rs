// SPDX-License-Identifier: GPL-2.0-or-later
//! Mails read, understood, and sorted into series.
