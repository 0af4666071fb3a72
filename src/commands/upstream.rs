// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman upstream`: upstream projects and their Patchwork servers.

mod add;
mod default;
mod delete;
mod ls;
mod set;

use crate::commands::Requirements;
use crate::complete;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::invisible::{code_point, first_invisible};
use crate::source::server::checked_url;
use clap::{Args, Subcommand};
use clap_complete::ArgValueCompleter;

/// Manage upstream projects and their Patchwork servers
///
/// An upstream has the name of a git remote. It stores the settings of one project: its Patchwork server, and the
/// identity and the list for sending mail. The default is the upstream whose remote the current branch tracks, the
/// default upstream, or the only one, in this order.
#[derive(Debug, Args)]
pub struct UpstreamCommand {
    #[command(subcommand)]
    verb: UpstreamVerb,
}

#[derive(Debug, Subcommand)]
enum UpstreamVerb {
    Add(add::UpstreamAdd),
    Set(set::Set),
    #[command(visible_alias = "list")]
    Ls(ls::UpstreamLs),
    Default(default::Default),
    #[command(visible_alias = "rm")]
    Delete(delete::Delete),
}

impl UpstreamCommand {
    /// What the subcommand needs.
    pub fn requirements(&self) -> Requirements {
        match &self.verb {
            UpstreamVerb::Add(add) => add.requirements(),
            UpstreamVerb::Set(set) => set.requirements(),
            UpstreamVerb::Ls(ls) => ls.requirements(),
            UpstreamVerb::Default(default) => default.requirements(),
            UpstreamVerb::Delete(delete) => delete.requirements(),
        }
    }

    /// Runs the subcommand.
    pub fn run(&self, context: &Context) -> Result<()> {
        match &self.verb {
            UpstreamVerb::Add(add) => add.run(context),
            UpstreamVerb::Set(set) => set.run(context),
            UpstreamVerb::Ls(ls) => ls.run(context),
            UpstreamVerb::Default(default) => default.run(context),
            UpstreamVerb::Delete(delete) => delete.run(context),
        }
    }
}

/// The upstream that a command is about.
#[derive(Debug, Args)]
struct UpstreamName {
    /// The name of the upstream
    #[arg(value_name = "NAME", add = ArgValueCompleter::new(complete::upstreams))]
    name: String,
}

/// What is used to send to an upstream and to ask about it.
#[derive(Debug, Args)]
struct Values {
    /// URL of its Patchwork server, such as https://patchwork.ozlabs.org
    #[arg(short, long, value_name = "URL")]
    patchwork_url: Option<String>,
    /// Identity of 'git send-email' to send with (sendemail.<IDENTITY>.*)
    #[arg(short = 'I', long, value_name = "IDENTITY")]
    identity: Option<String>,
    /// Alias of the list that series are sent to
    #[arg(short, long, alias = "series-to", value_name = "ALIAS")]
    to: Option<String>,
    /// Do not add maintainers as recipients when sending
    #[arg(short = 'm', long)]
    no_maintainers: bool,
    /// Do not use tags in subjects as aliases when sending
    #[arg(long)]
    no_tags: bool,
}

impl Values {
    /// Refuses invalid values; an empty value removes a setting.
    fn check(&self) -> Result<()> {
        if let Some(url) = self.patchwork_url.as_deref().filter(|url| !url.is_empty()) {
            checked_url(url)?;
        }
        [&self.identity, &self.to]
            .into_iter()
            .flatten()
            .try_for_each(|text| plain("the value", text))
    }

    /// The text for the values, to append to a message.
    fn words(&self) -> String {
        let mut text = String::new();
        for (what, value) in [
            ("Patchwork", &self.patchwork_url),
            ("identity", &self.identity),
            ("to", &self.to),
        ] {
            match value.as_deref() {
                Some("") => text.push_str(&format!(", no {what}")),
                Some(value) => text.push_str(&format!(", {what} '{value}'")),
                None => {}
            }
        }
        for (what, on) in [
            ("no maintainers", self.no_maintainers),
            ("no tags", self.no_tags),
        ] {
            text.push_str(&if on {
                format!(", {what}")
            } else {
                String::new()
            });
        }
        text
    }
}

/// Refuses characters that are not seen.
fn plain(what: &str, text: &str) -> Result<()> {
    match first_invisible(text) {
        Some(c) => Err(Error::usage(format!(
            "{what} '{text}' contains {}, which is invisible",
            code_point(c)
        ))),
        None => Ok(()),
    }
}

/// Refuses a URL that git would not accept, or would interpret as an option.
fn check_git_url(url: &str) -> Result<()> {
    plain("the URL", url)?;
    let is_url = url.split_once("://").is_some_and(|(scheme, rest)| {
        !rest.is_empty()
            && !scheme.is_empty()
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    });
    let is_path = ["/", "./", "../", "~"]
        .iter()
        .any(|start| url.starts_with(start));
    let is_remote_path = url.split_once(':').is_some_and(|(host, path)| {
        !host.is_empty() && !path.is_empty() && !host.contains('/') && !url.contains("://")
    });
    if url.starts_with('-') || !(is_url || is_path || is_remote_path) {
        return Err(Error::usage(format!("'{url}' is not a repository URL"))
            .with_hint("use a URL that git accepts: https://host/path, user@host:path, or a directory such as ./path"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_those_that_git_takes() {
        for good in [
            "https://x",
            "git@host:path.git",
            "host:path",
            "/srv/git",
            "../x",
            "~/x",
            "file:///x",
            "ext+a://b",
        ] {
            assert!(check_git_url(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "x",
            "-u",
            "--upload-pack=x:y",
            "://x",
            "https://",
            "a\x1b:b",
            ":x",
            "host:",
        ] {
            assert!(check_git_url(bad).is_err(), "{bad:?}");
        }
    }
}
