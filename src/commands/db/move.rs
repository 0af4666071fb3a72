// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman db move`: moves the database and its backups to another directory.

use crate::commands::Requirements;
use crate::context::Context;
use crate::db::location::{Location, Origin};
use crate::db::move_db::relocate;
use crate::error::{Error, Result, WithContext as _};
use crate::text::shell_quote;
use clap::Args;
use std::path::{Path, PathBuf};

/// Move the database, with all its files, to another directory
///
/// Without DIR, moves it to the git directory, out of reach of 'git clean' and 'git worktree remove'. Updates the
/// setting patman.dbDir.
#[derive(Debug, Args)]
pub struct Move {
    /// The new directory, which must exist
    #[arg(value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    dir: Option<PathBuf>,
}

impl Move {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::NO_DATABASE
    }

    pub(super) fn run(&self, context: &Context) -> Result<()> {
        let from = context.location()?;
        let to = match &self.dir {
            Some(dir) => given(&context.cwd().join(dir))?,
            None => default(context)?,
        };
        if to.dir == from.dir {
            return Err(Error::new(format!(
                "the database is already in '{}'",
                from.dir.display()
            )));
        }
        let moved = context.with_options(|options| relocate(&from, &to, options, context.out()))?;
        context.out().note(format!(
            "moved '{}' to '{}'",
            moved.from.display(),
            moved.to.display()
        ));
        follow(context, &from, &to)
    }
}

fn given(dir: &Path) -> Result<Location> {
    let found = dir.canonicalize();
    let dir = found.context(|| format!("cannot use the directory '{}'", dir.display()));
    let dir = dir.map_err(|error| error.with_hint("create the directory first"))?;
    Ok(Location::at(dir, Origin::Config("file".to_owned())))
}

fn default(context: &Context) -> Result<Location> {
    Ok(Location::at(
        context.repo()?.common_dir().join("patman"),
        Origin::CommonDir,
    ))
}

/// Sets `patman.dbDir`, which takes precedence over a new database that patman may create at the top of the worktree.
fn follow(context: &Context, from: &Location, to: &Location) -> Result<()> {
    let (out, dir) = (context.out(), to.dir.display());
    if let Ok(repo) = context.repo() {
        repo.git()
            .args(["config", "--local", "patman.dbDir"])
            .args([to.dir.as_os_str()])
            .ok()?;
        out.note(format!("set patman.dbDir to '{dir}' in this repository"));
    }
    if from.origin == Origin::Environment {
        out.warn(format!(
            "PATMAN_DB_DIR still names '{}'",
            from.dir.display()
        ));
    }
    out.hint(format!(
        "for patman, and for other repositories that share it: export PATMAN_DB_DIR={}",
        shell_quote(&to.dir)
    ));
    Ok(())
}
