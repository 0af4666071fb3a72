// SPDX-License-Identifier: GPL-2.0-or-later
//! Ends a command's process group should we be killed.

use crate::error::{Result, WithContext};
use crate::program;
use rustix::process::Pid;
use std::fs::File;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{Child, Stdio};

/// Reads the number of the group that runs, or 0 for none, a line each. When the pipe closes while a group runs, ends it.
const SCRIPT: &str = "while read -r line; do group=$line; done
[ \"${group:-0}\" = 0 ] && exit
kill -s TERM -- \"-$group\" && { sleep 0.1; kill -s 0 -- \"-$group\" && sleep 1; kill -s KILL -- \"-$group\"; }";

/// A shell that outlives us for as long as it takes to end what we have started. It is in a group of its own, and holds a
/// lock as its standard output, on which it prints nothing.
#[derive(Debug)]
pub struct Guard {
    shell: Child,
}

impl Guard {
    /// Starts the shell, which holds `lock` until nothing that it guards is running.
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

    /// Says which group runs now.
    pub(super) fn watch(&mut self, group: Option<Pid>) {
        let number = group.map_or(0, |group| group.as_raw_nonzero().get());
        if let Some(pipe) = &mut self.shell.stdin {
            // A shell that somebody has killed guards nothing any more; the command runs all the same.
            drop(writeln!(pipe, "{number}").and_then(|()| pipe.flush()));
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.shell.stdin.take();
        // Nobody can be told, and nothing is lost.
        drop(self.shell.wait());
    }
}
