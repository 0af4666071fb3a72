// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman review`: reviews of other authors' series, each applied in its own worktree.

mod abort;
mod check;
mod compare;
mod r#continue;
mod diff;
mod exec;
mod finish;
mod inbox;
mod list;
mod log;
mod open;
mod path;
mod prune;
mod remove;
mod shell;
mod show;
mod start;
mod trailers;
mod update;

use crate::complete;
use crate::context::Context;
use crate::error::Result;
use crate::review::Reviews;
use clap::{Args, Subcommand};
use clap_complete::ArgValueCompleter;

/// Review series, each in its own worktree
#[derive(Debug, Args)]
pub struct Review {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Start(start::Start),
    Inbox(inbox::Inbox),
    Check(check::Check),
    #[command(visible_alias = "ls")]
    List(list::List),
    Show(show::Show),
    Path(path::Path),
    Update(update::Update),
    Trailers(trailers::Trailers),
    Compare(compare::Compare),
    Log(log::Log),
    Diff(diff::Diff),
    Shell(shell::Shell),
    Open(open::Open),
    Exec(exec::Exec),
    Continue(r#continue::Continue),
    Abort(abort::Abort),
    Finish(finish::Finish),
    #[command(visible_alias = "rm")]
    Remove(remove::Remove),
    Prune(prune::Prune),
}

impl Review {
    /// Whether the command needs the database, which is created if it does not exist.
    pub fn needs_database(&self) -> bool {
        !matches!(self.verb, Verb::Check(_))
    }

    /// Runs the subcommand.
    pub fn run(&self, context: &Context) -> Result<()> {
        // It also works without a database, and does not create one.
        if let Verb::Check(check) = &self.verb {
            return check.run(context);
        }
        let mut reviews = Reviews::new(
            context.repo()?,
            context.settings(),
            context.out(),
            context.review_dbs()?,
        )?;
        match &self.verb {
            Verb::Check(check) => check.run(context),
            Verb::Start(start) => start.run(context, &mut reviews),
            Verb::Inbox(inbox) => inbox.run(context, &reviews),
            Verb::List(list) => list.run(&reviews),
            Verb::Show(show) => show.run(&mut reviews),
            Verb::Path(path) => path.run(&reviews),
            Verb::Update(update) => update.run(context, &mut reviews),
            Verb::Trailers(trailers) => trailers.run(&mut reviews),
            Verb::Compare(compare) => compare.run(&mut reviews),
            Verb::Log(log) => log.run(context, reviews),
            Verb::Diff(diff) => diff.run(context, reviews),
            Verb::Shell(shell) => shell.run(reviews),
            Verb::Open(open) => open.run(context, reviews),
            Verb::Exec(exec) => exec.run(context, &mut reviews),
            Verb::Continue(resume) => resume.run(&mut reviews),
            Verb::Abort(abort) => abort.run(&mut reviews),
            Verb::Finish(finish) => finish.run(&mut reviews),
            Verb::Remove(remove) => remove.run(&mut reviews),
            Verb::Prune(prune) => prune.run(&mut reviews),
        }
    }
}

/// The review that a command is about.
#[derive(Debug, Args)]
struct Named {
    /// The series, by its name or a unique part of it; can be omitted in its worktree
    #[arg(value_name = "NAME", add = ArgValueCompleter::new(complete::reviews))]
    name: Option<String>,
}
