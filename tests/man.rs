// SPDX-License-Identifier: GPL-2.0-or-later
//! The man pages of section 1 are what the command line's definition says; `UPDATE=1 cargo test --test man` rewrites them.
//! Those of sections 5 and 7 are written by hand: here is checked that no setting is left out.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use clap::{Arg, Command};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

/// Text as roff has it: backslashes, dashes and dots at the beginning of a line are escaped.
fn escaped(text: &str) -> String {
    let text = text
        .replace('\\', "\\e")
        .replace('-', "\\-")
        .replace('\'', "\\(aq");
    text.lines()
        .map(|line| {
            if line.starts_with('.') {
                format!("\\&{line}")
            } else {
                line.to_owned()
            }
        })
        .collect::<Vec<_>>()
        .join("\n")
}

fn about(command: &Command) -> String {
    command
        .get_about()
        .map(ToString::to_string)
        .unwrap_or_default()
}

fn long_about(command: &Command) -> String {
    let long = command
        .get_long_about()
        .or(command.get_about())
        .map(ToString::to_string)
        .unwrap_or_default();
    // The first paragraph is the short one, which stands at the head already.
    long.split_once("\n\n")
        .map_or_else(|| long.clone(), |(_, rest)| rest.to_owned())
}

fn paragraphs(text: &str) -> String {
    text.split("\n\n")
        .map(escaped)
        .collect::<Vec<_>>()
        .join("\n.PP\n")
}

fn header(page: &str, title: &str) -> String {
    format!(
        ".\\\" SPDX-License-Identifier: GPL-2.0-or-later\n.\\\" Made from the definition of the command line; see CONTRIBUTING.md.\n.TH \"{}\" 1 \"\" \"git-patman {}\" \"Git Patman Manual\"\n.nh\n.ad l\n.SH NAME\n{} \\- {}\n",
        page.to_uppercase(),
        env!("CARGO_PKG_VERSION"),
        escaped(page),
        escaped(title)
    )
}

fn arguments(command: &Command) -> Vec<&Arg> {
    command
        .get_arguments()
        .filter(|arg| {
            !arg.is_hide_set() && !matches!(arg.get_id().as_str(), "help" | "version_flag")
        })
        .collect()
}

fn is_global(arg: &Arg) -> bool {
    arg.is_global_set()
}

fn value(arg: &Arg) -> String {
    let names: Vec<String> = arg
        .get_value_names()
        .unwrap_or_default()
        .iter()
        .map(|name| format!("<{name}>"))
        .collect();
    names.join(" ")
}

fn flags(arg: &Arg) -> String {
    let takes = arg.get_num_args().is_some_and(|range| range.takes_values());
    let value = if takes {
        format!(" \\fI{}\\fR", escaped(&value(arg)))
    } else {
        String::new()
    };
    let short = arg.get_short().map(|short| format!("\\fB\\-{short}\\fR"));
    let long = arg
        .get_long()
        .map(|long| format!("\\fB{}\\fR", escaped(&format!("--{long}"))));
    let names: Vec<String> = short.into_iter().chain(long).collect();
    if names.is_empty() {
        format!("\\fI{}\\fR", escaped(&self::value(arg)))
    } else {
        names.join(", ") + &value
    }
}

fn options<'a>(text: &mut String, args: impl Iterator<Item = &'a Arg>) {
    for arg in args {
        let help = arg
            .get_long_help()
            .or(arg.get_help())
            .map(ToString::to_string)
            .unwrap_or_default();
        let help = help
            .split("\n\n")
            .map(escaped)
            .collect::<Vec<_>>()
            .join("\n.IP\n");
        let values: Vec<String> = arg
            .get_possible_values()
            .iter()
            .filter(|value| !value.is_hide_set())
            .map(|value| format!("\\fB{}\\fR", escaped(value.get_name())))
            .collect();
        let takes = arg.get_num_args().is_some_and(|range| range.takes_values());
        let values = if takes && !values.is_empty() {
            format!(": {}", values.join(", "))
        } else {
            String::new()
        };
        write!(text, ".TP\n{}\n{help}{values}\n", flags(arg)).unwrap();
    }
}

fn usage(path: &str, command: &Command) -> String {
    let mut words = format!("\\fB{}\\fR", escaped(path));
    for arg in arguments(command).into_iter().filter(|arg| !is_global(arg)) {
        let word = flags(arg);
        let word = word.split(", ").last().unwrap_or(&word).to_owned();
        let many = if arg
            .get_num_args()
            .is_some_and(|range| range.max_values() > 1)
            || matches!(arg.get_action(), clap::ArgAction::Append)
        {
            "..."
        } else {
            ""
        };
        if arg.is_required_set() {
            write!(words, " {word}{many}").unwrap();
        } else {
            write!(words, " [{word}]{many}").unwrap();
        }
    }
    words
}

