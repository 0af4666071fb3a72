// SPDX-License-Identifier: GPL-2.0-or-later
//! Where mail comes from: anything that can be gathered into a list of mails.

pub mod file;

use crate::error::Result;
use crate::mail::Message;
use std::path::Path;

/// A place that mails can be gathered from.
pub trait Source {
    /// The place as the user would name it, for messages and records.
    fn describe(&self) -> String;

    /// All mails there, in no particular order.
    fn gather(&self) -> Result<Vec<Message>>;
}

/// The source that `spec` names: `-` is standard input, anything else a file or directory, relative to `cwd`.
pub fn named(spec: &str, cwd: &Path) -> Box<dyn Source> {
    if spec == "-" { Box::new(file::Stdin) } else { Box::new(file::Path::new(spec, cwd)) }
}
