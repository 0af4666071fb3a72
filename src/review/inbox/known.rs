// SPDX-License-Identifier: GPL-2.0-or-later
//! Finds the review that a new arrival belongs to.

use super::Arrival;
use crate::db::Read;
use crate::db::listing::{self, Archived, ListQuery, ListedSeries, SeriesFilter};
use crate::error::Result;
use crate::series::{TitleKey, VersionNumber, is_same_title};
use crate::source::patchwork::url;
use crate::source::server::Servers;
use std::collections::HashMap;

/// An index of all reviews.
pub(super) struct ReviewIndex {
    reviews: Vec<ListedSeries>,
    by_mail: HashMap<String, (usize, usize)>,
    by_link: HashMap<String, Vec<(usize, usize)>>,
    by_title: HashMap<TitleKey, Vec<usize>>,
    server: Option<String>,
    upstream: Option<String>,
}

/// A review that a version belongs to.
pub(super) struct MatchingReview {
    pub name: String,
    /// Whether this exact version is recorded.
    pub is_it: bool,
    pub versions: Vec<VersionNumber>,
    pub newest: Option<VersionNumber>,
}

impl ReviewIndex {
    /// Reads all reviews; `servers` are the servers that list the arrivals.
    pub fn read(db: &impl Read, servers: &Servers) -> Result<ReviewIndex> {
        let reviews = listing::list(db, ListQuery::of(SeriesFilter::Reviews, Archived::With))?;
        let (mut by_mail, mut by_link) = (
            HashMap::new(),
            HashMap::<String, Vec<(usize, usize)>>::new(),
        );
        let mut by_title: HashMap<TitleKey, Vec<usize>> = HashMap::new();
        for (at, review) in reviews.iter().enumerate() {
            by_title
                .entry(TitleKey::of(
                    review.series.desc.as_deref().unwrap_or_default(),
                ))
                .or_default()
                .push(at);
            for (nth, one) in review.versions.iter().enumerate() {
                by_mail.extend(
                    one.version
                        .details
                        .message_id
                        .clone()
                        .map(|id| (id, (at, nth))),
                );
                let link = one.version.link.clone();
                link.into_iter()
                    .for_each(|link| by_link.entry(link).or_default().push((at, nth)));
            }
        }
        let server = servers.patchwork.as_ref().map(|one| one.url.clone());
        Ok(ReviewIndex {
            reviews,
            by_mail,
            by_link,
            by_title,
            server,
            upstream: servers.upstream.clone(),
        })
    }

    /// The review that an arrival belongs to.
    pub fn find(&self, one: &Arrival) -> Option<MatchingReview> {
        if let Some(number) = one.number
            && let Some(links) = self.by_link.get(&number.to_string())
            && let Some((at, _)) = links.iter().find(|(at, nth)| self.is_same(*at, *nth, one))
        {
            return Some(self.found(*at, true));
        }
        // Anybody can reuse the id of another person's mail, so title and author must match too.
        let by_mail = one.message_id.as_ref().and_then(|id| self.by_mail.get(id));
        if let Some((at, nth)) = by_mail
            && self.is_titled(*at, one)
            && self.may_be_by(*at, *nth, one)
        {
            return Some(self.found(*at, true));
        }
        let title = Some(TitleKey::of(&one.title)).filter(|title| !title.is_empty());
        let titled = self.by_title.get(&title?)?;
        let by_author = |at: &&usize| {
            (0..self.reviews[**at].versions.len()).all(|nth| self.may_be_by(**at, nth, one))
        };
        titled
            .iter()
            .find(by_author)
            .map(|at| self.found(*at, false))
    }

