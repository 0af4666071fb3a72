// SPDX-License-Identifier: GPL-2.0-or-later
//! Global options, the table of commands, and main: from arguments to an exit status.

use crate::commands::{
    Finished, Requirements, Terminal, db, patchwork, review, series, status, undo, upstream, util,
    workflow,
};
use crate::context::Context;
use crate::environment;
use crate::error::{Error, Exit, Result};
use crate::exec::become_command;
use crate::output::{Output, Verbosity};
use crate::settings::ColorWhen;
use clap::{Args, CommandFactory, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

/// Apply, review and track patch series that are sent by mail
///
/// Every series under review gets its own git worktree; your checkout is never touched. Series, versions, patches,
/// reviews and replies are stored in one database, which clones, worktrees and processes share.
#[derive(Debug, Parser)]
#[command(
    name = "git-patman",
    bin_name = "git patman",
    version,
    max_term_width = 100,
    propagate_version = false
)]
#[command(
    after_help = "See 'git patman help <command>' for a command, and git-patman-workflow(7) for a tour."
)]
pub struct Cli {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

/// The global options.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
struct Globals {
    /// Run as if started in this directory; may be repeated, as with git, and must precede the command
    // Not global: 'series gather -C' is patman's, and git takes its own -C before the command alone.
    #[arg(short = 'C', value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    change: Vec<PathBuf>,
    /// Show only warnings and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Show each step as it runs
    #[arg(short, long, global = true)]
    verbose: bool,
    /// When to use colors
    #[arg(long, value_name = "WHEN", global = true)]
    color: Option<ColorWhen>,
    /// Do not page listings
    #[arg(long, global = true)]
    no_pager: bool,
}

/// The nouns.
#[derive(Debug, Subcommand)]
enum Command {
    #[command(visible_alias = "s", alias = "ser")]
    Series(series::SeriesCommand),
    #[command(visible_alias = "st")]
    Status(status::BranchStatus),
    Undo(undo::Undo),
    #[command(visible_alias = "wf")]
    Workflow(workflow::Workflow),
    #[command(visible_aliases = ["r", "rev"])]
    Review(review::ReviewCommand),
    #[command(visible_alias = "us")]
    Upstream(upstream::UpstreamCommand),
    #[command(visible_alias = "pw")]
    Patchwork(patchwork::PatchworkCommand),
    #[command(visible_alias = "database")]
    Db(db::DbCommand),
    Util(util::Util),
}

impl Command {
    fn requirements(&self) -> Requirements {
        match self {
            Command::Series(series) => series.requirements(),
            Command::Status(status) => status.requirements(),
            Command::Undo(undo) => undo.requirements(),
            Command::Workflow(workflow) => workflow.requirements(),
            Command::Review(review) => review.requirements(),
            Command::Upstream(upstream) => upstream.requirements(),
            Command::Patchwork(patchwork) => patchwork.requirements(),
            Command::Db(db) => db.requirements(),
            Command::Util(util) => util.requirements(),
        }
    }

    fn run(&self, context: &Context) -> Result<Finished> {
        match self {
            Command::Series(series) => return series.run(context),
            Command::Status(status) => status.run(context),
            Command::Undo(undo) => undo.run(context),
            Command::Workflow(workflow) => workflow.run(context),
            Command::Review(review) => return review.run(context),
            Command::Upstream(upstream) => upstream.run(context),
            Command::Patchwork(patchwork) => patchwork.run(context),
            Command::Db(db) => db.run(context),
            Command::Util(util) => util.run(context),
        }
        .map(|()| Finished::Done)
    }
}

impl Cli {
    /// What the command needs of the database and of the terminal.
    pub fn requirements(&self) -> Requirements {
        self.command.requirements()
    }
}

/// The definition of the command line, for help, man pages and completions.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Runs the program on the process's arguments and returns its exit status.
pub fn main() -> ExitCode {
    crate::complete::answer(command);
    let begun = Instant::now();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(usage) => return refuse(&usage),
    };
    let verbosity = match (cli.globals.quiet, cli.globals.verbose) {
        (true, _) => Verbosity::Quiet,
        (_, true) => Verbosity::Verbose,
        _ => Verbosity::Normal,
    };
    let out = Output::new(verbosity);
    let result = run(&cli, out.clone());
    if environment::is_traced() {
        out.trace(format!(
            "{:.1} ms in all",
            begun.elapsed().as_secs_f64() * 1000.0
        ));
    }
    match result {
        Ok((Finished::Done, _)) => ExitCode::SUCCESS,
        Ok((Finished::Exec { mut command, hint }, out)) => {
            let error = become_command(&mut command);
            fail(
                &match hint {
                    Some(hint) => error.with_hint(hint),
                    None => error,
                },
                &out,
            )
        }
        Err((error, out)) => fail(&error, &out),
    }
}

/// Runs the command in a context of its own, which is closed when this returns.
fn run(cli: &Cli, out: Output) -> Result<(Finished, Output), (Error, Output)> {
    let Globals {
        change,
        color,
        no_pager,
        ..
    } = &cli.globals;
    let context =
        Context::new(change, out.clone(), *color, !no_pager).map_err(|error| (error, out))?;
    let done = context
        .prepare(cli.requirements().database)
        .and_then(|()| cli.command.run(&context));
    context.count_traffic();
    debug_assert!(
        !matches!(&done, Ok(Finished::Exec { .. }))
            || cli.requirements().terminal == Terminal::Takes,
        "a command that ends with a program says that it takes the terminal"
    );
    let out = context.out().clone();
    match done {
        Ok(finished) => Ok((finished, out)),
        Err(error) => Err((error, out)),
    }
}

fn fail(error: &Error, out: &Output) -> ExitCode {
    if !error.is_silent() {
        out.error(error);
    }
    ExitCode::from(error.exit() as u8)
}

/// Prints help and version to standard output, and usage errors to standard error.
fn refuse(usage: &clap::Error) -> ExitCode {
    // If the stream is closed, there is nowhere to report the error.
    drop(usage.print());
    if usage.use_stderr() {
        ExitCode::from(Exit::Usage as u8)
    } else {
        ExitCode::SUCCESS
    }
}
