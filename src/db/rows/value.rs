// SPDX-License-Identifier: GPL-2.0-or-later
//! SQLite values in a form that can be stored as JSON and compared.

use rusqlite::types::{Value as Sql, ValueRef};
use serde::{Deserialize, Serialize};

/// A value of any of SQLite's types.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Value {
    /// NULL.
    Null,
    /// A whole number.
    Int(i64),
    /// A real number, as its bits.
    Real(u64),
    /// Text.
    Text(String),
    /// Text that is not UTF-8, as hexadecimal digits.
    Raw(String),
    /// Bytes, as hexadecimal digits.
    Blob(String),
}

/// Converts a value from SQLite.
pub(super) fn value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Real(number) => Value::Real(number.to_bits()),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Value::Text(text.to_owned()),
            Err(_) => Value::Raw(hex(bytes)),
        },
        ValueRef::Blob(bytes) => Value::Blob(hex(bytes)),
    }
}

/// The placeholder of a value in a statement: text that is not UTF-8 is passed as bytes.
pub(super) fn mark(value: &Value, number: usize) -> String {
    match value {
        Value::Raw(_) => format!("CAST(?{number} AS TEXT)"),
        _ => format!("?{number}"),
    }
}

/// The value as it is passed to SQLite.
pub(super) fn sql(value: &Value) -> Sql {
    match value {
        Value::Null => Sql::Null,
        Value::Int(number) => Sql::Integer(*number),
        Value::Real(bits) => Sql::Real(f64::from_bits(*bits)),
        Value::Text(text) => Sql::Text(text.clone()),
        Value::Raw(digits) | Value::Blob(digits) => Sql::Blob(bytes(digits)),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(digits: &str) -> Vec<u8> {
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    digits.as_bytes().chunks(2).filter_map(pair).collect()
}

/// The value in readable form, if it is short.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Int(number) => number.to_string(),
        Value::Text(text) => format!("'{text}'"),
        _ => String::new(),
    }
}
