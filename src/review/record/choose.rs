// SPDX-License-Identifier: GPL-2.0-or-later
//! Chooses the series that mails belong to.

use super::place_of;
use crate::db::Read;
use crate::db::listing::{self, SeriesFilter};
use crate::db::patch;
use crate::db::series::{self, REVIEW, Series, SeriesId};
use crate::db::version::{self, Version};
use crate::error::{Error, Result};
use crate::mail::MessageId;
use crate::review::selection::Selected;
use crate::review::{Reviews, link, name};
use crate::series::{Person, SeriesName, is_same_title};
use std::path::PathBuf;

/// The series that mails belong to.
#[derive(Debug, Clone)]
pub struct ChosenSeries {
    /// Its name.
    pub name: SeriesName,
    /// Its row, if it has one.
    pub series: Option<SeriesId>,
    /// Whether missing patches of the version have arrived.
    pub has_grown: bool,
    /// Whether the version was recorded from another sending of it.
    pub is_resent: bool,
    /// Whether the user gave the name.
    pub(super) is_given: bool,
}

impl ChosenSeries {
    /// The path where the worktree of the series was created in this repository.
    pub fn place(&self, reviews: &Reviews<'_>) -> Result<Option<PathBuf>> {
        self.series.map_or(Ok(None), |id| {
            place_of(&reviews.db, id, reviews.repo.common_dir())
        })
    }
}

/// Chooses the series that mails belong to: the series with the given name; or a series with this Patchwork series or
/// this mail, then with the same `change-id`, then with the same title and author; or a new series, whose name
/// is free according to `is_taken`.
pub fn choose(
    db: &impl Read,
    selected: &Selected,
    given: Option<&str>,
    is_taken: impl Fn(&str) -> Result<bool>,
) -> Result<ChosenSeries> {
    let existing = match given {
        Some(given) => of_name(db, given, &is_taken)?,
        None => of_mails(db, selected)?,
    };
    if let Some(series) = existing {
        let row = version::find(db, series.id, selected.version.number)?;
        let first = row.as_ref().and_then(|row| row.details.message_id.clone());
        let link = row.as_ref().and_then(|row| row.link.clone());
        let there = row.map_or(Ok(usize::MAX), |row| {
            patch::list(db, row.id).map(|patches| patches.len())
        })?;
        let has_grown = there < selected.version.patches.len();
        let own_link = selected.on_patchwork().map(|on| on.id.to_string());
        let is_resent = match first {
            Some(first) => selected
                .identity()
                .is_some_and(|own| own.to_string() != first),
            // patman records the Patchwork number only, no mail.
            None => link
                .zip(own_link)
                .is_some_and(|(recorded, own)| recorded != own),
        };
        let name = SeriesName::new(&series.name)?;
        return Ok(ChosenSeries {
            name,
            series: Some(series.id),
            has_grown,
            is_resent,
            is_given: given.is_some(),
        });
    }
    let name = match given {
        Some(given) => name::given(given)?,
        None => {
            let key = selected
                .identity()
                .map_or(String::new(), |id| id.to_string());
            let (title, author) = (&selected.version.title, &selected.version.author.name);
            let is_taken = |name: &str| Ok(series::find(db, name)?.is_some() || is_taken(name)?);
            match selected.on_patchwork() {
                Some(on) => name::of_link(on.upstream.as_deref(), on.id, &key, is_taken)?,
                None => name::unique(title, author, &key, is_taken)?,
            }
        }
    };
    Ok(ChosenSeries {
        name,
        series: None,
        has_grown: false,
        is_resent: false,
        is_given: given.is_some(),
    })
}

fn of_name(
    db: &impl Read,
    given: &str,
    is_taken: impl Fn(&str) -> Result<bool>,
) -> Result<Option<Series>> {
    let name = name::given(given)?;
    match series::find(db, name.as_str())? {
        Some(series) if series.source.as_deref() == Some(REVIEW) => Ok(Some(series)),
        Some(_) => Err(Error::new(format!("'{name}' is a series of your own"))
            .with_hint("choose another --name")),
        None if is_taken(name.as_str())? => {
            Err(Error::new(format!("branch '{name}' already exists"))
                .with_hint("choose another --name"))
        }
        None => Ok(None),
    }
}

