// SPDX-License-Identifier: GPL-2.0-or-later
//! `review finish`: what became of a review, and which branches have its patches.
