// SPDX-License-Identifier: GPL-2.0-or-later
//! Random trees and changes of every kind, the same for the same seed.

use crate::repo::{File, Model};

/// A small generator of random numbers (xorshift64*).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound
    }

    pub fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

const NAMES: &[&str] = &[
    "a.c",
    "b.c",
    "Makefile",
    "doc/index.rst",
    "doc/deep/er/x.txt",
    "with space",
    "dir with space/f g",
    "tab\there",
    "quo\"te",
    "back\\slash",
    "ümlaut/ß.txt",
    "new\nline",
    " leading",
    "trailing ",
    "dot.",
    "a/b/c",
    "drivers/net/x.c",
    "a b/a b",
    "x/x",
    "-dash",
    "z~1",
    "--- a",
    "+++ b",
    "lib/a.c",
    "lib/b.c",
    "c.h",
];
const LINES: &[&str] = &[
    "",
    "{",
    "}",
    "\treturn 0;",
    "int x;",
    "  foo();",
    "-- ",
    "diff",
    "@@ -1 +1 @@",
    "+plus",
    "-minus",
    " space",
    "\tif (x)",
    "/* c */",
    "ä",
    "a",
    "b",
    "From me",
    "trailing \t ",
    "#define A 1",
    "\u{c}",
];

/// A tree with files of every sort.
pub fn base(dice: &mut Dice) -> Model {
    let mut tree = Model::new();
    for _ in 0..3 + dice.below(7) {
        let name = (*dice.pick(NAMES)).to_owned();
        let file = any_file(dice);
        put(&mut tree, name, file);
    }
    if dice.one_in(3) {
        put(&mut tree, "sub".into(), submodule(dice));
    }
    tree
}

/// Puts a file, with what stands in its way taken out.
fn put(tree: &mut Model, name: String, file: File) {
    tree.retain(|other, _| {
        !other.starts_with(&format!("{name}/")) && !name.starts_with(&format!("{other}/"))
    });
    tree.insert(name, file);
}

fn any_file(dice: &mut Dice) -> File {
    match dice.below(14) {
        0 => (0o100644, Vec::new()),
        1 => (0o120000, link(dice)),
        2 | 3 => (0o100644, binary(dice)),
        4 => (0o100755, text(dice, 30)),
        5 => (0o100644, crlf(&text(dice, 12))),
        6 => (0o100644, without_end(text(dice, 8))),
        7 => (0o100644, text(dice, 3)),
        8 => (0o100644, repeated(dice)),
        _ => (0o100644, text(dice, 60)),
    }
}

fn submodule(dice: &mut Dice) -> File {
    (
        0o160000,
        (0..40).map(|_| *dice.pick(b"0123456789abcdef")).collect(),
    )
}

fn link(dice: &mut Dice) -> Vec<u8> {
    format!("target/{}", dice.below(1000)).into_bytes()
}

fn binary(dice: &mut Dice) -> Vec<u8> {
    let len = 1 + dice.below(3000);
    (0..len)
        .map(|at| if at == 0 { 0 } else { dice.below(256) as u8 })
        .collect()
}

fn line(dice: &mut Dice) -> Vec<u8> {
    let mut line = dice.pick(LINES).as_bytes().to_vec();
    if dice.one_in(2) {
        line.extend_from_slice(format!(" {}", dice.below(100_000)).as_bytes());
    }
    line.push(b'\n');
    line
}

fn text(dice: &mut Dice, most: usize) -> Vec<u8> {
    let count = 1 + dice.below(most);
    (0..count).flat_map(|_| line(dice)).collect()
}

/// Blocks that look alike, so that a hunk has several places.
fn repeated(dice: &mut Dice) -> Vec<u8> {
    let block = text(dice, 6);
    (0..2 + dice.below(6))
        .flat_map(|_| {
            if dice.one_in(4) {
                [&block[..], &line(dice)].concat()
            } else {
                block.clone()
            }
        })
        .collect()
}

fn crlf(text: &[u8]) -> Vec<u8> {
    text.split_inclusive(|&c| c == b'\n')
        .flat_map(|l| [l.strip_suffix(b"\n").unwrap_or(l), b"\r\n"].concat())
        .collect()
}

fn without_end(mut text: Vec<u8>) -> Vec<u8> {
    if text.last() == Some(&b'\n') {
        text.pop();
    }
    text
}

/// A text of few different lines, so that a hunk fits in many places.
pub fn monotony(dice: &mut Dice) -> Vec<u8> {
    let (count, words) = (5 + dice.below(60), 1 + dice.below(4));
    (0..count)
        .flat_map(|_| format!("{}\n", dice.below(words)).into_bytes())
        .collect()
}

/// Puts in, takes out or changes such lines, and perhaps the last newline.
pub fn shuffle(dice: &mut Dice, text: &[u8], times: usize) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = text
        .split_inclusive(|&c| c == b'\n')
        .map(<[u8]>::to_vec)
        .collect();
    for _ in 0..times {
        let at = dice.below(lines.len() + 1);
        let line = format!("{}\n", dice.below(5)).into_bytes();
        match dice.below(4) {
            0 if at < lines.len() => drop(lines.remove(at)),
            1 if at < lines.len() => lines[at] = line,
            2 => lines
                .splice(at..at, vec![line; 1 + dice.below(5)])
                .for_each(drop),
            _ => lines.insert(at, line),
        }
    }
    let lines = lines.concat();
    if dice.one_in(10) {
        without_end(lines)
    } else {
        lines
    }
}

