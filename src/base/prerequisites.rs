// SPDX-License-Identifier: GPL-2.0-or-later
//! Finds the prerequisites of a series, and applies them if the base lacks them.
//!
//! Only the series itself is reviewed: its base is the commit after the prerequisites. Their committer dates
//! are their author dates, so that the same prerequisites on the same base always give the same commits.

use super::{Base, BaseWarning};
use crate::apply::{self, PatchMail};
use crate::diff;
use crate::error::Result;
use crate::git::Oid;
use crate::git::commits::Signature;
use crate::git::objects::Objects;
use crate::mail::prerequisites::{MAX_PREREQUISITES, Prerequisite};
use std::collections::HashSet;

/// How many commits of the base's history are searched for a patch.
const MAX_COMMITS_SEARCHED: usize = 300;

/// Maximum number of prerequisites in a warning.
const MAX_NAMED_IN_WARNING: usize = 5;

/// Maximum number of mails to search for in the history of the base.
const MAX_MAIL_SEARCHES: usize = 20;

/// Maximum number of patches to apply below a series.
const MAX_PREREQUISITE_PATCHES: usize = 2000;

/// Maximum depth of prerequisites of prerequisites.
const DEEPEST: usize = 3;

/// A source of prerequisites.
pub trait Prerequisites {
    /// The patches of a prerequisite, if the source has it.
    fn find(&self, wanted: &Prerequisite) -> Result<Option<FoundPrerequisite>>;
}

/// A prerequisite that was found.
#[derive(Debug, Clone)]
pub struct FoundPrerequisite {
    /// Its name for messages: the series and its version.
    pub what: String,
    /// Its patches, in order.
    pub patches: Vec<PatchMail>,
    /// Its own prerequisites.
    pub needs: Vec<Prerequisite>,
}

/// A prerequisite with its search result.
pub type PrerequisiteResult = (Prerequisite, Option<FoundPrerequisite>);

/// Searches for prerequisites, and for their own prerequisites, which come before them; the first source that
/// has one wins. Patches of the version itself, by `is_own`, are left out: series that depend on each other are
/// the author's mistake.
pub fn seek(
    wanted: Vec<Prerequisite>,
    is_own: &dyn Fn(&Prerequisite) -> bool,
    places: &[&dyn Prerequisites],
) -> Result<Vec<PrerequisiteResult>> {
    let mut search = PrerequisiteSearch {
        is_own,
        places,
        seen: HashSet::new(),
        all: Vec::new(),
    };
    search.add(wanted, 0)?;
    Ok(search.all)
}

struct PrerequisiteSearch<'a> {
    is_own: &'a dyn Fn(&Prerequisite) -> bool,
    places: &'a [&'a dyn Prerequisites],
    seen: HashSet<Prerequisite>,
    all: Vec<PrerequisiteResult>,
}

impl PrerequisiteSearch<'_> {
    fn add(&mut self, wanted: Vec<Prerequisite>, depth: usize) -> Result<()> {
        for one in wanted {
            if self.all.len() == MAX_PREREQUISITES
                || (self.is_own)(&one)
                || !self.seen.insert(one.clone())
            {
                continue;
            }
            let mut found = None;
            for place in self.places {
                found = place.find(&one)?;
                if found.is_some() {
                    break;
                }
            }
            if let Some(found) = found.as_ref().filter(|_| depth + 1 < DEEPEST) {
                self.add(found.needs.clone(), depth + 1)?;
            }
            self.all.push((one, found));
        }
        Ok(())
    }
}

/// The patches of all prerequisites that were found.
pub fn patches(sought: &[PrerequisiteResult]) -> Vec<PatchMail> {
    let found = sought.iter().filter_map(|(_, found)| found.as_ref());
    found
        .flat_map(|found| &found.patches)
        .take(MAX_PREREQUISITE_PATCHES)
        .cloned()
        .collect()
}

