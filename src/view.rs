// SPDX-License-Identifier: GPL-2.0-or-later
//! How values of the domain are shown: as JSON and, beside it, as a table or lines of text.
//!
//! One file for each value that git-patman-json(5) describes. A domain type is never serialized itself, so that a change
//! of it cannot change the output. Only this folder and the formats of stored files use `Serialize`; `tests/imports.rs`
//! checks this.

pub mod db_check;
pub mod db_status;
pub mod notes;
pub mod project;
pub mod undo;
pub mod upstream;
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
