// SPDX-License-Identifier: GPL-2.0-or-later
//! The state of a series in a word, and what its author can do next, according to the database and the branches.

use super::progress::{Need, StandingCounts};
use crate::author::target::branch_of;
use crate::db::listing::{ListedSeries, ListedVersion};
use crate::series::VersionNumber;
use crate::series::state::{Standing, word};

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextStep {
    /// Make commits, and record them.
    Scan,
    /// The branch of the newest version is missing: restore it, or remove the version.
    Restore,
    /// Send the version.
    Send,
    /// Find the version on Patchwork.
    Link,
    /// Fetch the states of the version from Patchwork.
    Gather,
    /// Answer comments.
    Answer,
    /// Begin the next version.
    Begin,
    /// Wait for replies.
    Wait,
    /// Nobody has replied for long: send a reminder.
    Remind,
    /// Archive the series.
    Archive,
    /// Nothing: it is archived.
    Nothing,
}

impl NextStep {
    /// The step in a word.
    pub fn word(self) -> &'static str {
        match self {
            NextStep::Scan => "scan",
            NextStep::Restore => "restore",
            NextStep::Send => "send",
            NextStep::Link => "link",
            NextStep::Gather => "gather",
            NextStep::Answer => "answer",
            NextStep::Begin => "begin",
            NextStep::Wait => "wait",
            NextStep::Remind => "remind",
            NextStep::Archive => "archive",
            NextStep::Nothing => "nothing",
        }
    }
}

/// A series, its state and the next step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeriesStanding<'c> {
    /// The series.
    pub listed: &'c ListedSeries,
    /// The state in a word: one of Patchwork's, or `empty`, `draft`, `sent`, `linked`, `archived`.
    pub state: &'c str,
    /// What the state means.
    pub standing: Standing,
    /// What to do next.
    pub step: NextStep,
    /// How urgent that is, smaller first.
    pub rank: u8,
}

/// The standing of a series, by its newest version. `has_branch` returns whether a branch exists, as far as that is known.
pub fn standing_of<'c>(
    listed: &'c ListedSeries,
    now: i64,
    has_branch: &dyn Fn(&str) -> bool,
) -> SeriesStanding<'c> {
    let newest = listed.newest();
    let counts = newest.map(StandingCounts::of).unwrap_or_default();
    let (state, standing) = newest.map_or(("empty", Standing::Unknown), |newest| {
        state(newest, &counts)
    });
    if listed.series.archived {
        return SeriesStanding {
            listed,
            state: "archived",
            standing,
            step: NextStep::Nothing,
            rank: 9,
        };
    }
    let sent = newest.and_then(|newest| newest.sent);
    let need = counts.need(sent, now);
    let step = newest.map_or(NextStep::Scan, |newest| {
        step(listed, newest, &counts, need, has_branch)
    });
    let is_due = listed.due().is_some_and(|due| due <= now);
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
        listed,
        state,
        standing,
        step,
        rank,
    }
}

/// The state of a version in a word: of several the one that needs the author most.
fn state<'c>(newest: &'c ListedVersion, counts: &StandingCounts) -> (&'c str, Standing) {
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
    match newest
        .states
        .iter()
        .filter(is_named)
        .max_by_key(|(_, count)| *count)
    {
        Some((state, _)) => (word(state.as_deref()), found.unwrap_or(Standing::Unknown)),
        None if counts.total() == 0 => ("empty", Standing::Unknown),
        None if newest.version.link.is_some() => ("linked", Standing::Unknown),
        None if newest.sent.is_some() => ("sent", Standing::Unknown),
        None => ("draft", Standing::Unknown),
    }
}

fn step(
    listed: &ListedSeries,
    newest: &ListedVersion,
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
        &listed.series.name,
        newest.version.number.unwrap_or(VersionNumber::FIRST),
    );
    let is_linked = newest.version.link.is_some();
    if !is_linked && !has_branch(&branch) {
        return NextStep::Restore;
    }
    if counts.total() == 0 {
        return NextStep::Scan;
    }
    let was_asked = newest.states.iter().any(|(state, _)| state.is_some());
    match (is_linked, was_asked) {
        (false, false) if newest.sent.is_none() => NextStep::Send,
        (false, false) => NextStep::Link,
        (true, false) => NextStep::Gather,
        _ if newest.all_comments().is_some_and(|count| count > 0) => NextStep::Answer,
        _ if need == Need::Overdue => NextStep::Remind,
        _ => NextStep::Wait,
    }
}

impl NextStep {
    /// The step in a few words, for the newest version of a series.
    pub fn words(self, listed: &ListedSeries) -> String {
        let newest = listed.newest();
        let number = newest
            .and_then(|newest| newest.version.number)
            .unwrap_or(VersionNumber::FIRST);
        let next = VersionNumber::new(number.get().saturating_add(1)).unwrap_or(number);
        match self {
            NextStep::Scan => "scan it".to_owned(),
            NextStep::Restore => format!("no branch '{}'", branch_of(&listed.series.name, number)),
            NextStep::Send => format!("send {number}"),
            NextStep::Link => "autolink".to_owned(),
            NextStep::Gather => "gather".to_owned(),
            NextStep::Answer => match newest
                .and_then(ListedVersion::all_comments)
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
    use crate::db::listing::Reminder;
    use crate::db::series::{Series, SeriesId};
    use crate::db::version::{Details, Version, VersionId};

    const NOW: i64 = 100 * 86400;

    /// A series whose newest version has a link, was sent so many days ago, and has patches in these states.
    fn listed(
        link: bool,
        sent: Option<i64>,
        comments: Option<i64>,
        states: &[(&str, u32)],
    ) -> ListedSeries {
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
        let states: Vec<(Option<String>, u32)> = states.collect();
        let newest = ListedVersion {
            version,
            cover_comments: None,
            sent: sent.map(|days| NOW - days * 86400),
            patches: states.iter().map(|(_, count)| count).sum(),
            states,
            comments,
            rows: Vec::new(),
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
        ListedSeries {
            series,
            identity: None,
            versions: vec![newest],
            reminder: None,
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
            let listed = listed(*link, *sent, *comments, states);
            let standing = standing_of(&listed, NOW, &|name| name == "net2");
            assert_eq!(
                (standing.state, standing.step.words(&listed).as_str()),
                (*state, *words),
                "{states:?}"
            );
        }
    }

    #[test]
    fn a_draft_without_its_branch_cannot_be_sent() {
        let listed = listed(false, None, None, &[("-", 2)]);
        assert_eq!(
            standing_of(&listed, NOW, &|_| false).step.words(&listed),
            "no branch 'net2'"
        );
    }

    #[test]
    fn what_is_due_comes_first() {
        let mut listed = listed(true, None, None, &[("accepted", 2)]);
        let rank = |listed: &ListedSeries| standing_of(listed, NOW, &|_| true).rank;
        let due_at = |due| {
            Some(Reminder {
                text: None,
                due: Some(due),
            })
        };
        assert_eq!(rank(&listed), 7);
        listed.reminder = due_at(NOW - 1);
        assert_eq!(rank(&listed), 0);
        listed.reminder = due_at(NOW + 1);
        assert_eq!(rank(&listed), 7);
    }
}
