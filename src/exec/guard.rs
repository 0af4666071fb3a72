// SPDX-License-Identifier: GPL-2.0-or-later
//! Kills a command's process group if we are killed.

use crate::error::{Result, WithContext};
use crate::program;
use rustix::process::Pid;
use std::fs::File;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{Child, Stdio};

/// Reads the number of the running group, or 0 for none, one per line. If the pipe closes while a group runs,
/// kills it.
const SCRIPT: &str = "while read -r line; do group=$line; done
[ \"${group:-0}\" = 0 ] && exit
kill -s TERM -- \"-$group\" && { sleep 0.1; kill -s 0 -- \"-$group\" && sleep 1; kill -s KILL -- \"-$group\"; }";

/// A shell that outlives us until it has killed what we started. It has its own process group, and holds a lock
/// as its standard output, to which it prints nothing.
#[derive(Debug)]
pub struct Guard {
    shell: Child,
}

impl Guard {
    /// Starts the shell, which holds `lock` until none of the guarded processes is running.
    pub fn start(lock: &impl AsRef<File>) -> Result<Guard> {
        let held = lock
            .as_ref()
            .try_clone()
            .context(|| "cannot share a lock")?;
        let shell = program::shell(SCRIPT)
            .stdin(Stdio::piped())
            .stdout(held)
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .context(|| "cannot start 'sh'")?;
        Ok(Guard { shell })
    }

    /// Sets the group that is running.
    pub(super) fn watch(&mut self, group: Option<Pid>) {
        let number = group.map_or(0, |group| group.as_raw_nonzero().get());
        if let Some(pipe) = &mut self.shell.stdin {
            // If the shell was killed, the command runs without a guard.
            drop(writeln!(pipe, "{number}").and_then(|()| pipe.flush()));
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.shell.stdin.take();
        // An error cannot be reported here, and nothing is lost.
        drop(self.shell.wait());
    }
}
