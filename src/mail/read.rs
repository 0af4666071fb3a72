// SPDX-License-Identifier: GPL-2.0-or-later
//! Reads mails from a file, a maildir, a directory of patches or standard input, gzipped or not.

use super::{Message, mbox};
use crate::error::{Error, Result, WithContext};
use crate::presence;
use flate2::read::MultiGzDecoder;
use std::cmp::Ordering;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Maximum size of one input, unpacked, in bytes.
const MAX_INPUT_SIZE: u64 = 512 << 20;

/// Maximum number of mails in one input.
const MAX_MAILS: usize = 1_000_000;

/// Reads a file (one mail or many), a maildir, or a directory of files sorted by name.
///
/// # Errors
/// If the path cannot be read, contains no mail, or exceeds the limits.
pub fn read_path(path: &Path) -> Result<Vec<Message>> {
    let shown = path.display();
    let about = fs::metadata(path).context(|| format!("cannot read '{shown}'"))?;
    if !about.is_dir() {
        return read_bytes(read_file(path)?, &shown.to_string());
    }
    let is_maildir = presence::is_dir(&path.join("cur"))? || presence::is_dir(&path.join("new"))?;
    let files = if is_maildir {
        maildir_files(path)?
    } else {
        patch_files(path)?
    };
    let mut messages = Vec::new();
    let mut left = MAX_INPUT_SIZE;
    for file in files {
        let bytes = unpacked(read_file(&file)?, &file.display().to_string())?;
        left = left
            .checked_sub(bytes.len() as u64)
            .ok_or_else(|| too_big(&shown.to_string()))?;
        let name = file
            .strip_prefix(path)
            .unwrap_or(&file)
            .display()
            .to_string();
        if is_maildir {
            messages.extend(single(&bytes, name));
        } else {
            split(&bytes, &name, &mut messages)?;
        }
    }
    some(messages, &shown.to_string())
}

/// Reads the bytes of a file, of standard input or of a download: an mbox, one mail, or either gzipped.
///
/// `origin` names their source in messages.
///
/// # Errors
/// If they contain no mail, or exceed the limits.
pub fn read_bytes(bytes: Vec<u8>, origin: &str) -> Result<Vec<Message>> {
    let bytes = unpacked(bytes, origin)?;
    let mut messages = Vec::new();
    split(&bytes, origin, &mut messages)?;
    some(messages, origin)
}

fn some(messages: Vec<Message>, origin: &str) -> Result<Vec<Message>> {
    if messages.is_empty() {
        Err(Error::new(format!("no mail in '{origin}'")))
    } else {
        Ok(messages)
    }
}

fn too_big(origin: &str) -> Error {
    Error::new(format!("'{origin}' is too big"))
        .with_cause(format!("more than {} MiB of mail", MAX_INPUT_SIZE >> 20))
}

fn read_file(path: &Path) -> Result<Vec<u8>> {
    let shown = path.display();
    let file = fs::File::open(path).context(|| format!("cannot read '{shown}'"))?;
    let mut bytes = Vec::new();
    file.take(MAX_INPUT_SIZE + 1)
        .read_to_end(&mut bytes)
        .context(|| format!("cannot read '{shown}'"))?;
    if bytes.len() as u64 > MAX_INPUT_SIZE {
        Err(too_big(&shown.to_string()))
    } else {
        Ok(bytes)
    }
}

/// Decompresses the bytes if they are gzipped.
fn unpacked(bytes: Vec<u8>, origin: &str) -> Result<Vec<u8>> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes);
    }
    let mut plain = Vec::new();
    let mut reader = MultiGzDecoder::new(bytes.as_slice()).take(MAX_INPUT_SIZE + 1);
    reader
        .read_to_end(&mut plain)
        .context(|| format!("cannot unzip '{origin}'"))?;
    if plain.len() as u64 > MAX_INPUT_SIZE {
        Err(too_big(origin))
    } else {
        Ok(plain)
    }
}

fn split(file: &[u8], origin: &str, messages: &mut Vec<Message>) -> Result<()> {
    let mut pieces = mbox::split(file).enumerate().peekable();
    let mut alone = true;
    while let Some((at, piece)) = pieces.next() {
        alone &= pieces.peek().is_none();
        if piece.envelope.is_empty() && !is_mail(piece.mail) {
            continue;
        }
        if messages.len() == MAX_MAILS {
            return Err(Error::new(format!(
                "'{origin}' holds more than {MAX_MAILS} mails"
            )));
        }
        let name = if alone {
            origin.to_owned()
        } else {
            format!("{origin}, mail {}", at + 1)
        };
        messages.push(Message::new(piece.unquoted().into_owned(), name));
    }
    Ok(())
}

/// Whether text without an envelope line is a mail: it has one of the headers that every mail has.
fn is_mail(text: &[u8]) -> bool {
    ["From", "Subject", "Date", "Message-ID"]
        .iter()
        .any(|name| super::header::value(text, name).is_some())
}

/// Reads a file of a maildir as one mail, whatever it contains.
fn single(bytes: &[u8], name: String) -> Option<Message> {
    let piece = mbox::begins_with_envelope(bytes)
        .then(|| bytes.iter().position(|&b| b == b'\n'))
        .flatten();
    let mail = &bytes[piece.map_or(0, |end| end + 1)..];
    is_mail(mail).then(|| Message::new(mail.to_vec(), name))
}

