// SPDX-License-Identifier: GPL-2.0-or-later
//! Values out of the lines of all commits, and what is wrong with them.

use super::clean;
use super::links::{SeriesLinks, number};
use super::names;
use super::scan::{Family, LineKind, MessageLine, scan};
use super::{ChangeLogItem, CommitTags, CoverLetter, Level, Problem, Tags};
use std::collections::{HashMap, HashSet};

mod lists;
mod series;
mod text;

/// The largest number of problems that are reported for a commit.
const MOST_PROBLEMS: usize = 50;

/// What the last tag has opened.
enum OpenTag {
    Nothing,
    /// A section that began at a line, its name, its lines so far.
    Section {
        family: Family,
        name: &'static str,
        begin: usize,
        lines: Vec<String>,
    },
    /// A list of changes: its kind, its version (none if that is not a number), its first line, the item so far.
    Changes {
        family: Family,
        version: Option<u32>,
        begin: usize,
        item: Option<String>,
        is_empty: bool,
    },
}

struct Collector<'a> {
    tags: Tags,
    /// The commit at hand.
    commit: CommitTags,
    at: usize,
    short: &'a str,
    /// How many problems of it have been told.
    told: usize,
    open: OpenTag,
    /// Who has signed it off.
    signed: HashSet<String>,
    /// The line of a `TEST=`.
    is_tested: Option<usize>,
    me: Option<&'a str>,
    /// In which commit each tag was that is there once.
    singles: HashMap<&'static str, usize>,
    /// The values of `Series-links`, with commit and line.
    links: Vec<(usize, usize, String)>,
}

/// Reads all messages.
pub(super) fn collect<'a>(commits: &'a [(String, String)], me: Option<&'a str>) -> Tags {
    let mut collector = Collector {
        tags: Tags::default(),
        commit: CommitTags::default(),
        at: 0,
        short: "",
        told: 0,
        open: OpenTag::Nothing,
        signed: HashSet::new(),
        is_tested: None,
        me,
        singles: HashMap::new(),
        links: Vec::new(),
    };
    for (at, (id, message)) in commits.iter().enumerate() {
        collector.begin(at, id);
        collector.message(message);
        collector
            .tags
            .commits
            .push(std::mem::take(&mut collector.commit));
    }
    collector.finish_links(commits);
    collector.tell_twins(commits);
    let mut tags = collector.tags;
    tags.problems
        .sort_by_key(|problem| (problem.commit, problem.line));
    tags
}

impl<'a> Collector<'a> {
    fn begin(&mut self, at: usize, short: &'a str) {
        (self.at, self.short, self.told, self.is_tested) = (at, short, 0, None);
        self.signed.clear();
    }

    fn problem(&mut self, line: usize, level: Level, text: impl Into<String>) {
        self.told += 1;
        if self.told <= MOST_PROBLEMS {
            let text = if self.told < MOST_PROBLEMS {
                text.into()
            } else {
                "there is more that is wrong".to_owned()
            };
            self.tags.problems.push(Problem {
                commit: self.at,
                short: self.short.to_owned(),
                line,
                level,
                text,
            });
        }
    }

    fn error(&mut self, line: usize, text: impl Into<String>) {
        self.problem(line, Level::Error, text);
    }

    fn warning(&mut self, line: usize, text: impl Into<String>) {
        self.problem(line, Level::Warning, text);
    }

    fn message(&mut self, message: &str) {
        let lines = scan(message.as_bytes());
        self.subject(&lines);
        for (at, line) in lines.iter().enumerate() {
            self.line(at + 1, line);
        }
        if let OpenTag::Section {
            name,
            begin,
            family,
            ..
        } = self.open
        {
            self.error(begin, format!("'{}{name}' has no 'END'", family.prefix()));
        }
        self.close();
        self.commit.cleaned = clean::cleaned(&lines, self.me);
    }

