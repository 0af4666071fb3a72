// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman review exec`: runs commands on reviews, for the series or for each patch.

use crate::clock;
use crate::commands::Requirements;
use crate::complete;
use crate::context::Context;
use crate::error::{Error, Exit, Result};
use crate::exec::Interrupt;
use crate::output::Output;
use crate::review::Reviews;
use crate::review::exec::check::ConfiguredCheck;
use crate::review::exec::{CheckRun, CheckStatus, ExecRequest, last_lines};
use crate::review::record::ReviewRow;
use crate::text::shell_quote;
use crate::view::check_run::{CheckRunJson, table};
use crate::view::each;
use clap::Args;
use clap_complete::ArgValueCompleter;
use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

/// Run a command or checks on reviews, for the whole series or for each patch
///
/// The command runs in the worktree of each review. With --each-patch it runs for each patch of the newest applied
/// version, in order, in a scratch worktree of the series. The scratch worktree is kept: ignored files, such as
/// build products, stay, and only files that differ are written. Your own checkout and the review worktrees never
/// move.
///
/// Without a command, the checks set by 'patman.check.<name>.command' run, or only those given by --check; see
/// git-patman-config(5). The command can use the variables PATMAN_SERIES, PATMAN_VERSION, PATMAN_PATCH, PATMAN_BASE
/// and PATMAN_HEAD, and PATMAN_MBOX, a file with the mails.
///
/// Several series are processed in parallel, with one command at a time in each. If a check does not pass, its
/// series stops and the others continue. Output is written to a file; if the command fails, its last lines are
/// shown. Results are cached by tree, unless the worktree has uncommitted changes. When a command exits, is
/// interrupted or exceeds the time limit, its child processes are killed.
///
/// The exit status is 0 if all checks passed, 1 otherwise.
#[derive(Debug, Args)]
pub struct Exec {
    /// The series, by their names or unique parts of them; can be omitted in a worktree of one
    #[arg(value_name = "NAME", add = ArgValueCompleter::new(complete::reviews))]
    names: Vec<String>,
    /// Run on every review that is applied here
    #[arg(short, long, conflicts_with = "names")]
    all: bool,
    /// Run this check, set by patman.check.<CHECK>.command; may be repeated
    #[arg(long = "check", value_name = "CHECK", add = ArgValueCompleter::new(complete::checks), conflicts_with = "command")]
    checks: Vec<String>,
    /// Run for each patch, in order
    #[arg(short = 'p', long)]
    each_patch: bool,
    /// Number of series to process in parallel [default: number of cores]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Continue with a series after a check that did not pass
    #[arg(short, long)]
    keep_going: bool,
    /// Also run checks that have passed before
    #[arg(long)]
    rerun: bool,
    /// Kill a command that takes longer, such as 90s, 10m, 2h
    #[arg(long, value_name = "TIME", value_parser = timeout)]
    timeout: Option<Duration>,
    /// Print the results as JSON; see git-patman-json(5)
    #[arg(long)]
    json: bool,
    /// The command and its arguments, run without a shell
    #[arg(value_name = "COMMAND", last = true, value_hint = clap::ValueHint::CommandWithArguments)]
    command: Vec<OsString>,
}

/// Maximum number of output lines of a failed command, and of failed commands, that are shown.
const LINES: usize = 10;
const TAILS: usize = 5;

