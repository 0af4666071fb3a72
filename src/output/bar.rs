// SPDX-License-Identifier: GPL-2.0-or-later
//! A bar of a few cells, each part with a colour and a sign of its own, so that it can be read without colours too.

use super::colour::Paint;
use super::table::Cell;

/// Most cells of a bar; what is more is drawn to scale.
pub const WIDEST: usize = 10;

/// A part of a bar.
#[derive(Debug, Clone, Copy)]
pub struct BarSegment {
    /// What its cells are filled with: a character of one cell.
    pub sign: char,
    /// Its colour.
    pub paint: Paint,
    /// The number of items that this part represents.
    pub count: u32,
}

/// A bar: a cell for each thing, or [`WIDEST`] to scale, where each part that is not empty has one at least.
pub fn bar(parts: &[BarSegment]) -> Cell {
    let counts: Vec<usize> = parts.iter().map(|part| part.count as usize).collect();
    let lengths = scaled(&counts, WIDEST);
    Cell::joined(
        parts
            .iter()
            .zip(lengths)
            .filter(|(_, length)| *length > 0)
            .map(|(part, length)| (part.sign.to_string().repeat(length), part.paint)),
    )
}

/// The counts, or where there are more than `most` so much of it for each; there may not be more parts than that.
fn scaled(counts: &[usize], most: usize) -> Vec<usize> {
    let total: usize = counts.iter().sum();
    if total <= most {
        return counts.to_vec();
    }
    let mut lengths: Vec<usize> = counts
        .iter()
        .map(|count| (count * most / total).max(usize::from(*count > 0)))
        .collect();
    // The part that is farthest from its due gets the next cell, or gives one.
    while lengths.iter().sum::<usize>() != most {
        let is_short = lengths.iter().sum::<usize>() < most;
        let excess = |at: &usize| (lengths[*at] * total) as i64 - (counts[*at] * most) as i64;
        let at = match is_short {
            true => (0..lengths.len())
                .filter(|at| counts[*at] > 0)
                .min_by_key(excess),
            false => (0..lengths.len())
                .filter(|at| lengths[*at] > 1)
                .max_by_key(excess),
        };
        let Some(at) = at else { break };
        lengths[at] = if is_short {
            lengths[at] + 1
        } else {
            lengths[at] - 1
        };
    }
    lengths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_has_its_share_of_the_bar_and_none_is_lost() {
        for (counts, lengths) in [
            (&[0, 0][..], &[0, 0][..]),
            (&[3, 0, 2], &[3, 0, 2]),
            (&[10, 0], &[10, 0]),
            (&[100, 1], &[9, 1]),
            (&[50, 30, 20], &[5, 3, 2]),
            (&[1000, 1, 1, 1], &[7, 1, 1, 1]),
            (&[4, 4, 4], &[4, 3, 3]),
            (&[1, 10], &[1, 9]),
        ] {
            assert_eq!(scaled(counts, WIDEST), lengths, "{counts:?}");
        }
        for one in 0..60 {
            for other in 0..60 {
                let lengths = scaled(&[one, other, 1], WIDEST);
                assert_eq!(
                    lengths.iter().sum::<usize>(),
                    (one + other + 1).min(WIDEST),
                    "{one} {other}"
                );
                assert!(
                    (one > 0) == (lengths[0] > 0) && (other > 0) == (lengths[1] > 0),
                    "{one} {other}"
                );
            }
        }
    }
}
