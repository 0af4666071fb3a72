// SPDX-License-Identifier: GPL-2.0-or-later
//! The commands, one file each, named as they are typed: arguments, then `run`.

pub mod db;
pub mod patchwork;
pub mod review;
pub mod series;
pub mod status;
pub mod undo;
pub mod upstream;
pub mod util;
pub mod workflow;
