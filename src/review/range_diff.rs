// SPDX-License-Identifier: GPL-2.0-or-later
//! Reads the output of `git range-diff`: which patch of a version is which of another.

use crate::series::{PatchIdentity, SameName, match_patches, moved};

/// A patch in both versions, or in one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// Its position in the old version, from 1.
    pub old: Option<usize>,
    /// Its position in the new version, from 1.
    pub new: Option<usize>,
    /// Its subject.
    pub subject: String,
    /// Whether both versions of the patch are equal.
    pub is_same: bool,
    /// How many lines of patch and message differ; none if the patch is in one version only.
    pub lines: Option<usize>,
    /// Whether its position among the patches in both versions has changed.
    pub is_reordered: bool,
}

/// Reads the output of `git range-diff`.
pub fn read(text: &str) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = Vec::new();
    for line in text.lines().map(without_colors) {
        if let Some(pair) = heading(&line) {
            pairs.push(pair);
        } else if let Some(lines) = pairs.last_mut().and_then(|pair| pair.lines.as_mut()) {
            // Four blanks and the outer sign, then the line of a patch.
            let is_change = line
                .strip_prefix("    ")
                .is_some_and(|line| line.starts_with(['+', '-']));
            *lines += usize::from(is_change);
        }
    }
    join_rewritten(&mut pairs);
    mark_reordered(&mut pairs);
    pairs
}

/// Joins a dropped and a new patch with the same title: the patch was rewritten.
fn join_rewritten(pairs: &mut Vec<Pair>) {
    let identities = |is_it: fn(&Pair) -> bool| -> (Vec<usize>, Vec<PatchIdentity>) {
        let identity = |pair: &Pair| PatchIdentity {
            subject: pair.subject.clone(),
            ..PatchIdentity::default()
        };
        (0..pairs.len())
            .filter(|at| is_it(&pairs[*at]))
            .map(|at| (at, identity(&pairs[at])))
            .unzip()
    };
    let (dropped, old) = identities(|pair| pair.new.is_none());
    let (added, new) = identities(|pair| pair.old.is_none());
    let mut is_joined = vec![false; pairs.len()];
    for (at, was) in added
        .into_iter()
        .zip(match_patches(&old, &new, SameName::InOrder))
    {
        if let Some(was) = was {
            pairs[at].old = pairs[dropped[was]].old;
            is_joined[dropped[was]] = true;
        }
    }
    let mut is_joined = is_joined.into_iter();
    pairs.retain(|_| !is_joined.next().unwrap_or_default());
}

/// Marks the patches that are not in the longest run that kept its order.
fn mark_reordered(pairs: &mut [Pair]) {
    let mut both: Vec<(usize, usize, usize)> = pairs
        .iter()
        .enumerate()
        .filter_map(|(at, pair)| Some((pair.new?, pair.old?, at)))
        .collect();
    both.sort_unstable();
    let old: Vec<Option<usize>> = both.iter().map(|(_, old, _)| Some(*old)).collect();
    for ((_, _, at), is_moved) in both.iter().zip(moved(&old)) {
        pairs[*at].is_reordered = is_moved;
    }
}

/// A line without colors.
fn without_colors(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(escape) = rest.find("\u{1b}[") {
        text.push_str(&rest[..escape]);
        rest = &rest[escape + 2..];
        rest = rest
            .find(|c: char| !c.is_ascii_digit() && c != ';')
            .map_or("", |end| &rest[end + 1..]);
    }
    text + rest
}

/// Parses `1:  <commit> ! 2:  <commit> subject`; a missing side has dashes for its number and commit.
fn heading(line: &str) -> Option<Pair> {
    let (old, rest) = side(line)?;
    let (sign, rest) = rest.split_once(' ')?;
    let (new, subject) = side(rest)?;
    if !matches!(
        (sign, old, new),
        ("=" | "!", Some(_), Some(_)) | ("<", Some(_), None) | (">", None, Some(_))
    ) {
        return None;
    }
    let (is_same, lines) = (sign == "=", matches!(sign, "=" | "!").then_some(0));
    Some(Pair {
        old,
        new,
        subject: subject.to_owned(),
        is_same,
        lines,
        is_reordered: false,
    })
}

fn side(text: &str) -> Option<(Option<usize>, &str)> {
    let (number, rest) = text.trim_start().split_once(':')?;
    let (id, rest) = rest.trim_start().split_once(' ')?;
    let is_id = id.len() >= 4
        && id
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let number = if number == "-" {
        None
    } else {
        Some(number.parse().ok()?)
    };
    is_id.then_some((number, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_range_diff_are_understood() {
        let text = "-:  ------- > 1:  1111111 new: One\n2:  2222222 = 2:  3333333 x: Two: y\n\
            \u{1b}[31m1:  4444444 \u{1b}[m\u{1b}[33m!\u{1b}[m\u{1b}[32m 3:  5555555\u{1b}[m three\n    @@ x\n     \u{1b}[7;31m-\u{1b}[m \n    -a\n    ++b\n      c\n\
            3:  6666666 < -:  ------- gone\n4:  7777777 < -:  ------- again\n-:  ------- > 4:  8888888 again\n";
        let found: Vec<_> = read(text)
            .into_iter()
            .map(|pair| {
                (
                    pair.old,
                    pair.new,
                    pair.is_same,
                    pair.lines,
                    pair.is_reordered,
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                (None, Some(1), false, None, false),
                (Some(2), Some(2), true, Some(0), true),
                (Some(1), Some(3), false, Some(2), false),
                (Some(3), None, false, None, false),
                (Some(4), Some(4), false, None, false),
            ]
        );
    }

    #[test]
    fn the_fewest_patches_are_called_reordered() {
        let text: String = [2, 3, 4, 1, 5]
            .iter()
            .enumerate()
            .map(|(new, old)| format!("{old}:  aaaaaaa = {}:  bbbbbbb x\n", new + 1))
            .collect();
        let moved: Vec<bool> = read(&text).iter().map(|pair| pair.is_reordered).collect();
        assert_eq!(moved, [false, false, false, true, false]);
    }
}
