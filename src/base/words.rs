// SPDX-License-Identifier: GPL-2.0-or-later
//! Finds the base that a cover letter names in prose: "based on next", "applies on top of v6.9-rc1".
//!
//! Prose is full of words that are also names of branches, so the rules are strict: the name must follow the
//! phrase, with only filler between; it must be a ref or a commit of this repository; and a name that is also a
//! word must end the phrase or be called a branch.

use crate::error::Result;
use crate::git::{Oid, Repo};

/// Maximum length of the text that is read, in bytes.
const MAX_TEXT_SIZE: usize = 64 << 10;

/// Maximum number of phrases to check.
const MAX_PHRASES: usize = 50;

/// Phrases that introduce a base.
const PHRASES: [&str; 12] = [
    "based on",
    "base on",
    "based off",
    "based upon",
    "rebased onto",
    "rebased to",
    "on top of",
    "applies to",
    "applies on",
    "applies cleanly to",
    "applies cleanly on",
    "against",
];

/// Words that may be between the phrase and the name.
const FILLER: [&str; 20] = [
    "the", "top", "of", "on", "current", "latest", "today's", "recent", "upstream", "mainline",
    "commit", "branch", "tag", "tip", "head", "release", "a", "at", "to", "onto",
];

/// Words that may follow the name of a branch; before any other, it is an ordinary word.
const FOLLOW: [&str; 12] = [
    "branch", "tree", "tag", "at", "as", "and", "with", "which", "commit", "today", "but", "from",
];

/// The base that a text names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meant {
    /// The full name of a branch's ref; a branch may move.
    Branch(String),
    /// A tag or a commit, as written in the text.
    Commit(String, Oid),
}

