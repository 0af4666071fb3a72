// SPDX-License-Identifier: GPL-2.0-or-later
//! The answers of a Patchwork: a series gathered from them, lists of series, states and projects. The first byte says what
//! is asked.
#![no_main]

use git_patman::source::patchwork::{Patchwork, Target, recent, state};
use git_patman::source::server::{self, Servers};
use git_patman::source::{Around, Source, project};
use git_patman_fuzz::server::{CLIENT, URL, answer_with};
use git_patman_fuzz::{read, shown};
use libfuzzer_sys::fuzz_target;
use std::path::Path;

fuzz_target!(|bytes: &[u8]| {
    let Some((&what, bytes)) = bytes.split_first() else { return };
    answer_with(bytes);
    let server = server::Patchwork { url: URL.clone(), project: None };
    let servers = Servers { patchwork: Some(server.clone()), ..Servers::default() };
    let around = Around { cwd: Path::new("/nonexistent"), servers: &servers, client: &CLIENT };
    match what % 6 {
        0 => drop(recent(&CLIENT, &server, 0, 1000)),
        1 => drop(state(&CLIENT, &server, 1)),
        2 => drop(project::find(&CLIENT, &server.url, "x")),
        kind => {
            let target = [Target::Series(1), Target::Patch(1), Target::Cover(1)][usize::from(kind) - 3].clone();
            match Patchwork::at(&URL, target, &around).gather() {
                Ok(gathered) => read(gathered.messages),
                Err(error) => shown(&error.to_string()),
            }
        }
    }
});
