// SPDX-License-Identifier: GPL-2.0-or-later
//! Sources of mail: anything that can be fetched as a list of mails.

pub mod archive;
pub mod file;
pub mod http;
pub mod patchwork;
pub mod percent;
pub mod server;

use crate::error::{Error, Result};
use crate::mail::Message;
use crate::presence;
use crate::series::VersionNumber;
use patchwork::{PatchworkQuery, PatchworkSource, PatchworkTarget};
use server::Servers;
use std::path::Path;

/// The mails of a source, with Patchwork data and messages for the user.
#[derive(Debug, Clone, Default)]
pub struct Fetched {
    /// All mails, in no particular order.
    pub messages: Vec<Message>,
    /// The series among them, as Patchwork describes them.
    pub patchwork: Vec<patchwork::PatchworkSeries>,
    /// Notes for the user on how the mails were found.
    pub notes: Vec<String>,
    /// Warnings for the user about what could not be fetched.
    pub warnings: Vec<String>,
}

/// A place to fetch mails from.
pub trait Source {
    /// The source as the user would name it, for messages and records.
    fn describe(&self) -> String;

    /// The source as it is recorded, in a form that works later from any directory.
    fn record(&self) -> String {
        self.describe()
    }

    /// Fetches the mails.
    fn fetch(&self) -> Result<Fetched>;
}

/// Everything that sources need: where paths start, where data is cached, and which servers are queried with what client.
#[derive(Debug, Clone, Copy)]
pub struct SourceContext<'a> {
    /// The directory that paths are relative to.
    pub cwd: &'a Path,
    /// The directory for indexes of clones; `None` if the user has no cache directory.
    pub cache: Option<&'a Path>,
    /// The servers to query.
    pub servers: &'a Servers,
    /// The HTTP client.
    pub client: &'a http::Client,
}

impl<'a> SourceContext<'a> {
    /// The same context with the servers of another upstream.
    pub fn with_servers<'b>(&self, servers: &'b Servers) -> SourceContext<'b>
    where
        'a: 'b,
    {
        SourceContext { servers, ..*self }
    }
}

/// Resolves `spec` to a source.
///
/// `-` is standard input. The rest is tried in this order: a mail in an archive or a clone of one, an
/// existing file or directory, the number of a series on the Patchwork of the chosen upstream, and the
/// URL of a series, patch or cover letter on any Patchwork.
pub fn named<'a>(spec: &str, sources: &SourceContext<'a>) -> Result<Box<dyn Source + 'a>> {
    if spec == "-" {
        return Ok(Box::new(file::Stdin));
    }
    // Before directories, since a clone of an archive is a directory.
    if let Some(source) = archive::recognise(spec, sources)? {
        return Ok(source);
    }
    let path = file::MailPath::new(spec, sources.cwd);
    if path.exists() {
        return Ok(Box::new(path));
    }
    if let Some(id) = patchwork::url::number(spec) {
        let ask = PatchworkQuery::Target(PatchworkTarget::Series(id));
        return match PatchworkSource::chosen(ask, sources) {
            Ok(source) => Ok(Box::new(source)),
            Err(error) => Err(error.within(format!(
                "'{spec}' is not a file, and is no known number of a series"
            ))),
        };
    }
    if let Some((server, target)) = patchwork::url::parse(spec) {
        return Ok(Box::new(PatchworkSource::at(&server, target, sources)));
    }
    if spec.contains("://") {
        return Err(Error::new(format!(
            "'{spec}' is not the URL of a series, a patch or a cover letter"
        ))
        .with_hint(KINDS));
    }
    Err(Error::new(format!("there is no file or directory '{spec}'")).with_hint(KINDS))
}

/// Whether `spec` may name something to read or fetch: a file, a number, a message id or a URL.
pub fn may_be_elsewhere(spec: &str, cwd: &Path) -> bool {
    let is_id = !matches!(archive::address::given_id(spec), Ok(None));
    let is_path = spec.contains(['/', '#']) || presence::may_exist(&cwd.join(spec));
    spec == "-" || spec.is_empty() || is_path || is_id || patchwork::url::number(spec).is_some()
}

/// The series that contains the patch with this number, on the Patchwork of the chosen upstream.
pub fn patch<'a>(spec: &str, sources: &SourceContext<'a>) -> Result<Box<dyn Source + 'a>> {
    match patchwork::url::number(spec) {
        Some(id) => Ok(Box::new(PatchworkSource::chosen(
            PatchworkQuery::Target(PatchworkTarget::Patch(id)),
            sources,
        )?)),
        None => named(spec, sources),
    }
}

/// The series whose title contains these words, on the Patchwork of the chosen upstream.
pub fn titled<'a>(
    text: &str,
    version: Option<VersionNumber>,
    sources: &SourceContext<'a>,
) -> Result<Box<dyn Source + 'a>> {
    Ok(Box::new(PatchworkSource::chosen(
        PatchworkQuery::Title(text.to_owned(), version),
        sources,
    )?))
}

/// The hint that lists the kinds of sources.
const KINDS: &str = "a source is an mbox, a maildir, a directory of mails, a mail, '-', the number of a series on \
    Patchwork, a message id, the URL of either, or the name of a review";
