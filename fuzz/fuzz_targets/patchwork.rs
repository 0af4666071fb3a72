// SPDX-License-Identifier: GPL-2.0-or-later
//! The answers of a Patchwork: a series gathered from them, lists of series, states and projects. The first byte says what
//! is asked.
#![no_main]

use git_patman::source::patchwork::{PatchworkSource, PatchworkTarget, project, recent, state};
use git_patman::source::server::{self, Servers};
use git_patman::source::{Source, SourceContext};
use git_patman_fuzz::server::{CLIENT, URL, answer_with};
use git_patman_fuzz::{read, shown};
use libfuzzer_sys::fuzz_target;
use std::path::Path;

fuzz_target!(|bytes: &[u8]| {
    let Some((&what, bytes)) = bytes.split_first() else { return };
    answer_with(bytes);
    let server = server::PatchworkServer { url: URL.clone(), project: None };
    let servers = Servers { patchwork: Some(server.clone()), ..Servers::default() };
    let sources = SourceContext { cwd: Path::new("/nonexistent"), cache: None, servers: &servers, client: &CLIENT };
    match what % 6 {
        0 => drop(recent(&CLIENT, &server, 0, 1000)),
        1 => drop(state(&CLIENT, &server, 1)),
        2 => drop(project::find(&CLIENT, &server.url, "x")),
        kind => {
            let target = [PatchworkTarget::Series(1), PatchworkTarget::Patch(1), PatchworkTarget::Cover(1)][usize::from(kind) - 3].clone();
            match PatchworkSource::at(&URL, target, &sources).fetch() {
                Ok(gathered) => read(gathered.messages),
                Err(error) => shown(&error.to_string()),
            }
        }
    }
});
