// SPDX-License-Identifier: GPL-2.0-or-later
//! Where a series stands in a word, and what its author can do next: from what the database and the branches say, nothing else.

use super::progress::{Need, StandingCounts};
use super::state::{Standing, word};
use crate::author::target::branch_of;
use crate::db::progress::{SeriesProgress, VersionProgress};
use crate::series::VersionNumber;
use serde::Serialize;

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NextStep {
    /// Make commits, and record them.
    Scan,
    /// The branch of the newest version is gone: get it back, or take the version away.
    Restore,
    /// Send the version.
    Send,
    /// Find the version on Patchwork.
    Link,
    /// Ask Patchwork about the version.
    Gather,
    /// Answer comments.
    Answer,
    /// Begin the next version.
    Begin,
    /// Wait for answers.
    Wait,
    /// Nobody has answered for long: ask.
    Remind,
    /// Put the series away.
    Archive,
    /// Nothing: it is put away.
    Nothing,
}

/// A series at a glance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeriesStanding<'c> {
    /// The state in a word: one of a Patchwork's, or `empty`, `draft`, `sent`, `linked`, `archived`.
    pub state: &'c str,
    /// What the state means.
    pub standing: Standing,
    /// What to do next.
    pub step: NextStep,
    /// How urgent that is, smaller first.
    pub rank: u8,
}

/// Looks at the newest version of a series; `has_branch` says whether a branch of that name exists, as far as it can be told.
pub fn glance<'c>(
    course: &'c SeriesProgress,
    now: i64,
    has_branch: &dyn Fn(&str) -> bool,
) -> SeriesStanding<'c> {
    let newest = course.stages.last();
    let counts = newest.map(StandingCounts::of).unwrap_or_default();
    let (state, standing) =
        newest.map_or(("empty", Standing::Unknown), |stage| state(stage, &counts));
    if course.series.archived {
        return SeriesStanding {
            state: "archived",
            standing,
            step: NextStep::Nothing,
            rank: 9,
        };
    }
    let sent = newest.and_then(|stage| stage.sent);
    let need = counts.need(sent, now);
    let step = newest.map_or(NextStep::Scan, |stage| {
        step(course, stage, &counts, need, has_branch)
    });
    let is_due = course.todo.is_some_and(|due| due <= now);
    let rank = match (need, step) {
        _ if is_due => 0,
        (Need::Changes, _) => 1,
        (_, NextStep::Answer) => 2,
        (Need::Overdue, _) => 3,
        (
            Need::Open,
            NextStep::Restore | NextStep::Scan | NextStep::Send | NextStep::Link | NextStep::Gather,
        ) => 4,
        (Need::Open, _) => 5,
        (Need::Refused, _) => 6,
        (Need::Accepted, _) => 7,
    };
    SeriesStanding {
        state,
        standing,
        step,
        rank,
    }
}

/// The state of a version in a word: of several that which asks most of the author.
fn state<'c>(stage: &'c VersionProgress, counts: &StandingCounts) -> (&'c str, Standing) {
    let order = [
        Standing::Changes,
        Standing::Waiting,
        Standing::Reviewed,
        Standing::Unknown,
        Standing::Refused,
        Standing::Accepted,
    ];
    let found = order.into_iter().find(|standing| counts.get(*standing) > 0);
    let is_named = |(state, _): &&(Option<String>, u32)| {
        state.is_some() && Some(Standing::of(state.as_deref())) == found
    };
    match stage
        .states
        .iter()
        .filter(is_named)
        .max_by_key(|(_, count)| *count)
    {
        Some((state, _)) => (word(state.as_deref()), found.unwrap_or(Standing::Unknown)),
        None if counts.total() == 0 => ("empty", Standing::Unknown),
        None if stage.version.link.is_some() => ("linked", Standing::Unknown),
        None if stage.sent.is_some() => ("sent", Standing::Unknown),
        None => ("draft", Standing::Unknown),
    }
}

fn step(
    course: &SeriesProgress,
    stage: &VersionProgress,
    counts: &StandingCounts,
    need: Need,
    has_branch: &dyn Fn(&str) -> bool,
) -> NextStep {
    match need {
        Need::Changes => return NextStep::Begin,
        Need::Accepted | Need::Refused => return NextStep::Archive,
        Need::Overdue | Need::Open => {}
    }
    let branch = branch_of(
        &course.series.name,
        stage.version.number.unwrap_or(VersionNumber::FIRST),
    );
    let is_linked = stage.version.link.is_some();
    if !is_linked && !has_branch(&branch) {
        return NextStep::Restore;
    }
    if counts.total() == 0 {
        return NextStep::Scan;
    }
    let was_asked = stage.states.iter().any(|(state, _)| state.is_some());
    match (is_linked, was_asked) {
        (false, false) if stage.sent.is_none() => NextStep::Send,
        (false, false) => NextStep::Link,
        (true, false) => NextStep::Gather,
        _ if stage.all_comments().is_some_and(|count| count > 0) => NextStep::Answer,
        _ if need == Need::Overdue => NextStep::Remind,
        _ => NextStep::Wait,
    }
}

