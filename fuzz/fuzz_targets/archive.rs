// SPDX-License-Identifier: GPL-2.0-or-later
//! The answers of an archive: the thread of a mail, and all that is looked for beyond it.
#![no_main]

use git_patman::mail::MessageId;
use git_patman::source::archive::{Mails, PublicInbox, recognise};
use git_patman::source::server::Servers;
use git_patman::source::{Source, SourceContext};
use git_patman_fuzz::server::{CLIENT, URL, answer_with};
use git_patman_fuzz::{read, shown};
use libfuzzer_sys::fuzz_target;
use std::path::Path;

fuzz_target!(|bytes: &[u8]| {
    let Some((&what, bytes)) = bytes.split_first() else { return };
    answer_with(bytes);
    let servers = Servers::default();
    let sources = SourceContext { cwd: Path::new("/nonexistent"), cache: None, servers: &servers, client: &CLIENT };
    let gathered = match what % 4 {
        0 => {
            drop(PublicInbox::new(&format!("{}/list/", *URL), &CLIENT).recent(100));
            return;
        }
        1 => {
            let Ok(id) = MessageId::new("a@x") else { return };
            drop(PublicInbox::new(&URL, &CLIENT).with_inbox(&id));
            return;
        }
        _ => recognise(&format!("{}/list/a@x/", *URL), &sources),
    };
    match gathered.and_then(|source| source.map(|source: Box<dyn Source>| source.fetch()).transpose()) {
        Ok(gathered) => gathered.into_iter().for_each(|gathered| read(gathered.messages)),
        Err(error) => shown(&error.to_string()),
    }
});
