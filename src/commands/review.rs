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

use crate::commands::{Finished, Requirements};
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
    /// What the subcommand needs.
    pub fn requirements(&self) -> Requirements {
        match &self.verb {
            ReviewVerb::Check(check) => check.requirements(),
            ReviewVerb::Start(start) => start.requirements(),
            ReviewVerb::Inbox(inbox) => inbox.requirements(),
            ReviewVerb::List(list) => list.requirements(),
            ReviewVerb::Show(show) => show.requirements(),
            ReviewVerb::Path(path) => path.requirements(),
            ReviewVerb::Update(update) => update.requirements(),
            ReviewVerb::Trailers(trailers) => trailers.requirements(),
            ReviewVerb::Compare(compare) => compare.requirements(),
            ReviewVerb::Log(log) => log.requirements(),
            ReviewVerb::Diff(diff) => diff.requirements(),
            ReviewVerb::Shell(shell) => shell.requirements(),
            ReviewVerb::Open(open) => open.requirements(),
            ReviewVerb::Exec(exec) => exec.requirements(),
            ReviewVerb::Continue(resume) => resume.requirements(),
            ReviewVerb::Abort(abort) => abort.requirements(),
            ReviewVerb::Finish(finish) => finish.requirements(),
            ReviewVerb::Remove(remove) => remove.requirements(),
            ReviewVerb::Prune(prune) => prune.requirements(),
        }
    }

    /// Runs the subcommand.
    pub fn run(&self, context: &Context) -> Result<Finished> {
        if let ReviewVerb::Check(check) = &self.verb {
            return check.run(context).map(|()| Finished::Done);
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
            ReviewVerb::Log(log) => return log.run(context, &reviews),
            ReviewVerb::Diff(diff) => return diff.run(context, &reviews),
            ReviewVerb::Shell(shell) => return shell.run(context, &reviews),
            ReviewVerb::Open(open) => return open.run(context, &reviews),
            ReviewVerb::Exec(exec) => exec.run(context, &mut reviews),
            ReviewVerb::Continue(resume) => resume.run(context, &mut reviews),
            ReviewVerb::Abort(abort) => abort.run(context, &mut reviews),
            ReviewVerb::Finish(finish) => finish.run(context, &mut reviews),
            ReviewVerb::Remove(remove) => remove.run(context, &mut reviews),
            ReviewVerb::Prune(prune) => prune.run(context, &mut reviews),
        }
        .map(|()| Finished::Done)
    }
}

/// The review that a command is about.
#[derive(Debug, Args)]
struct ReviewName {
    /// The series, by its name or a unique part of it; can be omitted in its worktree
    #[arg(value_name = "NAME", add = ArgValueCompleter::new(complete::reviews))]
    name: Option<String>,
}
