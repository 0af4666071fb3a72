// SPDX-License-Identifier: GPL-2.0-or-later
//! Parses the names of a mail in an archive: its id, or any of the URLs that an archive shows for it.

use crate::error::{Error, Result};
use crate::mail::MessageId;
use percent_encoding::percent_decode_str;

/// The suffixes that public-inbox adds to the id of a mail.
const ENDINGS: [&str; 8] = ["T", "t", "t.mbox.gz", "t.mbox", "t.atom", "raw", "R", "d"];

/// A mail in an archive, as its URL names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The URL of the archive, with a trailing slash.
    pub archive: String,
    /// The id of the mail.
    pub id: MessageId,
    /// The mail of its thread that the fragment points at: `m`, and the SHA-1 of its id.
    pub anchor: Option<String>,
}

impl Address {
    /// Parses the URL of a mail; `None` if it is not such a URL.
    ///
    /// On lore, `/r/` is the inbox `all`, as is a URL without an inbox.
    pub fn parse(url: &str) -> Option<Address> {
        let (rest, fragment) = url.split_once('#').unwrap_or((url, ""));
        let rest = rest.split_once('?').map_or(rest, |(path, _)| path);
        let (scheme, behind) = rest.split_once("://")?;
        if !matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https") {
            return None;
        }
        let (host, path) = behind.split_once('/')?;
        let mut parts: Vec<&str> = path.trim_end_matches('/').split('/').collect();
        if parts.len() > 1 && parts.last().is_some_and(|last| ENDINGS.contains(last)) {
            parts.pop();
        }
        let id = percent_decode_str(parts.pop()?).decode_utf8().ok()?;
        let id = MessageId::new(&id)
            .ok()
            .filter(|id| looks_like_id(id.as_str()))?;
        if parts.contains(&"project") && matches!(parts.last(), Some(&("patch" | "cover"))) {
            // This is a Patchwork.
            return None;
        }
        if parts.last() == Some(&"r")
            && (host == "lore.kernel.org" || host.ends_with(".kernel.org"))
        {
            parts.pop();
            parts.push("all");
        }
        let inbox = if parts.is_empty() && host == "lore.kernel.org" {
            "all/".to_owned()
        } else {
            slashed(&parts)
        };
        let is_anchor = |text: &&str| text.len() == 41 && text.starts_with('m');
        let anchor = Some(fragment)
            .filter(is_anchor)
            .map(|text| text[1..].to_ascii_lowercase());
        Some(Address {
            archive: format!("{scheme}://{host}/{inbox}"),
            id,
            anchor,
        })
    }
}

fn slashed(parts: &[&str]) -> String {
    parts.iter().map(|part| format!("{part}/")).collect()
}

/// The message id, if the user gave one: `<id>`, `id:...`, `mid:...`, or bare `local@host`.
///
/// # Errors
/// If it is marked as an id but is not valid.
pub fn given_id(spec: &str) -> Result<Option<MessageId>> {
    let marked = spec
        .strip_prefix("id:")
        .or_else(|| spec.strip_prefix("mid:"));
    let is_marked = marked.is_some() || (spec.starts_with('<') && spec.ends_with('>'));
    let text = marked.unwrap_or(spec);
    if !is_marked {
        let is_id = looks_like_id(text) && !text.contains("://") && !text.contains('#');
        return Ok(MessageId::new(text).ok().filter(|_| is_id));
    }
    let text = text.strip_prefix("//").unwrap_or(text);
    let id = MessageId::new(text)?;
    match looks_like_id(id.as_str()) {
        true => Ok(Some(id)),
        false => {
            Err(Error::usage(format!("'{spec}' is not a message id"))
                .with_hint("one has an @ in it"))
        }
    }
}

/// Whether a word has the form of an id: text, `@`, text.
fn looks_like_id(text: &str) -> bool {
    let halves = text.rsplit_once('@');
    halves.is_some_and(|(local, host)| !local.is_empty() && !host.is_empty())
        && !text.starts_with(['.', '/', '-'])
}

/// The URL of an archive, with a trailing slash and without query or fragment.
pub fn archive_url(url: &str) -> String {
    let path = url.split(['#', '?']).next().unwrap_or(url);
    format!("{}/", path.trim_end_matches('/'))
}

/// The name of a mail in the anchors of public-inbox: the SHA-1 of its id.
pub fn anchor(id: &MessageId) -> String {
    sha1_smol::Sha1::from(id.as_str()).digest().to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
    use super::*;

    fn parsed(url: &str) -> Option<(String, String)> {
        Address::parse(url).map(|address| (address.archive, address.id.to_string()))
    }

    #[test]
    fn every_url_of_a_mail_names_it() {
        let wanted = Some((
            "https://lore.example/u-boot/".to_owned(),
            "a/b+c=d@x.example".to_owned(),
        ));
        let id = "a%2Fb+c=d@x.example";
        for ending in [
            "",
            "/",
            "/T/",
            "/T/#u",
            "/t/#m0123",
            "/t.mbox.gz",
            "/raw",
            "/#R",
            "/?q=1",
            "/T/#t",
        ] {
            assert_eq!(
                parsed(&format!("https://lore.example/u-boot/{id}{ending}")),
                wanted,
                "{ending}"
            );
        }
        assert_eq!(
            parsed("https://lore.example/u-boot/a%2Fb%2Bc%3Dd%40x.example/"),
            wanted
        );
    }

    #[test]
    fn lores_short_forms_mean_its_inbox_of_all() {
        let wanted = Some(("https://lore.kernel.org/all/".to_owned(), "a@x".to_owned()));
        for url in [
            "https://lore.kernel.org/r/a@x",
            "https://lore.kernel.org/all/a@x/T/#u",
            "https://lore.kernel.org/a@x/",
        ] {
            assert_eq!(parsed(url), wanted, "{url}");
        }
        assert_eq!(
            parsed("http://localhost:80/a@x").unwrap().0,
            "http://localhost:80/"
        );
    }

    #[test]
    fn other_urls_name_no_mail() {
        for url in [
            "https://patchwork.example/project/uboot/list/?series=1",
            "https://patchwork.example/project/uboot/patch/a@x/",
            "https://lore.example/u-boot/",
            "https://lore.example",
            "https://user@host.example/",
            "file:///a@x",
            "a@x",
            "https://lore.example/u-boot/%zz%ff@x",
        ] {
            assert_eq!(parsed(url), None, "{url}");
        }
    }

    #[test]
    fn ids_are_given_in_several_forms() {
        for given in [
            "<a+b=c%@x>",
            "a+b=c%@x",
            "id:a+b=c%@x",
            "mid:a+b=c%@x",
            "mid:<a+b=c%@x>",
        ] {
            assert_eq!(
                given_id(given).unwrap().map(|id| id.to_string()).as_deref(),
                Some("a+b=c%@x"),
                "{given}"
            );
        }
        for none in [
            "dir",
            "../a@x",
            "/a@x",
            "https://h/a@x",
            "@",
            "x@",
            "dir#a@x",
            "-",
        ] {
            assert_eq!(given_id(none).unwrap(), None, "{none}");
        }
        assert!(given_id("id:x").is_err() && given_id("<x>").is_err());
    }
}
