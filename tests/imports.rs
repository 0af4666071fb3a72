// SPDX-License-Identifier: GPL-2.0-or-later
//! The direction of imports: a module uses only those that stand below it in the map of `src/lib.rs`, and a command does
//! not use another command.
//!
//! The sources are read as tokens, not compiled: every path that starts with `crate`, `super` or `self` counts, in a `use`
//! or anywhere else, and what is compiled only for tests is left out.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The circles that there are: a folder, and modules directly below it that use one another. Nothing is added here, and a
/// circle that has been cut is removed.
const CIRCLES: &[&str] = &[
    "db: connect filesystem reader",
    "db: remains status",
    "git: discover objects pack",
    "mail: log mailinfo",
    "mail: reply sender trailers",
];

/// Files beside `src/view/` that use `Serialize`: the door that prints JSON, and the formats of stored files and rows.
const SERIALIZED: &[&str] = &[
    "author/change/journal.rs",
    "author/change/plan.rs",
    "author/change/step.rs",
    "db/rows.rs",
    "db/rows/value.rs",
    "db/undo.rs",
    "output.rs",
    "source/http/cache_entry.rs",
];

/// A module's path below the crate, such as `["db", "copy"]`.
type ModulePath = Vec<String>;

/// An import: the module that has it, and the module that it uses.
type Import = (String, String);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Ident(String),
    Text(String),
    PathSeparator,
    Punctuation(char),
}

/// The modules of the crate and what each uses.
struct Sources {
    /// The map of `src/lib.rs`, from the top down.
    layers: Vec<String>,
    /// Modules that have a function `run`.
    runnable: BTreeSet<String>,
    imports: BTreeSet<Import>,
    /// Modules that read the environment.
    environment: BTreeSet<String>,
}

#[test]
fn no_import_points_up_and_no_command_uses_another() {
    let sources = Sources::of_crate();
    let broken = sources
        .imports
        .iter()
        .filter(|import| sources.points_up(import) || sources.is_between_commands(import));
    let broken: String = broken
        .map(|(from, to)| format!("    {from} uses {to}\n"))
        .collect();
    assert!(
        broken.is_empty(),
        "these imports point up in the map of src/lib.rs, or from one command to another:\n{broken}"
    );
}

#[test]
fn no_new_circle_of_modules() {
    let sources = Sources::of_crate();
    let circles = sources.circles();
    let listed: BTreeSet<String> = CIRCLES.iter().map(|&circle| circle.to_owned()).collect();
    let new: Vec<_> = circles.difference(&listed).collect();
    assert!(
        new.is_empty(),
        "these modules use one another in a circle: {new:#?}"
    );
    let cut: Vec<_> = listed.difference(&circles).collect();
    assert!(
        cut.is_empty(),
        "these circles are gone, and are to be removed from CIRCLES: {cut:#?}"
    );
}

#[test]
fn only_one_module_reads_environment_variables() {
    let sources = Sources::of_crate();
    let readers: Vec<&str> = sources.environment.iter().map(String::as_str).collect();
    assert_eq!(readers, ["environment"]);
}

#[test]
fn the_map_names_every_module_of_the_crate_once() {
    let lib = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs"));
    let lib = lib.unwrap();
    let mut layers = layers_of(&lib);
    layers.sort();
    let declared: Vec<String> = lib
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .map(str::to_owned)
        .collect();
    assert_eq!(layers, declared);
}

#[test]
fn only_views_and_stored_formats_are_serialized() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let is_serialized = |path: &&PathBuf| {
        let mut file = SourceFile::new(Vec::new(), "");
        file.without_tests(&tokens_of(&std::fs::read_to_string(path).unwrap()))
            .iter()
            .any(|token| is_ident(token, "Serialize") || is_ident(token, "Serializer"))
    };
    let files = rust_files(&src);
    let found: BTreeSet<&str> = files
        .iter()
        .filter(is_serialized)
        .map(|path| path.strip_prefix(&src).unwrap().to_str().unwrap())
        .filter(|file| *file != "view.rs" && !file.starts_with("view/"))
        .collect();
    assert_eq!(
        found,
        BTreeSet::from_iter(SERIALIZED.iter().copied()),
        "JSON for users is made in src/view/"
    );
}