    /// Whether a version with the number of a series is that series: every Patchwork counts from 1.
    fn is_same(&self, at: usize, nth: usize, one: &Arrival) -> bool {
        let review = &self.reviews[at];
        let recorded = review.versions[nth].version.details.source.as_deref();
        let recorded = recorded.and_then(url::parse).map(|(server, _)| server);
        if let (Some(recorded), Some(server)) = (&recorded, &self.server) {
            return url::is_same(recorded, server);
        }
        match (&review.series.upstream, &self.upstream) {
            (Some(recorded), Some(own)) => recorded == own,
            _ => self.is_titled(at, one),
        }
    }

    fn is_titled(&self, at: usize, one: &Arrival) -> bool {
        let own = self.reviews[at].series.desc.as_deref().unwrap_or_default();
        is_same_title(own, &one.title)
    }

    /// Whether the same person may have sent a version: patman does not record the sender.
    fn may_be_by(&self, at: usize, nth: usize, one: &Arrival) -> bool {
        let author = self.reviews[at].versions[nth]
            .version
            .details
            .author_email
            .as_deref();
        author.is_none_or(|email| email.eq_ignore_ascii_case(&one.sender.email))
    }

    fn found(&self, at: usize, is_it: bool) -> MatchingReview {
        let review = &self.reviews[at];
        let versions: Vec<VersionNumber> = review
            .versions
            .iter()
            .filter_map(|one| one.version.number)
            .collect();
        MatchingReview {
            name: review.series.name.clone(),
            is_it,
            newest: versions.iter().max().copied(),
            versions,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
    use super::*;
    use crate::db::Db;
    use crate::db::version::Details;
    use crate::review::samples::{database, record, sent};
    use crate::series::Person;
    use crate::source::server::PatchworkServer;

    fn arrival(message_id: &str, number: u64, title: &str, author: &str) -> Arrival {
        Arrival {
            id: String::new(),
            message_id: Some(message_id.to_owned()),
            version: VersionNumber::FIRST,
            title: title.to_owned(),
            author: String::new(),
            date: None,
            received: None,
            total: 1,
            state: None,
            marks: Vec::new(),
            series: None,
            reviewed: None,
            check: None,
            sender: Person {
                name: author.to_owned(),
                email: format!("{author}@example.com"),
            },
            number: Some(number),
        }
    }

    fn with_review() -> Db {
        let mut db = database();
        let first = Details {
            source: Some("https://pw.example.org/series/7/".to_owned()),
            ..sent("Ada", "a@x")
        };
        record(&mut db, "one-fix", "one: Fix", &[(1, 7, first)]);
        db
    }

    fn servers(url: &str) -> Servers {
        Servers {
            patchwork: Some(PatchworkServer {
                url: url.to_owned(),
                project: None,
            }),
            ..Servers::default()
        }
    }

    /// Whether an arrival is the recorded version; `None` if it does not even belong to the review.
    fn is_it(server: &str, one: &Arrival) -> Option<bool> {
        let known = ReviewIndex::read(&with_review(), &servers(server)).unwrap();
        known.find(one).map(|found| found.is_it)
    }

    #[test]
    fn a_number_counts_on_the_server_that_gave_it() {
        let renamed = arrival("z@x", 7, "one: Renamed", "Eve");
        assert_eq!(is_it("https://pw.example.org", &renamed), Some(true));
        assert_eq!(is_it("https://other.example.org", &renamed), None);
    }

    #[test]
    fn a_mail_counts_with_its_title_and_author() {
        let server = "https://other.example.org";
        for (one, wanted) in [
            (arrival("a@x", 9, "one: Fix", "ADA"), Some(true)),
            (arrival("a@x", 9, "One: fix", "Ada"), Some(true)),
            (arrival("b@x", 9, "one: Fix", "Ada"), Some(false)),
            (arrival("b@x", 9, "One: fix", "Ada"), Some(false)),
            (arrival("a@x", 9, "one: Fix", "Eve"), None),
            (arrival("a@x", 9, "one: Mend", "Ada"), None),
            (arrival("b@x", 9, "", "Ada"), None),
        ] {
            assert_eq!(is_it(server, &one), wanted, "{one:?}");
        }
    }
}
