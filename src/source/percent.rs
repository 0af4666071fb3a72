// SPDX-License-Identifier: GPL-2.0-or-later
//! Percent-encoding of text for URLs (RFC 3986).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Every byte but letters, digits and `-._~@`.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'@');

/// Every byte but letters, digits, blanks and `-._*`.
const FORM: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'*')
    .remove(b' ');

/// Encodes one part of a path, or one value of a query, such as a message id.
pub fn encode_component(text: &str) -> String {
    utf8_percent_encode(text, COMPONENT).to_string()
}

/// Encodes a form as `application/x-www-form-urlencoded`.
pub(super) fn encode_form(form: &[(&str, &str)]) -> String {
    let encode = |text: &str| {
        utf8_percent_encode(text, FORM)
            .to_string()
            .replace(' ', "+")
    };
    let pairs: Vec<String> = form
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    pairs.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_has_no_character_with_a_meaning_in_a_url() {
        assert_eq!(
            encode_component("a/b+c=d%e?f#g &@x~é"),
            "a%2Fb%2Bc%3Dd%25e%3Ff%23g%20%26@x~%C3%A9"
        );
    }

    #[test]
    fn a_form_has_plus_signs_for_blanks() {
        assert_eq!(
            encode_form(&[("q", "a b&c=d/é+"), ("x", "m")]),
            "q=a+b%26c%3Dd%2F%C3%A9%2B&x=m"
        );
    }
}
