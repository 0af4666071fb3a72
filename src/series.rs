// SPDX-License-Identifier: GPL-2.0-or-later
//! The model: series, versions and patches as plain types, and the rules that compare them. Nothing here reads the
//! database or the repository.

mod person;
mod series_identity;
mod series_name;
pub mod state;
mod version_number;

pub use person::Person;
pub use series_identity::{SeriesIdentity, new_change_id};
pub use series_name::SeriesName;
pub use version_number::VersionNumber;
