// SPDX-License-Identifier: GPL-2.0-or-later
//! The commands, one file each, named as they are typed: arguments, what the command requires, then `run`.

pub mod db;
pub mod patchwork;
pub mod review;
pub mod series;
pub mod status;
pub mod undo;
pub mod upstream;
pub mod util;
pub mod workflow;

use crate::context::DatabaseUse;
use std::process;

/// What a command needs, declared beside its `run`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requirements {
    /// How it uses the database.
    pub database: DatabaseUse,
    /// How it uses the terminal.
    pub terminal: Terminal,
}

/// How a command uses the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Terminal {
    /// It prints, and uses a pager only if the context has one.
    Prints,
    /// It, or the program that [`Finished::Exec`] names, has the terminal until it ends. A caller with a screen of its own
    /// leaves that for so long, and runs the command or the program as a child.
    Takes,
}

/// What is left to do when a command has run.
#[derive(Debug)]
pub enum Finished {
    /// Nothing.
    Done,
    /// To run a program on the terminal, whose exit status is that of the command. The program `git patman` is replaced by
    /// it, after the database is closed.
    Exec {
        /// The program.
        command: Box<process::Command>,
        /// What to do if it cannot be started.
        hint: Option<&'static str>,
    },
}

impl Requirements {
    /// The command uses no database, or opens the files itself.
    pub const NO_DATABASE: Requirements = Requirements::new(DatabaseUse::None);
    /// The command reads the database.
    pub const READS: Requirements = Requirements::new(DatabaseUse::Reads);
    /// The command changes existing rows. A missing database counts as empty and is not created.
    pub const CHANGES: Requirements = Requirements::new(DatabaseUse::Changes);
    /// The command writes to the database.
    pub const WRITES: Requirements = Requirements::new(DatabaseUse::Writes);

    const fn new(database: DatabaseUse) -> Requirements {
        Requirements {
            database,
            terminal: Terminal::Prints,
        }
    }

    /// The same for a command that takes the terminal.
    pub const fn with_terminal(self) -> Requirements {
        Requirements {
            terminal: Terminal::Takes,
            ..self
        }
    }

    /// The same for a dry run: what would be written is only read.
    pub const fn without_writes(self) -> Requirements {
        Requirements {
            database: match self.database {
                DatabaseUse::None => DatabaseUse::None,
                _ => DatabaseUse::Reads,
            },
            ..self
        }
    }
}

impl Finished {
    /// Nothing is left but to run `command`.
    pub fn exec(command: process::Command) -> Finished {
        Finished::Exec {
            command: Box::new(command),
            hint: None,
        }
    }
}