/// The page of the program: what it is, its nouns, its global options.
fn top(command: &Command) -> String {
    let mut text = header("git-patman", &about(command));
    text += ".SH SYNOPSIS\n\\fBgit patman\\fR [\\fIoptions\\fR] \\fI<command>\\fR [\\fIarguments\\fR]\n.SH DESCRIPTION\n";
    writeln!(text, "{}", paragraphs(&long_about(command))).unwrap();
    text += ".SH COMMANDS\n";
    for noun in command
        .get_subcommands()
        .filter(|one| one.get_name() != "help")
    {
        write!(
            text,
            ".TP\n\\fB{}\\fR(1)\n{}\n",
            escaped(&format!("git-patman-{}", noun.get_name())),
            escaped(&about(noun))
        )
        .unwrap();
    }
    text += ".TP\n\\fBgit patman help\\fR [\\fI<command>\\fR...]\nShow the help of a command, even if its page is not installed\n.SH OPTIONS\n";
    options(&mut text, arguments(command).into_iter());
    text += ".SH EXIT STATUS\n.TP\n0\nDone.\n.TP\n1\nFailed.\n.TP\n2\nWrong usage.\n.TP\n3\nStopped for you to act: a conflict, or a worktree with your own changes.\n";
    text += ".SH ENVIRONMENT AND SETTINGS\nSee \\fBgit\\-patman\\-config\\fR(5).\n";
    text + &see_also(command, "git-patman")
}

/// The page of a command without verbs.
fn verbless(command: &Command, top: &Command) -> String {
    let page = format!("git-patman-{}", command.get_name());
    let path = format!("git patman {}", command.get_name());
    let mut text = header(&page, &about(command));
    write!(
        text,
        ".SH SYNOPSIS\n.HP 4\n{}\n.SH DESCRIPTION\n{}\n.SH OPTIONS\n",
        usage(&path, command),
        paragraphs(&long_about(command))
    )
    .unwrap();
    options(
        &mut text,
        arguments(command).into_iter().filter(|arg| !is_global(arg)),
    );
    text + &global_options(top) + &see_also(top, &page)
}

/// The page of a noun: its verbs, one section each.
fn noun(command: &Command, top: &Command) -> String {
    let page = format!("git-patman-{}", command.get_name());
    let path = format!("git patman {}", command.get_name());
    let mut text = header(&page, &about(command));
    text += ".SH SYNOPSIS\n";
    let verbs: Vec<&Command> = command
        .get_subcommands()
        .filter(|one| one.get_name() != "help")
        .collect();
    if verbs.is_empty() {
        return verbless(command, top);
    }
    for verb in &verbs {
        write!(
            text,
            ".HP 4\n{}\n",
            usage(&format!("{path} {}", verb.get_name()), verb)
        )
        .unwrap();
    }
    if command.get_long_about().is_some() {
        write!(
            text,
            ".SH DESCRIPTION\n{}\n",
            paragraphs(&long_about(command))
        )
        .unwrap();
    }
    let shared: Vec<&Arg> = arguments(command)
        .into_iter()
        .filter(|arg| {
            is_global(arg)
                && !arguments(top)
                    .iter()
                    .any(|one| one.get_id() == arg.get_id())
        })
        .collect();
    if !shared.is_empty() {
        text += ".SH COMMON OPTIONS\n";
        options(&mut text, shared.into_iter());
    }
    text += ".SH COMMANDS\n";
    for verb in verbs {
        let also: Vec<&str> = verb.get_visible_aliases().collect();
        let also = if also.is_empty() {
            String::new()
        } else {
            format!(" (also {})", also.join(", "))
        };
        write!(
            text,
            ".SS \"{}{also}\"\n{}.\n",
            escaped(verb.get_name()),
            escaped(&about(verb))
        )
        .unwrap();
        if verb.get_long_about().is_some() {
            write!(text, ".PP\n{}\n", paragraphs(&long_about(verb))).unwrap();
        }
        options(
            &mut text,
            arguments(verb).into_iter().filter(|arg| !is_global(arg)),
        );
    }
    text + &global_options(top) + &see_also(top, &page)
}

fn global_options(top: &Command) -> String {
    let mut text = ".SH GLOBAL OPTIONS\n".to_owned();
    options(
        &mut text,
        arguments(top).into_iter().filter(|arg| is_global(arg)),
    );
    text
}

