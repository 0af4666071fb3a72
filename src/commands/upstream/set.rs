// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman upstream set`: changes the settings of an upstream.

use super::{UpstreamName, Values, check_git_url};
use crate::commands::Requirements;
use crate::context::Context;
use crate::db::upstream::{self, UpstreamUpdate};
use crate::error::{Error, Result};
use crate::source::server::unknown;
use clap::Args;

/// Change the settings of an upstream
///
/// Settings that are not given stay the same; an empty value removes a setting.
#[derive(Debug, Args)]
pub struct Set {
    #[command(flatten)]
    named: UpstreamName,
    /// URL of its repository
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    #[command(flatten)]
    values: Values,
    /// Add maintainers as recipients when sending
    #[arg(long, conflicts_with = "no_maintainers")]
    maintainers: bool,
    /// Use tags in subjects as aliases when sending
    #[arg(long, conflicts_with = "no_tags")]
    tags: bool,
}

impl Set {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::WRITES
    }

    pub(super) fn run(&self, context: &Context) -> Result<()> {
        let values = &self.values;
        let either = |on: bool, off: bool| if on || off { Some(on) } else { None };
        let change = UpstreamUpdate {
            url: self.url.as_deref(),
            patchwork_url: values.patchwork_url.as_deref(),
            identity: values.identity.as_deref(),
            series_to: values.to.as_deref(),
            no_maintainers: either(values.no_maintainers, self.maintainers),
            no_tags: either(values.no_tags, self.tags),
        };
        if change == UpstreamUpdate::default() {
            return Err(Error::usage("no settings to change are given")
                .with_hint("for example: git patman upstream set <name> --patchwork-url <url>"));
        }
        self.url.as_deref().map_or(Ok(()), check_git_url)?;
        values.check()?;
        let name = self.named.name.as_str();
        if !context
            .db()?
            .write(|write| upstream::change(write, name, &change))?
        {
            return Err(unknown(name));
        }
        let mut words = self
            .url
            .as_ref()
            .map_or(String::new(), |url| format!(", URL '{url}'"))
            + &values.words();
        for (what, on) in [("maintainers", self.maintainers), ("tags", self.tags)] {
            words.push_str(&if on {
                format!(", {what}")
            } else {
                String::new()
            });
        }
        context.out().note(format!(
            "changed upstream '{name}': {}",
            words.trim_start_matches(", ")
        ));
        Ok(())
    }
}
