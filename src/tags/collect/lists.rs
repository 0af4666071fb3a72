// SPDX-License-Identifier: GPL-2.0-or-later
//! What has several lines: sections and lists of changes.

use super::*;

impl Collector<'_> {
    pub(super) fn open_section(
        &mut self,
        at: usize,
        family: Family,
        name: &'static str,
        lines: Vec<String>,
    ) {
        self.open = OpenTag::Section {
            family,
            name,
            begin: at,
            lines,
        };
    }

    pub(super) fn section_line(&mut self, text: &[u8]) {
        if let OpenTag::Section { lines, .. } = &mut self.open {
            lines.push(lossy(text.trim_ascii_end()));
        }
    }

    /// A line of a list: an item, or more of the last one where it is indented.
    pub(super) fn change_line(&mut self, at: usize, text: &[u8]) {
        let is_more = text.first().is_some_and(u8::is_ascii_whitespace);
        let text = lossy(text.trim_ascii_end());
        if text == "END" {
            return self.error(
                at,
                "'END' ends nothing here: a list of changes ends at an empty line",
            );
        }
        if let Some(meant) = names::miswritten(text.as_bytes()) {
            self.error(
                at,
                format!("this is read as a change, not as a tag; did you mean '{meant}:'?"),
            );
        }
        let OpenTag::Changes { item, is_empty, .. } = &mut self.open else {
            return;
        };
        *is_empty = false;
        match item {
            Some(item) if is_more => {
                item.push('\n');
                item.push_str(&text);
            }
            _ => {
                let before = item.replace(text);
                self.change(before);
            }
        }
    }

    /// An empty line: the end of a list that holds something, else one above its first item.
    pub(super) fn change_blank(&mut self, at: usize) {
        let OpenTag::Changes { is_empty: true, .. } = self.open else {
            return self.close();
        };
        self.warning(at, "there is an empty line above the list of changes");
    }

    /// Records an item of the list that is open.
    fn change(&mut self, item: Option<String>) {
        let (
            Some(text),
            OpenTag::Changes {
                family,
                version: Some(version),
                ..
            },
        ) = (item, &self.open)
        else {
            return;
        };
        let (family, version) = (*family, *version);
        self.add(family, version, text);
    }

    fn add(&mut self, family: Family, version: u32, text: String) {
        if family == Family::Commit {
            self.commit.changes.entry(version).or_default().push(text);
        } else {
            let change = ChangeLogItem {
                commit: self.at,
                in_patch: family == Family::Series,
                text,
            };
            self.tags
                .series
                .changes
                .entry(version)
                .or_default()
                .push(change);
        }
    }

    pub(super) fn added_in(&mut self, at: usize, key: &str, value: &str) {
        if let Some(version) = self.version(at, key, value) {
            self.add(Family::Commit, version, "- New".to_owned());
            self.add(Family::Cover, version, format!("- {}", self.commit.subject));
        }
    }

    /// Ends what is open.
    pub(super) fn close(&mut self) {
        if let OpenTag::Changes { item, .. } = &mut self.open {
            let item = item.take();
            self.change(item);
        }
        match std::mem::replace(&mut self.open, OpenTag::Nothing) {
            OpenTag::Nothing => {}
            OpenTag::Changes {
                family,
                begin,
                is_empty: true,
                ..
            } => {
                self.error(
                    begin,
                    format!("no changes are below '{}changes'", family.prefix()),
                );
            }
            OpenTag::Changes { .. } => {}
            OpenTag::Section {
                family: Family::Cover,
                begin,
                lines,
                ..
            } => self.cover(begin, lines),
            OpenTag::Section {
                family,
                begin,
                lines,
                ..
            } => {
                if lines.iter().all(String::is_empty) {
                    self.error(begin, format!("'{}notes' says nothing", family.prefix()));
                }
                let series = &mut self.tags.series.notes;
                let notes = if family == Family::Series {
                    series
                } else {
                    &mut self.commit.notes
                };
                if family == Family::Series && !notes.is_empty() {
                    notes.push(String::new());
                }
                notes.extend(lines);
            }
        }
    }

    fn cover(&mut self, begin: usize, lines: Vec<String>) {
        self.tell_second(begin, "Cover-letter", true);
        if lines.first().is_none_or(String::is_empty) {
            self.error(begin, "'Cover-letter' has no title on the line below it");
        }
        let mut lines = lines.into_iter();
        self.tags.series.cover = lines.next().map(|title| CoverLetter {
            title,
            body: lines.collect(),
        });
    }
}
