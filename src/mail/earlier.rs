// SPDX-License-Identifier: GPL-2.0-or-later
//! Finds the URLs of earlier versions in a cover letter.

use super::MessageId;
use percent_encoding::percent_decode_str;

/// The URLs on lines that mention a version before `version`, or below a line that only names one.
pub fn urls(text: &str, version: u32) -> impl Iterator<Item = &str> {
    let mut is_below = false;
    text.lines()
        .filter(|line| !line.starts_with('>'))
        .filter_map(move |line| {
            let is_named = line
                .split(|c: char| !c.is_ascii_alphanumeric())
                .any(|word| {
                    let number = word
                        .strip_prefix(['v', 'V'])
                        .and_then(|digits| digits.parse::<u32>().ok());
                    number.is_some_and(|number| (1..version).contains(&number))
                });
            let mut urls = line.split_whitespace().filter_map(|word| {
                let at = word.find("https://").or_else(|| word.find("http://"))?;
                Some(word[at..].trim_end_matches(['.', ',', ')', '>', ']', ';']))
            });
            let url = urls.next();
            let wanted = url.filter(|_| is_named || is_below);
            is_below = is_named && url.is_none();
            wanted
        })
}

/// The message id in the URL of a mail in an archive: the part of the path with an `@`.
pub fn id_in(url: &str) -> Option<MessageId> {
    let path = url.split_once("://")?.1.split(['#', '?']).next()?;
    let mut parts = path
        .split('/')
        .skip(1)
        .filter_map(|part| percent_decode_str(part).decode_utf8().ok());
    parts
        .find(|part| part.contains('@'))
        .and_then(|part| MessageId::new(&part).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn earlier_versions_are_named_on_lines_of_their_own_or_below() {
        let text = "Based on https://h/i/other@x/\n\nChanges in v3:\n- Link to v2: https://h/i/two@x/\n\
                    v1:\n  <https://h/i/one@x/>,\nv3: https://h/i/three@x\n> v1: https://h/i/quoted@x/\n";
        assert_eq!(
            urls(text, 3).collect::<Vec<_>>(),
            ["https://h/i/two@x/", "https://h/i/one@x/"]
        );
        assert_eq!(urls(text, 1).count(), 0);
    }

    #[test]
    fn the_part_with_an_at_is_the_id() {
        for url in [
            "https://h/i/a%2Fb@x/T/#u",
            "https://h/r/a%2Fb@x",
            "https://h/a%2fb%40x/",
        ] {
            assert_eq!(
                id_in(url).map(|id| id.to_string()).as_deref(),
                Some("a/b@x"),
                "{url}"
            );
        }
        for url in ["https://u@h/i/", "a@x", "https://h/%ff@x"] {
            assert_eq!(id_in(url), None, "{url}");
        }
    }
}
