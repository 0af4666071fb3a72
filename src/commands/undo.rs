// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman undo`: undoes the last change to a series.

use crate::author::Author;
use crate::author::change::{GitPlan, RefKind};
use crate::author::undo::{Direction, UndoEntry};
use crate::clock;
use crate::complete;
use crate::context::Context;
use crate::error::Result;
use crate::output::Output;
use crate::text::shell_operand;
use crate::view::each;
use crate::view::undo::{UndoJson, UndoLine, table};
use clap::Args;
use clap_complete::ArgValueCompleter;

/// Undo the last change to a series (branches, HEAD, files, database)
///
/// Undoes changes that 'git patman series' commands made to branches or to the database, the most recent first;
/// repeat it to undo earlier changes. Without an argument and without a current branch, undoes the last change in
/// the repository. --redo reverses an undo, until a new change is made. Nothing is lost: branches that have moved
/// since and uncommitted changes are not touched, and undone commits stay under refs/patman/backup/ and in the
/// reflogs. The last 50 changes of a repository can be undone, also after it was renamed.
///
/// Each previous tip has a ref: refs/patman/backup/BRANCH, then BRANCH.2, BRANCH.3 and so on, for as long as a
/// listed change starts from it or leads to it. If a commit is no longer in the repository, --list says so. Only
/// branches, tags, HEAD and settings of branches are changed; a record that contains anything else was written by
/// another program and is refused.
#[derive(Debug, Args)]
pub struct Undo {
    /// The branch or the series [default: the current branch]
    #[arg(value_name = "BRANCH", add = ArgValueCompleter::new(complete::branches))]
    branch: Option<String>,
    /// Redo the last undone change
    #[arg(short, long, conflicts_with = "list")]
    redo: bool,
    /// Show what would be done, without changing anything
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// List the changes that can be undone or redone
    #[arg(short, long)]
    list: bool,
    /// Print the list as JSON; see git-patman-json(5)
    #[arg(long, requires = "list")]
    json: bool,
}

impl Undo {
    /// Runs the command.
    pub fn run(&self, context: &Context) -> Result<()> {
        let (repo, settings, out) = (context.repo()?, context.settings(), context.out());
        let mut author = Author::new(repo, settings, out, context.db()?, self.dry_run);
        if self.list {
            author.recover();
            return self.list(&author, out);
        }
        let way = if self.redo {
            Direction::Forth
        } else {
            Direction::Back
        };
        let taken = author.take(self.branch.as_deref(), way)?;
        tell(out, &author, &taken.entry, &taken.plan, way);
        Ok(())
    }

    fn list(&self, author: &Author<'_>, out: &Output) -> Result<()> {
        let entries = author.changes(self.branch.as_deref())?.into_iter();
        let lines = entries.map(|entry| {
            let is_tip_gone = !author.gone_tips(&entry.plan, entry.next())?.is_empty();
            Ok(UndoLine { entry, is_tip_gone })
        });
        let lines = lines.collect::<Result<Vec<_>>>()?;
        if self.json {
            return out.json(&each::<_, UndoJson<'_>>(&lines));
        }
        if lines.is_empty() {
            out.note("there is nothing to undo");
            return Ok(());
        }
        out.table(&table(&lines))
    }
}

/// Reports what was undone or redone, or would be.
fn tell(out: &Output, author: &Author<'_>, entry: &UndoEntry, plan: &GitPlan, way: Direction) {
    let dry_run = author.dry_run;
    let record = &entry.record;
    let age = clock::age(record.finished, clock::now());
    let begin = match (way, dry_run) {
        (Direction::Back, false) => "undid",
        (Direction::Back, true) => "would undo",
        (Direction::Forth, false) => "redid",
        (Direction::Forth, true) => "would redo",
    };
    let why = if record.why.is_empty() {
        String::new()
    } else {
        format!(": {}", record.why)
    };
    out.note(format!("{begin} '{}' from {age}{why}", record.what));
    let short = |hex: &str| author.repo.short_hex(hex);
    for moved in &plan.refs {
        let to = match (&moved.old, &moved.new) {
            (Some(old), Some(new)) => format!("{} -> {}", short(old), short(new)),
            (None, Some(new)) => format!("restored at {}", short(new)),
            (Some(old), None) => format!("deleted, was {}", short(old)),
            (None, None) => continue,
        };
        let kind = if moved.kind() == RefKind::Tag {
            "tag "
        } else {
            ""
        };
        out.note(format!("  {kind}{}: {to}", moved.short()));
    }
    for (_, new) in plan
        .heads
        .iter()
        .filter_map(|head| head.ends())
        .filter(|(old, new)| old != new)
    {
        out.note(format!("  HEAD: {}", new.shown()));
    }
    for (branch, kept) in plan.kept() {
        author.tell_kept(&branch, &kept);
    }
    if way == Direction::Back && !dry_run {
        let operand = record
            .names
            .first()
            .map(|name| format!(" {}", shell_operand(name)))
            .unwrap_or_default();
        out.hint(format!("to redo it: git patman undo --redo{operand}"));
    }
}
