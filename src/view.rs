// SPDX-License-Identifier: GPL-2.0-or-later
//! How values of the domain are shown: as JSON and, beside it, as a table or lines of text.
//!
//! One file for each value that git-patman-json(5) describes. A domain type is never serialized itself, so that a change
//! of it cannot change the output. Only this folder and the formats of stored files use `Serialize`; `tests/imports.rs`
//! checks this.

pub mod apply_check;
pub mod autolink;
pub mod check_run;
pub mod comparison;
pub mod db_check;
pub mod db_status;
pub mod discussion;
pub mod inbox;
pub mod list;
pub mod notes;
pub mod patches;
pub mod project;
pub mod review;
pub mod series_info;
pub mod trailers;
pub mod undo;
pub mod update;
pub mod upstream;
pub mod version_report;
pub mod workflow;

/// Defines a JSON object and the value that it is made from: its fields in order, each with its type and its value.
///
/// ```ignore
/// json_object! {
///     /// A patch.
///     pub struct PatchJson<'a> from patch: &'a Patch {
///         seq: u32 = patch.number.get(),
///         subject: &'a str = &patch.subject,
///     }
/// }
/// ```
macro_rules! json_object {
    (
        $(#[$meta:meta])*
        pub struct $name:ident $(<$life:lifetime>)? from $value:tt : $domain:ty {
            $($(#[$field_meta:meta])* $field:ident : $type:ty = $from:expr,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, serde::Serialize)]
        pub struct $name $(<$life>)? {
            $($(#[$field_meta])* $field: $type,)*
        }

        impl $(<$life>)? From<$domain> for $name $(<$life>)? {
            fn from($value: $domain) -> Self {
                $name {
                    $($field: $from,)*
                }
            }
        }
    };
}
use json_object;

/// The JSON of each value.
pub fn each<'a, T, J: From<&'a T>>(values: &'a [T]) -> Vec<J> {
    values.iter().map(J::from).collect()
}
