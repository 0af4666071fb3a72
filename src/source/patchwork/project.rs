// SPDX-License-Identifier: GPL-2.0-or-later
//! Finds a project of a Patchwork.

use super::api::Api;
use crate::error::{Error, Result};
use crate::source::http::Client;
use crate::text::escape_controls;
use serde::Deserialize;

/// A project as a Patchwork describes it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ProjectDescription {
    /// Its number.
    pub id: i64,
    /// Its display name.
    pub name: String,
    /// Its name in URLs.
    pub link_name: String,
    /// The name of its mailing list.
    #[serde(default)]
    pub list_id: Option<String>,
}

/// Maximum number of projects of a server; the largest servers have about two hundred.
const MAX_PROJECTS: usize = 5000;

/// Finds the project that `wanted` names: by its name, its name in URLs or its mailing list, in any
/// case, or by its number.
pub fn find(client: &Client, server: &str, wanted: &str) -> Result<ProjectDescription> {
    let all: Vec<ProjectDescription> = Api::new(client, server).list("projects/", MAX_PROJECTS)?;
    choose(&all, wanted).cloned().ok_or_else(|| {
        let error = Error::new(format!("there is no project '{wanted}' at {server}"));
        let near = near(&all, wanted);
        if near.is_empty() {
            return error.with_hint(format!("{server}/ lists the projects"));
        }
        error.with_hint(format!("similar names: {}", near.join(", ")))
    })
}

fn choose<'a>(all: &'a [ProjectDescription], wanted: &str) -> Option<&'a ProjectDescription> {
    let same = |text: &str| text.eq_ignore_ascii_case(wanted);
    all.iter()
        .find(|one| one.name == wanted)
        .or_else(|| all.iter().find(|one| same(&one.link_name)))
        .or_else(|| {
            all.iter()
                .find(|one| one.list_id.as_deref().is_some_and(same))
        })
        .or_else(|| all.iter().find(|one| same(&one.name)))
        .or_else(|| all.iter().find(|one| one.id.to_string() == wanted))
}

/// A few projects whose names contain the wanted name, or are contained in it.
fn near(all: &[ProjectDescription], wanted: &str) -> Vec<String> {
    let wanted = wanted.to_lowercase();
    let is_near = |one: &&ProjectDescription| {
        let names = [one.name.to_lowercase(), one.link_name.to_lowercase()];
        names.iter().any(|name| {
            !name.is_empty() && (name.contains(&wanted) || wanted.contains(name.as_str()))
        })
    };
    all.iter()
        .filter(is_near)
        .take(5)
        .map(|one| format!("'{}'", escape_controls(&one.link_name)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_is_named_in_several_ways() {
        let one = |id, name: &str, link: &str| ProjectDescription {
            id,
            name: name.to_owned(),
            link_name: link.to_owned(),
            list_id: Some(format!("{link}.lists.example.org")),
        };
        let all = [one(6, "U-Boot", "uboot"), one(7, "6", "six")];
        for (wanted, id) in [
            ("U-Boot", 6),
            ("UBOOT", 6),
            ("u-boot", 6),
            ("uboot.lists.example.org", 6),
            ("6", 7),
            ("7", 7),
        ] {
            assert_eq!(choose(&all, wanted).map(|one| one.id), Some(id), "{wanted}");
        }
        assert_eq!(choose(&all, "linux"), None);
        assert_eq!(near(&all, "uboot-dm"), ["'uboot'"]);
    }
}
