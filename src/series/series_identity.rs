// SPDX-License-Identifier: GPL-2.0-or-later
//! What identifies a series, whatever its name: two people may have different names for one series, and one name for two.
//!
//! It is the `change-id:` of the series. Without one it is the Message-ID of the cover letter (or of the first patch) of the
//! earliest known version. A series of the user's own gets a change-id when it is added, long before it is sent. It has
//! nothing to do with the `Change-Id:` of a patch.

use sha1_smol::Sha1;
use std::fmt;

/// The identity of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SeriesIdentity {
    /// The `change-id:` of the series, the same in all versions.
    ChangeId(String),
    /// The Message-ID of the earliest known version, without angle brackets.
    MessageId(String),
}

impl SeriesIdentity {
    /// Adds what a version says to what the versions before it say. A change-id takes precedence in any version, a Message-ID
    /// only in the earliest.
    pub fn add(
        known: &mut Option<SeriesIdentity>,
        change_id: Option<String>,
        message_id: Option<String>,
    ) {
        match (&known, change_id, message_id) {
            (Some(SeriesIdentity::ChangeId(_)), ..) => {}
            (_, Some(id), _) => *known = Some(SeriesIdentity::ChangeId(id)),
            (None, None, Some(id)) => *known = Some(SeriesIdentity::MessageId(id)),
            (_, None, _) => {}
        }
    }

    /// The identity as text.
    pub fn as_str(&self) -> &str {
        let (SeriesIdentity::ChangeId(id) | SeriesIdentity::MessageId(id)) = self;
        id
    }
}

impl fmt::Display for SeriesIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A change-id for a series that begins with these commits on a day such as `2026-01-01`, in the form that b4 gives it:
/// `20260101-video-0123456789ab`.
pub fn new_change_id(name: &str, day: &str, commits: &[String]) -> String {
    let mut hash = Sha1::new();
    for text in [name, day]
        .into_iter()
        .chain(commits.iter().map(String::as_str))
    {
        hash.update(text.as_bytes());
        hash.update(b"\0");
    }
    let digest = hash.digest().to_string();
    let day = day.replace('-', "");
    format!("{day}-{}-{}", name.replace('/', "-"), &digest[..12])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(versions: &[(Option<&str>, Option<&str>)]) -> Option<String> {
        let mut known = None;
        for (change_id, message_id) in versions {
            SeriesIdentity::add(
                &mut known,
                change_id.map(str::to_owned),
                message_id.map(str::to_owned),
            );
        }
        known.map(|known| known.to_string())
    }

    #[test]
    fn a_change_id_comes_before_the_earliest_message() {
        type Versions = &'static [(Option<&'static str>, Option<&'static str>)];
        let cases: [(Versions, Option<&str>); 5] = [
            (&[], None),
            (&[(None, None), (None, Some("2@x"))], Some("2@x")),
            (&[(None, Some("1@x")), (None, Some("2@x"))], Some("1@x")),
            (&[(None, Some("1@x")), (Some("c"), Some("2@x"))], Some("c")),
            (&[(Some("c"), None), (Some("d"), Some("2@x"))], Some("c")),
        ];
        for (versions, wanted) in cases {
            assert_eq!(identity(versions).as_deref(), wanted, "{versions:?}");
        }
    }

    #[test]
    fn series_of_one_name_get_different_change_ids() {
        let id = |commit: &str| new_change_id("net/video", "2026-01-01", &[commit.to_owned()]);
        assert!(id("a").starts_with("20260101-net-video-"));
        assert_eq!(id("a").len(), "20260101-net-video-".len() + 12);
        assert_ne!(id("a"), id("b"));
        assert_eq!(id("a"), id("a"));
    }
}
