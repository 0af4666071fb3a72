// SPDX-License-Identifier: GPL-2.0-or-later
//! The journal: what is being done, from before the first ref is moved until the database has it. It is written whole or not
//! at all, and only under the lock.

use super::step::ChangeStep;
use crate::error::{Error, Result, WithContext};
use crate::git::Repo;
use crate::git::write_atomic::write_durable;
use crate::output::shell_quote;
use std::io::ErrorKind;
use std::path::PathBuf;

/// Where it is.
pub(super) fn path(repo: &Repo) -> PathBuf {
    repo.common_dir().join("patman").join("rewrite.json")
}

/// Writes it: when this returns, a loss of power does not take it away.
pub(super) fn write(repo: &Repo, step: &ChangeStep) -> Result<()> {
    let path = path(repo);
    let cannot = || format!("cannot write '{}'", path.display());
    let text = serde_json::to_vec(step).context(cannot)?;
    let done = write_durable(&path, &text).context(cannot);
    done.inspect_err(|_| {
        // Nothing was done yet: one that is there all the same says so to the next command, which takes it away.
        std::fs::remove_file(&path).ok();
    })
}

/// The step that was being done; none where there is no journal.
pub(super) fn read(repo: &Repo) -> Result<Option<ChangeStep>> {
    let path = path(repo);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(why) if why.kind() == ErrorKind::NotFound => return Ok(None),
        Err(why) => return Err(why).context(|| format!("cannot read '{}'", path.display())),
    };
    serde_json::from_slice(&bytes).map(Some).map_err(|why| {
        Error::new(format!(
            "cannot understand '{}', which tells of a change that was stopped",
            path.display()
        ))
        .with_cause(why)
        .with_hint(format!("to forget it: rm {}", shell_quote(&path)))
    })
}

pub(super) fn remove(repo: &Repo) -> Result<()> {
    let path = path(repo);
    match std::fs::remove_file(&path) {
        Err(why) if why.kind() != ErrorKind::NotFound => {
            Err(why).context(|| format!("cannot remove '{}'", path.display()))
        }
        _ => Ok(()),
    }
}
