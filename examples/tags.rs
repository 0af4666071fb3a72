// SPDX-License-Identifier: GPL-2.0-or-later
//! What is read of commit messages, and what edits make of them, as JSON: for scripts that compare it with other programs.
//!
//! Each line on standard input is a request, and gets one line of answer:
//!
//! - `{"read": [["<hex>", "<message>"], ...], "me": "<address>"}`, the oldest commit first
//! - `{"edit": "<function>", "message": "<message>", ...}`, with the arguments of the functions in `src/tags/edit.rs`

use git_patman::tags::edit::{self, MessageUpdate};
use git_patman::tags::{self, CommitTags, Tags, change_id};
use serde_json::{Value, json};
use std::io::{BufRead, Result, Write};

fn main() -> Result<()> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let request: Value = serde_json::from_str(&line?)?;
        let answer = if request["read"].is_array() {
            read(&request)?
        } else {
            edited(&request)?
        };
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

fn read(request: &Value) -> Result<Value> {
    let commits: Vec<(String, String)> = serde_json::from_value(request["read"].clone())?;
    let tags = tags::read_as(&commits, request["me"].as_str());
    let series = &tags.series;
    let changes: Vec<Value> = series
        .changes
        .iter()
        .flat_map(|(version, changes)| changes.iter().map(move |change| (version, change)))
        .map(|(version, change)| {
            json!([
                version,
                change.in_patch.then_some(change.commit),
                change.text
            ])
        })
        .collect();
    let cover = series
        .cover
        .as_ref()
        .map(|cover| json!({"title": cover.title, "body": cover.body}));
    let problems: Vec<Value> = tags
        .problems
        .iter()
        .map(|problem| {
            json!([
                problem.commit,
                problem.line,
                format!("{:?}", problem.level),
                problem.text
            ])
        })
        .collect();
    Ok(json!({
        "version": series.version, "links": series.links, "cover": cover, "name": series.name, "to": series.to,
        "cc": series.cc, "cover_cc": series.cover_cc, "prefix": series.prefix, "postfix": series.postfix,
        "patchwork_url": series.patchwork_url, "notes": series.notes, "sort": series.process_log.sort,
        "uniq": series.process_log.uniq, "changes": changes, "log": tags.change_log(None),
        "missing": tags.missing_changes(), "problems": problems,
        "commits": (0..tags.commits.len()).map(|at| commit(&tags, at, &tags.commits[at])).collect::<Vec<_>>(),
    }))
}

fn commit(tags: &Tags, at: usize, commit: &CommitTags) -> Value {
    json!({
        "subject": commit.subject, "change_id": commit.change_id, "notes": commit.notes, "cc": commit.cc,
        "changes": commit.changes, "trailers": commit.trailers, "sign_offs": commit.sign_offs,
        "subject_tags": commit.subject_tags, "cleaned": commit.cleaned, "log": tags.change_log(Some(at)),
    })
}

fn edited(request: &Value) -> Result<Value> {
    let text = |key: &str| request[key].as_str().unwrap_or_default();
    let number = |key: &str| {
        request[key]
            .as_u64()
            .and_then(|number| u32::try_from(number).ok())
    };
    let message = text("message").as_bytes();
    let edited = match text("edit") {
        "set_version" => edit::set_version(message, number("version").unwrap_or(1)),
        "set_link" => edit::set_link(message, number("version").unwrap_or(1), text("link")),
        "update" => {
            let (of, version, link) = (
                number("of").unwrap_or(1),
                number("version"),
                request["link"].as_str(),
            );
            let flag = |key: &str| request[key].as_bool().unwrap_or_default();
            let (add_version, add_link) = (flag("add_version"), flag("add_link"));
            edit::update(
                message,
                &MessageUpdate {
                    of,
                    version,
                    link,
                    add_version,
                    add_link,
                },
            )
        }
        "add_change_id" => edit::add_change_id(message, text("id")),
        "remove_change_id" => edit::remove_change_id(message),
        "add_change" => {
            let is_cover = request["cover"].as_bool().unwrap_or_default();
            edit::add_change(
                message,
                number("version").unwrap_or(1),
                text("text"),
                is_cover,
            )
        }
        "change_id" => return Ok(json!(edit::change_id(message))),
        "new_change_id" => {
            let (time, offset) = (
                request["time"].as_i64().unwrap_or_default(),
                request["offset"].as_i64(),
            );
            let offset = offset
                .and_then(|offset| i32::try_from(offset).ok())
                .unwrap_or_default();
            let committer = change_id::CommitterLine {
                name: text("name"),
                email: text("email"),
                time,
                offset,
            };
            return Ok(json!(change_id::change_id(
                committer,
                text("tree"),
                message
            )));
        }
        unknown => {
            return Err(std::io::Error::other(format!(
                "there is no edit '{unknown}'"
            )));
        }
    };
    Ok(json!(String::from_utf8_lossy(&edited)))
}