/// Applies missing prerequisites to the base. Prerequisites that are not found, or do not apply, cause a
/// warning. `committer` is the committer. The new commits exist only in memory until `objects` are flushed.
pub fn apply_prerequisites(
    objects: &Objects,
    base: Base,
    sought: &[PrerequisiteResult],
    committer: &Signature,
) -> Result<Base> {
    if sought.is_empty() {
        return Ok(base);
    }
    let mut base = Base { ..base };
    let ground = base.commit;
    let (mut laid, mut names) = (0, Vec::new());
    let mut failed = Vec::new();
    let mut left = MAX_PREREQUISITE_PATCHES;
    for (_, found) in sought {
        let Some(found) = found else { continue };
        left = left.saturating_sub(found.patches.len());
        if left == 0 {
            break;
        }
        match on_top(objects, base.commit, &found.patches, committer)? {
            Ok((head, 0)) => base.commit = head,
            Ok((head, count)) => {
                base.commit = head;
                laid += count;
                if names.last() != Some(&found.what) {
                    names.push(found.what.clone());
                }
            }
            // Each search of the history takes a while, and the warnings list no more.
            Err(why)
                if failed.len() >= MAX_NAMED_IN_WARNING
                    || !is_in_history(objects, ground, &found.patches)? =>
            {
                failed.push((found, why))
            }
            Err(_) => {}
        }
    }
    if laid > 0 {
        let what = names
            .iter()
            .take(MAX_NAMED_IN_WARNING)
            .cloned()
            .collect::<Vec<_>>()
            .join(", ");
        let more = if names.len() > MAX_NAMED_IN_WARNING {
            ", ..."
        } else {
            ""
        };
        let patches = if laid == 1 { "patch" } else { "patches" };
        base.why = format!(
            "{}, with {laid} {patches} that it depends on: {what}{more}",
            base.why
        );
    }
    for (found, why) in failed.into_iter().take(MAX_NAMED_IN_WARNING) {
        base.remarks.push(BaseWarning {
            warning: format!(
                "the series depends on {}, which does not apply to its base: {why}",
                found.what
            ),
            hint: "select a base that it applies to, or that contains it, with --base".to_owned(),
        });
    }
    base.remarks.extend(unknown(objects, ground, sought)?);
    Ok(base)
}

/// The last commit with the patches on top of `commit`, and how many were new; or why they do not apply.
fn on_top(
    objects: &Objects,
    commit: Oid,
    patches: &[PatchMail],
    committer: &Signature,
) -> Result<Result<(Oid, usize), String>> {
    let (mut head, mut count) = (commit, 0);
    for patch in patches {
        let committer = Signature {
            seconds: patch.author.seconds,
            offset_minutes: patch.author.offset_minutes,
            ..committer.clone()
        };
        let applied =
            apply::apply_in_memory(objects, head, std::slice::from_ref(patch), &committer)?;
        if let Some(stop) = applied.stopped {
            return Ok(Err(stop.error.to_string()));
        }
        count += usize::from(applied.head != head);
        head = applied.head;
    }
    Ok(Ok((head, count)))
}

/// Whether each patch is a commit in the history of `base`, even if a later commit has changed the same lines.
fn is_in_history(objects: &Objects, base: Oid, patches: &[PatchMail]) -> Result<bool> {
    let mut paths: HashSet<String> = HashSet::new();
    for patch in patches {
        for file in diff::parse(&patch.diff).unwrap_or_default() {
            paths.insert(String::from_utf8_lossy(file.name()).into_owned());
        }
    }
    let paths: Vec<String> = paths.into_iter().take(200).collect();
    let known = diff::patch_ids(&objects.changes_of_history(base, MAX_COMMITS_SEARCHED, &paths)?);
    Ok(patches
        .iter()
        .all(|patch| diff::patch_id(&patch.diff).is_some_and(|id| known.contains(&id))))
}

