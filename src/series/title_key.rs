// SPDX-License-Identifier: GPL-2.0-or-later
//! Compares titles: of series, of patches, of commits.

use super::ParsedSubject;

/// A title as it is compared: prefixes, reply marks, a version at the end, letter case and the number of blanks do not
/// count.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TitleKey(String);

impl TitleKey {
    /// The key of a subject, or of a title.
    pub fn of(subject: &str) -> TitleKey {
        ParsedSubject::parse(subject).key()
    }

    /// The key of a title that has no prefix any more.
    pub(super) fn of_title(title: &str) -> TitleKey {
        let words: Vec<&str> = title.split_whitespace().collect();
        TitleKey(words.join(" ").to_lowercase())
    }

    /// The key as text.
    pub(super) fn into_string(self) -> String {
        self.0
    }

    /// Whether there is no title, which is equal to no other.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Whether two subjects or titles have the same title. An empty title is equal to no other.
pub fn is_same_title(one: &str, other: &str) -> bool {
    let key = TitleKey::of(one);
    !key.is_empty() && key == TitleKey::of(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_case_and_blanks_do_not_count() {
        for (one, other) in [
            ("[PATCH 1/2] dm: Fix it", "[v2,2/3] dm: Fix it"),
            ("[RFC] [net-next] dm: Fix it", "dm: fix  it "),
            ("Re: [PATCH] dm: Fix it", "dm: Fix it (v3)"),
            ("dm: Fix\n it", "dm: Fix it"),
        ] {
            assert!(is_same_title(one, other), "{one} {other}");
        }
        for (one, other) in [("dm: Fix leak", "dm: Fix a leak"), ("", ""), ("[a]", "[b]")] {
            assert!(!is_same_title(one, other), "{one} {other}");
        }
    }
}
