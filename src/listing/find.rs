// SPDX-License-Identifier: GPL-2.0-or-later
//! Finds series by a part of a name, title, subject, link or Change-Id. The search ignores case and has no wildcards.

use crate::author::Author;
use crate::db::listing::{
    self, ListQuery, ListedSeries, PatchDetail, TextKind, TextLocation, VersionFilter,
};
use crate::db::series::{REVIEW, SeriesId};
use crate::error::Result;
use crate::series::SeriesIdentity;
use memchr::memmem::Finder;
use std::collections::HashMap;

/// A series in which something was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundSeries {
    /// Its name.
    pub series: String,
    /// What identifies it.
    pub identity: Option<SeriesIdentity>,
    /// Its title.
    pub title: Option<String>,
    /// Whether it is another author's, under review.
    pub review: bool,
    /// Whether it is archived.
    pub archived: bool,
    /// Where it was found.
    pub matches: Vec<Match>,
}

/// A text in which it was found, in however many versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// What the text is.
    pub kind: Where,
    /// The text.
    pub text: String,
    /// Where it is; empty if it belongs to the whole series.
    pub versions: Vec<Place>,
}

/// A version that has the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Its number; none if the database holds something that is not a version.
    pub version: Option<u32>,
    /// The number of the patch, if it is of one.
    pub patch: Option<u32>,
}

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Where {
    /// The name of the series.
    Name,
    /// The title of the series or of versions.
    Title,
    /// The subject of a cover letter on Patchwork.
    Cover,
    /// The number on Patchwork.
    Link,
    /// The Change-Id of patches, or of the series.
    ChangeId,
    /// The subject of a patch.
    Subject,
}

impl Where {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Where::Name => "name",
            Where::Title => "title",
            Where::Cover => "cover",
            Where::Link => "link",
            Where::ChangeId => "change-id",
            Where::Subject => "subject",
        }
    }
}

/// A text to search for, ignoring case.
pub struct Needle {
    lower: String,
    finder: Finder<'static>,
    folded: String,
}

impl Needle {
    /// The text to search for.
    pub fn new(text: &str) -> Needle {
        let lower = text.to_lowercase();
        Needle {
            finder: Finder::new(lower.as_bytes()).into_owned(),
            lower,
            folded: String::new(),
        }
    }

    /// Whether `text` contains it.
    pub fn is_in(&mut self, text: &str) -> bool {
        self.folded.clear();
        if text.is_ascii() {
            self.folded.push_str(text);
            self.folded.make_ascii_lowercase();
        } else {
            self.folded.push_str(&text.to_lowercase());
        }
        self.finder.find(self.folded.as_bytes()).is_some()
    }

    /// Where `text` contains it, as ranges of bytes.
    pub fn parts(&self, text: &str) -> Vec<std::ops::Range<usize>> {
        // The letters in lower case, and the end of the letter of the text that each byte of them is from.
        let (mut folded, mut starts, mut ends) = (String::new(), Vec::new(), Vec::new());
        for (at, c) in text.char_indices() {
            folded.extend(c.to_lowercase());
            starts.resize(folded.len(), at);
            ends.resize(folded.len(), at + c.len_utf8());
        }
        let found = folded
            .match_indices(&self.lower)
            .filter(|(_, part)| !part.is_empty());
        found
            .map(|(at, part)| starts[at]..ends[at + part.len() - 1])
            .collect()
    }
}