/// The files of a maildir, sorted by name; digits are compared as numbers.
fn maildir_files(path: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for part in ["cur", "new"] {
        let dir = path.join(part);
        if presence::is_dir(&dir)? {
            files.extend(files_of(&dir, |name| !name.starts_with('.'))?);
        }
    }
    files.sort_by(|a, b| by_number(&a.to_string_lossy(), &b.to_string_lossy()));
    Ok(files)
}

/// The files of a directory that can be mails, sorted by name.
fn patch_files(path: &Path) -> Result<Vec<PathBuf>> {
    const ENDINGS: [&str; 8] = ["patch", "eml", "mbox", "mbx", "mail", "msg", "txt", "diff"];
    let mut files = files_of(path, |name| {
        let lower = name.to_ascii_lowercase();
        let plain = lower.strip_suffix(".gz").unwrap_or(&lower);
        !name.starts_with('.')
            && plain
                .rsplit_once('.')
                .is_some_and(|(_, ending)| ENDINGS.contains(&ending))
    })?;
    files.sort_by(|a, b| by_number(&a.to_string_lossy(), &b.to_string_lossy()));
    Ok(files)
}

fn files_of(dir: &Path, wanted: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).context(|| format!("cannot read '{}'", dir.display()))? {
        let entry = entry.context(|| format!("cannot read '{}'", dir.display()))?;
        let path = entry.path();
        if wanted(&entry.file_name().to_string_lossy()) && presence::is_file(&path)? {
            files.push(path);
        }
    }
    Ok(files)
}

/// Compares names as people do: `2.patch` before `10.patch`.
fn by_number(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.as_bytes(), b.as_bytes());
    while let ([x, ..], [y, ..]) = (left, right) {
        if x.is_ascii_digit() && y.is_ascii_digit() {
            let (one, other) = (number(&mut left), number(&mut right));
            match one.len().cmp(&other.len()).then_with(|| one.cmp(other)) {
                Ordering::Equal => continue,
                unequal => return unequal,
            }
        }
        if x != y {
            return x.cmp(y);
        }
        (left, right) = (&left[1..], &right[1..]);
    }
    left.len().cmp(&right.len()).then_with(|| a.cmp(b))
}

/// Splits off the number at the start of `text`, without leading zeros.
fn number<'a>(text: &mut &'a [u8]) -> &'a [u8] {
    let width = text.iter().take_while(|b| b.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(width);
    *text = rest;
    let zeros = digits.iter().take_while(|&&b| b == b'0').count();
    &digits[zeros..]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    fn mail(subject: &str) -> String {
        format!("From: A <a@example.com>\nSubject: {subject}\n\nText\n")
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
        packer.write_all(bytes).unwrap();
        packer.finish().unwrap()
    }

    fn subjects(messages: &[Message]) -> Vec<String> {
        messages
            .iter()
            .map(|message| message.subject().title)
            .collect()
    }

    #[test]
    fn directories_are_read_in_the_order_of_names() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("10-x.patch"), mail("ten")).unwrap();
        fs::write(
            dir.path().join("2-x.patch.gz"),
            gzip(mail("two").as_bytes()),
        )
        .unwrap();
        fs::write(dir.path().join("README"), "no mail").unwrap();
        assert_eq!(subjects(&read_path(dir.path()).unwrap()), ["two", "ten"]);
    }

    #[test]
    fn maildirs_are_read_from_cur_and_new() {
        let dir = tempfile::tempdir().unwrap();
        for (part, name) in [("new", "9"), ("cur", "10:2,S"), ("cur", "8:2,")] {
            fs::create_dir_all(dir.path().join(part)).unwrap();
            fs::write(dir.path().join(part).join(name), mail(name)).unwrap();
        }
        assert_eq!(
            subjects(&read_path(dir.path()).unwrap()),
            ["8:2,", "10:2,S", "9"]
        );
    }

    #[test]
    fn gzip_of_several_members_is_unpacked() {
        let line = "From a Tue Jan  2 10:20:30 2024\n";
        let packed = [
            gzip(format!("{line}{}", mail("a")).as_bytes()),
            gzip(format!("{line}{}", mail("b")).as_bytes()),
        ];
        let messages = read_bytes(packed.concat(), "x.gz").unwrap();
        assert_eq!(subjects(&messages), ["a", "b"]);
        assert_eq!(messages[1].origin(), "x.gz, mail 2");
        assert!(read_bytes(packed[0][..20].to_vec(), "x.gz").is_err());
    }

    #[test]
    fn what_holds_no_mail_is_an_error() {
        assert_eq!(
            read_bytes(Vec::new(), "x").unwrap_err().to_string(),
            "no mail in 'x'"
        );
        assert_eq!(
            read_bytes(b"text\nand more\n".to_vec(), "x")
                .unwrap_err()
                .to_string(),
            "no mail in 'x'"
        );
        let missing = read_path(Path::new("/no/such/file"))
            .unwrap_err()
            .to_string();
        assert!(
            missing.starts_with("cannot read '/no/such/file': "),
            "{missing}"
        );
    }
}