pub(super) fn of_mails(db: &impl Read, selected: &Selected) -> Result<Option<Series>> {
    if let Some(series) = link::find(db, selected)? {
        return Ok(Some(series));
    }
    let is_review = |series: &Series| {
        series.source.as_deref() == Some(REVIEW) && SeriesName::new(&series.name).is_ok()
    };
    let same_title = |series: &Series| {
        is_same_title(
            series.desc.as_deref().unwrap_or_default(),
            &selected.version.title,
        )
    };
    let first = selected.identity();
    let same_mail = first.map_or(Ok(None), |id: MessageId| {
        version::find_message(db, &id.to_string())
    })?;
    // Anyone can copy the Message-ID of another person's mail, so title and author must match too.
    if let Some(found) = same_mail.filter(|found| may_be_by(found, &selected.version.author))
        && let Some(series) = series::load(db, found.series)?
            .filter(is_review)
            .filter(same_title)
    {
        return Ok(Some(series));
    }
    let change_id = selected.version.change_id();
    let mut reviews = listing::by_name(db, SeriesFilter::Reviews)?;
    reviews.sort_by_key(|series| series.id);
    for series in reviews.into_iter().filter(is_review) {
        if !same_title(&series) && change_id.is_none() {
            continue;
        }
        let versions = version::list(db, series.id)?;
        if change_id.is_some()
            && versions
                .iter()
                .any(|one| one.details.change_id == change_id)
        {
            return Ok(Some(series));
        }
        if same_title(&series)
            && versions
                .iter()
                .all(|one| may_be_by(one, &selected.version.author))
        {
            return Ok(Some(series));
        }
    }
    Ok(None)
}

/// Whether `author` may have sent a version: patman does not record the sender.
pub(in crate::review) fn may_be_by(version: &Version, author: &Person) -> bool {
    version
        .details
        .author_email
        .as_deref()
        .is_none_or(|email| email.eq_ignore_ascii_case(&author.email))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
    use super::*;
    use crate::db::Db;
    use crate::db::series::NewSeries;
    use crate::mail::mailinfo::MailinfoOptions;
    use crate::review::samples::{database, mails, record, sent};
    use crate::review::selection::{ReviewSelector, select};

    fn chosen(db: &Db, line: &str, given: Option<&str>) -> Result<ChosenSeries> {
        let (wanted, options) = (ReviewSelector::default(), MailinfoOptions::default());
        let selected = select(mails(&[line]), "in.mbox", &wanted, &options).unwrap();
        choose(db, &selected, given, |name| Ok(name == "branch"))
    }

    fn one_fix() -> Db {
        let mut db = database();
        record(
            &mut db,
            "one-fix",
            "one: Fix",
            &[(1, 0, sent("Ada", "a@x"))],
        );
        db
    }

    #[test]
    fn the_same_title_is_the_same_series_only_by_the_same_author() {
        let db = one_fix();
        for (line, name, is_known) in [
            ("b@x | ADA | [PATCH v2] one: Fix", "one-fix", true),
            ("b@x | Ada | [PATCH v2] One:  fix", "one-fix", true),
            ("b@x | Eve | [PATCH v2] one: Fix", "one-fix-by-eve", false),
            ("b@x | Ada | [PATCH v2] one: Mend", "one-mend", false),
            // The Message-ID of a mail can be forged.
            ("a@x | Eve | [PATCH] one: Fix", "one-fix-by-eve", false),
            ("a@x | Ada | [PATCH] one: Mend", "one-mend", false),
        ] {
            let chosen = chosen(&db, line, None).unwrap();
            assert_eq!(chosen.name.as_str(), name, "{line}");
            assert_eq!(chosen.series.is_some(), is_known, "{line}");
        }
    }

    #[test]
    fn another_mail_under_the_number_of_a_version_is_another_sending() {
        let db = one_fix();
        for (line, is_resent) in [
            ("a@x | Ada | [PATCH] one: Fix", false),
            ("b@x | Ada | [PATCH] one: Fix", true),
            ("b@x | Ada | [PATCH v2] one: Fix", false),
        ] {
            assert_eq!(
                chosen(&db, line, None).unwrap().is_resent,
                is_resent,
                "{line}"
            );
        }
    }

    #[test]
    fn a_name_that_is_given_must_be_free_or_that_of_a_review() {
        let mut db = one_fix();
        let own = NewSeries {
            name: "video",
            ..NewSeries::default()
        };
        db.write(|write| series::insert(write, &own)).unwrap();
        let line = "b@x | Eve | [PATCH v2] two: Mend";
        let given = chosen(&db, line, Some("one-fix")).unwrap();
        assert!(
            given.series.is_some(),
            "the user knows better than the mails"
        );
        assert!(chosen(&db, line, Some("new")).unwrap().series.is_none());
        for (name, why) in [
            ("video", "is a series of your own"),
            ("branch", "branch 'branch' already exists"),
            ("kept", "cannot be the name"),
        ] {
            let error = chosen(&db, line, Some(name)).unwrap_err();
            assert!(error.to_string().contains(why), "{error}");
        }
    }
}
