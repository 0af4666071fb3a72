// SPDX-License-Identifier: GPL-2.0-or-later
//! Adds a line to the change log of a version, in the commit that it describes.
//!
//! patman always amends HEAD; this amends the last commit of the selected branch, or the selected patch. As with
//! patman, staged changes are committed too if that commit is HEAD: `git add`, then `series changes`, works as
//! one step.

use super::Author;
use super::branch::range::BranchRange;
use super::change::BranchChange;
use super::target::{TargetChoice, own};
use crate::db::series;
use crate::error::{Error, Result};
use crate::tags::edit;
use crate::text::shell_quote;

/// A line to add to a change log.
#[derive(Debug, Clone, Default)]
pub struct ChangeLogOptions {
    /// The line.
    pub text: String,
    /// Whether the line is for the cover letter only.
    pub is_cover: bool,
    /// The patch, by its number from 1 or by its commit; by default the last.
    pub patch: Option<String>,
}

impl Author<'_> {
    /// Adds a line to the change log of the selected version, and returns the change log of that commit; `None` if it
    /// contains the line already.
    pub fn add_change(
        &mut self,
        chosen: &TargetChoice,
        options: &ChangeLogOptions,
    ) -> Result<Option<String>> {
        let text = line(&options.text)?;
        let target = self.target(chosen)?;
        let series = series::find(&self.db, &target.name)?;
        if let Some(series) = &series {
            own(series)?;
        }
        let range = self.range(&target.branch(), None)?;
        let at = self.patch_of(&range, options.patch.as_deref())?;
        let number = target.version.get();
        let mut block = String::new();
        let mut is_there = false;
        let reworded = self.reword_branch(&range, &mut |index, message| {
            if index != at {
                return Ok(None);
            }
            is_there = has_line(
                &block_of(&String::from_utf8_lossy(message), number, options.is_cover),
                text,
            );
            if is_there {
                return Ok(None);
            }
            let new = edit::add_change(message, number, text, options.is_cover);
            block = block_of(&String::from_utf8_lossy(&new), number, options.is_cover);
            Ok(Some(new))
        })?;
        let (subject, _) = self.repo.subject_and_tree(range.commits[at])?;
        let place = format!("patch {} of branch '{}', '{subject}'", at + 1, range.branch);
        if is_there {
            self.events.notice(format!("{place}, says so already"));
            return Ok(None);
        }
        let known = series.map(|series| series.id);
        let takes_staged = at + 1 == range.commits.len()
            && self.repo.current_branch()?.as_deref() == Some(&*range.branch)
            && self.repo.has_staged()?;
        let change = BranchChange::rewritten(
            &range,
            &reworded,
            "series changes",
            format!("Add to the change log of {} v{number}", target.name),
        );
        let done = self.change(change, known, |_| Ok(()))?;
        if takes_staged && !self.dry_run {
            self.repo.amend_staged().map_err(|error| {
                error
                    .within(format!("the line is in {place}, but what is staged is not"))
                    .with_hint("add it with: git commit --amend --no-edit")
            })?;
        }
        self.tell_backups(&done);
        let with = if takes_staged {
            ", with what is staged"
        } else {
            ""
        };
        self.events.notice(format!("{place}{with}:"));
        Ok(Some(block))
    }

    /// Returns the position of a patch in the series, by its number from 1 or its commit; by default the last.
    fn patch_of(&self, range: &BranchRange, patch: Option<&str>) -> Result<usize> {
        let count = range.commits.len();
        let Some(given) = patch else {
            return Ok(count - 1);
        };
        if let Some(at) = given
            .parse::<usize>()
            .ok()
            .filter(|number| (1..=count).contains(number))
        {
            return Ok(at - 1);
        }
        let branch = &range.branch;
        let short = given.len() < 4 && given.bytes().all(|byte| byte.is_ascii_digit());
        if short {
            let has = if count == 1 {
                "it has one patch"
            } else {
                "it has patches 1 to"
            };
            let last = if count == 1 {
                String::new()
            } else {
                format!(" {count}")
            };
            return Err(Error::usage(format!(
                "branch '{branch}' has no patch {given}: {has}{last}"
            )));
        }
        let commit = self.repo.commit_named(given)?;
        range
            .commits
            .iter()
            .position(|one| *one == commit)
            .ok_or_else(|| {
                Error::new(format!("commit '{given}' is no patch of branch '{branch}'")).with_hint(
                    format!(
                        "see them with: git log --oneline {}..{branch}",
                        self.repo.short_id(range.base),
                        branch = shell_quote(branch)
                    ),
                )
            })
    }
}

/// Checks that a text is one line for a change log.
fn line(text: &str) -> Result<&str> {
    let text = text.trim();
    if text.trim_start_matches('-').trim().is_empty() {
        return Err(Error::usage(
            "there is nothing to add to the change log: the text is empty",
        ));
    }
    if text.contains(['\n', '\r', '\0']) {
        return Err(Error::usage("a change is one line of text")
            .with_hint("add each line by a command of its own"));
    }
    Ok(text)
}

/// Returns the change log lines in a message, with the tag before them.
fn block_of(message: &str, version: u32, is_cover: bool) -> String {
    let tag = format!("{}-changes:", if is_cover { "Cover" } else { "Series" });
    let is_head = |line: &str| {
        line.strip_prefix(&tag)
            .is_some_and(|rest| rest.trim() == version.to_string())
    };
    let lines = message
        .lines()
        .skip_while(|line| !is_head(line))
        .take_while(|line| !line.trim().is_empty());
    lines.map(|line| format!("{line}\n")).collect()
}

fn has_line(block: &str, text: &str) -> bool {
    let bare = |line: &str| line.trim().trim_start_matches('-').trim().to_owned();
    block.lines().skip(1).any(|line| bare(line) == bare(text))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
    use super::*;

    #[test]
    fn the_block_of_a_version_is_found() {
        let message = "One\n\nSeries-changes: 1\n- Begin\n\nSeries-changes: 2\n- Fix\n- More\n\nCover-changes: 2\n- All\n";
        assert_eq!(
            block_of(message, 2, false),
            "Series-changes: 2\n- Fix\n- More\n"
        );
        assert_eq!(block_of(message, 2, true), "Cover-changes: 2\n- All\n");
        assert_eq!(block_of(message, 3, false), "");
        assert!(has_line(&block_of(message, 2, false), "- More"));
        assert!(!has_line(&block_of(message, 1, false), "More"));
    }

    #[test]
    fn a_change_is_one_line_that_says_something() {
        for bad in ["", " ", "-", "- ", "a\nb", "a\rb"] {
            assert!(line(bad).is_err(), "{bad:?}");
        }
        assert_eq!(line(" - Fix ").unwrap(), "- Fix");
    }
}