    fn line(&mut self, at: usize, line: &MessageLine<'_>) {
        if line.is_unended
            && let OpenTag::Section {
                name,
                begin,
                family,
                ..
            } = self.open
        {
            self.error(
                begin,
                format!(
                    "'{}{name}' has no 'END'; it is read up to line {}",
                    family.prefix(),
                    at - 1
                ),
            );
        }
        if !matches!(
            line.part,
            LineKind::Section
                | LineKind::End
                | LineKind::Change
                | LineKind::ChangeBlank
                | LineKind::Junk
        ) {
            self.close();
        }
        if line.is_glued {
            self.warning(at, "there is no empty line between the subject and this");
        }
        match line.part {
            LineKind::Subject | LineKind::Blank | LineKind::Cut => {}
            LineKind::Text => self.text(at, line.text),
            LineKind::Junk => self.junk(at, line.text),
            LineKind::Section => self.section_line(line.text),
            LineKind::End => self.close(),
            LineKind::Change => self.change_line(at, line.text),
            LineKind::ChangeBlank => self.change_blank(at),
            LineKind::Trailer { name, value } => self.trailer(at, line, name, value),
            LineKind::SignOff { value } => self.sign_off(value),
            LineKind::ChangeId { value } => self.change_id(at, &lossy(value)),
            LineKind::Tag {
                family,
                name,
                value,
            } => {
                let key = line
                    .text
                    .split(|&byte| byte == b':')
                    .next()
                    .unwrap_or_default();
                self.tag(at, &lossy(key), family, name, lossy(value));
            }
        }
    }

    fn tag(&mut self, at: usize, key: &str, family: Family, name: &str, value: String) {
        match (family, name) {
            (Family::Cover, "letter") => {
                if !value.is_empty() {
                    self.error(
                        at,
                        format!(
                            "'{}' is ignored: the title must be on the line below '{key}:'",
                            cut(&value)
                        ),
                    );
                }
                self.open_section(at, family, "letter", Vec::new());
            }
            (Family::Series | Family::Commit, "notes") => {
                let lines = if value.is_empty() {
                    Vec::new()
                } else {
                    vec![value]
                };
                self.open_section(at, family, "notes", lines);
            }
            (_, "changes") => {
                let version = self.version(at, key, &value);
                self.open = OpenTag::Changes {
                    family,
                    version,
                    begin: at,
                    item: None,
                    is_empty: true,
                };
            }
            _ if value.is_empty() && names::is_tag(key) => {
                self.error(at, format!("'{key}' says nothing"))
            }
            (Family::Cover, "letter-cc") => self.tags.series.cover_cc.extend(text::people(&value)),
            (Family::Commit, "cc") => self.commit.cc.extend(text::people(&value)),
            (Family::Commit, "added-in") => self.added_in(at, key, &value),
            (Family::Series, _) => self.series_tag(at, key, name, value),
            _ => self.unknown(at, key),
        }
    }

    /// The version that a tag names; told where it is none.
    fn version(&mut self, at: usize, key: &str, value: &str) -> Option<u32> {
        let version = number(value);
        if version.is_none() {
            let text = if value.is_empty() {
                "nothing".to_owned()
            } else {
                format!("'{}'", cut(value))
            };
            self.error(
                at,
                format!("'{key}' needs the number of a version, such as 2, and has {text}"),
            );
        }
        version
    }

    fn unknown(&mut self, at: usize, key: &str) {
        let meant = names::meant(key)
            .map_or_else(String::new, |meant| format!("; did you mean '{meant}'?"));
        self.error(at, format!("unknown tag '{}'{meant}", cut(key)));
    }

    fn change_id(&mut self, at: usize, value: &str) {
        if value.is_empty() {
            self.error(at, "'Change-Id' says nothing");
        } else if let Some(first) = self.commit.change_id.as_deref() {
            let text = format!(
                "a second 'Change-Id', '{}': the first, '{}', counts",
                cut(value),
                cut(first)
            );
            self.error(at, text);
        } else {
            if value.contains(|c: char| !c.is_ascii_graphic()) {
                self.warning(
                    at,
                    format!("'Change-Id' must be one word, but is '{}'", cut(value)),
                );
            }
            self.commit.change_id = Some(value.to_owned());
        }
    }

    fn trailer(&mut self, at: usize, line: &MessageLine<'_>, name: &str, value: &[u8]) {
        if clean::is_own_test(&line.part, self.me) {
            self.warning(at, format!("a '{name}' of your own is not mailed"));
        }
        self.commit.trailers.push((name.to_owned(), lossy(value)));
    }

    fn sign_off(&mut self, value: &[u8]) {
        let value = lossy(value);
        if self.signed.insert(value.clone()) {
            self.commit.sign_offs.push(value);
        }
    }
}

/// The bytes as text.
fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The beginning of a value, short enough for a line.
fn cut(value: &str) -> String {
    match value.char_indices().nth(60) {
        Some((end, _)) => format!("{}...", &value[..end]),
        None => value.to_owned(),
    }
}
