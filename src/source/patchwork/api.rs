// SPDX-License-Identifier: GPL-2.0-or-later
//! The REST API of a Patchwork: one object, several objects, and lists page by page.
//!
//! Version 1.2 is requested, the first that finds mails by their id; a server that does not know it
//! responds with a web page, and is then queried for its newest version. Only the `Link` header leads
//! to the next page. Of the link only the query is used: no other host and no other list is queried,
//! and a server behind a proxy, which may not know its own scheme and host, still works.

use super::super::http::{Accept, Client, HttpAnswer};
use crate::error::{Error, Result, WithContext};
use serde::de::DeserializeOwned;
use std::cell::Cell;

/// Maximum number of entries on a page; a server silently returns this many if asked for more.
pub(super) const PER_PAGE: usize = 250;

/// Maximum number of pages of a list.
const MAX_PAGES: usize = 40;

/// The versions of the API to try, in order.
const ROOTS: [&str; 2] = ["api/1.2", "api"];

/// The API of a Patchwork.
pub(super) struct Api<'a> {
    client: &'a Client,
    url: &'a str,
    root: Cell<usize>,
}

impl<'a> Api<'a> {
    /// Creates the API of the server at `url`, which the user has named, and which has no trailing slash.
    pub fn new(client: &'a Client, url: &'a str) -> Self {
        client.name_server(url);
        Api {
            client,
            url: url.trim_end_matches('/'),
            root: Cell::new(0),
        }
    }

    /// The URL of the server.
    pub fn server(&self) -> &'a str {
        self.url
    }

    /// One object, by a path such as `series/12/`; `None` if it does not exist.
    pub fn one<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>> {
        let answer = self.get(path)?;
        if answer.status == 404 {
            return Ok(None);
        }
        read(&answer).map(Some)
    }

    /// Several objects, four at a time, in the order of their paths.
    pub fn all<T: DeserializeOwned>(&self, paths: &[String]) -> Vec<Result<Option<T>>> {
        let urls: Vec<String> = paths.iter().map(|path| self.address(path)).collect();
        let answers = self.client.get_all(&urls, Accept::Json);
        let read_one = |answer: Result<HttpAnswer>| match answer? {
            answer if answer.status == 404 => Ok(None),
            answer => read(&answer).map(Some),
        };
        answers.into_iter().map(read_one).collect()
    }

    /// The entries of a list from all its pages, up to `most` entries; `path` may have a query.
    pub fn list<T: DeserializeOwned>(&self, path: &str, most: usize) -> Result<Vec<T>> {
        self.list_until(path, most, |_| false)
    }

    /// The entries of a list, up to the page with the `last` entry of interest.
    pub fn list_until<T: DeserializeOwned>(
        &self,
        path: &str,
        most: usize,
        last: impl Fn(&T) -> bool,
    ) -> Result<Vec<T>> {
        self.pages(path, self.get(&first_page(path, most))?, most, last)
    }

    /// The entries of several lists, in the order of their paths; the first pages are fetched four at a time.
    pub fn lists<T: DeserializeOwned>(&self, paths: &[String], most: usize) -> Result<Vec<Vec<T>>> {
        let urls: Vec<String> = paths
            .iter()
            .map(|path| self.address(&first_page(path, most)))
            .collect();
        let all = |(answer, path): (HttpAnswer, &String)| match answer {
            answer if answer.status == 404 => {
                Err(Error::new(format!("there is nothing at '{}'", answer.url)))
            }
            answer => self.pages(path, answer, most, |_| false),
        };
        self.client
            .get_every(&urls, Accept::Json)?
            .into_iter()
            .zip(paths)
            .map(all)
            .collect()
    }

    /// The entries of the list at `path`, from its first page on.
    fn pages<T: DeserializeOwned>(
        &self,
        path: &str,
        mut answer: HttpAnswer,
        most: usize,
        last: impl Fn(&T) -> bool,
    ) -> Result<Vec<T>> {
        let mut found: Vec<T> = Vec::new();
        for _ in 0..MAX_PAGES {
            // Past its end a list responds with 404, for example if it has become shorter since the previous page.
            if answer.status == 404 {
                break;
            }
            let page: Vec<T> = read(&answer)?;
            let is_last = page.iter().any(&last);
            found.extend(page);
            let goes_on = !is_last && found.len() < most;
            let next = answer.link.as_deref().and_then(next_query);
            let Some(query) = next.filter(|_| goes_on) else {
                break;
            };
            let list = path.split('?').next().unwrap_or_default();
            let url = self.address(&format!("{list}?{query}"));
            answer = self.client.get(&url, Accept::Json)?;
        }
        found.truncate(most);
        Ok(found)
    }

    fn address(&self, path: &str) -> String {
        format!("{}/{}/{path}", self.url, ROOTS[self.root.get()])
    }

    /// Gets a path; a 404 with a web page means that the server does not know the version of the API.
    fn get(&self, path: &str) -> Result<HttpAnswer> {
        loop {
            let address = self.address(path);
            let answer = self.client.get(&address, Accept::Json)?;
            if !is_page(&answer) {
                return Ok(answer);
            }
            if self.root.get() + 1 == ROOTS.len() {
                self.root.set(0);
                return Err(
                    Error::new(format!("there is no Patchwork at '{}'", self.url)).with_cause(
                        "it has no REST interface, or the URL is not that of its first page",
                    ),
                );
            }
            self.root.set(self.root.get() + 1);
        }
    }
}

