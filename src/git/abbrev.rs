// SPDX-License-Identifier: GPL-2.0-or-later
//! Object names as git abbreviates them: with as many digits as `core.abbrev` asks for, and more where these are ambiguous.
//!
//! An abbreviated name is therefore a name that git accepts in this repository.

use super::Repo;
use crate::error::{Error, Result};
use git2::{ErrorCode, Oid};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// The fewest digits of a name that git accepts.
const MIN_DIGITS: usize = 4;

/// The digits in a repository with few objects.
const DEFAULT_DIGITS: usize = 7;

/// The digits of a full name.
const ALL_DIGITS: usize = 40;

/// How deep alternates of alternates are followed, as in git.
const MAX_ALTERNATES: u32 = 5;

/// How many digits of an object name are shown (`core.abbrev`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Abbrev {
    /// As many as the number of objects in the repository calls for.
    #[default]
    Auto,
    /// At least so many.
    Digits(usize),
}

impl Abbrev {
    /// So many digits; fails below the four that git accepts.
    pub fn digits(number: u64) -> Result<Abbrev> {
        let number = usize::try_from(number).unwrap_or(ALL_DIGITS);
        if number < MIN_DIGITS {
            return Err(
                Error::new(format!("abbrev length out of range: {number}")).with_cause(format!(
                    "'core.abbrev' must be 'auto', 'no' or a number from {MIN_DIGITS}"
                )),
            );
        }
        Ok(Abbrev::Digits(number.min(ALL_DIGITS)))
    }

    /// All digits.
    pub const FULL: Abbrev = Abbrev::Digits(ALL_DIGITS);
}

/// The names that were abbreviated, and the digits that they begin with.
#[derive(Debug, Default)]
pub(super) struct Abbreviations {
    setting: Abbrev,
    digits: Cell<Option<usize>>,
    known: RefCell<HashMap<Oid, String>>,
}

impl Abbreviations {
    /// The same setting, for the repository opened once more.
    pub(super) fn reopened(&self) -> Abbreviations {
        Abbreviations {
            setting: self.setting,
            ..Abbreviations::default()
        }
    }
}

impl Repo {
    /// Abbreviates names as `core.abbrev` asks.
    pub fn set_abbrev(&mut self, setting: Abbrev) {
        self.abbreviations = Abbreviations {
            setting,
            ..Abbreviations::default()
        };
    }

    /// The abbreviated name of an object, which is unambiguous in this repository.
    pub fn short_id(&self, id: Oid) -> String {
        if let Some(known) = self.abbreviations.known.borrow().get(&id) {
            return known.clone();
        }
        let mut short = id.to_string();
        short.truncate(self.unique_digits(id));
        self.abbreviations
            .known
            .borrow_mut()
            .insert(id, short.clone());
        short
    }

    /// The same for a full name in text; other text is returned as it is.
    pub fn short_hex(&self, hex: &str) -> String {
        match Oid::from_str(hex) {
            Ok(id) if hex.len() == ALL_DIGITS => self.short_id(id),
            _ => hex.to_owned(),
        }
    }

    /// How many digits of a name are shown.
    fn unique_digits(&self, id: Oid) -> usize {
        let first = self.digits();
        let Some(odb) = self.handle.as_ref().ok().and_then(|repo| repo.odb().ok()) else {
            return first;
        };
        let is_ambiguous = |digits: &usize| {
            odb.exists_prefix(id, *digits)
                .is_err_and(|why| why.code() == ErrorCode::Ambiguous)
        };
        (first..ALL_DIGITS)
            .find(|digits| !is_ambiguous(digits))
            .unwrap_or(ALL_DIGITS)
    }

    fn digits(&self) -> usize {
        let Abbreviations {
            setting, digits, ..
        } = &self.abbreviations;
        if let Abbrev::Digits(number) = setting {
            return *number;
        }
        digits.get().unwrap_or_else(|| {
            let counted = digits_for(packed_objects(&self.common_dir().join("objects"), 0));
            digits.set(Some(counted));
            counted
        })
    }
}

/// The digits that git shows where there are so many packed objects. Among 2^n objects two names probably share their
/// first n/2 bits, and a digit has four: so each digit stands for two bits of the number of objects.
fn digits_for(objects: u64) -> usize {
    let bits = u64::BITS - objects.leading_zeros();
    (bits.div_ceil(2) as usize).max(DEFAULT_DIGITS)
}

/// The number of packed objects, here and in alternates, as far as it can be read.
fn packed_objects(objects: &Path, depth: u32) -> u64 {
    let packs = std::fs::read_dir(objects.join("pack"))
        .into_iter()
        .flatten();
    let indexes = packs
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "idx"));
    let own: u64 = indexes.filter_map(|path| objects_in(&path)).sum();
    let mut text = String::new();
    let listed = File::open(objects.join("info/alternates"))
        .and_then(|mut file| file.read_to_string(&mut text));
    if listed.is_err() || depth == MAX_ALTERNATES {
        return own;
    }
    let others = text.lines().filter(|line| !line.starts_with('#'));
    let others = others.filter(|line| !line.is_empty()).map(|line| {
        let path: PathBuf = objects.join(line);
        packed_objects(&path, depth + 1)
    });
    own + others.sum::<u64>()
}

/// The number of objects in a pack, which is the last entry of the fan-out table of its index.
fn objects_in(index: &Path) -> Option<u64> {
    let file = File::open(index).ok()?;
    let (mut start, mut last) = ([0; 4], [0; 4]);
    file.read_exact_at(&mut start, 0).ok()?;
    // Version 1 of the format begins with the table, later versions with eight bytes of header.
    let header = if start == *b"\xfftOc" { 8 } else { 0 };
    file.read_exact_at(&mut last, header + 255 * 4).ok()?;
    Some(u64::from(u32::from_be_bytes(last)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_objects_need_more_digits() {
        for (objects, digits) in [
            (0, 7),
            (1, 7),
            (16_383, 7),
            (16_384, 8),
            (65_535, 8),
            (65_536, 9),
            (10_000_000, 12),
            (u64::MAX, 32),
        ] {
            assert_eq!(digits_for(objects), digits, "{objects}");
        }
    }

    #[test]
    fn a_setting_is_at_least_four_digits_and_at_most_all() {
        assert!(Abbrev::digits(3).is_err());
        assert_eq!(Abbrev::digits(4).ok(), Some(Abbrev::Digits(4)));
        assert_eq!(Abbrev::digits(99).ok(), Some(Abbrev::FULL));
    }
}
