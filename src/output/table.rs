// SPDX-License-Identifier: GPL-2.0-or-later
//! Tables without borders: columns aligned, widths in terminal cells, the widest text cut on a terminal and never in a
//! pipe.

use super::colour::Paint;
use crate::text::escape_controls;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// One cell: its text, and its colour.
#[derive(Debug, Clone)]
pub struct Cell {
    text: String,
    paint: Paint,
    /// Where the text has several colours: how many bytes of it are in which.
    parts: Vec<(usize, Paint)>,
}

impl Cell {
    /// A cell of plain text, which may be a stranger's: it is made safe to print.
    pub fn new(text: impl AsRef<str>) -> Self {
        Cell::painted(text, Paint::Plain)
    }

    /// A cell in a colour.
    pub fn painted(text: impl AsRef<str>, paint: Paint) -> Self {
        Cell {
            text: escape_controls(text.as_ref()).into_owned(),
            paint,
            parts: Vec::new(),
        }
    }

    /// A cell of several parts, each in a colour.
    pub fn joined<T: AsRef<str>>(parts: impl IntoIterator<Item = (T, Paint)>) -> Self {
        let mut cell = Cell::new("");
        for (text, paint) in parts {
            let text = escape_controls(text.as_ref());
            cell.text.push_str(&text);
            cell.parts.push((text.len(), paint));
        }
        cell
    }

    /// The text, or what is left of it once it is cut, in its colours where `colour`.
    fn shown(&self, cut: &str, colour: bool) -> String {
        if self.parts.is_empty() {
            return self.paint.apply(cut, colour);
        }
        let mut rest = if cut == self.text {
            cut
        } else {
            cut.strip_suffix('…').unwrap_or(cut)
        };
        let end = &cut[rest.len()..];
        let mut shown = String::new();
        for (length, paint) in &self.parts {
            let (part, behind) = rest.split_at((*length).min(rest.len()));
            shown.push_str(&paint.apply(part, colour));
            rest = behind;
        }
        shown + end
    }
}

/// How a column is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Text: to the left.
    Left,
    /// Numbers: to the right.
    Right,
    /// Text to the left, which is cut where the terminal is too narrow.
    Flexible,
    /// Text to the left, which is left out first where the terminal is too narrow, the last such column first.
    Optional,
    /// Text to the left, which is cut where the terminal is too narrow, and left out where little of it would be left, the
    /// last such column first.
    Spare,
}

