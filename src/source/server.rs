// SPDX-License-Identifier: GPL-2.0-or-later
//! Chooses the servers to query for a series: the Patchwork and the archive of an upstream.
//!
//! An upstream is a row of the database, or a name that occurs only in settings
//! (`patman.<name>.archive`). The given upstream is used, or otherwise the upstream of the current
//! branch, the default upstream, or the only upstream.

use crate::db::upstream::{self, UpstreamRow};
use crate::db::{Read, patchwork};
use crate::error::{Error, Result};
use crate::git::Repo;
use crate::invisible::first_invisible;
use crate::settings::Settings;
use crate::source::archive::mirror;
use crate::text::shell_quote;
use std::path::Path;

/// The servers of an upstream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Servers {
    /// The name of the upstream in the table of upstreams; `None` if only settings apply.
    pub upstream: Option<String>,
    /// Its Patchwork.
    pub patchwork: Option<PatchworkServer>,
    /// Its archive: the URL of a public-inbox, with a trailing slash, or the directory of a clone of one.
    pub archive: Option<String>,
}

/// No servers at all.
pub static NO_SERVERS: Servers = Servers {
    upstream: None,
    patchwork: None,
    archive: None,
};

/// A Patchwork.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatchworkServer {
    /// Its URL, without a trailing slash.
    pub url: String,
    /// The project on it, if it is known.
    pub project: Option<PatchworkProject>,
}

/// A project on a Patchwork.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatchworkProject {
    /// Its number.
    pub id: i64,
    /// Its name in URLs.
    pub link_name: String,
}

impl Servers {
    /// The servers of the upstream `given`, or of the chosen upstream if none is given.
    ///
    /// `repo` is used to look up the current branch.
    pub fn choose(
        db: &impl Read,
        settings: &Settings,
        repo: Option<&Repo>,
        given: Option<&str>,
    ) -> Result<Servers> {
        let meant = meant(db, settings, repo, given)?;
        let name = meant.as_ref().map(|one| one.name.clone());
        Ok(Servers {
            patchwork: patchwork_of(db, settings, meant.as_ref())?,
            archive: archive(settings, repo, name.as_deref())?,
            upstream: name,
        })
    }
}

/// The known mailing lists: those named by settings, those that upstreams send to, and those of cloned archives.
pub fn mailing_lists(
    db: &impl Read,
    settings: &Settings,
    repo: Option<&Repo>,
) -> Result<Vec<String>> {
    let mut lists = settings.mailing_lists()?;
    let sent_to = upstream::list(db)?
        .into_iter()
        .filter_map(|one| one.series_to);
    lists.extend(sent_to.filter(|to| to.contains('@')));
    for name in settings.upstreams().into_iter().map(Some).chain([None]) {
        // Only the commands that query the archive report an invalid setting.
        if let Ok(Some(place)) = archive(settings, repo, name) {
            lists.extend(mirror::lists_of(Path::new(&place)));
        }
    }
    Ok(lists)
}

/// Chooses the upstream; if only settings know it, it has just a name.
pub fn meant(
    db: &impl Read,
    settings: &Settings,
    repo: Option<&Repo>,
    given: Option<&str>,
) -> Result<Option<UpstreamRow>> {
    let mut all = upstream::list(db)?;
    let mut known = |name: &str| {
        let row = all
            .iter()
            .position(|one| one.name == name)
            .map(|at| all.swap_remove(at));
        let set = || UpstreamRow {
            name: name.to_owned(),
            ..UpstreamRow::default()
        };
        row.or_else(|| (!name.is_empty() && settings.has_upstream(name)).then(set))
    };
    if let Some(given) = given {
        return known(given).map(Some).ok_or_else(|| unknown(given));
    }
    let branch = repo.and_then(|repo| Some((repo, repo.current_branch().ok()??)));
    let followed = branch.and_then(|(repo, branch)| repo.remote_of(&branch));
    if let Some(found) = followed.and_then(|remote| known(&remote)) {
        return Ok(Some(found));
    }
    if let Some(at) = all.iter().position(|one| one.is_default) {
        return Ok(Some(all.swap_remove(at)));
    }
    Ok(if all.len() == 1 { all.pop() } else { None })
}

