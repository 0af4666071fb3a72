// SPDX-License-Identifier: GPL-2.0-or-later
//! Local mail: an mbox, a maildir, a directory of mails, one mail, or standard input.

use super::{Fetched, Source};
use crate::error::{Error, Result, WithContext};
use crate::mail;
use crate::presence;
use std::io::Read;
use std::path::PathBuf;

/// Maximum size of standard input, in bytes.
const MAX_FILE_SIZE: u64 = 1 << 30;

/// A file or directory.
#[derive(Debug)]
pub struct MailPath {
    given: String,
    path: PathBuf,
}

impl MailPath {
    /// The file or directory `given`, relative to `cwd`.
    pub fn new(given: &str, cwd: &std::path::Path) -> Self {
        MailPath {
            given: given.to_owned(),
            path: cwd.join(given),
        }
    }

    /// Whether it exists; a path that may not be accessed is assumed to exist.
    pub fn exists(&self) -> bool {
        presence::may_exist(&self.path)
    }
}

impl Source for MailPath {
    fn describe(&self) -> String {
        self.given.clone()
    }

    fn record(&self) -> String {
        std::path::absolute(&self.path)
            .unwrap_or_else(|_| self.path.clone())
            .to_string_lossy()
            .into_owned()
    }

    fn fetch(&self) -> Result<Fetched> {
        if !presence::exists(&self.path)? {
            return Err(Error::new(format!(
                "there is no file or directory '{}'",
                self.given
            )));
        }
        Ok(Fetched {
            messages: mail::read_path(&self.path)?,
            ..Fetched::default()
        })
    }
}

/// Standard input, which contains an mbox or one mail.
#[derive(Debug)]
pub struct Stdin;

impl Source for Stdin {
    fn describe(&self) -> String {
        "standard input".to_owned()
    }

    fn fetch(&self) -> Result<Fetched> {
        let mut bytes = Vec::new();
        let read = std::io::stdin()
            .lock()
            .take(MAX_FILE_SIZE + 1)
            .read_to_end(&mut bytes);
        if read.context(|| "cannot read standard input")? as u64 > MAX_FILE_SIZE {
            return Err(Error::new("standard input holds more than 1 GiB"));
        }
        Ok(Fetched {
            messages: mail::read_bytes(bytes, "standard input")?,
            ..Fetched::default()
        })
    }
}