impl NextStep {
    /// The step in a few words, for the newest version of a series.
    pub fn words(self, course: &SeriesProgress) -> String {
        let newest = course.stages.last();
        let number = newest
            .and_then(|stage| stage.version.number)
            .unwrap_or(VersionNumber::FIRST);
        let next = VersionNumber::new(number.get().saturating_add(1)).unwrap_or(number);
        match self {
            NextStep::Scan => "scan it".to_owned(),
            NextStep::Restore => format!("no branch '{}'", branch_of(&course.series.name, number)),
            NextStep::Send => format!("send {number}"),
            NextStep::Link => "autolink".to_owned(),
            NextStep::Gather => "gather".to_owned(),
            NextStep::Answer => match newest
                .and_then(VersionProgress::all_comments)
                .unwrap_or_default()
            {
                1 => "answer 1 comment".to_owned(),
                count => format!("answer {count} comments"),
            },
            NextStep::Begin => format!("begin {next}"),
            NextStep::Wait => "wait".to_owned(),
            NextStep::Remind => "remind the list".to_owned(),
            NextStep::Archive => "archive it".to_owned(),
            NextStep::Nothing => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::series::{Series, SeriesId};
    use crate::db::version::{Details, Version, VersionId};

    const NOW: i64 = 100 * 86400;

    /// A series whose newest version has a link, was sent so many days ago, and has patches in these states.
    fn course(
        link: bool,
        sent: Option<i64>,
        comments: Option<i64>,
        states: &[(&str, u32)],
    ) -> SeriesProgress {
        let version = Version {
            id: VersionId(1),
            series: SeriesId(1),
            number: VersionNumber::new(2),
            link: link.then(|| "5".to_owned()),
            cover_id: None,
            name: None,
            archive_tag: None,
            desc: None,
            notes: None,
            details: Details::default(),
        };
        let states = states.iter().map(|(state, count)| {
            (
                Some(*state).filter(|word| *word != "-").map(str::to_owned),
                *count,
            )
        });
        let stage = VersionProgress {
            version,
            cover_comments: None,
            sent: sent.map(|days| NOW - days * 86400),
            states: states.collect(),
            comments,
            patches: Vec::new(),
        };
        let series = Series {
            id: SeriesId(1),
            name: "net".to_owned(),
            desc: None,
            archived: false,
            upstream: None,
            source: None,
            hidden: false,
        };
        SeriesProgress {
            series,
            stages: vec![stage],
            todo: None,
        }
    }

    #[test]
    fn the_next_step_follows_from_what_is_known() {
        type Case = (
            bool,
            Option<i64>,
            Option<i64>,
            &'static [(&'static str, u32)],
            &'static str,
            &'static str,
        );
        let cases: &[Case] = &[
            (false, None, None, &[("-", 2)], "draft", "send v2"),
            (false, Some(1), None, &[("-", 2)], "sent", "autolink"),
            (true, None, None, &[("-", 2)], "linked", "gather"),
            (true, None, None, &[], "empty", "scan it"),
            (true, Some(1), Some(0), &[("new", 2)], "new", "wait"),
            (
                true,
                Some(20),
                Some(0),
                &[("new", 2)],
                "new",
                "remind the list",
            ),
            (
                true,
                Some(20),
                Some(1),
                &[("new", 1), ("under-review", 2)],
                "under-review",
                "answer 1 comment",
            ),
            (
                true,
                Some(20),
                Some(7),
                &[("changes-requested", 1), ("accepted", 1)],
                "changes-requested",
                "begin v3",
            ),
            (
                true,
                Some(2),
                None,
                &[("accepted", 1), ("in-next", 1)],
                "in-next",
                "wait",
            ),
            (
                true,
                Some(90),
                None,
                &[("accepted", 1), ("in-next", 1)],
                "in-next",
                "wait",
            ),
            (
                true,
                None,
                Some(9),
                &[("accepted", 2)],
                "accepted",
                "archive it",
            ),
            (
                true,
                None,
                None,
                &[("superseded", 2)],
                "superseded",
                "archive it",
            ),
            (true, None, None, &[("odd", 2)], "odd", "wait"),
        ];
        for (link, sent, comments, states, state, words) in cases {
            let course = course(*link, *sent, *comments, states);
            let glance = glance(&course, NOW, &|name| name == "net2");
            assert_eq!(
                (glance.state, glance.step.words(&course).as_str()),
                (*state, *words),
                "{states:?}"
            );
        }
    }

    #[test]
    fn a_draft_without_its_branch_cannot_be_sent() {
        let course = course(false, None, None, &[("-", 2)]);
        assert_eq!(
            glance(&course, NOW, &|_| false).step.words(&course),
            "no branch 'net2'"
        );
    }

    #[test]
    fn what_is_due_comes_first() {
        let mut course = course(true, None, None, &[("accepted", 2)]);
        assert_eq!(glance(&course, NOW, &|_| true).rank, 7);
        course.todo = Some(NOW - 1);
        assert_eq!(glance(&course, NOW, &|_| true).rank, 0);
        course.todo = Some(NOW + 1);
        assert_eq!(glance(&course, NOW, &|_| true).rank, 7);
    }
}