/// The error for an unknown upstream.
pub fn unknown(name: &str) -> Error {
    Error::new(format!("there is no upstream '{name}'"))
        .with_hint("to list the upstreams: git patman upstream ls")
        .with_hint("to add one: git patman upstream add <name> <url>")
}

/// The Patchwork of an upstream.
///
/// If the settings name the Patchwork, the project without an upstream is used if the upstream has none.
fn patchwork_of(
    db: &impl Read,
    settings: &Settings,
    upstream: Option<&UpstreamRow>,
) -> Result<Option<PatchworkServer>> {
    let own = upstream.and_then(|one| Some((one, one.patchwork_url.as_deref()?)));
    let url = match own {
        Some((one, url)) => Some(checked_url(url).map_err(|error| {
            error
                .within(format!(
                    "the upstream '{}' has no usable Patchwork",
                    one.name
                ))
                .with_hint(format!(
                    "git patman upstream set {} --patchwork-url <url>",
                    shell_quote(&one.name)
                ))
        })?),
        None => match settings.patchwork_url()? {
            Some(url) => Some(checked_url(url).map_err(|error| {
                error
                    .within("cannot use the setting 'patman.patchworkUrl'")
                    .with_hint("git config patman.patchworkUrl <url>")
            })?),
            None => None,
        },
    };
    let Some(url) = url else { return Ok(None) };
    let mut project = patchwork::find(db, upstream.map(|one| one.name.as_str()))?;
    if project.is_none() && own.is_none() {
        project = patchwork::find(db, None)?;
    }
    let project = project.map(|one| PatchworkProject {
        id: one.id,
        link_name: one.link_name,
    });
    Ok(Some(PatchworkServer { url, project }))
}

fn archive(
    settings: &Settings,
    repo: Option<&Repo>,
    upstream: Option<&str>,
) -> Result<Option<String>> {
    let Some((place, key)) = settings.archive(upstream)? else {
        return Ok(None);
    };
    if !place.contains("://") {
        let top = repo.map(|repo| repo.main_worktree().unwrap_or(repo.common_dir()));
        let path = top.map_or_else(
            || place.clone(),
            |top| top.join(&place).to_string_lossy().into_owned(),
        );
        return Ok(Some(path));
    }
    let url = checked_url(&place).map_err(|error| {
        error
            .within(format!("cannot use the setting '{key}'"))
            .with_hint(format!("git config {} <url>", shell_quote(&key)))
    })?;
    Ok(Some(format!("{url}/")))
}

/// Checks the URL of a server, and removes trailing slashes.
pub fn checked_url(url: &str) -> Result<String> {
    let bad = |why: &str| {
        Err(Error::usage(format!(
            "'{url}' is not the URL of a server: {why}"
        )))
    };
    if url.contains(char::is_whitespace) || first_invisible(url).is_some() {
        return bad("it contains a blank or an invisible character");
    }
    let lower = url.to_ascii_lowercase();
    let Some(rest) = lower
        .strip_prefix("https://")
        .or_else(|| lower.strip_prefix("http://"))
    else {
        return bad("it must begin with 'https://' or 'http://'");
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if host.contains('@') {
        // The URL is not shown, since it contains a password.
        return Err(Error::usage(
            "the URL of a server must not contain a user name or a password",
        ));
    }
    if host.is_empty() || host.starts_with(':') {
        return bad("it has no host");
    }
    if rest.contains(['?', '#']) {
        return bad("it must end with a path");
    }
    Ok(url.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
    use super::*;

    #[test]
    fn only_urls_of_servers_pass_and_passwords_are_not_shown() {
        assert_eq!(
            checked_url("https://pw.example.org/sub//").unwrap(),
            "https://pw.example.org/sub"
        );
        assert_eq!(
            checked_url("HTTP://127.0.0.1:80/").unwrap(),
            "HTTP://127.0.0.1:80"
        );
        for bad in [
            "",
            "x",
            "ftp://a/",
            "https://",
            "https:///x",
            "http://:80/",
            "https://a b/",
            "https://a/?q",
            "http://a\n/",
        ] {
            assert!(checked_url(bad).is_err(), "{bad:?}");
        }
        let shown = checked_url("https://me:secret@a/").unwrap_err().to_string();
        assert!(!shown.contains("secret"), "{shown}");
    }
}