#[test]
fn every_form_of_an_import_is_found() {
    let found = |text: &str| {
        let mut file = SourceFile::new(vec!["a".to_owned(), "b".to_owned()], text);
        file.paths.sort();
        file.paths
            .iter()
            .map(|path| path.join("::"))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        found("use crate::{x::{self, y as z}, w::*};"),
        ["w", "x", "x::y"]
    );
    assert_eq!(
        found("fn f() { super::super::x::call::<T>() }"),
        ["x::call"]
    );
    assert_eq!(found("mod inner { use super::x; }"), ["a::b::x"]);
    assert_eq!(found("use self::x;"), ["a::b::x"]);
    assert_eq!(
        found("for x in crate::y::z() { 'a': 'x'; r#\"crate::no\"#; '\\''; }"),
        ["y::z"]
    );
    assert_eq!(found("pub(in crate::x) fn f() {} // crate::no"), [""; 0]);
    assert_eq!(
        found("/* crate::no /* */ crate::no */ \"crate::no\""),
        [""; 0]
    );
    assert_eq!(
        found("#[cfg(test)]\n#[allow(x)]\nmod tests { use crate::no; fn f() {} }\nuse crate::x;"),
        ["x"]
    );
    assert_eq!(found("#[cfg(test)]\nuse crate::no;\nuse crate::x;"), ["x"]);
}

/// The modules in the map, from the top down.
fn layers_of(lib: &str) -> Vec<String> {
    lib.lines()
        .filter_map(|line| line.strip_prefix("//! - [`")?.split_once('`'))
        .map(|(name, _)| name.to_owned())
        .collect()
}

impl Sources {
    fn of_crate() -> &'static Sources {
        static OF_CRATE: OnceLock<Sources> = OnceLock::new();
        OF_CRATE.get_or_init(|| Sources::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")))
    }

    fn read(src: &Path) -> Sources {
        let mut files = BTreeMap::new();
        let mut only_tests = BTreeSet::new();
        for path in rust_files(src) {
            let text = std::fs::read_to_string(&path).unwrap();
            let file = SourceFile::new(module_of(src, &path), &text);
            let dir = path.with_extension("");
            for (name, given) in &file.test_modules {
                only_tests.insert(match given {
                    Some(given) => path.with_file_name(given),
                    None => dir.join(format!("{name}.rs")),
                });
            }
            files.insert(path, file);
        }
        files.retain(|path, _| !only_tests.contains(path));
        let modules: BTreeSet<&ModulePath> = files.values().map(|file| &file.module).collect();
        let module_at = |path: &ModulePath| {
            (0..=path.len())
                .rev()
                .map(|length| path[..length].to_vec())
                .find(|prefix| modules.contains(prefix))
                .unwrap_or_default()
        };
        let mut imports = BTreeSet::new();
        for file in files.values() {
            for path in &file.paths {
                let used = module_at(path);
                if !used.is_empty() && used != file.module {
                    imports.insert((file.module.join("::"), used.join("::")));
                }
            }
        }
        let runnable = files.values().filter(|file| file.has_run);
        let environment = files.values().filter(|file| file.reads_environment);
        Sources {
            layers: layers_of(&std::fs::read_to_string(src.join("lib.rs")).unwrap()),
            runnable: runnable.map(|file| file.module.join("::")).collect(),
            imports,
            environment: environment.map(|file| file.module.join("::")).collect(),
        }
    }

