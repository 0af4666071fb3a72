// SPDX-License-Identifier: GPL-2.0-or-later
//! Parses a subject: version, place in the series and kind, as written by git, Patchwork, Mercurial and by hand.

use crate::series::VersionNumber;

/// Maximum length of a series that a counter may claim; a larger number is not a counter.
pub const MAX_PATCHES: u32 = 5000;

/// Maximum length of a bracket that can be a prefix, in bytes.
const MAX_BRACKET_LEN: usize = 500;

/// A parsed subject.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ParsedSubject {
    /// The decoded subject, with blanks squeezed.
    pub raw: String,
    /// The words in the brackets at the start, in order, without version and counter: `RFC`, `PATCH`, `net-next`.
    pub prefixes: Vec<String>,
    /// The rest, without reply marks, brackets and a version in parentheses at the end.
    pub title: String,
    /// The version, if it names one.
    pub version: Option<VersionNumber>,
    /// The 1 of `v5.1`: this patch replaces the same patch of version 5.
    pub minor: Option<u32>,
    /// The number in the series; 0 is the cover letter.
    pub number: Option<u32>,
    /// How many patches the series has.
    pub total: Option<u32>,
    /// Whether it begins with `Re:`, or with a mark of other languages or of forwarded mail.
    pub is_reply: bool,
    /// Whether it asks for comments.
    pub is_rfc: bool,
    /// Whether it was sent before.
    pub is_resend: bool,
    /// Whether it is a pull request, or belongs to one.
    pub is_pull: bool,
    /// Whether it has a patch prefix: the word, a version or a counter.
    pub is_patch: bool,
}

/// Marks that mail programs put before the subject of a reply or a forwarded mail, in lower case, without the colon.
const REPLY_MARKS: [&str; 21] = [
    "re", "aw", "sv", "vs", "fw", "fwd", "wg", "tr", "rv", "ref", "res", "enc", "antw", "odp",
    "rif", "ynt", "atb", "回复", "答复", "转发", "返信",
];

impl ParsedSubject {
    /// Parses a decoded subject.
    pub fn parse(text: &str) -> ParsedSubject {
        let raw = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut subject = ParsedSubject::default();
        let mut rest = raw.as_str();
        loop {
            rest = rest.trim_start_matches([' ', ':']);
            if let Some(answered) = without_reply_mark(rest) {
                subject.is_reply = true;
                rest = answered;
            } else if let Some((words, behind)) = bracket(rest) {
                subject.read_words(words);
                rest = behind;
            } else {
                break;
            }
        }
        subject.title = subject.without_version_at_end(rest.trim()).to_owned();
        subject.raw = raw;
        subject
    }

    /// The version; the first if none is named.
    pub fn version_or_first(&self) -> VersionNumber {
        self.version.unwrap_or(VersionNumber::FIRST)
    }

    /// Whether the counter marks a cover letter.
    pub fn is_cover(&self) -> bool {
        self.number == Some(0) && !self.is_reply
    }

    /// Whether the mail begins a series.
    ///
    /// This is a cover letter, the only patch, or, without a cover letter, the first patch, which replies to nothing.
    pub fn begins_series(&self, answers_nothing: bool) -> bool {
        let is_first = self
            .number
            .is_none_or(|number| number == 0 || (number == 1 && answers_nothing));
        self.is_patch && !self.is_reply && (is_first || self.total == Some(1))
    }

    fn read_words(&mut self, bracket: &str) {
        let is_gap = |c: char| c.is_whitespace() || matches!(c, ',' | '[' | ']');
        let words: Vec<&str> = bracket
            .split(is_gap)
            .filter(|word| !word.is_empty())
            .collect();
        let mut at = 0;
        while let Some(&word) = words.get(at) {
            if let [_, of, total] = words[at..words.len().min(at + 3)]
                && of.eq_ignore_ascii_case("of")
                && self.read_counter(word, total)
            {
                at += 3;
                continue;
            }
            self.read_word(word);
            at += 1;
        }
    }

