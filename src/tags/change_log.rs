// SPDX-License-Identifier: GPL-2.0-or-later
//! Change logs: "Changes in v3:" and what has changed, for the cover letter and for each patch.

use super::{SeriesTags, Tags};
use std::collections::{BTreeSet, HashSet};

/// The change log of a patch, or of the cover letter.
pub(super) fn change_log(tags: &Tags, commit: Option<usize>) -> Vec<String> {
    let series = &tags.series;
    let own = commit
        .and_then(|at| tags.commits.get(at))
        .map(|commit| &commit.changes);
    let mut versions: BTreeSet<u32> = series.changes.keys().copied().collect();
    versions.extend(own.into_iter().flat_map(|own| own.keys()));
    let newest = versions.last().copied().max(series.version).unwrap_or(1);
    let mut log: Vec<String> = Vec::new();
    for &version in versions.iter().rev() {
        let items = items(tags, commit, version);
        if items.is_empty() {
            continue;
        }
        if !log.is_empty() {
            log.push(String::new());
        } else if version < newest {
            log.extend([format!("(no changes since v{version})"), String::new()]);
        }
        log.push(format!("Changes in v{version}:"));
        log.extend(items);
    }
    if log.is_empty() && newest > 1 {
        log.push("(no changes since v1)".to_owned());
    }
    if !log.is_empty() {
        log.push(String::new());
    }
    log
}

/// What has changed in a version, sorted and each once where that is asked for.
fn items(tags: &Tags, commit: Option<usize>, version: u32) -> Vec<String> {
    let shared = tags
        .series
        .changes
        .get(&version)
        .map_or(&[][..], Vec::as_slice);
    let mut items: Vec<&str> = Vec::new();
    match commit {
        None => items.extend(shared.iter().map(|change| change.text.as_str())),
        Some(at) => {
            // They are in the order of the commits.
            let begin = shared.partition_point(|change| change.commit < at);
            let of_patch = shared[begin..]
                .iter()
                .take_while(|change| change.commit == at)
                .filter(|change| change.in_patch);
            items.extend(of_patch.map(|change| change.text.as_str()));
            let own = tags
                .commits
                .get(at)
                .and_then(|commit| commit.changes.get(&version));
            items.extend(own.into_iter().flatten().map(String::as_str));
        }
    }
    if tags.series.process_log.uniq {
        let mut seen = HashSet::new();
        items.retain(|item| seen.insert(*item));
    }
    if tags.series.process_log.sort {
        items.sort_unstable();
    }
    items.into_iter().map(str::to_owned).collect()
}

/// Versions without changes, and changes without a version.
pub(super) fn missing(series: &SeriesTags) -> Vec<String> {
    let Some(version) = series.version else {
        let is_any = !series.changes.is_empty();
        return is_any
            .then(|| "there are change lists, but no 'Series-version'".to_owned())
            .into_iter()
            .collect();
    };
    // Anybody can write any number as a version: the list stays short enough to read.
    let lacking = (2..=version)
        .filter(|version| !series.changes.contains_key(version))
        .take(100);
    let mut missing: Vec<String> = lacking
        .map(|lacking| format!("there is no change list of v{lacking}"))
        .collect();
    let beyond = series.changes.keys().filter(|of| **of > version);
    missing.extend(
        beyond.map(|of| format!("there is a change list of v{of}, but the series is v{version}")),
    );
    missing
}