    /// The circles of each folder: groups of modules directly below it that, with all below them, reach one another.
    fn circles(&self) -> BTreeSet<String> {
        let mut used: BTreeMap<&str, BTreeMap<&str, BTreeSet<&str>>> = BTreeMap::new();
        for (from, to) in &self.imports {
            let (folder, from, to) = split_at_fork(from, to);
            if !from.is_empty() && !to.is_empty() {
                used.entry(folder)
                    .or_default()
                    .entry(from)
                    .or_default()
                    .insert(to);
            }
        }
        let mut circles = BTreeSet::new();
        for (folder, used) in &used {
            let reached: BTreeMap<&str, BTreeSet<&str>> = used
                .keys()
                .map(|module| (*module, reachable(used, module)))
                .collect();
            for (module, others) in &reached {
                let leads_back = |other: &&str| {
                    let back = reached.get(other);
                    back.is_some_and(|back| back.contains(module))
                };
                let circle: Vec<&str> = others.iter().copied().filter(leads_back).collect();
                if circle.len() > 1 {
                    circles.insert(format!("{folder}: {}", circle.join(" ")));
                }
            }
        }
        circles
    }

    /// Whether an import uses what stands above it in the map.
    fn points_up(&self, (from, to): &Import) -> bool {
        let layer = |module: &str| {
            let top = module.split("::").next().unwrap_or_default();
            self.layers.iter().position(|layer| layer == top)
        };
        match (layer(from), layer(to)) {
            (Some(from), Some(to)) => to < from,
            // `lib.rs` and `main.rs` stand above the map.
            (None, _) => false,
            (Some(_), None) => panic!("{to} is not in the map"),
        }
    }

    /// Whether a command uses another one. A noun, such as `commands::series`, lists its verbs; a verb may use what its
    /// noun has for all of them.
    fn is_between_commands(&self, (from, to): &Import) -> bool {
        let is_below =
            |a: &str, b: &str| a.strip_prefix(b).is_some_and(|rest| rest.starts_with("::"));
        is_below(from, "commands")
            && is_below(to, "commands")
            && self.runnable.contains(to)
            && !is_below(to, from)
            && !is_below(from, to)
    }
}

/// The innermost folder that has both modules below it, and the name of each directly below that folder; empty for a module
/// that is the folder's own.
fn split_at_fork<'a>(from: &'a str, to: &'a str) -> (&'a str, &'a str, &'a str) {
    let mut length = 0;
    for name in from.split("::") {
        let end = length + name.len();
        let is_shared =
            to.starts_with(&from[..end]) && to[end..].chars().next().is_none_or(|next| next == ':');
        if !is_shared {
            break;
        }
        length = (end + 2).min(from.len());
    }
    let first = |module: &'a str| {
        let rest = module.get(length..).unwrap_or_default();
        rest.split("::").next().unwrap_or_default()
    };
    let folder = from[..length].trim_end_matches(':');
    (folder, first(from), first(to))
}

/// The modules that a module leads to, by one import or several.
fn reachable<'a>(
    used: &BTreeMap<&'a str, BTreeSet<&'a str>>,
    module: &&'a str,
) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut ahead: Vec<&str> = used.get(module).into_iter().flatten().copied().collect();
    while let Some(next) = ahead.pop() {
        if reached.insert(next) {
            ahead.extend(used.get(next).into_iter().flatten());
        }
    }
    reached
}

fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn module_of(src: &Path, file: &Path) -> ModulePath {
    let path = file.strip_prefix(src).unwrap().with_extension("");
    let names = path.iter().map(|name| name.to_str().unwrap().to_owned());
    let names: ModulePath = names.collect();
    match names.as_slice() {
        [root] if ["lib", "main"].contains(&root.as_str()) => Vec::new(),
        _ => names,
    }
}

/// What one file says.
struct SourceFile {
    module: ModulePath,
    /// The paths that it names, from the crate down.
    paths: Vec<ModulePath>,
    /// Modules of other files that are compiled only for tests, with the path that is given for the file.
    test_modules: Vec<(String, Option<String>)>,
    has_run: bool,
    /// Whether it reads an environment variable, itself or by the crate dirs.
    reads_environment: bool,
}

