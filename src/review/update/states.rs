// SPDX-License-Identifier: GPL-2.0-or-later
//! What a Patchwork says of a version that is recorded: link, states and counts of answers, in the rows as patman has them.

use crate::db::patch::{self, NewPatch, Patch};
use crate::db::version::{self, OnPatchwork, VersionId};
use crate::db::{Read, Write};
use crate::error::Result;
use crate::source::patchwork::{self, Series};
use std::collections::BTreeMap;

/// How many patches have got which state.
pub type States = BTreeMap<String, usize>;

/// What a Patchwork says of a recorded patch.
fn said<'s>(row: &Patch, series: &'s Series) -> Option<&'s patchwork::Patch> {
    let by_number = |one: &&patchwork::Patch| row.patchwork_id == i64::try_from(one.id).ok();
    let by_mail =
        |one: &&patchwork::Patch| row.message_id.as_deref() == Some(one.message_id.as_str());
    series
        .patches
        .iter()
        .find(|one| by_number(one) || by_mail(one))
}

/// Whether it says what is not recorded.
pub fn differs(db: &impl Read, id: VersionId, series: &Series) -> Result<bool> {
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

/// Records what it says; returns the states that have changed.
pub fn note(write: &Write<'_>, id: VersionId, series: &Series) -> Result<States> {
    let mut changed = States::new();
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
            &OnPatchwork {
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
