// SPDX-License-Identifier: GPL-2.0-or-later
//! The journal: records the step in progress, from before the first ref moves until the database commits. It is written
//! atomically, and only under the lock.

use crate::error::{Error, Result, WithContext};
use crate::git::Repo;
use crate::git::write_atomic::write_durable;
use crate::text::shell_quote;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::ErrorKind;
use std::path::PathBuf;

/// Returns the path of the journal.
pub(super) fn path(repo: &Repo) -> PathBuf {
    repo.common_dir().join("patman").join("rewrite.json")
}

/// Writes the journal durably: when this returns, it survives a power failure.
pub(super) fn write(repo: &Repo, step: &impl Serialize) -> Result<()> {
    let path = path(repo);
    let cannot = || format!("cannot write '{}'", path.display());
    let text = serde_json::to_vec(step).context(cannot)?;
    let done = write_durable(&path, &text).context(cannot);
    done.inspect_err(|_| {
        // Nothing was done yet: if the journal exists anyway, the next command sees that and deletes it.
        std::fs::remove_file(&path).ok();
    })
}

/// Reads the step in progress; none if there is no journal.
pub(super) fn read<T: DeserializeOwned>(repo: &Repo) -> Result<Option<T>> {
    let path = path(repo);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(why) if why.kind() == ErrorKind::NotFound => return Ok(None),
        Err(why) => return Err(why).context(|| format!("cannot read '{}'", path.display())),
    };
    serde_json::from_slice(&bytes).map(Some).map_err(|why| {
        Error::new(format!(
            "cannot parse '{}', the journal of an interrupted change",
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
