// SPDX-License-Identifier: GPL-2.0-or-later
//! Reads values of old databases: one column may hold a number, the same number as text, an empty text or NULL in
//! different rows. A value of any type can be read.

use rusqlite::Row;
use rusqlite::types::ValueRef;

/// The value as text; `None` for NULL. Bytes that are not UTF-8 are replaced.
pub(super) fn text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            Some(String::from_utf8_lossy(bytes).into_owned())
        }
    }
}

/// The value as a number; `None` for NULL and for text that is not a number.
pub(super) fn number(value: ValueRef<'_>) -> Option<i64> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number),
        // A float outside the range saturates.
        ValueRef::Real(number) => Some(number as i64),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            std::str::from_utf8(bytes).ok()?.trim().parse().ok()
        }
    }
}

/// Reads the columns of a row by their position, whatever their types.
pub(super) trait LenientRow {
    /// The column as text; `None` for NULL.
    fn text(&self, column: usize) -> rusqlite::Result<Option<String>>;
    /// The column as text; `None` for NULL and for the empty text.
    fn filled(&self, column: usize) -> rusqlite::Result<Option<String>>;
    /// The column as a number; `None` if it is not a number.
    fn number(&self, column: usize) -> rusqlite::Result<Option<i64>>;
    /// The column as a boolean; false for NULL, zero and text that is not a number.
    fn flag(&self, column: usize) -> rusqlite::Result<bool>;
}

impl LenientRow for Row<'_> {
    fn text(&self, column: usize) -> rusqlite::Result<Option<String>> {
        self.get_ref(column).map(text)
    }

    fn filled(&self, column: usize) -> rusqlite::Result<Option<String>> {
        Ok(LenientRow::text(self, column)?.filter(|text| !text.is_empty()))
    }

    fn number(&self, column: usize) -> rusqlite::Result<Option<i64>> {
        self.get_ref(column).map(number)
    }

    fn flag(&self, column: usize) -> rusqlite::Result<bool> {
        Ok(LenientRow::number(self, column)?.is_some_and(|number| number != 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_from_text_and_text_from_numbers() {
        assert_eq!(number(ValueRef::Text(b" 42 ")), Some(42));
        assert_eq!(number(ValueRef::Text(b"")), None);
        assert_eq!(number(ValueRef::Real(2.0)), Some(2));
        assert_eq!(text(ValueRef::Integer(7)).as_deref(), Some("7"));
        assert_eq!(text(ValueRef::Blob(b"\xff")).as_deref(), Some("\u{fffd}"));
    }
}
