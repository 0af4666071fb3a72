// SPDX-License-Identifier: GPL-2.0-or-later
//! The `git patman` program: run the library, exit with its status.

use std::process::ExitCode;

fn main() -> ExitCode {
    git_patman::cli::main()
}
