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
pub struct ReviewCommand {
    #[command(subcommand)]
    verb: ReviewVerb,
}

#[derive(Debug, Subcommand)]
enum ReviewVerb {
    Start(start::Start),
    Inbox(inbox::Inbox),
    Check(check::ReviewCheck),
    #[command(visible_alias = "ls")]
    List(list::ReviewList),
    Show(show::Show),
    Path(path::ReviewPath),
    Update(update::ReviewUpdate),
    Trailers(trailers::Trailers),
    Compare(compare::Compare),
    Log(log::ReviewLog),
    Diff(diff::ReviewDiff),
    Shell(shell::Shell),
    Open(open::ReviewOpen),
    Exec(exec::Exec),
    Continue(r#continue::Continue),
    Abort(abort::Abort),
    Finish(finish::ReviewFinish),
    #[command(visible_alias = "rm")]
    Remove(remove::Remove),
    Prune(prune::Prune),
}

impl ReviewCommand {
    /// Whether the command needs the database, which is created if it does not exist.
    pub fn needs_database(&self) -> bool {
        !matches!(self.verb, ReviewVerb::Check(_))
    }

    /// Runs the subcommand.
    pub fn run(&self, context: &Context) -> Result<()> {
        // It also works without a database, and does not create one.
        if let ReviewVerb::Check(check) = &self.verb {
            return check.run(context);
        }
        let mut reviews = Reviews::new(
            context.repo()?,
            context.settings(),
            context.out(),
            context.review_dbs()?,
        )?;
        match &self.verb {
            ReviewVerb::Check(check) => check.run(context),
            ReviewVerb::Start(start) => start.run(context, &mut reviews),
            ReviewVerb::Inbox(inbox) => inbox.run(context, &reviews),
            ReviewVerb::List(list) => list.run(context, &reviews),
            ReviewVerb::Show(show) => show.run(context, &mut reviews),
            ReviewVerb::Path(path) => path.run(context, &reviews),
            ReviewVerb::Update(update) => update.run(context, &mut reviews),
            ReviewVerb::Trailers(trailers) => trailers.run(context, &mut reviews),
            ReviewVerb::Compare(compare) => compare.run(context, &mut reviews),
            ReviewVerb::Log(log) => log.run(context, reviews),
            ReviewVerb::Diff(diff) => diff.run(context, reviews),
            ReviewVerb::Shell(shell) => shell.run(context, reviews),
            ReviewVerb::Open(open) => open.run(context, reviews),
            ReviewVerb::Exec(exec) => exec.run(context, &mut reviews),
            ReviewVerb::Continue(resume) => resume.run(context, &mut reviews),
            ReviewVerb::Abort(abort) => abort.run(context, &mut reviews),
            ReviewVerb::Finish(finish) => finish.run(context, &mut reviews),
            ReviewVerb::Remove(remove) => remove.run(context, &mut reviews),
            ReviewVerb::Prune(prune) => prune.run(context, &mut reviews),
        }
    }
}

/// The review that a command is about.
#[derive(Debug, Args)]
struct ReviewName {
    /// The series, by its name or a unique part of it; can be omitted in its worktree
    #[arg(value_name = "NAME", add = ArgValueCompleter::new(complete::reviews))]
    name: Option<String>,
}
