// SPDX-License-Identifier: GPL-2.0-or-later
//! The user's pager, chosen and started as git does.

use crate::environment;
use crate::error::Result;
use crate::output::Output;
use crate::program;
use std::io::Write;
use std::process::Stdio;

/// Shows `text` in the pager `command`; where that cannot be started, or is a relative path, prints it.
pub fn show(out: &Output, command: &str, text: &str) -> Result<()> {
    if program::is_relative(command) {
        return out.data(text);
    }
    let mut pager = program::shell(command);
    pager.stdin(Stdio::piped());
    // git's own defaults, which a user's setting overrides.
    pager.envs(environment::unset_pager_options());
    let Ok(mut child) = pager.spawn() else {
        return out.data(text);
    };
    if let Some(mut pipe) = child.stdin.take() {
        // The user may leave the pager before the end.
        drop(pipe.write_all(text.as_bytes()));
    }
    drop(child.wait());
    Ok(())
}
