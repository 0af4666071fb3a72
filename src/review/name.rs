// SPDX-License-Identifier: GPL-2.0-or-later
//! The name of a series that is under review: a slug of its title, unique, stable for its later versions.

use crate::error::{Error, Result};
use crate::series::SeriesName;

/// The longest slug, in bytes.
const MAX_NAME_LEN: usize = 36;

/// Names below `refs/patman/` that are reserved.
const RESERVED: [&str; 2] = ["backup", "kept"];

/// The name made of a title: its ASCII letters and digits in lower case, words joined by `-`, cut at a word.
///
/// A name that ends in a digit would be parsed as a version of another series (`video2` is version 2 of `video`), so
/// such a name gets the suffix `-review`.
pub fn slug(title: &str) -> String {
    let mut slug = String::new();
    for word in title
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        let gap = usize::from(!slug.is_empty());
        if !slug.is_empty() && slug.len() + gap + word.len() > MAX_NAME_LEN {
            break;
        }
        if gap == 1 {
            slug.push('-');
        }
        slug.extend(
            word.chars()
                .take(MAX_NAME_LEN)
                .map(|c| c.to_ascii_lowercase()),
        );
    }
    if slug.is_empty() {
        slug.push_str("series");
    }
    if slug.ends_with(|c: char| c.is_ascii_digit())
        || RESERVED.contains(&slug.as_str())
        || slug == "head"
    {
        slug.push_str("-review");
    }
    slug
}

/// The first free name of: the slug, the slug with the author's name, and the slug with letters derived from `key`.
pub fn unique(
    title: &str,
    author: &str,
    key: &str,
    is_taken: impl Fn(&str) -> Result<bool>,
) -> Result<SeriesName> {
    let slug = slug(title);
    let by_author = format!("{}-by-{}", slug, self::slug(author));
    for name in [slug.clone(), by_author, format!("{slug}-{}", letters(key))] {
        if !is_taken(&name)? {
            return SeriesName::new(&name);
        }
    }
    Err(
        Error::new(format!("no name is available for the series '{title}'"))
            .with_hint("give one with --name"),
    )
}

/// The name that patman gives a Patchwork series: `<upstream>-<its number>-review`, or `pw-` without an upstream.
/// A name that is taken gets letters derived from `key`.
pub fn of_link(
    upstream: Option<&str>,
    id: u64,
    key: &str,
    is_taken: impl Fn(&str) -> Result<bool>,
) -> Result<SeriesName> {
    let name = format!("{}-{id}-review", upstream.unwrap_or("pw"));
    let name = if SeriesName::new(&name).is_ok() {
        name
    } else {
        format!("pw-{id}-review")
    };
    for name in [name.clone(), format!("{name}-{}", letters(key))] {
        if !is_taken(&name)? {
            return SeriesName::new(&name);
        }
    }
    Err(Error::new(format!("no name is available for series {id}"))
        .with_hint("give one with --name"))
}

/// Checks a name that the user gave.
pub fn given(name: &str) -> Result<SeriesName> {
    if RESERVED.contains(&name) {
        return Err(Error::usage(format!(
            "'{name}' cannot be the name of a series: its refs have another meaning"
        )));
    }
    SeriesName::new(name)
}

/// Six letters from the FNV-1a hash of `key`; letters, since trailing digits would be read as a version.
fn letters(key: &str) -> String {
    let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (0..6)
        .map(|at| char::from(b'a' + u8::try_from(hash >> (at * 5) & 15).unwrap_or(0)))
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn a_title_becomes_words_joined_by_dashes() {
        for (title, name) in [
            (
                "dm: core: Fix the \"fast\" path",
                "dm-core-fix-the-fast-path",
            ),
            ("Add RK3588", "add-rk3588-review"),
            ("日本", "series"),
            ("../../.git/hooks", "git-hooks"),
            ("kept", "kept-review"),
            (
                "a very long title that goes on and on until somebody stops it",
                "a-very-long-title-that-goes-on-and",
            ),
        ] {
            assert_eq!(slug(title), name);
            assert!(SeriesName::new(&slug(title)).is_ok());
        }
    }

    #[test]
    fn a_series_of_a_patchwork_is_named_as_patman_does() {
        let taken = |names: &'static [&str]| move |name: &str| Ok(names.contains(&name));
        assert_eq!(
            of_link(Some("us"), 100, "k", taken(&[])).unwrap().as_str(),
            "us-100-review"
        );
        assert_eq!(
            of_link(None, 100, "k", taken(&[])).unwrap().as_str(),
            "pw-100-review"
        );
        assert_eq!(
            of_link(Some("a/b"), 100, "k", taken(&[])).unwrap().as_str(),
            "pw-100-review"
        );
        let other = of_link(Some("us"), 100, "k", taken(&["us-100-review"])).unwrap();
        assert!(other.as_str().starts_with("us-100-review-"));
    }

    #[test]
    fn a_taken_name_gets_the_author_then_letters() {
        let taken = |names: &'static [&str]| move |name: &str| Ok(names.contains(&name));
        assert_eq!(
            unique("Fix", "Ada L", "k", taken(&["fix"]))
                .unwrap()
                .as_str(),
            "fix-by-ada-l"
        );
        let last = unique("Fix", "Ada", "k", taken(&["fix", "fix-by-ada"])).unwrap();
        assert!(last.as_str().starts_with("fix-") && last.as_str().len() == 10);
    }
}
