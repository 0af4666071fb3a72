// SPDX-License-Identifier: GPL-2.0-or-later
//! Commands in hints and messages can be pasted: in the sources, each word of a command that is not written there goes
//! through `shell_quote`. What a command is given by its name alone may be a stranger's: a series, a branch, a path.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::path::{Path, PathBuf};

/// What begins a command in a message.
const COMMANDS: &[&str] = &[
    "git patman ",
    "git -C ",
    "git add ",
    "git am ",
    "git branch ",
    "git checkout ",
    "git config ",
    "git credential ",
    "git fetch ",
    "git log ",
    "git remote ",
    "git reset ",
    "git switch ",
    "git tag ",
    "git worktree ",
    "git update-ref ",
    "cd ",
    "chmod ",
    "cp ",
    "export ",
    "fpath+=",
    "mkdir ",
    "mv ",
    "printf ",
    "rm ",
    "rmdir ",
    "--patchwork-url ",
];

/// What stands for a number, a commit, or options that the program itself has made of quoted words.
const MADE_HERE: &[&str] = &[
    "number",
    "number.get()",
    "version",
    "version.number",
    "count",
    "last",
    "id",
    "short",
    "tip",
    "head",
    "flags",
    "row.flags",
    "option",
    "operand",
    "marks",
    "secret",
    "place.join(\" \")",
    "MAX_VERSION",
    "patch",
    "found[0].summary.id",
    "self.repo.short_id(range.base)",
];

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in dir.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.file_name().is_some_and(|name| name != "tests.rs")
            && path.extension().is_some_and(|end| end == "rs")
        {
            found.push(path);
        }
    }
}

/// The string literal that begins here, with its end; escapes stay as they are.
fn literal(text: &str) -> Option<(&str, usize)> {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '"' if !is_escaped => return Some((&text[1..at], at + 1)),
            _ => is_escaped = c == '\\' && !is_escaped,
        }
    }
    None
}

/// What follows a literal up to the end of the call, parted at its commas.
fn arguments(text: &str) -> Vec<String> {
    let (mut depth, mut parts, mut at) = (0, vec![String::new()], 0);
    while let Some(c) = text[at..].chars().next() {
        if c == '"' {
            let Some((_, end)) = literal(&text[at..]) else {
                break;
            };
            parts.last_mut().unwrap().push_str(&text[at..at + end]);
            at += end;
            continue;
        }
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            break;
        }
        if c == ',' && depth == 0 {
            parts.push(String::new());
        } else {
            parts.last_mut().unwrap().push(c);
        }
        at += c.len_utf8();
    }
    parts
        .iter()
        .map(|part| part.trim().to_owned())
        .filter(|part| !part.is_empty())
        .collect()
}

/// The placeholders of a format, by what stands in the braces, each with the place where it begins.
fn placeholders(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].find('{').map(|open| at + open) {
        if text[open + 1..].starts_with('{') {
            at = open + 2;
            continue;
        }
        let close = text[open..]
            .find('}')
            .map_or(text.len(), |close| open + close);
        found.push((open, text[open + 1..close].split(':').next().unwrap()));
        at = close;
    }
    found
}

/// What makes words of a command that can be pasted.
const MAKERS: &[&str] = &["shell_quote(", "shell_operand(", "shell_words(", "flags("];

/// Whether the name was last bound to quoted words in the code before.
fn is_bound_to_quoted(name: &str, before: &str) -> bool {
    let bound = format!("let {name} = ");
    before.rfind(&bound).is_some_and(|at| {
        let value = &before[at + bound.len()..];
        MAKERS.iter().any(|maker| value.starts_with(maker))
    })
}

/// The words of the commands in a literal that are not quoted; what follows the literal has the arguments.
fn unquoted(before: &str, text: &str, rest: &str) -> Vec<String> {
    let is_start = |at: usize| at == 0 || text[..at].ends_with([' ', '(', '\'', '"', '`']);
    let starts = COMMANDS
        .iter()
        .flat_map(|command| text.match_indices(command));
    let Some(start) = starts
        .filter(|(at, _)| is_start(*at))
        .map(|(at, _)| at)
        .min()
    else {
        return Vec::new();
    };
    let arguments = arguments(rest);
    let named = |name: &str| {
        arguments.iter().find_map(|one| {
            let (left, right) = one.split_once('=')?;
            (left.trim() == name).then(|| right.trim().to_owned())
        })
    };
    let (mut wrong, mut next) = (Vec::new(), 0);
    for (at, name) in placeholders(text) {
        let value = match name.parse::<usize>() {
            _ if name.is_empty() => {
                next += 1;
                arguments.get(next - 1).cloned()
            }
            Ok(index) => arguments.get(index).cloned(),
            Err(_) => Some(named(name).unwrap_or_else(|| name.to_owned())),
        };
        let value = value.unwrap_or_default();
        let is_quoted = MAKERS.iter().any(|maker| value.starts_with(maker))
            || is_bound_to_quoted(&value, before)
            || value.starts_with("short(")
            || value.ends_with(".get()");
        if at > start && !is_quoted && !MADE_HERE.contains(&value.as_str()) {
            wrong.push(value);
        }
    }
    wrong
}

#[test]
fn words_of_commands_in_messages_go_through_the_quoting_of_shells() {
    let mut files = Vec::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut files,
    );
    let mut wrong = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let text = text.split("#[cfg(test)]\n").next().unwrap();
        let mut at = 0;
        while let Some(quote) = text[at..].find('"').map(|quote| at + quote) {
            let line_start = text[..quote].rfind('\n').map_or(0, |line| line + 1);
            let is_code = !text[line_start..quote].trim_start().starts_with("//")
                && !text[..quote].ends_with('\'');
            let Some((inner, end)) = literal(&text[quote..]).filter(|_| is_code) else {
                at = quote + 1;
                continue;
            };
            at = quote + end;
            // In a format a backslash and a newline join the lines.
            let bad = unquoted(&text[..quote], inner, &text[at..]);
            if !bad.is_empty() {
                let line = text[..quote].lines().count();
                wrong.push(format!("{}:{line}: {bad:?} in {inner:?}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "not quoted:\n{}", wrong.join("\n"));
}

#[test]
fn a_word_that_is_not_quoted_is_found() {
    assert_eq!(
        unquoted("", "see it: git patman review show {name}", ")"),
        ["name"]
    );
    assert_eq!(
        unquoted("", "make it: mkdir -p '{}'", ", dir.display())"),
        ["dir.display()"]
    );
    assert_eq!(
        unquoted("", "make it: mkdir -p {}", ", shell_quote(dir))"),
        [""; 0]
    );
    assert_eq!(
        unquoted("", "git switch {new}", ", new = shell_quote(&new))"),
        [""; 0]
    );
    assert_eq!(
        unquoted("", "'{name}' has {}: git switch {0}", ", x)"),
        ["x"]
    );
    assert_eq!(unquoted("", "{} has {name}", ", x)"), [""; 0]);
    let (safe, raw) = ("let name = shell_quote(x);", "let name = x;");
    assert_eq!(unquoted(safe, "git switch {name}", ")"), [""; 0]);
    assert_eq!(unquoted(raw, "git switch {name}", ")"), ["name"]);
    assert_eq!(
        unquoted(&format!("{safe} {raw}"), "git switch {name}", ")"),
        ["name"]
    );
}
