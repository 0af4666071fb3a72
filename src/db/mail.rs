// SPDX-License-Identifier: GPL-2.0-or-later
//! Rows of `gitpatman_mail`: the mails of a version as they were received, compressed.

use super::series::SeriesId;
use super::value::LenientRow;
use super::version::VersionId;
use super::{Read, Write, at};
use crate::error::{Error, Result, WithContext};
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use rusqlite::{Row, ToSql};
use std::io::{Read as _, Write as _};

/// The longest mail that is decompressed: this program never stores a longer one.
const MAX_LEN: u64 = 256 << 20;

/// The role of a mail in its series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailKind {
    /// The cover letter.
    Cover,
    /// A patch.
    Patch,
    /// A reply to either.
    Reply,
}

impl MailKind {
    fn name(self) -> &'static str {
        match self {
            MailKind::Cover => "cover",
            MailKind::Patch => "patch",
            MailKind::Reply => "reply",
        }
    }

    fn named(name: &str) -> MailKind {
        [MailKind::Cover, MailKind::Patch]
            .into_iter()
            .find(|kind| kind.name() == name)
            .unwrap_or(MailKind::Reply)
    }
}

/// A mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The version it belongs to.
    pub version: VersionId,
    /// The patch it belongs to: 0 for the cover letter, patches from 1; `None` when unknown.
    pub seq: Option<u32>,
    /// Its role.
    pub kind: MailKind,
    /// Message-ID, without angle brackets.
    pub message_id: Option<String>,
    /// The mail as it was received.
    pub raw: Vec<u8>,
}

/// Stores a mail; a mail that is already stored is unchanged. Returns whether it is new.
pub fn insert(write: &Write<'_>, mail: &Mail) -> Result<bool> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    let packed = encoder
        .write_all(&mail.raw)
        .and_then(|()| encoder.finish())
        .context(|| "cannot compress a mail")?;
    // The table's own constraint treats NULLs as distinct.
    let sql =
        "INSERT INTO gitpatman_mail (svid, seq, kind, message_id, raw) SELECT ?1, ?2, ?3, ?4, ?5
        WHERE NOT EXISTS (SELECT 1 FROM gitpatman_mail
            WHERE svid = ?1 AND seq IS ?2 AND kind = ?3 AND message_id IS ?4)";
    let values: [&dyn ToSql; 5] = [
        &mail.version.0,
        &mail.seq,
        &mail.kind.name(),
        &mail.message_id,
        &packed,
    ];
    Ok(at(write, write.conn().execute(sql, &values[..]))? > 0)
}

/// The mails of a version: the cover letter, the patches in order, then the replies in order of arrival.
pub fn list(db: &impl Read, version: VersionId) -> Result<Vec<Mail>> {
    select(
        db,
        "svid = ?1 ORDER BY kind = 'reply', seq IS NULL, CASE kind WHEN 'reply' THEN 0 ELSE seq END, id",
        version.0,
    )
}

/// All mails with that Message-ID, which several versions may share.
pub fn find(db: &impl Read, message_id: &str) -> Result<Vec<Mail>> {
    select(db, "message_id = ?1 ORDER BY id", message_id)
}

/// A stored mail, without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMail {
    /// The version it belongs to.
    pub version: VersionId,
    /// The patch it belongs to, as in [`Mail`].
    pub seq: Option<u32>,
    /// Its role.
    pub kind: MailKind,
    /// Message-ID, without angle brackets.
    pub message_id: Option<String>,
}

/// The stored mails of a series, in order of arrival.
pub fn of_series(db: &impl Read, series: SeriesId) -> Result<Vec<StoredMail>> {
    let sql = "SELECT m.svid, m.seq, m.kind, m.message_id FROM ser_ver AS v JOIN gitpatman_mail AS m ON m.svid = v.id
        WHERE v.series_id = ?1 ORDER BY m.id";
    let read = |row: &Row<'_>| {
        Ok(StoredMail {
            version: VersionId(row.number(0)?.unwrap_or_default()),
            seq: row.number(1)?.and_then(|seq| u32::try_from(seq).ok()),
            kind: MailKind::named(&LenientRow::text(row, 2)?.unwrap_or_default()),
            message_id: row.filled(3)?,
        })
    };
    let rows = db
        .conn()
        .prepare(sql)
        .and_then(|mut query| query.query_map([series.0], read)?.collect());
    at(db, rows)
}

/// Whether a mail with that Message-ID is stored with any version of the series.
pub fn is_kept_in_series(db: &impl Read, series: SeriesId, message_id: &str) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM gitpatman_mail AS m JOIN ser_ver AS v ON v.id = m.svid
        WHERE m.message_id = ?1 AND v.series_id = ?2)";
    at(
        db,
        db.conn()
            .query_row(sql, (message_id, series.0), |row| row.get(0)),
    )
}

/// Whether a mail with that Message-ID is stored with the version.
pub fn is_kept(db: &impl Read, version: VersionId, message_id: &str) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM gitpatman_mail WHERE message_id = ?1 AND svid = ?2)";
    at(
        db,
        db.conn()
            .query_row(sql, (message_id, version.0), |row| row.get(0)),
    )
}

fn select(db: &impl Read, condition: &'static str, value: impl ToSql) -> Result<Vec<Mail>> {
    let sql =
        format!("SELECT svid, seq, kind, message_id, raw FROM gitpatman_mail WHERE {condition}");
    let rows = db.conn().prepare(&sql).and_then(|mut query| {
        query
            .query_map([value], read)?
            .collect::<Result<Vec<_>, _>>()
    });
    at(db, rows)?
        .into_iter()
        .map(|mail| unpacked(db, mail))
        .collect()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Mail> {
    Ok(Mail {
        version: VersionId(row.number(0)?.unwrap_or_default()),
        seq: row.number(1)?.and_then(|seq| u32::try_from(seq).ok()),
        kind: MailKind::named(&LenientRow::text(row, 2)?.unwrap_or_default()),
        message_id: row.filled(3)?,
        raw: row
            .get_ref(4)?
            .as_bytes_or_null()
            .ok()
            .flatten()
            .unwrap_or_default()
            .to_vec(),
    })
}

fn unpacked(db: &impl Read, mut mail: Mail) -> Result<Mail> {
    let mut raw = Vec::new();
    let read = ZlibDecoder::new(mail.raw.as_slice())
        .take(MAX_LEN + 1)
        .read_to_end(&mut raw);
    let id = mail.message_id.as_deref().unwrap_or_default();
    let error = || {
        format!(
            "cannot unpack the mail '{id}' in the database '{}'",
            db.path().display()
        )
    };
    if read.context(error)? as u64 > MAX_LEN {
        return Err(
            Error::new(error()).with_cause(format!("it is longer than {} MiB", MAX_LEN >> 20))
        );
    }
    mail.raw = raw;
    Ok(mail)
}