/// Finds the first base in a text that exists in this repository. `remotes` are the remotes whose branches may
/// be written without the name of the remote.
pub fn meant(repo: &Repo, text: &str, remotes: &[String]) -> Result<Option<Meant>> {
    for (name, is_plain) in names(text) {
        if let Some(found) = resolve(repo, &name, remotes)?
            && (is_plain || !matches!(found, Meant::Branch(_)))
        {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The words that follow a base phrase, and whether each could be the plain name of a branch.
pub fn names(text: &str) -> Vec<(String, bool)> {
    let end = (0..=MAX_TEXT_SIZE.min(text.len()))
        .rev()
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(0);
    let own = text[..end]
        .lines()
        .filter(|line| !line.trim_start().starts_with('>'));
    // A blank line ends a sentence.
    let text: String = own
        .map(|line| {
            if line.trim().is_empty() {
                ". ".to_owned()
            } else {
                format!("{line} ")
            }
        })
        .collect();
    let words: Vec<&str> = text.split_whitespace().collect();
    let lower: Vec<String> = words.iter().map(|word| word.to_ascii_lowercase()).collect();
    let mut names = Vec::new();
    for at in 0..words.len() {
        let length = PHRASES
            .iter()
            .map(|phrase| phrase.split(' '))
            .find_map(|phrase| {
                let count = phrase.clone().count();
                phrase
                    .enumerate()
                    .all(|(next, word)| lower.get(at + next).is_some_and(|own| own == word))
                    .then_some(count)
            });
        if let Some(length) = length
            && names.len() < MAX_PHRASES
        {
            names.extend(name_after(&words[at + length..]));
        }
    }
    // "applies on top of" contains two phrases.
    names.dedup();
    names
}

/// The first word that is not filler, without its punctuation.
fn name_after(words: &[&str]) -> Option<(String, bool)> {
    for (at, word) in words.iter().take(8).enumerate() {
        let name = bare(word);
        let next = words
            .get(at + 1)
            .map(|next| bare(next).to_ascii_lowercase());
        let ends = is_end(word);
        // "tip" and "head" may be names too.
        if FILLER.contains(&name.to_ascii_lowercase().as_str()) && !ends {
            continue;
        }
        let is_plain =
            ends || next.is_none_or(|next| FOLLOW.contains(&next.as_str()) || next.is_empty());
        let has_sign =
            name.contains(['/', '-', '.', '_']) || name.bytes().any(|byte| byte.is_ascii_digit());
        return is_name(name).then(|| (name.to_owned(), is_plain || has_sign));
    }
    None
}

/// Whether a sentence or a part of it ends with this word.
fn is_end(word: &str) -> bool {
    word.ends_with(['.', ',', ';', ':', ')', '!'])
}

fn bare(word: &str) -> &str {
    let word = word.trim_matches(|c: char| {
        matches!(
            c,
            '"' | '\'' | '`' | '(' | ')' | '[' | ']' | '<' | '>' | '*'
        )
    });
    let word = word.trim_end_matches(['.', ',', ';', ':', '!', '?']);
    word.trim_matches(|c: char| {
        matches!(
            c,
            '"' | '\'' | '`' | '(' | ')' | '[' | ']' | '<' | '>' | '*'
        )
    })
}

fn is_name(word: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'/');
    (2..=100).contains(&word.len())
        && word.bytes().all(fits)
        && !word.starts_with(['-', '.', '/'])
        && !word.contains("..")
}

fn resolve(repo: &Repo, name: &str, remotes: &[String]) -> Result<Option<Meant>> {
    let remote = remotes
        .iter()
        .map(|remote| format!("refs/remotes/{remote}/{name}"));
    for full in remote.chain([format!("refs/remotes/{name}"), format!("refs/heads/{name}")]) {
        if repo.commit_of_ref(&full)?.is_some() {
            return Ok(Some(Meant::Branch(full)));
        }
    }
    if let Some(commit) = repo.commit_of_ref(&format!("refs/tags/{name}"))? {
        return Ok(Some(Meant::Commit(name.to_owned(), commit)));
    }
    // A commit in hexadecimal digits, or in the format of `git describe`.
    let hex = name.rsplit_once("-g").map_or(name, |(_, hex)| hex);
    let is_number = hex.bytes().all(|byte| byte.is_ascii_digit()) && hex.len() < 12;
    let commit = if is_number {
        None
    } else {
        repo.commit_of_hex(hex)?
    };
    Ok(commit.map(|commit| Meant::Commit(name.to_owned(), commit)))
}

#[cfg(test)]
mod tests {
    use super::names;

    /// The names that may be a branch; a `?` marks names that can only be something else.
    fn found(text: &str) -> String {
        let all = names(text)
            .into_iter()
            .map(|(name, plain)| if plain { name } else { format!("{name}?") });
        all.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn names_stand_behind_the_phrases() {
        for (text, wanted) in [
            ("This is based on next.", "next"),
            ("Based on the current master branch, with fixes", "master"),
            ("The series applies on top of master\n\nThanks", "master"),
            (
                "It applies cleanly to\norigin/next and was tested",
                "origin/next",
            ),
            ("Patches are against v6.9-rc1", "v6.9-rc1"),
            ("based on commit 0123abc (\"net: Fix\")", "0123abc"),
            ("Based on `next`:", "next"),
            (
                "rebased onto v2024.01-rc3-12-gabcdef0123",
                "v2024.01-rc3-12-gabcdef0123",
            ),
            ("based on top of the tip of \"next\"", "next"),
        ] {
            assert_eq!(found(text), wanted, "{text}");
        }
    }

    #[test]
    fn prose_names_no_branch() {
        for (text, wanted) in [
            ("This driver is based on next generation hardware", "next?"),
            ("a guard against main memory corruption", "main?"),
            ("based on my other series", "my?"),
            ("> based on next.", ""),
            ("based on \x1b[31mnext", ""),
            ("based on --upload-pack=x", ""),
            ("based on ../../etc", ""),
            ("this is based\n\non next.", ""),
            ("based on", ""),
        ] {
            assert_eq!(found(text), wanted, "{text}");
        }
    }

    #[test]
    fn long_texts_are_read_in_part() {
        assert_eq!(
            names(&"based on next. based on v1.0. ".repeat(100_000)).len(),
            super::MAX_PHRASES
        );
        assert_eq!(names(&"é".repeat(1 << 20)).len(), 0);
    }
}
