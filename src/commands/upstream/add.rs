// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman upstream add`: adds an upstream and its Patchwork project.

use super::{Values, check_git_url};
use crate::commands::Requirements;
use crate::context::Context;
use crate::db::patchwork::{self, ProjectRow};
use crate::db::upstream::{self, UpstreamRow};
use crate::error::{Error, Result};
use crate::invisible::first_invisible;
use crate::source::patchwork::project;
use crate::source::server::checked_url;
use crate::text::shell_quote;
use clap::Args;

/// Add an upstream
///
/// With PROJECT, finds the project on the Patchwork server; if it does not exist, nothing is added.
#[derive(Debug, Args)]
pub struct UpstreamAdd {
    /// Name of the upstream, which is the name of its git remote
    #[arg(value_name = "NAME")]
    name: String,
    /// URL of its repository
    #[arg(value_name = "URL")]
    url: String,
    /// Its project on Patchwork: the name, the link name, or the mailing list
    #[arg(value_name = "PROJECT")]
    project: Option<String>,
    #[command(flatten)]
    values: Values,
}

impl UpstreamAdd {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::WRITES
    }

    pub(super) fn run(&self, context: &Context) -> Result<()> {
        check_name(&self.name)?;
        check_git_url(&self.url)?;
        self.values.check()?;
        let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let new = UpstreamRow {
            name: self.name.clone(),
            url: self.url.clone(),
            is_default: false,
            patchwork_url: filled(&self.values.patchwork_url),
            identity: filled(&self.values.identity),
            series_to: filled(&self.values.to),
            no_maintainers: self.values.no_maintainers,
            no_tags: self.values.no_tags,
        };
        let mut db = context.db()?;
        // Checked again when it is added; checking first saves a useless request.
        if upstream::find(&db, &self.name)?.is_some() {
            return Err(upstream::taken(&self.name));
        }
        let project = self
            .project
            .as_deref()
            .map(|wanted| ask(context, &new, wanted))
            .transpose()?;
        db.write(|write| {
            upstream::insert(write, &new)?;
            project
                .as_ref()
                .map_or(Ok(()), |project| patchwork::set(write, project))
        })?;
        let words = self.values.words();
        let project = project.map_or(String::new(), |one| format!(", project '{}'", one.name));
        context.out().note(format!(
            "added upstream '{}': {}{words}{project}",
            new.name, new.url
        ));
        if context.repo().is_ok_and(|repo| {
            repo.git()
                .args(["remote", "get-url", &new.name])
                .ok()
                .is_err()
        }) {
            context.out().hint(format!(
                "to add a git remote with this name: git remote add {} {}",
                shell_quote(&new.name),
                shell_quote(&new.url)
            ));
        }
        Ok(())
    }
}

/// Finds a project on the Patchwork server of a new upstream, or on the configured server.
fn ask(context: &Context, new: &UpstreamRow, wanted: &str) -> Result<ProjectRow> {
    let url = new
        .patchwork_url
        .as_deref()
        .map_or_else(|| context.settings().patchwork_url(), |url| Ok(Some(url)))?;
    let url = url.ok_or_else(|| {
        Error::usage(format!(
            "no Patchwork server is configured to find project '{wanted}'"
        ))
        .with_hint("to set it: --patchwork-url <url>, or git config patman.patchworkUrl <url>")
    })?;
    let found = project::find(context.client(false)?, &checked_url(url)?, wanted)?;
    Ok(ProjectRow {
        name: found.name,
        id: found.id,
        link_name: found.link_name,
        upstream: Some(new.name.clone()),
    })
}

/// Refuses a name that is not valid for a git remote.
fn check_name(name: &str) -> Result<()> {
    let forbidden = |c: char| c.is_whitespace() || "~^:?*[\\".contains(c);
    let is_bad = name.is_empty()
        || name.starts_with(['-', '.', '/'])
        || name.ends_with(['/', '.'])
        || name.ends_with(".lock")
        || ["..", "//", "@{", "/."]
            .iter()
            .any(|part| name.contains(part))
        || name.contains(forbidden)
        || first_invisible(name).is_some();
    match is_bad {
        true => Err(Error::usage(format!(
            "'{name}' is not a valid name of a git remote"
        ))),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::check_name;

    #[test]
    fn names_are_those_that_a_remote_can_have() {
        for good in ["us", "o'hara", "team/us", "u-boot.git"] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        for bad in ["", "-d", "a b", "a\x1b", "a..b", "/a", "a:b", "x.lock"] {
            assert!(check_name(bad).is_err(), "{bad:?}");
        }
    }
}
