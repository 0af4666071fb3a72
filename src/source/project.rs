// SPDX-License-Identifier: GPL-2.0-or-later
//! Lists the projects of a Patchwork: `<url>/api/1.2/projects/`, page by page.

use super::http::{Accept, Client};
use crate::error::{Error, Result, WithContext};
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

/// Maximum number of pages fetched; the largest servers have two.
const MOST_PAGES: usize = 50;

/// Finds the project that `wanted` names: by its name, its name in URLs or its mailing list, in any
/// case, or by its number.
pub fn find(client: &Client, server: &str, wanted: &str) -> Result<ProjectDescription> {
    let all = list(client, server)?;
    choose(&all, wanted).cloned().ok_or_else(|| {
        let error = Error::new(format!("there is no project '{wanted}' at {server}"));
        let near = near(&all, wanted);
        if near.is_empty() {
            return error.with_hint(format!("{server}/ lists the projects"));
        }
        error.with_hint(format!("near it: {}", near.join(", ")))
    })
}

/// All projects of a server.
pub fn list(client: &Client, server: &str) -> Result<Vec<ProjectDescription>> {
    let failed = || format!("cannot ask {server} for its projects");
    let mut url = format!("{server}/api/1.2/projects/?page=1&per_page=100");
    let mut all: Vec<ProjectDescription> = Vec::new();
    for _ in 0..MOST_PAGES {
        let answer = client
            .get(&url, Accept::Json)
            .map_err(|error| error.within(failed()))?;
        if answer.status != 200 {
            let why = format!(
                "there is no Patchwork with the API 1.2: the server answered {}",
                answer.status
            );
            return Err(Error::new(failed())
                .with_cause(why)
                .with_hint("the URL is that of the page with all projects"));
        }
        let page: Vec<ProjectDescription> = answer.json().context(failed)?;
        all.extend(page);
        match answer.link.as_deref().and_then(next_page) {
            Some(query) => url = format!("{server}/api/1.2/projects/?{query}"),
            None => return Ok(all),
        }
    }
    Err(Error::new(failed()).with_cause(format!("it has more than {MOST_PAGES} pages of them")))
}

/// The query of the next page in a `Link:` header.
///
/// The scheme and host of the link are not used: a server behind a proxy may not know them, and no
/// other host may be queried.
fn next_page(link: &str) -> Option<&str> {
    link.split(',').find_map(|part| {
        let (target, parameters) = part.trim().strip_prefix('<')?.split_once('>')?;
        let is_next = parameters
            .split(';')
            .any(|one| matches!(one.trim(), "rel=\"next\"" | "rel=next"));
        let (_, query) = target.split_once('?').filter(|_| is_next)?;
        query.bytes().all(|c| c.is_ascii_graphic()).then_some(query)
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
    fn the_next_page_is_the_one_that_the_header_calls_so() {
        let link = "<http://h/api/1.2/projects/?page=1>; rel=\"prev\", <http://h/api/1.2/projects/?page=3&per_page=100>; rel=\"next\"";
        assert_eq!(next_page(link), Some("page=3&per_page=100"));
        assert_eq!(next_page("<http://h/?page=1>; rel=\"last\""), None);
        assert_eq!(next_page("nonsense"), None);
    }

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
