// SPDX-License-Identifier: GPL-2.0-or-later
//! A patch's files and hunks, parsed as git does.
