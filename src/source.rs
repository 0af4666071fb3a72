// SPDX-License-Identifier: GPL-2.0-or-later
//! Where mail comes from: anything that can be gathered into a list of mails.

pub mod archive;
pub mod file;
pub mod http;
pub mod patchwork;
pub mod project;
pub mod server;

use crate::error::{Error, Result};
use crate::mail::Message;
use crate::presence;
use crate::series::VersionNumber;
use patchwork::{PatchworkQuery, PatchworkSource, PatchworkTarget};
use server::Servers;
use std::path::Path;

/// What was gathered.
#[derive(Debug, Clone, Default)]
pub struct Fetched {
    /// All mails, in no particular order.
    pub messages: Vec<Message>,
    /// What a Patchwork says of the series that are among them.
    pub patchwork: Vec<patchwork::PatchworkSeries>,
    /// What the user should know of how they were found.
    pub notes: Vec<String>,
    /// What could not be asked for, in words for the user.
    pub warnings: Vec<String>,
}

/// A place that mails can be gathered from.
pub trait Source {
    /// The place as the user would name it, for messages and records.
    fn describe(&self) -> String;

    /// The place as it is recorded, to be asked again later, from wherever that is done.
    fn record(&self) -> String {
        self.describe()
    }

    /// What is there.
    fn gather(&self) -> Result<Fetched>;
}

/// What a source is found and asked with.
#[derive(Debug, Clone, Copy)]
pub struct SourceContext<'a> {
    /// The directory that paths are relative to.
    pub cwd: &'a Path,
    /// The servers to ask.
    pub servers: &'a Servers,
    /// The client to ask them with.
    pub client: &'a http::Client,
}

/// The source that `spec` names: `-` is standard input; then come a mail of an archive or a clone of one, a file or
/// directory that is there, the number of a series on the Patchwork of the chosen upstream, and the URL of a series, patch
/// or cover letter on any Patchwork.
pub fn named<'a>(spec: &str, around: &SourceContext<'a>) -> Result<Box<dyn Source + 'a>> {
    if spec == "-" {
        return Ok(Box::new(file::Stdin));
    }
    // Before directories, since a clone of an archive is one.
    if let Some(source) = archive::recognise(spec, around)? {
        return Ok(source);
    }
    let path = file::MailPath::new(spec, around.cwd);
    if path.exists() {
        return Ok(Box::new(path));
    }
    if let Some(id) = patchwork::url::number(spec) {
        let ask = PatchworkQuery::Target(PatchworkTarget::Series(id));
        return match PatchworkSource::chosen(ask, around) {
            Ok(source) => Ok(Box::new(source)),
            Err(error) => Err(error.within(format!(
                "'{spec}' is no file, but may be the number of a series"
            ))),
        };
    }
    if let Some((server, target)) = patchwork::url::parse(spec) {
        return Ok(Box::new(PatchworkSource::at(&server, target, around)));
    }
    if spec.contains("://") {
        return Err(Error::new(format!(
            "'{spec}' is not the URL of a series, a patch or a cover letter"
        ))
        .with_hint(KINDS));
    }
    Err(Error::new(format!("there is no file or directory '{spec}'")).with_hint(KINDS))
}

/// Whether `spec` names something to be read or asked for: a file that is there, a number, a message id or a URL.
pub fn may_be_elsewhere(spec: &str, cwd: &Path) -> bool {
    let is_id = !matches!(archive::address::given_id(spec), Ok(None));
    let is_path = spec.contains(['/', '#']) || presence::may_exist(&cwd.join(spec));
    spec == "-" || spec.is_empty() || is_path || is_id || patchwork::url::number(spec).is_some()
}

/// The series of the patch with that number, on the Patchwork of the chosen upstream.
pub fn patch<'a>(spec: &str, around: &SourceContext<'a>) -> Result<Box<dyn Source + 'a>> {
    match patchwork::url::number(spec) {
        Some(id) => Ok(Box::new(PatchworkSource::chosen(
            PatchworkQuery::Target(PatchworkTarget::Patch(id)),
            around,
        )?)),
        None => named(spec, around),
    }
}

/// The series with these words in its title, on the Patchwork of the chosen upstream.
pub fn titled<'a>(
    text: &str,
    version: Option<VersionNumber>,
    around: &SourceContext<'a>,
) -> Result<Box<dyn Source + 'a>> {
    Ok(Box::new(PatchworkSource::chosen(
        PatchworkQuery::Title(text.to_owned(), version),
        around,
    )?))
}

/// What a source may be.
const KINDS: &str = "a source is an mbox, a maildir, a directory of mails, a mail, '-', the number of a series on \
    Patchwork, a message id, the URL of either, or the name of a review";
