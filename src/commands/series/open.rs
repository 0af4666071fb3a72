// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series open`: opens a series on Patchwork in a browser.

use super::SeriesOption;
use crate::author::Author;
use crate::author::patchwork::servers::{link, page, patchwork};
use crate::commands::Requirements;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::git::run::Git;
use crate::source::patchwork::describe;
use clap::Args;

/// Open a series on Patchwork in a browser
///
/// The browser is started by 'git web--browse', configured with 'web.browser'. With -n the URL is printed instead.
#[derive(Debug, Args)]
pub struct SeriesOpen {}

impl SeriesOpen {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::READS.with_terminal()
    }

    pub(super) fn run(
        &self,
        context: &Context,
        author: &mut Author<'_>,
        which: &SeriesOption,
    ) -> Result<()> {
        let out = context.out();
        let (series, version) = author.version(&which.chosen())?;
        let link = link(&series, &version)?;
        let servers = author.servers(
            series.upstream.as_deref(),
            &super::branch(&series, &version),
        )?;
        let server = patchwork(&servers)?;
        let url = match page(server, link) {
            Some(url) => url,
            // The URL needs the project, which is in the server's response.
            None => format!(
                "{}&state=*&archive=both",
                describe(context.client(false)?, server, link, None)?.url
            ),
        };
        if author.dry_run {
            return out.data(format!("{url}\n"));
        }
        out.note(format!("opening {url}"));
        let mut command = Git::shown(context.own_dir(), false);
        match command.args(["web--browse", &url]).status() {
            Ok(status) if status.success() => Ok(()),
            Ok(_) => Err(Error::new("git web--browse could not open a browser")),
            Err(why) => Err(Error::new("cannot start 'git web--browse'").with_cause(why)),
        }
        .map_err(|error| error.with_hint("to set a browser: git config web.browser <browser>"))
    }
}
