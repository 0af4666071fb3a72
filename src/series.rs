// SPDX-License-Identifier: GPL-2.0-or-later
//! The model: series, versions and patches as plain types, and the rules that compare them. Nothing here reads the
//! database or the repository.
//!
//! - [`PatchIdentity`], [`match_patches`]: which patch of a version is which of another
//! - [`TitleKey`], [`title`], [`ParsedSubject`]: how subjects are read, and titles compared
//! - [`placement`]: which commit of a version is which recorded patch
//! - [`history`]: how the patches of a version differ from those of the version before

pub mod history;
mod identity;
mod person;
pub mod placement;
mod series_identity;
mod series_name;
pub mod state;
pub mod subject;
mod title_key;
mod version_number;

pub use identity::{PatchIdentity, SameName, match_patches, moved};
pub use person::Person;
pub use series_identity::{SeriesIdentity, new_change_id};
pub use series_name::SeriesName;
pub use subject::{ParsedSubject, subject_of_message, title};
pub use title_key::{TitleKey, is_same_title};
pub use version_number::VersionNumber;
