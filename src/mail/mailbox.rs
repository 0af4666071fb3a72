// SPDX-License-Identifier: GPL-2.0-or-later
//! Writes mails as one mbox in the mboxrd format, which `git am --patch-format=mboxrd` and every mail
//! reader can read.

/// The line before each mail; its date is fixed, so that the same mails give the same bytes.
const ENVELOPE: &[u8] = b"From mboxrd@z Thu Jan  1 00:00:00 1970\n";

/// Writes the mails, in order, as one mbox.
pub fn mailbox<'a>(mails: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    for mail in mails {
        out.extend_from_slice(ENVELOPE);
        for line in mail.split_inclusive(|&byte| byte == b'\n') {
            if without_quotes(line).starts_with(b"From ") {
                out.push(b'>');
            }
            out.extend_from_slice(line);
        }
        if !out.ends_with(b"\n") {
            out.push(b'\n');
        }
        out.push(b'\n');
    }
    out
}

fn without_quotes(line: &[u8]) -> &[u8] {
    let quotes = line.iter().take_while(|&&byte| byte == b'>').count();
    &line[quotes..]
}

#[cfg(test)]
mod tests {
    use super::mailbox;

    #[test]
    fn lines_that_would_begin_a_mail_are_quoted() {
        let mails: [&[u8]; 2] = [
            b"Subject: a\n\nFrom me\n>From you\n> From\n",
            b"Subject: b\n\nend",
        ];
        let text = String::from_utf8_lossy(&mailbox(mails)).into_owned();
        assert_eq!(
            text,
            "From mboxrd@z Thu Jan  1 00:00:00 1970\nSubject: a\n\n>From me\n>>From you\n> From\n\n\
             From mboxrd@z Thu Jan  1 00:00:00 1970\nSubject: b\n\nend\n\n"
        );
    }
}