/// A table under construction.
#[derive(Debug)]
pub struct Table {
    columns: Vec<(&'static str, Align)>,
    rows: Vec<Vec<Cell>>,
}

const GAP: usize = 2;
const NARROWEST: usize = 12;

impl Table {
    /// A table with these headings; all headings empty: no heading line.
    pub fn new(columns: &[(&'static str, Align)]) -> Self {
        Table {
            columns: columns.to_vec(),
            rows: Vec::new(),
        }
    }

    /// Adds a row, a cell for each column.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The table as text, in colours where `colour`; no wider than `width` cells if a width is given.
    pub fn render(&self, width: Option<usize>, colour: bool) -> String {
        let mut widths: Vec<usize> = self
            .columns
            .iter()
            .map(|(heading, _)| heading.width())
            .collect();
        for row in &self.rows {
            for (widest, cell) in widths.iter_mut().zip(row) {
                *widest = (*widest).max(cell.text.width());
            }
        }
        let mut shown = vec![true; widths.len()];
        if let Some(limit) = width {
            self.leave_out(&widths, &mut shown, limit);
            self.narrow(&mut widths, &shown, limit);
        }
        let mut text = String::new();
        if self.columns.iter().any(|(heading, _)| !heading.is_empty()) {
            let cells: Vec<Cell> = self
                .columns
                .iter()
                .map(|(text, _)| Cell::painted(text, Paint::Dim))
                .collect();
            self.line(&mut text, &cells, &widths, &shown, colour);
        }
        self.rows
            .iter()
            .for_each(|row| self.line(&mut text, row, &widths, &shown, colour));
        text
    }

    /// Drops optional columns until the rest can fit.
    fn leave_out(&self, widths: &[usize], shown: &mut [bool], limit: usize) {
        for at in (0..widths.len())
            .rev()
            .filter(|&at| self.columns[at].1 == Align::Optional)
        {
            // A flexible column is worth more than half of its text.
            let least = |at: usize| match self.columns[at].1 {
                Align::Flexible | Align::Spare => widths[at].min(NARROWEST.max(widths[at] / 2)),
                _ => widths[at],
            };
            let needed: usize = (0..widths.len())
                .filter(|&at| shown[at])
                .map(|at| least(at) + GAP)
                .sum();
            if needed <= limit + GAP {
                break;
            }
            shown[at] = false;
        }
        for at in (0..widths.len())
            .rev()
            .filter(|&at| self.columns[at].1 == Align::Spare)
        {
            let least = |at: usize| match self.columns[at].1 {
                Align::Flexible | Align::Spare => widths[at].min(NARROWEST),
                _ => widths[at],
            };
            let needed: usize = (0..widths.len())
                .filter(|&at| shown[at])
                .map(|at| least(at) + GAP)
                .sum();
            if needed <= limit + GAP {
                return;
            }
            shown[at] = false;
        }
    }

    /// Shrinks the spare columns to fit, then the flexible ones, the widest first.
    fn narrow(&self, widths: &mut [usize], shown: &[bool], limit: usize) {
        let total = |widths: &[usize]| {
            let used: usize = widths
                .iter()
                .zip(shown)
                .filter(|(_, shown)| **shown)
                .map(|(width, _)| width + GAP)
                .sum();
            used.saturating_sub(GAP)
        };
        while total(widths) > limit {
            let over = total(widths) - limit;
            let widest = |align: Align| {
                let wide = |at: &usize| {
                    shown[*at] && self.columns[*at].1 == align && widths[*at] > NARROWEST
                };
                (0..widths.len()).filter(wide).max_by_key(|&at| widths[at])
            };
            let Some(widest) = widest(Align::Spare).or_else(|| widest(Align::Flexible)) else {
                return;
            };
            widths[widest] = widths[widest].saturating_sub(over).max(NARROWEST);
        }
    }

    fn line(
        &self,
        text: &mut String,
        row: &[Cell],
        widths: &[usize],
        shown: &[bool],
        colour: bool,
    ) {
        let mut line = String::new();
        for (at, (cell, (_, align))) in row
            .iter()
            .zip(&self.columns)
            .enumerate()
            .filter(|(at, _)| shown[*at])
        {
            let cut = cut(&cell.text, widths[at]);
            let pad = " ".repeat(widths[at].saturating_sub(cut.width()));
            let painted = cell.shown(&cut, colour);
            if at > 0 {
                line.push_str(&" ".repeat(GAP));
            }
            match align {
                Align::Right => line.extend([pad, painted]),
                Align::Left | Align::Flexible | Align::Optional | Align::Spare => {
                    line.extend([painted, pad])
                }
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
}

/// The text, or its beginning and an ellipsis where it is wider than `width` cells.
pub fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut shown = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > width {
            break;
        }
        shown.push(c);
    }
    shown.push('…');
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(&[
            ("NAME", Align::Left),
            ("N", Align::Right),
            ("TITLE", Align::Flexible),
        ]);
        table.row([
            Cell::new("a"),
            Cell::new("10"),
            Cell::new("a title that is rather long"),
        ]);
        table.row([Cell::new("日本"), Cell::new("2"), Cell::new("b\x1b[0m")]);
        table
    }

    #[test]
    fn columns_line_up_in_cells() {
        assert_eq!(
            table().render(None, false),
            "NAME   N  TITLE\na     10  a title that is rather long\n日本   2  b\\x1b[0m\n"
        );
    }

    #[test]
    fn parts_of_a_cell_have_colours_of_their_own() {
        let mut table = Table::new(&[("", Align::Flexible)]);
        table.row([Cell::joined([
            ("aaaaaaaa", Paint::Good),
            ("bb\u{7}", Paint::Plain),
            ("cc", Paint::Bad),
        ])]);
        assert_eq!(table.render(None, false), "aaaaaaaabb\\x07cc\n");
        assert_eq!(
            table.render(None, true),
            "\u{1b}[32maaaaaaaa\u{1b}[0mbb\\x07\u{1b}[31mcc\u{1b}[0m\n"
        );
        assert_eq!(
            table.render(Some(12), true),
            "\u{1b}[32maaaaaaaa\u{1b}[0mbb\\…\n"
        );
    }

    #[test]
    fn only_flexible_columns_are_cut_and_only_where_a_width_is_given() {
        assert_eq!(
            table().render(Some(25), false).lines().nth(1),
            Some("a     10  a title that i…")
        );
    }

    #[test]
    fn optional_columns_are_left_out_before_text_is_cut_in_half() {
        let mut table = Table::new(&[
            ("NAME", Align::Flexible),
            ("PATH", Align::Optional),
            ("TITLE", Align::Flexible),
        ]);
        table.row([
            Cell::new("a-name"),
            Cell::new("/a/long/path/to/it"),
            Cell::new("a title of 24 characters"),
        ]);
        assert_eq!(
            table.render(Some(52), false).lines().nth(1),
            Some("a-name  /a/long/path/to/it  a title of 24 characters")
        );
        assert_eq!(
            table.render(Some(30), false).lines().nth(1),
            Some("a-name  a title of 24 charact…")
        );
    }

    #[test]
    fn spare_columns_are_cut_and_then_left_out() {
        let mut table = Table::new(&[
            ("NAME", Align::Flexible),
            ("BAR", Align::Spare),
            ("TITLE", Align::Spare),
        ]);
        table.row([
            Cell::new("a-name"),
            Cell::new("xxx"),
            Cell::new("a title of 24 characters"),
        ]);
        let line = |width| {
            table
                .render(Some(width), false)
                .lines()
                .nth(1)
                .map(str::to_owned)
                .unwrap_or_default()
        };
        assert_eq!(line(37), "a-name  xxx  a title of 24 characters");
        assert_eq!(line(25), "a-name  xxx  a title of …");
        assert_eq!(line(24), "a-name  xxx");
        assert_eq!(line(10), "a-name");
    }

    #[test]
    fn spare_columns_are_cut_before_flexible_ones() {
        let mut table = Table::new(&[("STATE", Align::Flexible), ("TITLE", Align::Spare)]);
        table.row([
            Cell::new("1 accepted, 2 new, 1 changes-requested"),
            Cell::new("a title of 24 characters"),
        ]);
        let line = |width| {
            table
                .render(Some(width), false)
                .lines()
                .nth(1)
                .map(str::to_owned)
                .unwrap_or_default()
        };
        assert_eq!(
            line(54),
            "1 accepted, 2 new, 1 changes-requested  a title of 24…"
        );
        assert_eq!(
            line(50),
            "1 accepted, 2 new, 1 changes-reques…  a title of …"
        );
    }
}
