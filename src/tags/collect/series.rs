// SPDX-License-Identifier: GPL-2.0-or-later
//! Tags of the series, most of which may occur once, and checks that need all commits.

use super::*;
use std::collections::hash_map::Entry;

impl<'a> Collector<'a> {
    pub(super) fn series_tag(&mut self, at: usize, key: &str, name: &str, value: String) {
        match name {
            "to" => self.tags.series.to.extend(text::people(&value)),
            "cc" => self.tags.series.cc.extend(text::people(&value)),
            "cover-cc" => self.tags.series.cover_cc.extend(text::people(&value)),
            "process-log" => self.process_log(at, &value),
            "links" => {
                self.commit.has_links = true;
                self.links.push((self.at, at, value));
            }
            "version" => {
                self.commit.has_version = true;
                if let Some(version) = self.version(at, key, &value) {
                    let is_same = self.tags.series.version == Some(version);
                    self.tell_second(at, "Series-version", !is_same);
                    self.tags.series.version = Some(version);
                }
            }
            "name" => self.single(at, "Series-name", value),
            "prefix" => self.single(at, "Series-prefix", value),
            "postfix" => self.single(at, "Series-postfix", value),
            "patchwork-url" => self.single(at, "Series-patchwork-url", value),
            _ => self.unknown(at, key),
        }
    }

    /// Sets a tag that may occur once: the last value counts.
    fn single(&mut self, at: usize, tag: &'static str, value: String) {
        let series = &mut self.tags.series;
        let field = match tag {
            "Series-name" => &mut series.name,
            "Series-prefix" => &mut series.prefix,
            "Series-postfix" => &mut series.postfix,
            _ => &mut series.patchwork_url,
        };
        let is_same = field.as_ref() == Some(&value);
        *field = Some(value);
        self.tell_second(at, tag, !is_same);
    }

    /// Tells that a tag was there already, `is_other` if it said something else.
    pub(super) fn tell_second(&mut self, at: usize, tag: &'static str, is_other: bool) {
        let Some(first) = self.singles.insert(tag, self.at) else {
            return;
        };
        let whose = if first == self.at {
            "this commit".to_owned()
        } else {
            format!("patch {}", first + 1)
        };
        let level = if is_other {
            Level::Error
        } else {
            Level::Warning
        };
        self.problem(
            at,
            level,
            format!("a second '{tag}', beside that of {whose}; this one counts"),
        );
    }

    fn process_log(&mut self, at: usize, value: &str) {
        for word in value.split(',').map(str::trim) {
            match word {
                "sort" => self.tags.series.process_log.sort = true,
                "uniq" => self.tags.series.process_log.uniq = true,
                _ => self.error(
                    at,
                    format!(
                        "'Series-process-log' knows 'sort' and 'uniq', not '{}'",
                        cut(word)
                    ),
                ),
            }
        }
    }

    /// Reads the links, once the version is known that one without a version is of.
    pub(super) fn finish_links(&mut self, commits: &'a [(String, String)]) {
        let version = self.tags.series.version.unwrap_or(1);
        for (at, line, value) in std::mem::take(&mut self.links) {
            self.begin(at, commits.get(at).map_or("", |(id, _)| id));
            let links = SeriesLinks::parse(&value, version);
            for word in links.bad.iter().take(MOST_PROBLEMS) {
                self.error(
                    line,
                    format!(
                        "'{}' is not a link: write '<version>:<id>' or '<id>'",
                        cut(word)
                    ),
                );
            }
            for version in links.twice.iter().take(MOST_PROBLEMS) {
                self.error(
                    line,
                    format!("there are two links of v{version}; the last counts"),
                );
            }
            for (version, id) in links.of {
                let before = self.tags.series.links.insert(version, id.clone());
                if before.is_some_and(|before| before != id) {
                    self.error(
                        line,
                        format!(
                            "an earlier commit has another link of v{version}; this one counts"
                        ),
                    );
                }
            }
        }
    }

    /// Reports commits that have the same `Change-Id`.
    pub(super) fn tell_twins(&mut self, commits: &'a [(String, String)]) {
        let mut seen: HashMap<String, usize> = HashMap::new();
        for (at, (id, message)) in commits.iter().enumerate() {
            let Some(change_id) = self.tags.commits[at].change_id.clone() else {
                continue;
            };
            match seen.entry(change_id) {
                Entry::Vacant(vacant) => {
                    vacant.insert(at);
                }
                Entry::Occupied(first) => {
                    let lines = scan(message.as_bytes());
                    let line = lines
                        .iter()
                        .position(|line| matches!(line.part, LineKind::ChangeId { .. }));
                    let text = format!("patch {} has the same 'Change-Id'", first.get() + 1);
                    self.begin(at, id);
                    self.error(line.map_or(1, |line| line + 1), text);
                }
            }
        }
    }
}
