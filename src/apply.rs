// SPDX-License-Identifier: GPL-2.0-or-later
//! A version onto its base, in memory.
