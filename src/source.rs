// SPDX-License-Identifier: GPL-2.0-or-later
//! Where mail comes from: anything that can be gathered into a list of mails.

pub mod file;
pub mod http;
pub mod patchwork;
pub mod project;
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

/// The source that `spec` names: `-` is standard input, anything else a file or directory.
pub fn named<'a>(spec: &str, around: &Around<'a>) -> Result<Box<dyn Source + 'a>> {
    Ok(if spec == "-" { Box::new(file::Stdin) } else { Box::new(file::Path::new(spec, around.cwd)) })
}
