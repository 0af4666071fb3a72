// SPDX-License-Identifier: GPL-2.0-or-later
//! Characters that are not seen, or that change how the text around them is shown.
//!
//! Text with such characters reads as another text: a direction override turns `.c` and `exe` around, a zero-width space
//! makes two equal-looking names differ. One rule is used for all text that this program writes or shows: trailers and
//! names that it adds, refs, paths, and lines on a terminal. Not allowed are control characters, line and paragraph
//! separators, and what Unicode calls a format character (general category Cf) or default-ignorable
//! (Default_Ignorable_Code_Point in DerivedCoreProperties.txt). Two kinds of these are a part of ordinary text:
//!
//! - a variation selector directly behind a visible character (Unicode Standard, section 23.4; UTS #51 for emoji);
//! - ZERO WIDTH JOINER and NON-JOINER between two letters, behind a virama, or between two emoji (Unicode Standard, section
//!   23.2; RFC 5892, appendix A.1 and A.2; UTS #51, section 2.3).

const NON_JOINER: char = '\u{200c}';
const JOINER: char = '\u{200d}';

/// The characters of a text that are not allowed, with their places in bytes.
pub fn invisible(text: &str) -> impl Iterator<Item = (usize, char)> + '_ {
    let suspects = text
        .char_indices()
        .filter(|(_, c)| c.is_control() || is_ignorable(*c));
    suspects.filter(|&(at, c)| !is_text(&text[..at], c, &text[at + c.len_utf8()..]))
}

/// The first of them.
pub fn first_invisible(text: &str) -> Option<char> {
    invisible(text).next().map(|(_, c)| c)
}

/// The first of them in a text of several lines, where line ends and tabs are allowed.
pub fn first_invisible_in_lines(text: &str) -> Option<char> {
    text.split(['\n', '\t']).find_map(first_invisible)
}

/// A name as messages show it: invisible characters are escaped, and bytes that are not UTF-8 replaced.
pub fn shown(name: &[u8]) -> String {
    let text = String::from_utf8_lossy(name);
    let mut shown = String::with_capacity(text.len());
    let mut end = 0;
    for (at, c) in invisible(&text) {
        shown.push_str(&text[end..at]);
        shown.extend(c.escape_default());
        end = at + c.len_utf8();
    }
    shown + &text[end..]
}

/// The number of a character as Unicode writes it: `U+202E`.
pub fn code_point(c: char) -> String {
    format!("U+{:04X}", u32::from(c))
}

/// Whether a suspicious character is a part of ordinary text, standing between `before` and `after`.
fn is_text(before: &str, c: char, after: &str) -> bool {
    let mut before = before.chars().rev();
    let last = before.next();
    if is_variation_selector(c) {
        return last.is_some_and(|last| !last.is_whitespace() && is_visible(last));
    }
    if !matches!(c, NON_JOINER | JOINER) {
        return false;
    }
    // An emoji may have a variation selector of its own.
    let last = last
        .filter(|last| !is_variation_selector(*last))
        .or_else(|| before.next());
    let next = after.chars().next();
    let both = |is: fn(char) -> bool| last.is_some_and(is) && next.is_some_and(is);
    let ends_syllable = last.is_some_and(is_virama) && next.is_none_or(is_visible);
    both(is_letter) || both(is_emoji) || ends_syllable
}

fn is_visible(c: char) -> bool {
    !c.is_control() && !is_ignorable(c)
}

/// A letter, or a mark that belongs to one: some of the ignorable characters are letters to Unicode.
fn is_letter(c: char) -> bool {
    (c.is_alphabetic() || is_virama(c)) && is_visible(c)
}

/// The blocks that have the characters of emoji sequences (emoji-zwj-sequences.txt); their letters are no emoji.
fn is_emoji(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}

/// Format characters (Cf), default-ignorable code points, and the two separators of lines and paragraphs; Unicode 16.
fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}'
        | '\u{8e2}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}'
        | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