impl SourceFile {
    fn new(module: ModulePath, text: &str) -> SourceFile {
        let mut file = SourceFile {
            module,
            paths: Vec::new(),
            test_modules: Vec::new(),
            has_run: false,
            reads_environment: false,
        };
        let tokens = file.without_tests(&tokens_of(text));
        file.has_run = tokens
            .windows(2)
            .any(|pair| is_ident(&pair[0], "fn") && is_ident(&pair[1], "run"));
        file.reads_environment = tokens.windows(3).any(reads_environment);
        file.collect_paths(&tokens);
        file
    }

    /// Leaves out each item below `#[cfg(test)]`, and notes the modules in other files among them.
    fn without_tests(&mut self, tokens: &[Token]) -> Vec<Token> {
        let marker = tokens_of("#[cfg(test)]");
        let mut kept = Vec::new();
        let mut at = 0;
        while at < tokens.len() {
            if !tokens[at..].starts_with(&marker) {
                kept.push(tokens[at].clone());
                at += 1;
                continue;
            }
            let end = end_of_item(tokens, at);
            self.note_test_module(&tokens[at..end]);
            at = end;
        }
        kept
    }

    fn note_test_module(&mut self, item: &[Token]) {
        let [.., keyword, Token::Ident(name), Token::Punctuation(';')] = item else {
            return;
        };
        if is_ident(keyword, "mod") {
            let given = item.windows(3).find_map(|three| match three {
                [first, Token::Punctuation('='), Token::Text(file)] if is_ident(first, "path") => {
                    Some(file.clone())
                }
                _ => None,
            });
            self.test_modules.push((name.clone(), given));
        }
    }

    /// Collects the paths, each where it stands: a module inside the file has a `super` of its own.
    fn collect_paths(&mut self, tokens: &[Token]) {
        let (mut depth, mut inline) = (0, Vec::new());
        let mut here = self.module.clone();
        for at in 0..tokens.len() {
            match &tokens[at..] {
                [keyword, Token::Ident(name), Token::Punctuation('{'), ..]
                    if is_ident(keyword, "mod") =>
                {
                    inline.push(depth);
                    here.push(name.clone());
                }
                [Token::Punctuation('{'), ..] => depth += 1,
                [Token::Punctuation('}'), ..] => {
                    depth -= 1;
                    if inline.last() == Some(&depth) {
                        inline.pop();
                        here.pop();
                    }
                }
                [Token::Ident(first), Token::PathSeparator, ..]
                    if ["crate", "super", "self"].contains(&first.as_str())
                        && !continues_or_restricts(&tokens[..at]) =>
                {
                    path_tree(&mut &tokens[at..], &here, &mut self.paths);
                }
                _ => {}
            }
        }
    }
}

fn is_ident(token: &Token, name: &str) -> bool {
    matches!(token, Token::Ident(found) if found == name)
}

/// Whether the tokens are of `env::var`, `env::vars` and the like, or of the crate dirs.
fn reads_environment(tokens: &[Token]) -> bool {
    match tokens {
        [first, Token::PathSeparator, Token::Ident(called)] => {
            is_ident(first, "env") && called.starts_with("var") || is_ident(first, "dirs")
        }
        _ => false,
    }
}

/// Whether what follows is the rest of a path, or of `pub(in ...)`.
fn continues_or_restricts(before: &[Token]) -> bool {
    match before {
        [.., Token::PathSeparator] => true,
        [.., Token::Punctuation('('), keyword] => is_ident(keyword, "in"),
        _ => false,
    }
}

/// Where the item that begins with attributes at `start` ends: at its `;`, or at the end of its braces.
fn end_of_item(tokens: &[Token], start: usize) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(start) {
        let Token::Punctuation(sign) = token else {
            continue;
        };
        match sign {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 && ['}', ';'].contains(sign) {
            return at + 1;
        }
    }
    tokens.len()
}

