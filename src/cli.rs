// SPDX-License-Identifier: GPL-2.0-or-later
//! Global options, the table of commands, and main: from arguments to an exit status.

use crate::commands::{db, patchwork, review, series, status, undo, upstream, util, workflow};
use crate::context::Context;
use crate::environment;
use crate::error::{Error, Exit, Result};
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
    /// Opens the database, migrating it if necessary, before the command runs; read-only commands never create it.
    fn open_database(&self, context: &Context) -> Result<()> {
        let only_reads = match self {
            Command::Db(_) | Command::Util(_) => return Ok(()),
            Command::Review(review) if !review.needs_database() => return Ok(()),
            Command::Review(_) => false,
            Command::Series(series) => series.only_reads(),
            Command::Status(status) => status.only_reads(),
            Command::Undo(_) => true,
            Command::Workflow(workflow) => workflow.only_reads(),
            Command::Upstream(upstream) => upstream.only_reads(),
            Command::Patchwork(patchwork) => patchwork.only_reads(),
        };
        if only_reads {
            context.open_db_to_read()
        } else {
            context.open_db()
        }
    }

    fn run(&self, context: &Context) -> Result<()> {
        match self {
            Command::Series(series) => series.run(context),
            Command::Status(status) => status.run(context),
            Command::Undo(undo) => undo.run(context),
            Command::Workflow(workflow) => workflow.run(context),
            Command::Review(review) => review.run(context),
            Command::Upstream(upstream) => upstream.run(context),
            Command::Patchwork(patchwork) => patchwork.run(context),
            Command::Db(db) => db.run(context),
            Command::Util(util) => util.run(context),
        }
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
    result.map_or_else(|(error, out)| fail(&error, &out), |()| ExitCode::SUCCESS)
}

fn run(cli: &Cli, out: Output) -> Result<(), (Error, Output)> {
    let Globals {
        change,
        color,
        no_pager,
        ..
    } = &cli.globals;
    let context =
        Context::new(change, out.clone(), *color, !no_pager).map_err(|error| (error, out))?;
    let done = cli
        .command
        .open_database(&context)
        .and_then(|()| cli.command.run(&context));
    context.count_traffic();
    done.map_err(|error| (error, context.out().clone()))
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
