// SPDX-License-Identifier: GPL-2.0-or-later
//! Patches applied in memory, compared with `git am -3`: the same commits, or a stop at the same patch.
#![allow(clippy::unwrap_used)] // a test stops where it fails

mod commits;
mod differential;
mod generate;
mod hostile;
mod kinds;
mod mutate;
mod panics;
mod partial;
mod paths;
mod repo;