    fn read_word(&mut self, word: &str) {
        if let Some((number, total)) = word.split_once('/')
            && self.read_counter(number, total)
        {
            return;
        }
        if self.read_version(word) {
            return;
        }
        let (mut kind, version) = version_at_end(word);
        if version.is_some_and(|version| self.read_version(version)) {
            kind = kind.trim_end_matches(['-', '_']);
        } else {
            kind = word;
        }
        match kind.to_ascii_lowercase().as_str() {
            "rfc" => self.is_rfc = true,
            "rfc-patch" | "rfc/patch" | "patch/rfc" | "patch-rfc" => {
                (self.is_rfc, self.is_patch) = (true, true)
            }
            "resend" | "repost" | "resent" => self.is_resend = true,
            "pull" => self.is_pull = true,
            word if word.starts_with("patch") => self.is_patch = true,
            _ => {}
        }
        self.prefixes.push(kind.to_owned());
    }

    fn read_counter(&mut self, number: &str, total: &str) -> bool {
        let (Some(number), Some(total)) = (count(number), count(total)) else {
            return false;
        };
        if number > total || total == 0 || total > MAX_PATCHES || self.number.is_some() {
            return false;
        }
        (self.number, self.total, self.is_patch) = (Some(number), Some(total), true);
        true
    }

    /// Reads `v2`, `V2` or `v2.1`.
    fn read_version(&mut self, word: &str) -> bool {
        let Some(digits) = word.strip_prefix(['v', 'V']) else {
            return false;
        };
        let (major, minor) = match digits.split_once('.') {
            Some((major, minor)) => (count(major), count(minor).map(Some)),
            None => (count(digits), Some(None)),
        };
        let (Some(version), Some(minor)) = (major.and_then(VersionNumber::new), minor) else {
            return false;
        };
        if self.version.is_none() {
            (self.version, self.minor) = (Some(version), minor);
        }
        self.is_patch = true;
        true
    }

    /// Removes `(v3)` from the end.
    fn without_version_at_end<'t>(&mut self, title: &'t str) -> &'t str {
        let Some((head, version)) = title
            .strip_suffix(')')
            .and_then(|text| text.rsplit_once('('))
        else {
            return title;
        };
        let is_patch = self.is_patch;
        if head.trim().is_empty() || !self.read_version(version) {
            return title;
        }
        self.is_patch = is_patch;
        head.trim_end()
    }
}

/// The text after a mark such as `Re:`, `AW:`, `Re[2]:` or `RE :`.
fn without_reply_mark(text: &str) -> Option<&str> {
    let end = text
        .char_indices()
        .take(16)
        .find(|(_, c)| matches!(c, ':' | '：'))?
        .0;
    let mark = text[..end].trim_end().to_lowercase();
    let mark = mark
        .strip_suffix(']')
        .and_then(|mark| mark.split_once('['))
        .map_or(mark.as_str(), |(mark, count)| {
            if count.bytes().all(|b| b.is_ascii_digit()) {
                mark
            } else {
                ""
            }
        });
    let behind = text[end..].trim_start_matches([':', '：']);
    // A short word before a bracket is a mark of a language that is not in the list.
    let is_short = (2..=3).contains(&mark.chars().count()) && mark.chars().all(char::is_alphabetic);
    (REPLY_MARKS.contains(&mark) || (is_short && behind.trim_start().starts_with('[')))
        .then_some(behind)
}

/// The bracket at the start of `text`, including nested brackets, and the rest.
fn bracket(text: &str) -> Option<(&str, &str)> {
    if !text.starts_with('[') {
        return None;
    }
    let mut depth = 0usize;
    for (at, byte) in text.bytes().enumerate().take(MAX_BRACKET_LEN) {
        match byte {
            b'[' => depth += 1,
            b']' => depth -= 1,
            _ => continue,
        }
        if depth == 0 {
            return Some((&text[1..at], &text[at + 1..]));
        }
    }
    // For git, a bracket ends at the first closing bracket.
    let end = text.bytes().take(MAX_BRACKET_LEN).position(|b| b == b']')?;
    Some((&text[1..end], &text[end + 1..]))
}