/// The path of the first page of a list; `path` may have a query.
fn first_page(path: &str, most: usize) -> String {
    let separator = if path.contains('?') { '&' } else { '?' };
    format!("{path}{separator}per_page={}", most.clamp(1, PER_PAGE))
}

/// Whether a response is a 404 with a web page, which a Patchwork does not send.
fn is_page(answer: &HttpAnswer) -> bool {
    answer.status == 404 && answer.json::<serde::de::IgnoredAny>().is_err()
}

fn read<T: DeserializeOwned>(answer: &HttpAnswer) -> Result<T> {
    answer
        .json()
        .context(|| format!("'{}' did not respond like a Patchwork server", answer.url))
        .map_err(|error| {
            error.with_hint(
                "the setting must be the URL of the server itself, such as https://patchwork.example.com",
            )
        })
}

/// The query of the next page in a `Link:` header: `<https://...?page=2>; rel="next", <...>; rel="prev"`.
fn next_query(header: &str) -> Option<&str> {
    let mut rest = header;
    while let Some((_, behind)) = rest.split_once('<') {
        let (link, behind) = behind.split_once('>')?;
        let parameters = behind.split('<').next().unwrap_or_default();
        let is_next = parameters
            .replace(['"', ' '], "")
            .split([';', ','])
            .any(|one| one == "rel=next");
        if is_next {
            let (_, query) = link.split_once('?')?;
            return query.bytes().all(|c| c.is_ascii_graphic()).then_some(query);
        }
        rest = behind;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_of_the_next_page_is_read_from_the_link_header() {
        let header = "<https://p.org/api/series/?page=3&a=1,2>; rel=\"next\", <https://p.org/?page=1>; rel=\"prev\"";
        assert_eq!(next_query(header), Some("page=3&a=1,2"));
        assert_eq!(
            next_query("<https://p.org/?page=1>; rel=\"prev\", <https://p.org/?page=3>; rel=next"),
            Some("page=3")
        );
        for none in [
            "<https://p.org/?page=1>; rel=\"prev\"",
            "<https://p.org/series/>; rel=\"next\"",
            "<https://p.org/?page=1 2>; rel=\"next\"",
            "<https://p.org",
            "nonsense",
            "",
        ] {
            assert_eq!(next_query(none), None, "{none}");
        }
    }
}