fn see_also(top: &Command, page: &str) -> String {
    let nouns = top
        .get_subcommands()
        .filter(|one| one.get_name() != "help")
        .map(|one| (format!("git-patman-{}", one.get_name()), 1));
    let mut pages: Vec<(String, u8)> = vec![("git-patman".to_owned(), 1)];
    pages.extend(nouns);
    pages.extend([
        ("git-patman-config".to_owned(), 5),
        ("git-patman-json".to_owned(), 5),
        ("git-patman-workflow".to_owned(), 7),
    ]);
    pages.retain(|(name, _)| name != page);
    let list: Vec<String> = pages
        .iter()
        .map(|(name, section)| format!("\\fB{}\\fR({section})", escaped(name)))
        .collect();
    format!(".SH SEE ALSO\n{}\n", list.join(",\n"))
}

#[test]
fn the_pages_are_what_the_command_line_says() {
    let mut command = git_patman::cli::command();
    command.build();
    let mut pages = vec![("git-patman.1".to_owned(), top(&command))];
    for one in command
        .get_subcommands()
        .filter(|one| one.get_name() != "help")
    {
        pages.push((
            format!("git-patman-{}.1", one.get_name()),
            noun(one, &command),
        ));
    }
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("man");
    for (name, text) in &pages {
        let path = dir.join(name);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, text).unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            found == *text,
            "man/{name} is stale: run 'UPDATE=1 cargo test --test man', then build again"
        );
    }
    let known: Vec<&str> = pages.iter().map(|(name, _)| name.as_str()).collect();
    for entry in std::fs::read_dir(dir).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            !name.ends_with(".1") || known.contains(&name.as_str()),
            "man/{name} is of no command"
        );
    }
}

/// A page as a reader sees it, as far as names go.
fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("man").join(name);
    let text = std::fs::read_to_string(path).unwrap();
    ["\\fB", "\\fI", "\\fR"]
        .iter()
        .fold(text.replace("\\-", "-"), |text, font| {
            text.replace(font, "")
        })
}

/// The text of every source file, without its unit tests.
fn sources(dir: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && !path.ends_with("tests.rs")
        {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push(text.split("#[cfg(test)]").next().unwrap().to_owned());
        }
    }
}

/// Words of letters, digits, dots and underscores.
fn words(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_')))
        .map(|word| word.trim_end_matches('.'))
        .collect()
}

const SECTIONS: [&str; 11] = [
    "patman",
    "advice",
    "color",
    "pager",
    "core",
    "user",
    "committer",
    "am",
    "mailinfo",
    "checkout",
    "apply",
];

/// Every git config key that the sources name as a literal.
fn keys(sources: &[String]) -> BTreeSet<&str> {
    let is_key = |text: &&str| {
        let parts = text.split_once('.');
        parts.is_some_and(|(section, name)| {
            SECTIONS.contains(&section)
                && !name.is_empty()
                && name.chars().all(|c| c.is_ascii_alphanumeric())
        })
    };
    sources
        .iter()
        .flat_map(|text| text.split('"'))
        .filter(is_key)
        .collect()
}

#[test]
fn every_setting_is_described_and_every_setting_described_is_read() {
    let mut all = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
    let page = page("git-patman-config.5");
    let described: BTreeSet<String> = words(&page)
        .iter()
        .map(|word| word.to_lowercase())
        .collect();
    let read = keys(&all);
    assert!(read.len() > 15 && read.contains("patman.dbDir"), "{read:?}");
    for key in &read {
        assert!(
            described.contains(&key.to_lowercase()),
            "man/git-patman-config.5 says nothing of the setting {key}"
        );
    }
    for word in words(&page)
        .iter()
        .filter(|word| word.starts_with("patman.") || word.ends_with(".patman"))
    {
        // Of a setting with a name of the user's in it, the sources have what stands before that.
        let known = word
            .match_indices('.')
            .nth(1)
            .map_or(*word, |(at, _)| &word[..at]);
        assert!(
            read.contains(known),
            "man/git-patman-config.5 describes {word}, which nothing reads"
        );
    }
}

#[test]
fn every_environment_variable_is_described() {
    let door = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/environment.rs");
    let door = std::fs::read_to_string(door).unwrap();
    let page = page("git-patman-config.5");
    let described = words(&page);
    // Small letters are for proxies, which have the same variables in capitals.
    let is_name =
        |text: &&str| text.len() > 1 && text.chars().all(|c| c == '_' || c.is_ascii_uppercase());
    let mut read: BTreeSet<&str> = door.split('"').skip(1).step_by(2).filter(is_name).collect();
    for proxy in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
        assert!(read.remove(proxy), "{proxy} is not read");
    }
    assert!(
        read.len() > 20 && read.contains("PATMAN_DB_DIR"),
        "{read:?}"
    );
    // Libraries read these.
    read.extend([
        "HOME",
        "XDG_CACHE_HOME",
        "XDG_DATA_HOME",
        "XDG_CONFIG_HOME",
        "TMPDIR",
        "TZ",
        "COMPLETE",
    ]);
    for name in read {
        assert!(
            described.contains(name),
            "man/git-patman-config.5 says nothing of the variable {name}"
        );
    }
}
