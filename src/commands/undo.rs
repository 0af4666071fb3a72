// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman undo`.

use crate::author::Author;
use crate::author::change::{Kind, Plan};
use crate::author::undo::{Entry, Way};
use crate::clock;
use crate::complete;
use crate::context::Context;
use crate::error::Result;
use crate::output::colour::Paint;
use crate::output::table::{Align, Cell, Table};
use crate::output::{Output, shell_operand};
use clap::Args;
use clap_complete::ArgValueCompleter;
use serde::Serialize;

/// Take the last change of a series back: branches, HEAD, files, and what the database had of it
///
/// Whatever a command of 'git patman series' did to a branch or to the database can be taken back, the last one first; again,
/// and the one before is. With no branch checked out, and none named, it is the last change of the repository. --redo goes the other way, until something new is done. Nothing is lost: a branch that has moved
/// since is left alone, and so are edits; what is taken back stays under refs/patman/backup/, and in the reflogs. The last 50
/// changes of a repository are known.
#[derive(Debug, Args)]
pub struct Undo {
    /// The branch, or the series; else the branch that is checked out
    #[arg(value_name = "BRANCH", add = ArgValueCompleter::new(complete::branches))]
    branch: Option<String>,
    /// Do again what was taken back last
    #[arg(short, long, conflicts_with = "list")]
    redo: bool,
    /// Say what would be done, and change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// List what can be taken back, and what can be done again
    #[arg(short, long)]
    list: bool,
    /// Print the list as JSON; see git-patman-json(5)
    #[arg(long, requires = "list")]
    json: bool,
}

/// A change, as JSON has it.
#[derive(Serialize)]
struct Line<'a> {
    command: &'a str,
    summary: &'a str,
    when: i64,
    undone: Option<i64>,
    names: &'a [String],
    refs: Vec<Ref<'a>>,
}

/// A ref that a change has moved.
#[derive(Serialize)]
struct Ref<'a> {
    name: &'a str,
    old: Option<&'a str>,
    new: Option<&'a str>,
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
        let way = if self.redo { Way::Forth } else { Way::Back };
        let taken = author.take(self.branch.as_deref(), way)?;
        tell(&author, &taken.entry, &taken.plan, way);
        Ok(())
    }

    fn list(&self, author: &Author<'_>, out: &Output) -> Result<()> {
        let entries = author.changes(self.branch.as_deref())?;
        if self.json {
            return out.json(&entries.iter().map(line).collect::<Vec<_>>());
        }
        if entries.is_empty() {
            out.note("nothing was changed yet that could be taken back");
            return Ok(());
        }
        let now = clock::now();
        let mut table = Table::new(&[
            ("AGE", Align::Right),
            ("COMMAND", Align::Left),
            ("SERIES", Align::Optional),
            ("STATE", Align::Left),
            ("WHAT", Align::Flexible),
        ]);
        for Entry { record, .. } in &entries {
            table.row([
                Cell::painted(clock::short_age(record.finished, now), Paint::Dim),
                Cell::new(&record.what),
                Cell::new(record.names.join(" ")),
                Cell::new(if record.undone.is_some() {
                    "undone"
                } else {
                    ""
                }),
                Cell::new(&record.why),
            ]);
        }
        out.table(&table)
    }
}

fn line(entry: &Entry) -> Line<'_> {
    let refs = entry.plan.refs.iter();
    Line {
        command: &entry.record.what,
        summary: &entry.record.why,
        when: entry.record.finished,
        undone: entry.record.undone,
        names: &entry.record.names,
        refs: refs
            .map(|moved| Ref {
                name: &moved.name,
                old: moved.old.as_deref(),
                new: moved.new.as_deref(),
            })
            .collect(),
    }
}

/// Says what was done, or would be.
fn tell(author: &Author<'_>, entry: &Entry, plan: &Plan, way: Way) {
    let (out, dry_run) = (author.out, author.dry_run);
    let record = &entry.record;
    let age = clock::age(record.finished, clock::now());
    let begin = match (way, dry_run) {
        (Way::Back, false) => "took back",
        (Way::Back, true) => "would take back",
        (Way::Forth, false) => "did again",
        (Way::Forth, true) => "would do again",
    };
    let why = if record.why.is_empty() {
        String::new()
    } else {
        format!(": {}", record.why)
    };
    out.note(format!("{begin} '{}' of {age}{why}", record.what));
    let short = |hex: &str| hex.get(..10).unwrap_or(hex).to_owned();
    for moved in &plan.refs {
        let to = match (&moved.old, &moved.new) {
            (Some(old), Some(new)) => format!("{} -> {}", short(old), short(new)),
            (None, Some(new)) => format!("made again, at {}", short(new)),
            (Some(old), None) => format!("deleted, was {}", short(old)),
            (None, None) => continue,
        };
        let kind = if moved.kind() == Kind::Tag {
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
    if way == Way::Back && !dry_run {
        let operand = record
            .names
            .first()
            .map(|name| format!(" {}", shell_operand(name)))
            .unwrap_or_default();
        out.hint(format!("to do it again: git patman undo --redo{operand}"));
    }
}
