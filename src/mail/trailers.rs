// SPDX-License-Identifier: GPL-2.0-or-later
//! Parses the trailers in replies, cover letters and commit messages: `Reviewed-by:` and the like.

pub mod collected;

/// A trailer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Trailer {
    /// The name as git writes it: `Reviewed-by`, whatever its case in the mail.
    pub name: String,
    /// The value, with folded lines joined, including a `# comment`.
    pub value: String,
}

/// Names whose value is a link, a commit or an id, not a person.
const NOT_PEOPLE: [&str; 14] = [
    "link",
    "buglink",
    "closes",
    "fixes",
    "resolves",
    "references",
    "obsoleted-by",
    "depends-on",
    "upstream-commit",
    "change-id",
    "reviewed-on",
    "cover-letter",
    "series-to",
    "patch-cc",
];

/// Headers of mails and lines of tools that look like trailers but are not.
const NOT_TRAILERS: [&str; 9] = [
    "from",
    "author",
    "to",
    "cc",
    "date",
    "subject",
    "base-commit",
    "change-id",
    "message-id",
];

/// Maximum length of a trailer, including folded lines.
const MAX_TRAILER_LEN: usize = 1000;

/// The trailers of a text, in order. Quoted lines and everything after the signature mark are skipped.
pub fn trailers(text: &str) -> Vec<Trailer> {
    with_ends(text)
        .into_iter()
        .map(|(trailer, _)| trailer)
        .collect()
}

/// The same trailers, each with the number, counted from 0, of the line that follows it.
pub(super) fn with_ends(text: &str) -> Vec<(Trailer, usize)> {
    let mut found: Vec<(Trailer, usize)> = Vec::new();
    let mut lines = text
        .lines()
        .take_while(|line| *line != "-- " && *line != "--")
        .enumerate()
        .peekable();
    while let Some((at, line)) = lines.next() {
        let Some((name, value)) = split(line) else {
            continue;
        };
        let mut value = value.to_owned();
        let mut end = at + 1;
        while let Some((_, next)) = lines.peek().copied()
            && continues(&name, &value, next)
        {
            value.push(' ');
            value.push_str(next.trim());
            lines.next();
            end += 1;
        }
        let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
        if fits(&name, &value) {
            found.push((
                Trailer {
                    name: written(&name),
                    value,
                },
                end,
            ));
        }
    }
    found
}

/// Splits `Name: value`, indented or not.
fn split(line: &str) -> Option<(String, &str)> {
    let (name, value) = line
        .trim()
        .split_once(':')
        .filter(|_| line.len() <= MAX_TRAILER_LEN)?;
    let is_name = (2..=50).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let is_apart = value.is_empty() || value.starts_with([' ', '\t']);
    (is_name && is_apart && !NOT_TRAILERS.contains(&name.to_ascii_lowercase().as_str()))
        .then(|| (name.to_owned(), value.trim()))
}

/// Whether a line continues the previous trailer: it is indented, or contains the address or the
/// closing quote that the value still lacks.
fn continues(name: &str, value: &str, next: &str) -> bool {
    let text = next.trim();
    if text.is_empty()
        || text.starts_with('>')
        || split(next).is_some()
        || value.len() + text.len() > MAX_TRAILER_LEN
    {
        return false;
    }
    if is_about_people(name) {
        let lacks_address = !value.contains('@') || (value.contains('<') && !value.contains('>'));
        return lacks_address && text.contains('@') && text.contains('>') && text.len() < 120
            || !lacks_address && next.starts_with([' ', '\t']) && text.starts_with('#');
    }
    let opened = value.contains("(\"") && !value.contains("\")");
    opened || value.is_empty() && next.starts_with([' ', '\t'])
}

impl Trailer {
    /// The trailer as written in a commit message.
    pub fn text(&self) -> String {
        format!("{}: {}", self.name, self.value)
    }

    /// Whether it says the same as another trailer, ignoring case and comments.
    pub fn is_same(&self, other: &Trailer) -> bool {
        let said = |trailer: &Trailer| {
            let value = if is_about_people(&trailer.name) {
                trailer.without_comment()
            } else {
                &trailer.value
            };
            value.trim_end_matches('/').to_lowercase()
        };
        self.name.eq_ignore_ascii_case(&other.name) && said(self) == said(other)
    }

    /// Whether it names a person, not a link or a commit.
    pub fn is_about_people(&self) -> bool {
        is_about_people(&self.name)
    }

    /// The value without a `# comment` at the end.
    pub fn without_comment(&self) -> &str {
        self.value
            .split_once(" #")
            .map_or(self.value.as_str(), |(value, _)| value)
            .trim_end()
    }
}

fn is_about_people(name: &str) -> bool {
    name.contains('-') && !NOT_PEOPLE.contains(&name.to_ascii_lowercase().as_str())
}

fn fits(name: &str, value: &str) -> bool {
    let name = name.to_ascii_lowercase();
    if is_about_people(&name) {
        let address = value.split_once('#').map_or(value, |(before, _)| before);
        let at = address.split_once('@');
        return at.is_some_and(|(user, domain)| {
            user.ends_with(|c: char| !c.is_whitespace())
                && domain.starts_with(|c: char| c.is_ascii_alphanumeric())
        }) && (name.ends_with("-by") || address.contains('<'));
    }
    match name.as_str() {
        "fixes" => {
            let id = value.bytes().take_while(u8::is_ascii_hexdigit).count();
            id >= 6 || is_link(value) || value.starts_with('#')
        }
        "link" | "buglink" | "reviewed-on" => is_link(value),
        name => NOT_PEOPLE.contains(&name) && !value.is_empty(),
    }
}

fn is_link(value: &str) -> bool {
    ["http://", "https://"]
        .iter()
        .any(|scheme| value.starts_with(scheme))
}

/// The usual case of a name, such as `Reviewed-by`; a name that is not about people is unchanged.
fn written(name: &str) -> String {
    if !is_about_people(name) {
        return name.to_owned();
    }
    let lower = name.to_ascii_lowercase();
    lower[..1].to_ascii_uppercase() + &lower[1..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        trailers(text)
            .into_iter()
            .map(|t| format!("{}: {}", t.name, t.value))
            .collect()
    }

    #[test]
    fn trailers_are_found_in_text() {
        let text = "Hi,\n\n> Signed-off-by: Quoted <q@example.com>\nLooks good:\n\n  REVIEWED-BY: A Very Long Name\n\
            <a@example.com>\nTested-by: B <b@example.com> # on the board\nFixes: 0123456789ab (\"x: a long\n subject\")\n\
            Link: https://example.com/x\nCo-Developed-By: C\n <c@example.com>\nTo: t@example.com\n\
            Hint: see a <b@example.com>\nThanks\n-- \nAcked-by: Sig <s@example.com>\n";
        assert_eq!(
            read(text),
            [
                "Reviewed-by: A Very Long Name <a@example.com>",
                "Tested-by: B <b@example.com> # on the board",
                "Fixes: 0123456789ab (\"x: a long subject\")",
                "Link: https://example.com/x",
                "Co-developed-by: C <c@example.com>",
            ]
        );
    }

    #[test]
    fn what_only_looks_like_a_trailer_is_passed_over() {
        for text in [
            "Reviewed-by: nobody",
            "Fixes: the bug",
            "Link: none",
            "a b: c@d",
            "Reviewed-by:",
            "x-by:a@b",
            "base-commit: 0123456789",
            "Follow-up: mail me a@example.com",
        ] {
            assert_eq!(read(text), Vec::<String>::new(), "{text}");
        }
    }
}
