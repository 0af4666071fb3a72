// SPDX-License-Identifier: GPL-2.0-or-later
//! Reads and writes blobs, trees and commits of one repository.