impl Exec {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::WRITES
    }

    pub(super) fn run(&self, context: &Context, reviews: &mut Reviews<'_>) -> Result<()> {
        let out = context.out();
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let order = ExecRequest {
            checks: self.checks(context)?,
            jobs: self.jobs.map_or(cores, usize::from),
            keep_going: self.keep_going,
            rerun: self.rerun,
        };
        let wanted = self.reviews(reviews)?;
        let interrupt = Interrupt::watch()?;
        let (ran, refused) = reviews.exec(&wanted, &order, &interrupt)?;
        if self.json {
            out.json(&each::<_, CheckRunJson<'_>>(&ran))?;
        }
        if ran.is_empty() && refused.is_none() && !self.json {
            out.note("no review is applied here");
        }
        tell(out, &ran, self.json)?;
        interrupt.pass_on();
        if let Some(error) = refused {
            return Err(error);
        }
        if ran
            .iter()
            .all(|one| one.result.is_good() || one.commit.is_none())
        {
            return Ok(());
        }
        Err(Error::silent(Exit::Failed))
    }

    /// The checks to run, from the command line and the settings.
    fn checks(&self, context: &Context) -> Result<Vec<Arc<ConfiguredCheck>>> {
        let mut checks = if self.command.is_empty() {
            self.named(context)?
        } else {
            vec![ConfiguredCheck::of_words(&self.command)]
        };
        for check in &mut checks {
            check.each_patch |= self.each_patch;
            check.timeout = self
                .timeout
                .or(check.timeout)
                .filter(|limit| !limit.is_zero());
        }
        Ok(checks.into_iter().map(Arc::new).collect())
    }

    fn named(&self, context: &Context) -> Result<Vec<ConfiguredCheck>> {
        let settings = context.settings();
        let set = settings.check_names();
        let names: Vec<&str> = if self.checks.is_empty() {
            set.clone()
        } else {
            self.checks.iter().map(String::as_str).collect()
        };
        if names.is_empty() {
            return Err(Error::usage("specify a command, or configure a check")
                .with_hint("to run a command: git patman review exec <name> -- make")
                .with_hint("to configure a check: git config patman.check.build.command make"));
        }
        let mut checks: Vec<ConfiguredCheck> = Vec::new();
        for name in names {
            let found = settings.check(name)?.ok_or_else(|| {
                let unknown = Error::usage(format!("there is no check '{name}'"));
                match set.as_slice() {
                    [] => unknown.with_hint(format!(
                        "to configure it: git config {} <command>",
                        shell_quote(format!("patman.check.{name}.command"))
                    )),
                    set => unknown.with_hint(format!("configured checks: {}", set.join(", "))),
                }
            })?;
            let check = ConfiguredCheck::named(name, found)?;
            if checks.iter().all(|one| one.name != check.name) {
                checks.push(check);
            }
        }
        Ok(checks)
    }

    fn reviews(&self, reviews: &Reviews<'_>) -> Result<Vec<ReviewRow>> {
        if self.all {
            let lines = reviews.lines()?;
            let here = lines
                .into_iter()
                .filter(|line| line.state.is_here())
                .map(|line| line.recorded)
                .collect();
            return Ok(here);
        }
        if self.names.is_empty() {
            let here = reviews
                .find(None)
                .map_err(|error| error.with_hint("to run on all reviews: --all"))?;
            return Ok(vec![here]);
        }
        let mut found: Vec<ReviewRow> = Vec::new();
        for name in &self.names {
            let one = reviews.find(Some(name))?;
            if found.iter().all(|before| before.id != one.id) {
                found.push(one);
            }
        }
        Ok(found)
    }
}

fn timeout(text: &str) -> Result<Duration, String> {
    clock::span(text).ok_or_else(|| "give a time, as in '90s', '10m' or '2h'".to_owned())
}

/// Shows the last lines of failed commands, then the table.
fn tell(out: &Output, ran: &[CheckRun], json: bool) -> Result<()> {
    let bad = ran
        .iter()
        .filter(|one| !one.result.is_good() && one.result != CheckStatus::Skipped);
    for (at, one) in bad.enumerate() {
        out.note(one.line());
        let Some(path) = &one.output else { continue };
        if at < TAILS {
            last_lines(path, LINES)
                .iter()
                .for_each(|line| out.note(format!("    {line}")));
        }
        out.note(format!("    full output: {}", path.display()));
    }
    if json || ran.is_empty() {
        return Ok(());
    }
    out.data(out.render(&table(ran)))
}