/// Changes some lines of a text, or some bytes of a binary file.
pub fn edit(dice: &mut Dice, bytes: &[u8]) -> Vec<u8> {
    if bytes.contains(&0) {
        let mut bytes = bytes.to_vec();
        for _ in 0..1 + dice.below(4) {
            let at = 1 + dice.below(bytes.len());
            bytes.insert(at.min(bytes.len()), dice.below(256) as u8);
        }
        return bytes;
    }
    let mut lines: Vec<Vec<u8>> = bytes
        .split_inclusive(|&c| c == b'\n')
        .map(<[u8]>::to_vec)
        .collect();
    for _ in 0..1 + dice.below(4) {
        let at = dice.below(lines.len() + 1);
        match dice.below(8) {
            0 | 1 => lines.insert(at, line(dice)),
            2 if at < lines.len() => drop(lines.remove(at)),
            3 => lines.push(line(dice)),
            4 => lines.insert(0, line(dice)),
            5 => {
                let block = text(dice, 8);
                lines.insert(at, block);
            }
            6 if !lines.is_empty() => drop(lines.pop()),
            _ if at < lines.len() => lines[at] = line(dice),
            _ => lines.push(line(dice)),
        }
    }
    let mut lines = lines.concat();
    match dice.below(12) {
        0 => lines = without_end(lines),
        1 if !lines.is_empty() && !lines.ends_with(b"\n") => lines.push(b'\n'),
        _ => {}
    }
    lines
}

fn some_name(dice: &mut Dice, tree: &Model) -> Option<String> {
    let names: Vec<&String> = tree
        .iter()
        .filter(|(_, (mode, _))| *mode != 0o160000)
        .map(|(name, _)| name)
        .collect();
    (!names.is_empty()).then(|| (*dice.pick(&names)).clone())
}

fn is_plain(tree: &Model, name: &str) -> bool {
    tree.get(name)
        .is_some_and(|(mode, _)| mode & 0o170000 == 0o100000)
}

/// Changes a tree in one to three ways.
pub fn change(dice: &mut Dice, tree: &Model) -> Model {
    let mut tree = tree.clone();
    for _ in 0..1 + dice.below(3) {
        once(dice, &mut tree);
    }
    tree
}

fn once(dice: &mut Dice, tree: &mut Model) {
    let new_name = (*dice.pick(NAMES)).to_owned();
    let Some(name) = some_name(dice, tree) else {
        let file = any_file(dice);
        return put(tree, new_name, file);
    };
    let (mode, bytes) = tree[&name].clone();
    match dice.below(24) {
        0 => {
            tree.remove(&name);
            put(tree, new_name, (mode, bytes));
        }
        1 | 2 if is_plain(tree, &name) => {
            tree.remove(&name);
            let bytes = edit(dice, &bytes);
            put(tree, new_name, (mode, bytes));
        }
        3 => put(tree, new_name, (mode, bytes)),
        4 if is_plain(tree, &name) => {
            let bytes = edit(dice, &bytes);
            put(tree, new_name, (mode, bytes));
        }
        5 if is_plain(tree, &name) => drop(tree.insert(name, (mode ^ 0o111, bytes))),
        6 if is_plain(tree, &name) => {
            let bytes = edit(dice, &bytes);
            tree.insert(name, (mode ^ 0o111, bytes));
        }
        7 => drop(tree.remove(&name)),
        8 | 9 => {
            let file = any_file(dice);
            put(tree, new_name, file);
        }
        10 => put(tree, new_name, (0o100644, Vec::new())),
        11 if is_plain(tree, &name) => drop(tree.insert(name, (mode, Vec::new()))),
        12 => drop(tree.insert(
            name,
            if mode == 0o120000 {
                any_file(dice)
            } else {
                (0o120000, link(dice))
            },
        )),
        13 => {
            let other = some_name(dice, tree).unwrap();
            let file = tree.insert(other, (mode, bytes)).unwrap();
            tree.insert(name, file);
        }
        14 => {
            tree.remove(&name);
            let file = any_file(dice);
            // git 2.39 refuses a directory whose name ends in a space; the parser's own test has one.
            put(tree, format!("{}/inner", name.trim_end()), file);
        }
        15 => {
            let above = name.split('/').next().unwrap().to_owned();
            let file = any_file(dice);
            put(tree, above, file);
        }
        16 | 17 => {
            if tree.contains_key("sub") && dice.one_in(3) {
                tree.remove("sub");
            } else {
                put(tree, "sub".into(), submodule(dice));
            }
        }
        _ if mode == 0o120000 => drop(tree.insert(name, (mode, link(dice)))),
        _ => {
            let bytes = edit(dice, &bytes);
            tree.insert(name, (mode, bytes));
        }
    }
}