/// Warns about prerequisites that were not found, unless the base has them.
fn unknown(
    objects: &Objects,
    base: Oid,
    sought: &[PrerequisiteResult],
) -> Result<Option<BaseWarning>> {
    let missing: Vec<&Prerequisite> = sought
        .iter()
        .filter(|(_, found)| found.is_none())
        .map(|(one, _)| one)
        .collect();
    if missing.is_empty() {
        return Ok(None);
    }
    let has_ids = missing
        .iter()
        .any(|one| matches!(one, Prerequisite::Patch(_)));
    let log = if has_ids {
        objects.changes_of_history(base, MAX_COMMITS_SEARCHED, &[])?
    } else {
        Vec::new()
    };
    let ids = diff::patch_ids(&log);
    let mut left = Vec::new();
    let mut looks = 0;
    for one in missing {
        let is_there = match one {
            Prerequisite::Patch(id) => ids.contains(id),
            Prerequisite::Mail(id) if looks < MAX_MAIL_SEARCHES => {
                looks += 1;
                objects.names_in_history(base, id.as_str())?
            }
            _ => false,
        };
        if !is_there {
            left.push(one.to_string());
        }
    }
    if left.is_empty() {
        return Ok(None);
    }
    let more = left.len().saturating_sub(MAX_NAMED_IN_WARNING);
    let names = left
        .iter()
        .take(MAX_NAMED_IN_WARNING)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    Ok(Some(BaseWarning {
        warning: format!("the series depends on patches that could not be found: {names}{more}"),
        hint: "start a review of them first, or select a base that contains them with --base"
            .to_owned(),
    }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
    use super::*;
    use std::cell::RefCell;

    fn change(id: &str) -> Prerequisite {
        Prerequisite::Change(id.to_owned(), None)
    }

    /// A source with series `name: prerequisites`, and a log of the searches.
    struct Place {
        name: &'static str,
        series: &'static [&'static str],
        asked: RefCell<Vec<String>>,
    }

    impl Place {
        fn new(name: &'static str, series: &'static [&'static str]) -> Self {
            let asked = RefCell::default();
            Place {
                name,
                series,
                asked,
            }
        }
    }

    impl Prerequisites for Place {
        fn find(&self, wanted: &Prerequisite) -> Result<Option<FoundPrerequisite>> {
            let Prerequisite::Change(id, _) = wanted else {
                return Ok(None);
            };
            self.asked.borrow_mut().push(id.clone());
            let found = self
                .series
                .iter()
                .find_map(|one| one.strip_prefix(id.as_str())?.strip_prefix(':'));
            Ok(found.map(|needs| FoundPrerequisite {
                what: format!("{id} of {}", self.name),
                patches: Vec::new(),
                needs: needs.split_whitespace().map(change).collect(),
            }))
        }
    }

    fn sought(wanted: &[&str], places: &[&Place]) -> Vec<String> {
        let places: Vec<&dyn Prerequisites> = places.iter().map(|place| *place as _).collect();
        let wanted = wanted.iter().map(|id| change(id)).collect();
        let found = seek(wanted, &|one: &Prerequisite| *one == change("own"), &places).unwrap();
        let text = |(wanted, found): PrerequisiteResult| {
            found.map_or(format!("no {wanted}"), |found| found.what)
        };
        found.into_iter().map(text).collect()
    }

    #[test]
    fn what_a_prerequisite_needs_comes_before_it_and_each_once() {
        let here = Place::new("here", &["a: b c", "b: c", "c:"]);
        assert_eq!(
            sought(&["a", "b"], &[&here]),
            ["c of here", "b of here", "a of here"]
        );
        assert_eq!(*here.asked.borrow(), ["a", "b", "c"]);
    }

    #[test]
    fn the_first_place_that_has_one_is_the_last_that_is_asked() {
        let (near, far) = (
            Place::new("near", &["a:"]),
            Place::new("far", &["a:", "b:"]),
        );
        assert_eq!(
            sought(&["a", "b", "x"], &[&near, &far]),
            ["a of near", "b of far", "no change-id x"]
        );
        assert_eq!(*far.asked.borrow(), ["b", "x"]);
    }

    #[test]
    fn series_that_need_each_other_or_the_one_that_is_applied_come_to_an_end() {
        let here = Place::new("here", &["a: b own", "b: a"]);
        assert_eq!(sought(&["a", "own"], &[&here]), ["b of here", "a of here"]);
    }

    #[test]
    fn needs_are_followed_three_deep() {
        let here = Place::new("here", &["a: b", "b: c", "c: d", "d:"]);
        assert_eq!(
            sought(&["a"], &[&here]),
            ["c of here", "b of here", "a of here"]
        );
    }
}
