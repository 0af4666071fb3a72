// SPDX-License-Identifier: GPL-2.0-or-later
//! Messages below the report of a version: how much is new, and how Patchwork and the branch differ.

use crate::author::patchwork::gather::Look;
use crate::mail::reply::reply_trailers;
use crate::output::Output;
use crate::source::patchwork::To;
use crate::text::count;
use crate::text::shell_quote;

/// Shows how many trailers and replies are new.
pub fn tell(out: &Output, look: &Look, requests: u64) {
    let new = look.count_new();
    let asked = count::requests(requests);
    match new {
        0 => out.note(format!("{}: no new trailers ({asked})", look.job.name)),
        _ => {
            let new = count::pluralize(new, "new trailer", "new trailers");
            out.note(format!("{}: {new} ({asked})", look.job.name));
        }
    }
    warn_of(out, look);
    if look.is_accepted() {
        out.note(format!("{}: all patches are accepted", look.job.name));
    }
}

/// Warns of differences between Patchwork and the branch.
pub fn warn_of(out: &Output, look: &Look) {
    let series = &look.followed.series;
    look.followed.notes.iter().for_each(|note| out.note(note));
    if look.followed.missing > 0 {
        let missing = count::patches(look.followed.missing as usize);
        out.warn(format!(
            "{missing} of series {} did not come to Patchwork",
            series.id
        ));
    }
    if let Some(recorded) = &look.job.recorded {
        let lost = |at: &usize| !look.of_rows.contains(&Some(*at));
        for patch in (0..series.patches.len())
            .filter(lost)
            .map(|at| &series.patches[at])
        {
            out.warn(format!(
                "patch {} '{}' is not recorded for {}",
                patch.id, patch.name, look.job.name
            ));
        }
        if recorded.rows.is_empty() {
            out.hint(format!(
                "to record them: git patman series -s {} scan",
                shell_quote(&recorded.series.name)
            ));
        }
        if look
            .followed
            .version()
            .is_some_and(|version| version != look.job.number)
        {
            out.warn(format!(
                "series {} is v{} on Patchwork",
                series.id, series.version
            ));
        }
    }
    for (at, patch) in series.patches.iter().enumerate() {
        let is_lost =
            !look.commits.is_empty() && !look.commits.iter().any(|commit| commit.patch == Some(at));
        let given = look
            .followed
            .answers
            .iter()
            .filter(|one| one.to == To::Patch(at));
        let count: usize = given
            .map(|one| reply_trailers(&one.mail.text()).len())
            .sum();
        if is_lost && count > 0 {
            let them = if count == 1 {
                "a trailer".to_owned()
            } else {
                format!("{count} trailers")
            };
            out.warn(format!(
                "{them} for patch {} '{}', which is not a commit of the branch: not added",
                patch.id, patch.name
            ));
        }
    }
}