impl Author<'_> {
    /// The series that contain a text, by name.
    pub fn find(&self, needle: &mut Needle, query: ListQuery<'_>) -> Result<Vec<FoundSeries>> {
        let series = ListQuery {
            versions: VersionFilter::Newest,
            patches: PatchDetail::None,
            ..query
        };
        let mut all: Vec<(SeriesId, FoundSeries)> = listing::list(&self.db, series)?
            .into_iter()
            .map(|one| (one.series.id, begun(one, needle)))
            .collect();
        let places: HashMap<SeriesId, usize> = all
            .iter()
            .enumerate()
            .map(|(at, (id, _))| (*id, at))
            .collect();
        listing::each_text(&self.db, query, &mut |place, text| {
            if let Some(at) = places.get(&place.series)
                && needle.is_in(text)
            {
                add(&mut all[*at].1.matches, place, text);
            }
        })?;
        let mut found: Vec<FoundSeries> = all
            .into_iter()
            .map(|(_, one)| one)
            .filter(|one| !one.matches.is_empty())
            .collect();
        for one in &mut found {
            in_order(&mut one.matches);
        }
        found.sort_by(|a, b| a.series.cmp(&b.series));
        Ok(found)
    }
}

/// Puts the texts of versions before those of patches.
fn in_order(matches: &mut [Match]) {
    for one in matches.iter_mut() {
        one.versions.sort_by_key(|place| place.patch.is_some());
    }
    matches.sort_by_key(|one| {
        one.versions
            .first()
            .is_some_and(|place| place.patch.is_some())
    });
}

/// A series with the matches in its own row.
fn begun(one: ListedSeries, needle: &mut Needle) -> FoundSeries {
    let ListedSeries {
        series: one,
        identity,
        ..
    } = one;
    let of_series = |kind, text: &str| Match {
        kind,
        text: text.to_owned(),
        versions: Vec::new(),
    };
    let mut matches = Vec::new();
    if needle.is_in(&one.name) {
        matches.push(of_series(Where::Name, &one.name));
    }
    if let Some(title) = one.desc.as_deref().filter(|title| needle.is_in(title)) {
        matches.push(of_series(Where::Title, title));
    }
    let review = one.source.as_deref() == Some(REVIEW);
    FoundSeries {
        series: one.name,
        identity,
        title: one.desc,
        review,
        archived: one.archived,
        matches,
    }
}

fn add(matches: &mut Vec<Match>, place: TextLocation, text: &str) {
    let kind = match place.kind {
        TextKind::Title => Where::Title,
        TextKind::Cover => Where::Cover,
        TextKind::Link => Where::Link,
        TextKind::ChangeId => Where::ChangeId,
        TextKind::Subject => Where::Subject,
    };
    let here = Place {
        version: place.version.map(|number| number.get()),
        patch: place.patch,
    };
    match matches
        .iter_mut()
        .find(|one| one.kind == kind && one.text == text)
    {
        Some(one) => one.versions.push(here),
        None => matches.push(Match {
            kind,
            text: text.to_owned(),
            versions: vec![here],
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_found_in_any_case_and_nothing_in_it_is_a_wildcard() {
        let is_in = |needle: &str, text: &str| Needle::new(needle).is_in(text);
        assert!(is_in("EXT4", "doc: ext4: Mention it") && is_in("ext4", "EXT4"));
        assert!(
            is_in("ÄRGER", "fix ärger") && is_in("ärger", "ÄRGER") && is_in("привет", "ПРИВЕТ")
        );
        assert!(!is_in("%", "tidy") && is_in("100%", "use 100% of it"));
        assert!(!is_in("a_b", "axb") && is_in("A_B", "a_b") && !is_in("a.b", "axb"));
    }

    #[test]
    fn what_was_found_is_marked_where_it_stands() {
        let parts = |needle: &str, text: &str| -> Vec<String> {
            Needle::new(needle)
                .parts(text)
                .into_iter()
                .map(|range| text[range].to_owned())
                .collect()
        };
        assert_eq!(parts("ab", "xABab"), ["AB", "ab"]);
        assert_eq!(parts("ä", "aÄb"), ["Ä"]);
        // The small letter of this one is two.
        assert_eq!(parts("i", "xİy"), ["İ"]);
        assert_eq!(parts("\u{307}y", "xİy"), ["İy"]);
        assert!(parts("", "abc").is_empty());
    }
}
