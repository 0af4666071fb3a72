// SPDX-License-Identifier: GPL-2.0-or-later
//! What an update of a review has fetched: UPDATE in git-patman-json(5).

use super::review::NewsJson;
use super::{each, json_object};
use crate::output::colour::Paint;
use crate::output::table::{Align, Cell, Table};
use crate::review::update::{NewVersion, StateCount, Updated};
use crate::series::VersionNumber;
use crate::text::count;

json_object! {
    /// The update of a review.
    pub struct UpdateJson<'a> from updated: &'a Updated {
        series: &'a str = updated.series.as_str(),
        asked: bool = updated.asked,
        versions: Vec<NewVersionJson> = each(&updated.versions),
        patches: usize = updated.patches,
        replies: usize = updated.replies,
        trailers: usize = updated.trailers,
        states: Vec<StateCountJson<'a>> = each(&updated.states),
        started: Option<u32> = updated.started.map(VersionNumber::get),
        left: Option<&'a str> = updated.left.as_deref(),
        errors: &'a [String] = &updated.errors,
        news: NewsJson = NewsJson::from(&updated.news),
    }
}

json_object! {
    /// A version that has arrived.
    pub struct NewVersionJson from new: &NewVersion {
        version: u32 = new.version.get(),
        patches: u32 = new.patches,
        total: u32 = new.total,
    }
}

json_object! {
    /// The number of patches that changed to a state.
    pub struct StateCountJson<'a> from count: &'a StateCount {
        state: &'a str = &count.state,
        patches: usize = count.patches,
    }
}

/// The reviews for which something has arrived, as a table; none if nothing has.
pub fn table(updated: &[Updated]) -> Option<Table> {
    let mut table = Table::new(&[("", Align::Left), ("", Align::Left)]);
    let mut is_empty = true;
    for one in updated {
        let words = words(one);
        if !words.is_empty() {
            is_empty = false;
            table.row([
                Cell::painted(one.series.as_str(), Paint::Heading),
                Cell::new(words),
            ]);
        }
    }
    (!is_empty).then_some(table)
}

/// The results in words; empty if there are none.
fn words(updated: &Updated) -> String {
    let mut words: Vec<String> = Vec::new();
    for NewVersion {
        version,
        patches,
        total,
    } in &updated.versions
    {
        let what = match patches == total {
            true => count::patches(*patches as usize),
            false => format!("{patches} of {total} patches"),
        };
        words.push(format!("{version} ({what}) has arrived"));
    }
    if updated.patches > 0 {
        words.push(format!(
            "{} that had been missing",
            count::patches(updated.patches)
        ));
    }
    if updated.replies > 0 {
        words.push(count::pluralize(updated.replies, "reply", "replies"));
    }
    if updated.trailers > 0 {
        words.push(count::trailers(updated.trailers));
    }
    if !updated.states.is_empty() {
        let states: Vec<String> = updated
            .states
            .iter()
            .map(|one| format!("{} {}", one.state, one.patches))
            .collect();
        words.push(format!("patch states: {}", states.join(", ")));
    }
    words.join(", ")
}
