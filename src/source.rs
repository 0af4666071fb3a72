// SPDX-License-Identifier: GPL-2.0-or-later
//! Where mail comes from: anything that can be gathered into a list of mails.

pub mod archive;
pub mod file;
pub mod http;
pub mod patchwork;
pub mod server;

use crate::error::Result;
use crate::mail::Message;
use server::Servers;
use std::path::Path;

/// What was gathered.
#[derive(Debug, Clone, Default)]
pub struct Gathered {
    /// All mails, in no particular order.
    pub messages: Vec<Message>,
    /// What a Patchwork says of the series that are among them.
    pub patchwork: Vec<patchwork::Series>,
    /// What could not be asked for, in words for the user.
    pub warnings: Vec<String>,
}

/// A place that mails can be gathered from.
pub trait Source {
    /// The place as the user would name it, for messages and records.
    fn describe(&self) -> String;

    /// What is there.
    fn gather(&self) -> Result<Gathered>;
}

/// What a source is found and asked with.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    /// The directory that paths are relative to.
    pub cwd: &'a Path,
    /// The servers to ask.
    pub servers: &'a Servers,
    /// The client to ask them with.
    pub client: &'a http::Client,
}

/// The source that `spec` names: a mail of an archive or a clone of one, `-` for standard input, else a file or directory.
pub fn named<'a>(spec: &str, around: &Around<'a>) -> Result<Box<dyn Source + 'a>> {
    if let Some(source) = archive::recognise(spec, around)? {
        return Ok(source);
    }
    Ok(if spec == "-" { Box::new(file::Stdin) } else { Box::new(file::Path::new(spec, around.cwd)) })
}
