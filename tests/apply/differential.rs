// SPDX-License-Identifier: GPL-2.0-or-later
//! Thousands of random series, each applied by git and by us. `PATMAN_TEST_CASES` sets how many, `PATMAN_TEST_SEED` where
//! to begin, and `PATMAN_TEST_KEEP` a directory for the repositories and mails of those that differ.

use crate::generate::{Dice, base, change, monotony, shuffle};
use crate::mutate;
use crate::repo::{Model, Trio};
use git_patman::apply::ApplyMethod;

struct Tally {
    cases: usize,
    left_to_git: usize,
    merged: usize,
    stopped: usize,
    patches: usize,
}

fn number(name: &str, default: usize) -> usize {
    std::env::var(name)
        .ok()
        .and_then(|value| value.parse().ok())
        .unwrap_or(default)
}

#[test]
fn series_end_as_with_git_am() {
    let (cases, first) = (
        number("PATMAN_TEST_CASES", 150),
        number("PATMAN_TEST_SEED", 1),
    );
    let mut tally = Tally {
        cases: 0,
        left_to_git: 0,
        merged: 0,
        stopped: 0,
        patches: 0,
    };
    let mut trio = Trio::new();
    let mut failures = Vec::new();
    for seed in first..first + cases {
        // Each tenth trio is new, so that old cases' objects do not help later ones for ever.
        if seed % 100 == 99 {
            trio = Trio::new();
        }
        if let Err(why) = case(&trio, seed, &mut tally) {
            failures.push(format!("seed {seed}: {why}"));
        }
    }
    let Tally {
        cases,
        left_to_git,
        merged,
        stopped,
        patches,
    } = tally;
    #[allow(clippy::print_stderr)] // figures for whoever runs thousands
    let () = eprintln!(
        "{cases} cases, {patches} patches, {merged} merged, {stopped} stopped, {left_to_git} left to git"
    );
    assert!(
        failures.is_empty(),
        "{} of {cases} differ\n{}",
        failures.len(),
        failures.join("\n\n")
    );
    assert!(
        left_to_git * 20 <= cases.max(20),
        "{left_to_git} of {cases} merges were left to git"
    );
}

#[test]
fn hunks_land_where_git_puts_them() {
    let (cases, first) = (
        number("PATMAN_TEST_CASES", 150) / 2,
        number("PATMAN_TEST_SEED", 1),
    );
    let trio = Trio::new();
    let (mut failures, mut moved) = (Vec::new(), 0);
    for seed in first..first + cases {
        let mut dice = Dice::new(seed as u64 ^ 0x5eed);
        let file = |text: Vec<u8>| -> Model { [("f".to_owned(), (0o100644, text))].into() };
        let before = monotony(&mut dice);
        let times = 1 + dice.below(4);
        let after = shuffle(&mut dice, &before, times);
        let times = dice.below(5);
        let onto = shuffle(&mut dice, &before, times);
        let author = Trio::commits(&trio.author, None, &[file(before), file(after)]);
        let context = *dice.pick::<&str>(&["-U1", "-U1", "-U1", "-U2", "-U3", "-U0"]);
        let mut mbox = trio.mails(&author[0], &author[1], &[context]);
        if !dice.one_in(4) {
            mbox = mutate::renumber(&mut dice, &mbox);
        }
        if mbox.is_empty() {
            continue;
        }
        let tips = [&trio.am, &trio.ours]
            .map(|dir| Trio::commits(dir, None, &[file(onto.clone())]).remove(0));
        let verdict = trio.compare(&tips[0], &mbox);
        moved += verdict
            .ours
            .steps
            .iter()
            .filter(|step| step.how == ApplyMethod::Moved)
            .count();
        if let Some(why) = verdict.difference() {
            failures.push(format!("seed {seed}: {why}"));
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {cases} differ\n{}",
        failures.len(),
        failures.join("\n\n")
    );
    assert!(
        moved * 20 >= cases,
        "only {moved} of {cases} moved: the test has no edge"
    );
}

fn case(trio: &Trio, seed: usize, tally: &mut Tally) -> Result<(), String> {
    let mut dice = Dice::new(seed as u64);
    let begin = base(&mut dice);
    let mut series = Vec::new();
    let mut tree = begin.clone();
    for _ in 0..1 + dice.below(4) {
        tree = change(&mut dice, &tree);
        series.push(tree.clone());
    }
    let mut trees = vec![begin.clone()];
    trees.extend(series.iter().cloned());
    let author = Trio::commits(&trio.author, None, &trees);
    let mut mbox = trio.mails(&author[0], &author[author.len() - 1], &options(&mut dice));
    if dice.one_in(4) {
        mbox = mutate::dress(&mut dice, &mbox);
    }
    if dice.one_in(6) {
        mbox = mutate::damage(&mut dice, &mbox);
    }
    if mbox.is_empty() {
        return Ok(());
    }
    let onto = reviewed(&mut dice, &begin, &series);
    let know_base = !dice.one_in(8);
    let chain = if know_base {
        vec![begin, onto]
    } else {
        vec![onto]
    };
    let tip = [&trio.am, &trio.ours].map(|dir| Trio::commits(dir, None, &chain).pop().unwrap());
    let verdict = trio.compare(&tip[0], &mbox);
    tally.cases += 1;
    tally.patches += verdict.ours.steps.len();
    tally.merged += verdict.am_merges;
    tally.stopped += usize::from(verdict.am_stop.is_some());
    tally.left_to_git += usize::from(verdict.left_to_git());
    match verdict.difference() {
        None => Ok(()),
        Some(why) => {
            if let Some(dir) = std::env::var_os("PATMAN_TEST_KEEP") {
                let keep = std::path::Path::new(&dir).join(seed.to_string());
                std::process::Command::new("cp")
                    .arg("-r")
                    .arg(trio.author.parent().unwrap())
                    .arg(&keep)
                    .status()
                    .unwrap();
                std::fs::write(keep.join("mbox"), &mbox).unwrap();
            }
            Err(why)
        }
    }
}

/// The tree that the reviewer applies to: the same, a moved one, or one that has part of the series.
fn reviewed(dice: &mut Dice, begin: &Model, series: &[Model]) -> Model {
    match dice.below(8) {
        0..=2 => begin.clone(),
        3 => dice.pick(series).clone(),
        4 => {
            let part = dice.pick(series).clone();
            change(dice, &part)
        }
        _ => change(dice, begin),
    }
}

fn options(dice: &mut Dice) -> Vec<&'static str> {
    let mut options = Vec::new();
    options.push(*dice.pick(&["-M", "-M", "--no-renames", "-C", "-B", "-M10%"]));
    if dice.one_in(3) {
        options.push(*dice.pick(&[
            "--find-copies-harder",
            "-D",
            "--no-prefix",
            "--src-prefix=x/",
            "--no-binary",
        ]));
    }
    if dice.one_in(3) {
        options.push("--full-index");
    }
    if !dice.one_in(3) {
        options.push(*dice.pick(&["-U0", "-U1", "-U2", "-U3", "-U5", "-U10"]));
    }
    options
}
