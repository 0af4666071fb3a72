// SPDX-License-Identifier: GPL-2.0-or-later
//! The REST interface: what each path answers, in the version that was asked for.

use super::store::{Kind, Mail, Series, pull_url};
use super::submission::responses;
use super::{Asked, Reply, encoded};
use serde_json::{Value, json};

impl Asked<'_> {
    /// Answers a path below `/api/<version>/`.
    pub(super) fn api(&self, parts: &[&str]) -> Reply {
        match parts {
            ["series"] => self.list(
                self.store
                    .series
                    .iter()
                    .filter(|one| self.series_fits(one))
                    .map(|one| self.series(one)),
            ),
            ["series", id] => {
                let found = self
                    .store
                    .series
                    .iter()
                    .find(|one| one.id.to_string() == *id);
                found.map_or(
                    Reply::NotFound("No Series matches the given query."),
                    |one| Reply::Json(self.series(one)),
                )
            }
            ["patches"] => self.list(
                self.mails(Kind::Patch)
                    .filter(|one| self.mail_fits(one))
                    .map(|one| self.submission(one, false)),
            ),
            // Broken for a series: nothing comes.
            ["covers"] if self.query.contains_key("series") => Reply::Page(Vec::new()),
            ["covers"] => self.list(
                self.mails(Kind::Cover)
                    .filter(|one| self.mail_fits(one))
                    .map(|one| self.submission(one, false)),
            ),
            ["patches", id] => self.one(Kind::Patch, id),
            ["covers", id] => self.one(Kind::Cover, id),
            ["patches", id, "comments"] => self.comments(Kind::Patch, id),
            ["covers", id, "comments"] => self.comments(Kind::Cover, id),
            ["projects"] => self.list((0..self.store.projects.len()).map(|at| self.project(at))),
            _ => Reply::NotFound("Not found."),
        }
    }

    fn mails(&self, kind: Kind) -> impl Iterator<Item = &Mail> {
        self.store.mails.iter().filter(move |one| one.kind == kind)
    }

    fn list(&self, all: impl Iterator<Item = Value>) -> Reply {
        let mut all: Vec<Value> = all.collect();
        all.sort_by_key(|one| one["id"].as_u64());
        // Orders that are not known are ignored.
        if self.query.get("order").is_some_and(|order| order == "-id") {
            all.reverse();
        }
        Reply::Page(all)
    }

    fn one(&self, kind: Kind, id: &str) -> Reply {
        let found = self.mails(kind).find(|one| one.id.to_string() == id);
        found.map_or(Reply::NotFound("Not found."), |one| {
            Reply::Json(self.submission(one, true))
        })
    }

    fn comments(&self, kind: Kind, id: &str) -> Reply {
        let found = self
            .store
            .mails
            .iter()
            .position(|one| one.kind == kind && one.id.to_string() == id);
        let Some(root) = found else {
            return Reply::NotFound("Not found.");
        };
        self.list(self.mails(Kind::Comment(root)).map(|one| self.comment(one)))
    }

    fn is_of_project(&self, project: usize) -> bool {
        let project = &self.store.projects[project];
        self.query.get("project").is_none_or(|wanted| {
            wanted.eq_ignore_ascii_case(project.link_name) || *wanted == project.id.to_string()
        })
    }

    fn has_words(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        self.query.get("q").is_none_or(|q| {
            q.split_whitespace()
                .all(|word| name.contains(&word.to_lowercase()))
        })
    }

    fn series_fits(&self, one: &Series) -> bool {
        let has_words = one
            .name
            .as_deref()
            .map_or(!self.query.contains_key("q"), |name| self.has_words(name));
        self.is_of_project(one.project) && has_words
    }

    fn mail_fits(&self, one: &Mail) -> bool {
        let is_of_series = |wanted: &String| {
            one.series
                .is_some_and(|at| self.store.series[at].id.to_string() == *wanted)
        };
        // Before 1.2 the filter is not known, and what is not known is ignored.
        let by_id = self.query.get("msgid").filter(|_| self.version.1 >= 2);
        self.is_of_project(one.project)
            && self.query.get("series").is_none_or(is_of_series)
            && by_id.is_none_or(|id| one.msgid.to_string() == *id)
            && self.has_words(&one.name)
    }

    fn project(&self, at: usize) -> Value {
        let project = &self.store.projects[at];
        let name = project.link_name;
        json!({"id": project.id, "name": name.to_uppercase(), "link_name": name, "list_email": format!("{name}@lists.example.org"),
            "list_id": format!("{name}.lists.example.org"), "web_url": "", "scm_url": "", "webscm_url": ""})
    }

    fn person(&self, one: &git_patman::series::Person) -> Value {
        json!({"id": 1, "url": "", "name": one.name, "email": one.email})
    }

    fn mail(&self, one: &Mail) -> Value {
        let project = self.store.projects[one.project].link_name;
        let kind = if one.kind == Kind::Cover {
            "cover"
        } else {
            "patch"
        };
        // A slash is escaped twice, the whole once more in the path.
        let page = encoded(&one.msgid.to_string().replace('/', "%2F"));
        let mut value = json!({"id": one.id, "url": format!("{}/api{}/{kind}s/{}/", self.base, self.version.0, one.id),
            "msgid": format!("<{}>", one.msgid), "date": iso(one.date), "name": one.name,
            "mbox": format!("{}/project/{project}/{kind}/{page}/mbox/", self.base)});
        if self.version.1 >= 1 {
            value["web_url"] = json!(format!("{}/project/{project}/{kind}/{page}/", self.base));
        }
        if self.version.1 >= 2 {
            let link = self
                .manner
                .archive
                .then(|| format!("{}/inbox/{}", self.base, one.msgid));
            value["list_archive_url"] = json!(link);
        }
        value
    }

    fn series(&self, one: &Series) -> Value {
        let mails = &self.store.mails;
        let patches: Vec<Value> = one
            .patches
            .iter()
            .map(|&at| self.mail(&mails[at]))
            .collect();
        json!({"id": one.id, "url": format!("{}/api{}/series/{}/", self.base, self.version.0, one.id),
            "project": self.project(one.project), "name": one.name, "date": iso(one.date),
            "submitter": self.person(&one.submitter), "version": one.version, "total": one.total,
            "received_total": patches.len(), "received_all": patches.len() >= one.total as usize,
            "mbox": format!("{}/series/{}/mbox/", self.base, one.id),
            "cover_letter": one.cover.map(|at| self.mail(&mails[at])), "patches": patches})
    }

    fn submission(&self, one: &Mail, whole: bool) -> Value {
        let mut value = self.mail(one);
        let series = one.series.map(|at| &self.store.series[at]);
        let plural = if one.kind == Kind::Cover {
            "covers"
        } else {
            "patches"
        };
        value["project"] = self.project(one.project);
        value["submitter"] = self.person(&one.submitter);
        value["series"] = json!(
            series
                .map(|one| json!({"id": one.id, "name": one.name, "version": one.version}))
                .into_iter()
                .collect::<Vec<_>>()
        );
        // This URL is without the version.
        value["comments"] = json!(format!("{}/api/{plural}/{}/comments/", self.base, one.id));
        if one.kind == Kind::Patch {
            value["state"] = json!(one.state);
            value["archived"] = json!(false);
            value["pull_url"] = json!(pull_url(&one.content));
        }
        if whole {
            value["headers"] = json!(one.headers);
            value["content"] = json!(one.content);
            value["diff"] = json!(Some(&one.diff).filter(|diff| !diff.is_empty()));
        }
        value
    }

    fn comment(&self, one: &Mail) -> Value {
        json!({"id": one.id, "msgid": format!("<{}>", one.msgid), "date": iso(one.date), "subject": one.headers["Subject"],
            "submitter": self.person(&one.submitter), "content": one.content, "headers": one.headers})
    }

    /// `/patch/1234/` leads to the page of its mail.
    pub(super) fn patch_page(&self, id: &str) -> Reply {
        let found = self.mails(Kind::Patch).find(|one| one.id.to_string() == id);
        found.map_or(Reply::Html(404), |one| {
            Reply::Redirect(
                302,
                self.mail(one)["mbox"]
                    .as_str()
                    .unwrap()
                    .replace("mbox/", ""),
            )
        })
    }

    /// All patches that have come, whatever is missing: no cover letter, and the tags of answers merged in.
    pub(super) fn series_mbox(&self, id: &str) -> Reply {
        let Some(series) = self
            .store
            .series
            .iter()
            .find(|one| one.id.to_string() == id)
        else {
            return Reply::Html(404);
        };
        let mut mbox = String::new();
        for &at in &series.patches {
            let one = &self.store.mails[at];
            let (message, behind) = one
                .content
                .split_once("\n---")
                .unwrap_or((&one.content, ""));
            let tags: String = self
                .mails(Kind::Comment(at))
                .map(|comment| responses(&comment.content))
                .collect();
            let subject = one.headers["Subject"].as_str().unwrap();
            mbox += &format!(
                "From patchwork Thu Jan  1 00:00:00 1970\nSubject: {subject}\nFrom: {}\nDate: {}\nMessage-Id: <{}>\n\n{message}\n{tags}---{behind}\n\n{}\n",
                one.submitter,
                one.headers["Date"].as_str().unwrap(),
                one.msgid,
                one.diff
            );
        }
        Reply::Bytes(mbox.into_bytes())
    }
}

fn iso(seconds: i64) -> String {
    let date = jiff::Timestamp::from_second(seconds).unwrap();
    date.to_string().trim_end_matches('Z').to_owned()
}
