// SPDX-License-Identifier: GPL-2.0-or-later
//! Records the Patchwork data of a version: link, states and reply counts, in the rows as patman has them.

use crate::db::patch::{self, NewPatch, PatchRow};
use crate::db::version::{self, PatchworkLink, VersionId};
use crate::db::{Read, Write};
use crate::error::Result;
use crate::source::patchwork::{self, PatchworkSeries};
use std::collections::BTreeMap;

/// How many patches have changed to each state.
pub type PatchStateCounts = BTreeMap<String, usize>;

/// The Patchwork data of a recorded patch.
fn said<'s>(row: &PatchRow, series: &'s PatchworkSeries) -> Option<&'s patchwork::PatchworkPatch> {
    let by_number =
        |one: &&patchwork::PatchworkPatch| row.patchwork_id == i64::try_from(one.id).ok();
    let by_mail = |one: &&patchwork::PatchworkPatch| {
        row.message_id.as_deref() == Some(one.message_id.as_str())
    };
    series
        .patches
        .iter()
        .find(|one| by_number(one) || by_mail(one))
}

/// Whether the Patchwork data differ from the recorded data.
pub fn differs(db: &impl Read, id: VersionId, series: &PatchworkSeries) -> Result<bool> {
    let Some(row) = version::load(db, id)? else {
        return Ok(false);
    };
    if row.link.is_none() || series.cover_comments.is_some() {
        return Ok(true);
    }
    Ok(patch::list(db, id)?.iter().any(|row| {
        let said = said(row, series);
        said.is_some_and(|one| {
            let has_state = one.state.is_none() || one.state == row.state;
            let has_comments =
                one.comments.is_none() || one.comments.map(i64::from) == row.comments;
            row.patchwork_id.is_none() || !has_state || !has_comments
        })
    }))
}

/// Records the Patchwork data; returns the states that have changed.
pub fn note(
    write: &Write<'_>,
    id: VersionId,
    series: &PatchworkSeries,
) -> Result<PatchStateCounts> {
    let mut changed = PatchStateCounts::new();
    let Some(row) = version::load(write, id)? else {
        return Ok(changed);
    };
    let link = series.id.to_string();
    if row.link.as_ref().is_some_and(|recorded| *recorded != link) {
        return Ok(changed);
    }
    if row.link.is_none() || series.cover_comments.is_some() {
        let cover_id = series
            .cover
            .as_ref()
            .and_then(|(id, _)| i64::try_from(*id).ok());
        let cover_comments = series
            .cover
            .as_ref()
            .map(|_| i64::from(series.cover_comments.unwrap_or_default()));
        version::set_on_patchwork(
            write,
            id,
            &PatchworkLink {
                link: Some(link),
                cover_id,
                cover_comments,
            },
        )?;
    }
    let rows = patch::list(write, id)?;
    let mut new = Vec::new();
    for row in &rows {
        let one = said(row, series);
        let state = one.and_then(|one| one.state.as_deref());
        if let Some(state) = state.filter(|state| row.state.as_deref() != Some(state)) {
            *changed.entry(state.to_owned()).or_default() += 1;
        }
        new.push(NewPatch {
            subject: &row.subject,
            patchwork_id: one.and_then(|one| i64::try_from(one.id).ok()),
            state,
            comments: one.and_then(|one| one.comments).map(i64::from),
            message_id: row.message_id.as_deref(),
            patch_id: row.patch_id.as_deref(),
            author_name: row.author_name.as_deref(),
            author_email: row.author_email.as_deref(),
            ..NewPatch::default()
        });
    }
    patch::note(write, id, &new)?;
    Ok(changed)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
    use super::*;
    use crate::db::Db;
    use crate::review::samples::{database, on_patchwork, record, sent};

    fn with_patches() -> (Db, VersionId) {
        let mut db = database();
        let series = record(
            &mut db,
            "one-fix",
            "one: Fix",
            &[(1, 0, sent("Ada", "a@x"))],
        );
        let id = version::list(&db, series).unwrap()[0].id;
        let patch = |message_id| NewPatch {
            message_id: Some(message_id),
            ..NewPatch::default()
        };
        db.write(|write| patch::replace(write, id, &[patch("a@x"), patch("b@x")]))
            .unwrap();
        (db, id)
    }

    fn noted(db: &mut Db, id: VersionId, series: &PatchworkSeries) -> String {
        let changed = db.write(|write| note(write, id, series)).unwrap();
        changed
            .iter()
            .map(|(state, count)| format!("{count} {state} "))
            .collect()
    }

    #[test]
    fn what_is_noted_differs_no_more_until_a_state_changes() {
        let (mut db, id) = with_patches();
        let mut there = on_patchwork(7, &[("b@x", Some("new")), ("a@x", Some("accepted"))]);
        assert!(differs(&db, id, &there).unwrap());
        assert_eq!(noted(&mut db, id, &there), "1 accepted 1 new ");
        let rows = patch::list(&db, id).unwrap();
        let states: Vec<_> = rows
            .iter()
            .map(|row| (row.patchwork_id, row.state.as_deref()))
            .collect();
        assert_eq!(
            states,
            [(Some(101), Some("accepted")), (Some(100), Some("new"))]
        );
        assert!(!differs(&db, id, &there).unwrap());
        assert_eq!(noted(&mut db, id, &there), "");
        there.patches[0].state = Some("rejected".to_owned());
        assert!(differs(&db, id, &there).unwrap());
        assert_eq!(noted(&mut db, id, &there), "1 rejected ");
    }

    #[test]
    fn a_version_that_is_linked_to_another_series_stays_as_it_is() {
        let (mut db, id) = with_patches();
        noted(&mut db, id, &on_patchwork(7, &[("a@x", Some("new"))]));
        let before = (
            version::load(&db, id).unwrap(),
            patch::list(&db, id).unwrap(),
        );
        let other = on_patchwork(8, &[("a@x", Some("accepted"))]);
        assert_eq!(noted(&mut db, id, &other), "");
        assert_eq!(
            (
                version::load(&db, id).unwrap(),
                patch::list(&db, id).unwrap()
            ),
            before
        );
    }
}