fn is_variation_selector(c: char) -> bool {
    matches!(c, '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Canonical_Combining_Class=Virama (UnicodeData.txt).
fn is_virama(c: char) -> bool {
    matches!(c,
        '\u{94d}' | '\u{9cd}' | '\u{a4d}' | '\u{acd}' | '\u{b4d}' | '\u{bcd}' | '\u{c4d}' | '\u{ccd}'
        | '\u{d3b}'..='\u{d3c}' | '\u{d4d}' | '\u{dca}' | '\u{e3a}' | '\u{eba}' | '\u{f84}' | '\u{1039}'..='\u{103a}'
        | '\u{1714}'..='\u{1715}' | '\u{1734}' | '\u{17d2}' | '\u{1a60}' | '\u{1b44}' | '\u{1baa}'..='\u{1bab}'
        | '\u{1bf2}'..='\u{1bf3}' | '\u{2d7f}' | '\u{a806}' | '\u{a82c}' | '\u{a8c4}' | '\u{a953}' | '\u{a9c0}'
        | '\u{aaf6}' | '\u{abed}' | '\u{10a3f}' | '\u{11046}' | '\u{11070}' | '\u{1107f}' | '\u{110b9}'
        | '\u{11133}'..='\u{11134}' | '\u{111c0}' | '\u{11235}' | '\u{112ea}' | '\u{1134d}' | '\u{11442}'
        | '\u{114c2}' | '\u{115bf}' | '\u{1163f}' | '\u{116b6}' | '\u{1172b}' | '\u{11839}'
        | '\u{1193d}'..='\u{1193e}' | '\u{119e0}' | '\u{11a34}' | '\u{11a47}' | '\u{11a99}' | '\u{11c3f}'
        | '\u{11d44}'..='\u{11d45}' | '\u{11d97}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_or_turns_text_is_found() {
        for (text, wanted) in [
            ("a\u{202e}b", "U+202E"),
            ("a\u{2066}b", "U+2066"),
            ("a\u{200b}b", "U+200B"),
            ("so\u{ad}ft", "U+00AD"),
            ("\u{feff}a", "U+FEFF"),
            ("a\u{e0041}", "U+E0041"),
            ("a\u{2060}b", "U+2060"),
            ("a\u{3164}b", "U+3164"),
            ("a\u{2028}b", "U+2028"),
            ("a\x1b[m", "U+001B"),
            ("a\nb", "U+000A"),
            ("\u{200d}a", "U+200D"),
            ("a\u{200c}", "U+200C"),
            ("a \u{200d}b", "U+200D"),
            ("a\u{200d}\u{200d}b", "U+200D"),
            ("<a\u{200d}>", "U+200D"),
            ("\u{fe0f}a", "U+FE0F"),
            ("a\u{fe0f}\u{fe0f}", "U+FE0F"),
            ("a \u{e0100}", "U+E0100"),
        ] {
            assert_eq!(
                first_invisible(text).map(code_point).as_deref(),
                Some(wanted),
                "{text:?}"
            );
        }
    }

    #[test]
    fn the_text_of_all_scripts_is_text() {
        for text in [
            "naïve Ångström 日本 한국어 العربية",
            // Persian, Malayalam, Sinhala and Devanagari write joiners.
            "می\u{200c}خواهم",
            "ന\u{d4d}\u{200d} x",
            "ක\u{dca}\u{200d}ර",
            "क\u{94d}\u{200c}ष",
            // A family, a flag, a heart and a keycap.
            "👨\u{200d}👩\u{200d}👧",
            "🏳\u{fe0f}\u{200d}🌈",
            "❤\u{fe0f}",
            "1\u{fe0f}\u{20e3}",
            "👩🏽\u{200d}💻",
            "葛\u{e0100}城",
        ] {
            assert_eq!(first_invisible(text).map(code_point), None, "{text:?}");
        }
        assert_eq!(first_invisible_in_lines("a\n\tb\n"), None);
    }
}