/// Splits `PATCHv2` before its version.
fn version_at_end(word: &str) -> (&str, Option<&str>) {
    let digits = word.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    match digits.strip_suffix(['v', 'V']) {
        Some(head) if digits.len() < word.len() => {
            let lower = head.trim_end_matches(['-', '_']).to_ascii_lowercase();
            let is_kind =
                lower.ends_with("patch") || matches!(lower.as_str(), "rfc" | "resend" | "pull");
            (head, is_kind.then_some(&word[head.len()..]))
        }
        _ => (word, None),
    }
}

fn count(digits: &str) -> Option<u32> {
    let fits = (1..=6).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(text: &str) -> String {
        let s = ParsedSubject::parse(text);
        let version = s.version.map(|v| v.to_string()).unwrap_or_default();
        let minor = s.minor.map(|m| format!(".{m}")).unwrap_or_default();
        let counter = s
            .number
            .zip(s.total)
            .map(|(n, m)| format!("{n}/{m}"))
            .unwrap_or_default();
        let flags = [
            (s.is_reply, 'r'),
            (s.is_rfc, 'c'),
            (s.is_resend, 's'),
            (s.is_pull, 'p'),
            (s.is_patch, 'P'),
        ];
        let flags: String = flags
            .iter()
            .filter(|(is, _)| *is)
            .map(|(_, flag)| *flag)
            .collect();
        format!(
            "{version}{minor} {counter} {flags} {} | {}",
            s.prefixes.join(","),
            s.title
        )
    }

    #[test]
    fn subjects_as_people_write_them() {
        for (text, wanted) in [
            ("[PATCH v3 02/17] x: Y", "v3 2/17 P PATCH | x: Y"),
            (
                "[RFC PATCH net-next v2 1/4] x",
                "v2 1/4 cP RFC,PATCH,net-next | x",
            ),
            ("[PATCH RESEND v2] x", "v2  sP PATCH,RESEND | x"),
            ("[v3,1/6] x", "v3 1/6 P  | x"),
            ("[U-Boot,v2,0/4] x", "v2 0/4 P U-Boot | x"),
            ("[PATCH,v2] x", "v2  P PATCH | x"),
            ("[PATCHv2 1/3] x", "v2 1/3 P PATCH | x"),
            ("[PATCH-v2 1/3] x", "v2 1/3 P PATCH | x"),
            ("[RFCv4] x", "v4  cP RFC | x"),
            ("[PATCH v2 1/3] [foo] bar", "v2 1/3 P PATCH,foo | bar"),
            ("[PATCH 1 of 2] x", " 1/2 P PATCH | x"),
            ("[PATCH v5.1 3/4] x", "v5.1 3/4 P PATCH | x"),
            ("[PATCH] x (v3)", "v3  P PATCH | x"),
            ("x: Y", "    | x: Y"),
            ("Re: [PATCH v2 1/3] x", "v2 1/3 rP PATCH | x"),
            ("AW: SV: [PATCH] x", "  rP PATCH | x"),
            ("Fwd: [PATCH] x", "  rP PATCH | x"),
            ("Re[2]: x", "  r  | x"),
            ("回复：[PATCH] x", "  rP PATCH | x"),
            ("xyz: [PATCH] x", "  rP PATCH | x"),
            ("net: fix [foo]", "    | net: fix [foo]"),
            ("[GIT PULL] x", "  p GIT,PULL | x"),
            ("[PATCH [v2] 1/2] x", "v2 1/2 P PATCH | x"),
            ("[PATCH 3/2] x", "  P PATCH,3/2 | x"),
            ("[PATCH 1/4000000000] x", "  P PATCH,1/4000000000 | x"),
            ("[PATCH x", "    | [PATCH x"),
            ("", "    | "),
        ] {
            assert_eq!(facts(text), wanted, "{text}");
        }
    }

    #[test]
    fn many_brackets_take_no_time() {
        assert_eq!(
            ParsedSubject::parse(&"[".repeat(100_000)).title.len(),
            100_000
        );
        assert_eq!(ParsedSubject::parse(&"[]".repeat(100_000)).title, "");
    }
}
