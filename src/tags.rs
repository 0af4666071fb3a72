// SPDX-License-Identifier: GPL-2.0-or-later
//! The tags that authors write into commit messages: `Series-to:`, `Cover-letter:`, `Commit-changes:`, `Change-Id:` and all
//! the others that patman knows.
//!
//! [`read`] makes [`Tags`] of the messages of a series, oldest first. It is pure, takes time in proportion to its input, and
//! never fails: what is wrong, unknown or in vain becomes a [`Problem`] that names the commit and the line, and whoever
//! reads the tags decides whether to go on. Nothing is dropped in silence. Lines may end in CRLF, and may have blanks at
//! their end.
//!
//! - `scan.rs` classifies each line, for reading, cleaning and editing;
//! - `names.rs` lists the tags, and suggests one for an unknown name;
//! - `collect.rs` turns the lines into values;
//! - `links.rs` understands `Series-links`;
//! - `change_log.rs` writes "Changes in v2:", for the cover letter and for each patch;
//! - `clean.rs` takes the tags out of a message;
//! - `edit.rs` changes messages, byte for byte as patman does, and `change_id.rs` makes the value of a `Change-Id`.

pub mod change_id;
mod change_log;
mod clean;
mod collect;
pub mod commit_trailers;
pub mod edit;
pub mod links;
mod names;
mod problem;
mod scan;
pub(crate) mod stripspace;

pub use problem::{Level, Problem};

use std::collections::BTreeMap;

/// All that the messages of a series say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tags {
    /// Of the series as a whole.
    pub series: SeriesTags,
    /// Of each commit, in the order given.
    pub commits: Vec<CommitTags>,
    /// What is wrong, in the order of the commits and their lines.
    pub problems: Vec<Problem>,
}

/// What is said of the series as a whole, in whichever commit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SeriesTags {
    /// `Series-version`
    pub version: Option<u32>,
    /// `Series-links`: the id at Patchwork of each version. One without a version is of the version of the series, or of
    /// the first.
    pub links: BTreeMap<u32, String>,
    /// `Cover-letter`
    pub cover: Option<CoverLetter>,
    /// `Series-name`
    pub name: Option<String>,
    /// `Series-to`: addresses and aliases.
    pub to: Vec<String>,
    /// `Series-cc`: addresses and aliases.
    pub cc: Vec<String>,
    /// `Cover-letter-cc`: who gets the cover letter only.
    pub cover_cc: Vec<String>,
    /// `Series-prefix`, such as `RFC`.
    pub prefix: Option<String>,
    /// `Series-postfix`, such as `net-next`.
    pub postfix: Option<String>,
    /// `Series-patchwork-url`
    pub patchwork_url: Option<String>,
    /// The lines of all `Series-notes`, with an empty line between two.
    pub notes: Vec<String>,
    /// `Series-process-log`
    pub process_log: ProcessLog,
    /// By version, what has changed: `Series-changes`, `Cover-changes` and `Commit-added-in`, in the order of the commits.
    pub changes: BTreeMap<u32, Vec<ChangeLogItem>>,
}

/// A cover letter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CoverLetter {
    /// Its first line, which becomes the subject.
    pub title: String,
    /// The lines below.
    pub body: Vec<String>,
}

/// How change lists are worked over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProcessLog {
    /// The items of a version are sorted.
    pub sort: bool,
    /// An item that is there already is left out.
    pub uniq: bool,
}

/// One item of a change list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeLogItem {
    /// The index of the commit with this item.
    pub commit: usize,
    /// Whether the change list of that patch has it too, beside that of the cover letter.
    pub in_patch: bool,
    /// As it was written, with its hyphen and the lines that continue it.
    pub text: String,
}

/// What is said of one commit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommitTags {
    /// The subject, in one line.
    pub subject: String,
    /// `Change-Id`
    pub change_id: Option<String>,
    /// The lines of all `Commit-notes`, which go below the `---` of the mail.
    pub notes: Vec<String>,
    /// `Commit-cc` and `Patch-cc`
    pub cc: Vec<String>,
    /// By version, `Commit-changes` and `Commit-added-in`: changes that are listed in the patch and not in the cover letter.
    pub changes: BTreeMap<u32, Vec<String>>,
    /// `Tested-by`, `Acked-by`, `Reviewed-by` and `Fixes`, each as name and value, in order.
    pub trailers: Vec<(String, String)>,
    /// `Signed-off-by`, each once.
    pub sign_offs: Vec<String>,
    /// The words before colons that the subject begins with, such as `arm` and `rockchip`: aliases of whom to send it to.
    pub subject_tags: Vec<String>,
    /// The message with all tags taken out, as it is mailed.
    pub cleaned: String,
    /// Whether it holds a `Series-version`.
    pub has_version: bool,
    /// Whether it holds a `Series-links`.
    pub has_links: bool,
}

/// Reads the tags of a series: the id in hex and the message of each commit, the first patch first.
pub fn read(commits: &[(String, String)]) -> Tags {
    read_as(commits, None)
}

/// The same for an author who is known by `me`, the address or `<user>@`: whoever tests his own patch is not believed, so that
/// such a `Tested-by` is reported and left out of the cleaned message.
pub fn read_as(commits: &[(String, String)], me: Option<&str>) -> Tags {
    collect::collect(commits, me)
}

/// Which lines of a message are mailed: each that is no tag, nor belongs to one.
pub fn is_mailed(message: &[u8]) -> Vec<bool> {
    scan::scan(message)
        .iter()
        .map(|line| !line.part.is_removed())
        .collect()
}

impl Tags {
    /// The change log of a patch, or of the cover letter where no commit is given, as lines: "Changes in v3:" and what has
    /// changed, the newest version first, then an empty line. It is empty for a first version.
    pub fn change_log(&self, commit: Option<usize>) -> Vec<String> {
        change_log::change_log(self, commit)
    }

    /// What the change lists lack: a version of the series that none is for, a version that the series has not come to.
    pub fn missing_changes(&self) -> Vec<String> {
        change_log::missing(&self.series)
    }

    /// The commit to set `Series-version` in: the last commit that has it, otherwise the last commit of the series.
    ///
    /// patman rewrites the tag in whichever commits hold it, and adds it to the last commit where none does.
    pub fn place_of_version(&self) -> usize {
        self.place(|commit| commit.has_version)
    }

    /// The same for `Series-links`.
    pub fn place_of_links(&self) -> usize {
        self.place(|commit| commit.has_links)
    }

    /// Where a change is written down by default: the last commit, which is where patman always puts it.
    pub fn place_of_changes(&self) -> usize {
        self.place(|_| false)
    }

    fn place(&self, holds: impl Fn(&CommitTags) -> bool) -> usize {
        self.commits
            .iter()
            .rposition(holds)
            .unwrap_or(self.commits.len().saturating_sub(1))
    }
}

#[cfg(test)]
#[path = "tags/tests.rs"]
mod tests;
