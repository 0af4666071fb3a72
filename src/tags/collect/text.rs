// SPDX-License-Identifier: GPL-2.0-or-later
//! Subjects, what looks like a tag and is none, and lists of people.

use super::*;

impl Collector<'_> {
    /// The subject in one line, as git has it, and its tags.
    pub(super) fn subject(&mut self, lines: &[MessageLine<'_>]) {
        let is_subject = |line: &&(usize, &MessageLine<'_>)| line.1.part == LineKind::Subject;
        let numbered: Vec<(usize, &MessageLine<'_>)> = lines
            .iter()
            .enumerate()
            .take_while(|(_, line)| matches!(line.part, LineKind::Subject | LineKind::Blank))
            .collect();
        let first = numbered
            .iter()
            .find(is_subject)
            .map(|(at, line)| (*at + 1, line.text));
        let words: Vec<String> = numbered
            .iter()
            .filter(is_subject)
            .map(|(_, line)| lossy(line.text.trim_ascii()))
            .collect();
        self.commit.subject = words.join(" ");
        match first {
            None => self.error(1, "the message has no subject"),
            Some((at, text)) if super::super::scan::is_tag(text) => {
                self.error(
                    at,
                    format!(
                        "the tag '{}' is the subject of the commit",
                        cut(&lossy(text))
                    ),
                );
            }
            Some(_) => {}
        }
        self.commit.subject_tags = subject_tags(&self.commit.subject);
        if let Some(at) = lines.iter().position(|line| line.text.contains(&0)) {
            self.warning(at + 1, "git does not show text after a NUL byte");
        }
    }

    /// A line that stays in the message.
    pub(super) fn text(&mut self, at: usize, text: &[u8]) {
        if text.trim_ascii_end() == b"END" {
            self.error(at, "'END' ends nothing");
        } else if let Some(meant) = names::miswritten(text) {
            self.error(
                at,
                format!("this is not read as a tag; did you mean '{meant}:'?"),
            );
        } else if let Some(key) = names::patch_key(text) {
            self.unknown(at, key);
        } else if let Some(test) = self.is_tested.take() {
            self.warning(
                at,
                format!("this stays in the message, though it is below the 'TEST=' of line {test}"),
            );
        }
    }

    /// A line of other tools, that is taken out.
    pub(super) fn junk(&mut self, at: usize, text: &[u8]) {
        if text.starts_with(b"TEST=") {
            self.is_tested = Some(at);
        }
        if let Some(meant) = names::miswritten(text) {
            self.error(
                at,
                format!("this is removed and not read; did you mean '{meant}:'?"),
            );
        }
    }
}

/// The words before colons that a subject begins with.
fn subject_tags(subject: &str) -> Vec<String> {
    let mut tags = Vec::new();
    let mut rest = subject;
    while let Some((tag, behind)) = rest
        .split_once(':')
        .filter(|(tag, _)| !tag.contains(char::is_whitespace))
    {
        tags.push(tag.to_owned());
        rest = behind.trim_start();
    }
    tags
}

/// Addresses and aliases, separated by commas; a name in quotes may have commas too.
pub(super) fn people(value: &str) -> Vec<String> {
    let mut people = Vec::new();
    let (mut begin, mut is_quoted) = (0, false);
    for (at, c) in value.char_indices() {
        match c {
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => {
                people.push(value[begin..at].trim());
                begin = at + 1;
            }
            _ => {}
        }
    }
    people.push(value[begin..].trim());
    people
        .into_iter()
        .filter(|one| !one.is_empty())
        .map(str::to_owned)
        .collect()
}
