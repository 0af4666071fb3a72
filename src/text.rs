// SPDX-License-Identifier: GPL-2.0-or-later
//! How values are written in messages: words quoted for a shell, numbers with their nouns, invisible characters escaped.

pub mod count;
mod shell_quote;

use crate::invisible::invisible;
pub use shell_quote::{shell_operand, shell_quote, shell_words};
use std::borrow::Cow;

/// A number of bytes, as people read it.
pub fn bytes(count: u64) -> String {
    match count {
        0..10_240 => format!("{count} bytes"),
        10_240..10_485_760 => format!("{} KiB", count / 1024),
        _ => format!("{} MiB", count / 1_048_576),
    }
}

/// The text with characters that are [`invisible`], among them escape sequences, shown as text (`\x1b`, `\n`), so that no
/// stranger's subject can move the cursor, change colours or be read as another one.
pub fn escape_controls(text: &str) -> Cow<'_, str> {
    let mut hidden = invisible(text).peekable();
    if hidden.peek().is_none() {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    let mut end = 0;
    for (at, c) in hidden {
        safe.push_str(&text[end..at]);
        end = at + c.len_utf8();
        match c {
            '\n' => safe.push_str("\\n"),
            '\t' => safe.push(' '),
            c if u32::from(c) < 0x100 => safe.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => safe.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
        }
    }
    safe.push_str(&text[end..]);
    Cow::Owned(safe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_are_shown_as_text() {
        assert_eq!(
            escape_controls("a\x1b[31mb\u{202e}c"),
            "a\\x1b[31mb\\u{202e}c"
        );
        assert_eq!(escape_controls("naïve"), "naïve");
    }
}
