// SPDX-License-Identifier: GPL-2.0-or-later
//! Records the Patchwork data of a version the way patman writes it, so that both tools use the same rows.

use super::selection::Selected;
use crate::db::patch::{self, NewPatch};
use crate::db::series::{self, REVIEW, Series, SeriesId};
use crate::db::version::{self, PatchworkLink, Version};
use crate::db::{Db, Read, Write};
use crate::diff::patch_id;
use crate::error::Result;
use crate::series::{Person, SeriesName, is_same_title};
use crate::source::patchwork::{self, url};

/// The review that has exactly this series of a Patchwork as one of its versions.
pub(super) fn find(db: &impl Read, selected: &Selected) -> Result<Option<Series>> {
    let Some(on) = selected.on_patchwork() else {
        return Ok(None);
    };
    for version in version::of_link(db, &on.id.to_string())? {
        let Some(series) = series::load(db, version.series)? else {
            continue;
        };
        let is_review =
            series.source.as_deref() == Some(REVIEW) && SeriesName::new(&series.name).is_ok();
        if is_review && is_same(&series, &version, on, &selected.version.title) {
            return Ok(Some(series));
        }
    }
    Ok(None)
}

/// Whether a version with the number of a series is that series: every Patchwork counts from 1.
fn is_same(
    series: &Series,
    version: &Version,
    on: &patchwork::PatchworkSeries,
    title: &str,
) -> bool {
    let server = |text: &str| url::parse(text).map(|(server, _)| server);
    let recorded = version.details.source.as_deref().and_then(server);
    if let (Some(recorded), Some(own)) = (recorded, server(&on.url)) {
        return url::is_same(&recorded, &own);
    }
    match (&series.upstream, &on.upstream) {
        (Some(recorded), Some(own)) => recorded == own,
        _ => is_same_title(series.desc.as_deref().unwrap_or_default(), title),
    }
}

/// The Patchwork link to record for a version.
pub(super) fn place(selected: &Selected) -> PatchworkLink {
    let Some(on) = selected.on_patchwork() else {
        return PatchworkLink::default();
    };
    PatchworkLink {
        link: Some(on.id.to_string()),
        cover_id: on
            .cover
            .as_ref()
            .and_then(|(id, _)| i64::try_from(*id).ok()),
        cover_comments: on
            .cover
            .as_ref()
            .map(|_| i64::from(on.cover_comments.unwrap_or_default())),
    }
}

/// The rows of a version's patches, written by `put`.
pub(super) fn with_rows<T>(
    selected: &Selected,
    put: impl FnOnce(&[NewPatch<'_>]) -> Result<T>,
) -> Result<T> {
    type LinkRow<'a> = (
        String,
        Option<String>,
        Option<String>,
        Person,
        Option<&'a patchwork::PatchworkPatch>,
    );
    let rows: Vec<LinkRow<'_>> = selected
        .version
        .patches
        .iter()
        .zip(&selected.patches)
        .map(|(patch, commit)| {
            let id = patch.message.message_id().map(|id| id.to_string());
            let there = selected.patch_on_patchwork(&patch.message);
            let name = there
                .map(|there| there.name.clone())
                .filter(|name| !name.is_empty());
            let subject = name.unwrap_or_else(|| patch.message.subject().raw);
            (
                subject,
                id,
                patch_id(&commit.diff),
                patch.message.from(),
                there,
            )
        })
        .collect();
    let new: Vec<NewPatch<'_>> = rows
        .iter()
        .map(|(subject, id, patch_id, author, there)| NewPatch {
            subject,
            patchwork_id: there.and_then(|there| i64::try_from(there.id).ok()),
            state: there.and_then(|there| there.state.as_deref()),
            comments: there.and_then(|there| there.comments).map(i64::from),
            message_id: id.as_deref(),
            patch_id: patch_id.as_deref(),
            author_name: Some(&author.name),
            author_email: Some(&author.email),
            ..NewPatch::default()
        })
        .collect();
    put(&new)
}

/// Adds Patchwork data to a version that was recorded before, by patman or from a mail file. A version that is linked
/// to another series keeps its link, unless `replaces` is set.
pub(super) fn note(
    db: &mut Db,
    series: SeriesId,
    replaces: bool,
    selected: &Selected,
) -> Result<()> {
    let Some(on) = selected.on_patchwork() else {
        return Ok(());
    };
    let link = on.id.to_string();
    let Some(row) = version::find(db, series, selected.version.number)? else {
        return Ok(());
    };
    let is_other = row.link.as_deref().is_some_and(|recorded| recorded != link);
    if is_other && !replaces {
        return Ok(());
    }
    db.write(|write| {
        if row.link.is_none() || is_other {
            version::set_on_patchwork(write, row.id, &place(selected))?;
        }
        let upstream = series::load(write, series)?.and_then(|series| series.upstream);
        if upstream.is_none() && on.upstream.is_some() {
            series::set_upstream(write, series, on.upstream.as_deref())?;
        }
        note_patches(write, row.id, selected)
    })
}

/// Fills in the patches of a version if they match.
fn note_patches(write: &Write<'_>, version: version::VersionId, selected: &Selected) -> Result<()> {
    let recorded = patch::list(write, version)?;
    with_rows(selected, |new| {
        let is_it = |(old, new): (&patch::PatchRow, &NewPatch<'_>)| match (
            &old.message_id,
            old.patchwork_id,
        ) {
            (Some(id), _) => new.message_id == Some(id.as_str()),
            (None, Some(id)) => new.patchwork_id == Some(id),
            (None, None) => is_same_title(&old.subject, new.subject),
        };
        match recorded.len() == new.len() && recorded.iter().zip(new).all(is_it) {
            true => patch::note(write, version, new),
            false => Ok(()),
        }
    })
}
