// SPDX-License-Identifier: GPL-2.0-or-later
//! Mails as other programs write them, and mails that were damaged on the way.

use crate::generate::Dice;

/// Keeps the meaning, or what git makes of it: no `diff --git`, time stamps, blank lines for blank context, garbage.
pub fn dress(dice: &mut Dice, mbox: &[u8]) -> Vec<u8> {
    let kind = dice.below(6);
    let mut out = Vec::new();
    for line in mbox.split_inclusive(|&c| c == b'\n') {
        match kind {
            0 if line.starts_with(b"diff --git ") || line.starts_with(b"index ") => {}
            1 | 2 if line.starts_with(b"--- ") || line.starts_with(b"+++ ") => {
                const STAMPS: [&str; 4] = [
                    "\t2020-01-02 03:04:05.000000000 +0100\n",
                    "\t1970-01-01 00:00:00.000000000 +0000\n",
                    " 2020-01-02 03:04:05 +01:00\n",
                    "\tThu Jan  2 03:04:05 2020\n",
                ];
                out.extend_from_slice(line.trim_ascii_end());
                out.extend_from_slice(dice.pick(&STAMPS).as_bytes());
            }
            1 if line.starts_with(b"diff --git ") || line.starts_with(b"index ") => {}
            3 if line == b" \n" => out.push(b'\n'),
            4 if line.starts_with(b"diff --git ") => {
                out.extend_from_slice(b"Some words.\nIndex: x\n=====\n");
                out.extend_from_slice(line);
            }
            5 if line.starts_with(b"index ") => {}
            _ => out.extend_from_slice(line),
        }
    }
    out
}

/// Damages the last mail in one to three places behind its header.
pub fn damage(dice: &mut Dice, mbox: &[u8]) -> Vec<u8> {
    let last = memchr::memmem::rfind(mbox, b" Mon Sep 17 00:00:00 2001\n").unwrap_or_default();
    let Some(start) = memchr::memmem::find(&mbox[last..], b"\n---\n") else {
        return mbox.to_vec();
    };
    let start = last + start;
    let mut lines: Vec<Vec<u8>> = mbox[start..]
        .split_inclusive(|&c| c == b'\n')
        .map(<[u8]>::to_vec)
        .collect();
    for _ in 0..1 + dice.below(3) {
        let at = 2 + dice.below(lines.len().max(4) - 2);
        if at >= lines.len() || lines[at].starts_with(b"From ") || lines[at].starts_with(b"Date:") {
            continue;
        }
        match dice.below(7) {
            0 => drop(lines.remove(at)),
            1 => {
                let twin = lines[at].clone();
                lines.insert(at, twin);
            }
            2 => {
                let byte = dice.below(lines[at].len());
                lines[at][byte] = *dice.pick(b" +-@\\\"/a09.\t");
                if !lines[at].ends_with(b"\n") {
                    lines[at].push(b'\n');
                }
            }
            3 => lines[at].insert(0, *dice.pick(b" +-\\")),
            4 => {
                let other = 2 + dice.below(lines.len().max(4) - 2);
                if other < lines.len() {
                    lines.swap(at, other);
                }
            }
            5 => {
                let digit = lines[at].iter().position(u8::is_ascii_digit);
                if let Some(digit) = digit {
                    lines[at][digit] = b'0' + dice.below(10) as u8;
                }
            }
            _ => lines[at] = b"\\ No newline at end of file\n".to_vec(),
        }
    }
    [&mbox[..start], &lines.concat()].concat()
}

/// Changes the first lines of hunks, which only say where to look.
pub fn renumber(dice: &mut Dice, mbox: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in mbox.split_inclusive(|&c| c == b'\n') {
        let numbers = line
            .strip_prefix(b"@@ -")
            .and_then(|rest| std::str::from_utf8(rest).ok());
        let Some((old, rest)) = numbers.and_then(|rest| rest.split_once(" +")) else {
            out.extend_from_slice(line);
            continue;
        };
        let count = |range: &str| {
            range
                .split_once(',')
                .map_or(String::new(), |(_, count)| format!(",{count}"))
        };
        let new = rest.split_once(" @@").unwrap().0;
        let far = *dice.pick(&[0, 0, 0, 0, 0, 0, 30, 2_147_483_648, 4_294_967_297]);
        let (from, to) = (2 + dice.below(40), far + dice.below(40));
        out.extend_from_slice(
            format!("@@ -{from}{} +{to}{} @@\n", count(old), count(new)).as_bytes(),
        );
    }
    out
}
