// SPDX-License-Identifier: GPL-2.0-or-later
//! What a Patchwork keeps of a mail: its headers, its text, its diff. The cut loses its way behind a binary change.

use git_patman::mail::Message;
use serde_json::{Map, Value, json};

/// Text and diff of a mail.
pub fn cut(text: &str) -> (String, String) {
    let (mut content, mut diff) = (String::new(), String::new());
    let mut held = String::new();
    let (mut left, mut in_binary, mut astray, mut is_header) = ((0i64, 0i64), false, false, false);
    for line in text.replace("\r\n", "\n").lines() {
        let line_end = format!("{line}\n");
        if left.0 > 0 || left.1 > 0 {
            left.0 -= i64::from(!line.starts_with(['+', '\\']));
            left.1 -= i64::from(!line.starts_with(['-', '\\']));
            diff += &line_end;
        } else if line.starts_with("diff ") {
            astray |= in_binary;
            (in_binary, is_header) = (false, !astray);
            held += &line_end;
        } else if astray && !line.starts_with("--- ") {
            content += &line_end;
        } else if line.starts_with("--- ") && !held.is_empty() || is_header {
            astray = false;
            is_header = !line.starts_with("@@ ") && !line.starts_with("GIT binary patch");
            in_binary = line.starts_with("GIT binary patch");
            left = counts(line);
            diff += &std::mem::take(&mut held);
            diff += &line_end;
        } else if !held.is_empty() || line.starts_with("@@ ") {
            is_header = !held.is_empty();
            left = counts(line);
            diff += &std::mem::take(&mut held);
            diff += &line_end;
        } else if in_binary || line.starts_with("\\ No newline") {
            diff += &line_end;
        } else {
            content += &line_end;
        }
    }
    content += &held;
    (content.trim().to_owned(), diff)
}

/// The lines of old and new that a hunk has.
fn counts(line: &str) -> (i64, i64) {
    let Some(rest) = line.strip_prefix("@@ -") else {
        return (0, 0);
    };
    let count = |range: &str| {
        range
            .split_once(',')
            .map_or(Some(1), |(_, count)| count.parse().ok())
            .unwrap_or(0)
    };
    let mut ranges = rest.split(' ');
    let (old, new) = (
        ranges.next().unwrap_or_default(),
        ranges.next().unwrap_or_default(),
    );
    (count(old), count(new.trim_start_matches('+')))
}

/// The headers as the interface gives them: folds kept, a list where one stands there twice.
pub fn headers(message: &Message) -> Map<String, Value> {
    let raw = String::from_utf8_lossy(message.raw()).replace("\r\n", "\n");
    let head = raw.split("\n\n").next().unwrap();
    let mut pairs: Vec<(String, String)> = Vec::new();
    for line in head.lines() {
        match (line.starts_with([' ', '\t']), line.split_once(':')) {
            (true, _) => pairs.last_mut().unwrap().1 += &format!("\n{line}"),
            (false, Some((name, value))) => {
                pairs.push((name.to_owned(), value.trim_start().to_owned()))
            }
            _ => {}
        }
    }
    let mut all = Map::new();
    for (name, value) in pairs {
        match all.get_mut(&name) {
            None => drop(all.insert(name, json!(value))),
            Some(Value::Array(values)) => values.push(json!(value)),
            Some(one) => *one = json!([one.clone(), value]),
        }
    }
    all
}

/// The subject as Patchwork writes it: `[v2,1/4] title`.
pub fn name(message: &Message) -> String {
    let subject = message.subject();
    let mut words: Vec<String> = subject
        .prefixes
        .iter()
        .filter(|word| !word.eq_ignore_ascii_case("patch"))
        .cloned()
        .collect();
    words.extend(subject.version.map(|version| version.to_string()));
    words.extend(
        subject
            .number
            .zip(subject.total)
            .map(|(number, total)| format!("{number}/{total}")),
    );
    if words.is_empty() {
        subject.title
    } else {
        format!("[{}] {}", words.join(","), subject.title)
    }
}

/// The lines of an answer that a patch's mbox takes up: cut where they are folded.
pub fn responses(text: &str) -> String {
    let is_tag = |line: &&str| {
        ["Reviewed-by:", "Acked-by:", "Tested-by:", "Fixes:"]
            .iter()
            .any(|tag| line.starts_with(tag))
    };
    text.lines()
        .filter(is_tag)
        .map(|line| format!("{line}\n"))
        .collect()
}
