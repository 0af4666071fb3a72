// SPDX-License-Identifier: GPL-2.0-or-later
//! `Series-links: 2:453001 1:110`: the id at Patchwork of each version. One without a version is of the newest.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The links, and the words that are none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SeriesLinks {
    /// By version.
    pub of: BTreeMap<u32, String>,
    /// What is neither `<id>` nor `<version>:<id>`, as it stands.
    pub bad: Vec<String>,
    /// Versions that had a link already, which a later word has replaced.
    pub twice: Vec<u32>,
}

impl SeriesLinks {
    /// Reads the value of the tag; `version` is that of a link without one.
    pub fn parse(value: &str, version: u32) -> SeriesLinks {
        let mut links = SeriesLinks::default();
        for word in value.split_ascii_whitespace() {
            let (of, id) = match word.split_once(':') {
                Some((of, id)) => (number(of), id),
                None => (Some(version), word),
            };
            match of.filter(|_| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())) {
                Some(of)
                    if links
                        .of
                        .insert(of, id.to_owned())
                        .is_some_and(|old| old != id) =>
                {
                    links.twice.push(of)
                }
                Some(_) => {}
                None => links.bad.push(word.to_owned()),
            }
        }
        links
    }

    /// The value as it is written: the newest version first. Words that are no links stay, at the end.
    pub fn written(&self) -> String {
        let mut out = String::new();
        for (version, id) in self.of.iter().rev() {
            let gap = if out.is_empty() { "" } else { " " };
            // Writing to a string cannot fail.
            write!(out, "{gap}{version}:{id}").ok();
        }
        for word in &self.bad {
            out.push_str(if out.is_empty() { "" } else { " " });
            out.push_str(word);
        }
        out
    }
}

/// A version as tags have it: a number from 1 on, in digits.
pub(super) fn number(text: &str) -> Option<u32> {
    let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_digits
        .then(|| text.parse().ok())
        .flatten()
        .filter(|version| *version > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_read_and_written_the_newest_first() {
        let links = SeriesLinks::parse("1:110 453001", 2);
        assert_eq!(links.written(), "2:453001 1:110");
        assert_eq!((links.bad.len(), links.twice.len()), (0, 0));
    }

    #[test]
    fn words_that_are_no_links_are_told_and_kept() {
        let links = SeriesLinks::parse("1:110 x:3 2: 0:5 :7 1:2:3 http://a/?series=4", 2);
        assert_eq!(
            links.bad,
            ["x:3", "2:", "0:5", ":7", "1:2:3", "http://a/?series=4"]
        );
        assert_eq!(
            links.written(),
            "1:110 x:3 2: 0:5 :7 1:2:3 http://a/?series=4"
        );
    }

    #[test]
    fn the_last_of_two_links_of_a_version_counts() {
        let links = SeriesLinks::parse("1:110 1:111 1:111", 1);
        assert_eq!(
            (links.written(), links.twice),
            ("1:111".to_owned(), vec![1])
        );
    }
}