/// Reads a path, or a tree of paths in braces, below `parent`.
fn path_tree(tokens: &mut &[Token], parent: &ModulePath, found: &mut Vec<ModulePath>) {
    let mut path = parent.clone();
    loop {
        match tokens {
            [Token::Ident(name), rest @ ..] => {
                *tokens = rest;
                match name.as_str() {
                    "crate" => path.clear(),
                    "super" => drop(path.pop()),
                    "self" => {}
                    name => path.push(name.to_owned()),
                }
            }
            [Token::Punctuation('{'), rest @ ..] => {
                *tokens = rest;
                while !matches!(tokens, [] | [Token::Punctuation('}'), ..]) {
                    path_tree(tokens, &path, found);
                    let end = |token: &Token| matches!(token, Token::Punctuation(',' | '}'));
                    let length = tokens.iter().position(end).unwrap_or(tokens.len());
                    *tokens = &tokens[length..];
                    if let [Token::Punctuation(','), rest @ ..] = tokens {
                        *tokens = rest;
                    }
                }
                *tokens = tokens.get(1..).unwrap_or_default();
                return;
            }
            _ => break,
        }
        match tokens {
            [Token::PathSeparator, rest @ ..] => *tokens = rest,
            _ => break,
        }
    }
    found.push(path);
}

/// The tokens of a source, without comments and lifetimes; a literal is one token.
fn tokens_of(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        rest = if rest.starts_with("//") {
            rest.split_once('\n').map_or("", |(_, rest)| rest)
        } else if rest.starts_with("/*") {
            after_comment(rest)
        } else if let Some(raw) = raw_string(rest) {
            raw
        } else if first == '"' {
            let (text, rest) = string(rest);
            tokens.push(Token::Text(text));
            rest
        } else if first == '\'' {
            after_quote(rest)
        } else if let Some(after) = rest.strip_prefix("::") {
            tokens.push(Token::PathSeparator);
            after
        } else if first.is_alphanumeric() || first == '_' {
            let is_part = |c: char| c.is_alphanumeric() || c == '_';
            let rest = rest.strip_prefix("r#").unwrap_or(rest);
            let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            tokens.push(Token::Ident(rest[..length].to_owned()));
            &rest[length..]
        } else {
            if !first.is_whitespace() {
                tokens.push(Token::Punctuation(first));
            }
            &rest[first.len_utf8()..]
        };
    }
    tokens
}

/// What follows a comment in `/*` and `*/`, which may have others inside.
fn after_comment(text: &str) -> &str {
    let mut depth = 0;
    for (at, _) in text.match_indices(['/', '*']) {
        if text[at..].starts_with("/*") {
            depth += 1;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            if depth == 0 {
                return &text[at + 2..];
            }
        }
    }
    ""
}

/// What follows a raw string, where one begins here.
fn raw_string(text: &str) -> Option<&str> {
    let text = text.strip_prefix('b').unwrap_or(text).strip_prefix('r')?;
    let hashes = text.len() - text.trim_start_matches('#').len();
    let inside = text[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(inside.split_once(&end).map_or("", |(_, rest)| rest))
}

/// A string in quotes, and what follows it.
fn string(text: &str) -> (String, &str) {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return (text[1..at].to_owned(), &text[at + 1..]),
            _ => {}
        }
    }
    (text[1..].to_owned(), "")
}

/// What follows a character in quotes, or the quote of a lifetime.
fn after_quote(text: &str) -> &str {
    let inside = &text[1..];
    let length = match inside.strip_prefix('\\') {
        Some(escaped) => escaped.find('\'').map(|at| {
            // The escaped sign may be the quote itself.
            let at = if at == 0 { 1 } else { at };
            at + 1
        }),
        None => inside.chars().next().map(char::len_utf8),
    };
    let end = length.filter(|&length| inside[length..].starts_with('\''));
    end.map_or(inside, |length| &inside[length + 1..])
}
