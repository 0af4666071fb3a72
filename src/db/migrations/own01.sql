-- SPDX-License-Identifier: GPL-2.0-or-later
-- What git-patman keeps beyond patman's schema, in tables that patman does not know and so leaves alone.

CREATE TABLE IF NOT EXISTS gitpatman_schema (version INTEGER NOT NULL);

-- What is known of a version beside its row of 'ser_ver'.
CREATE TABLE IF NOT EXISTS gitpatman_version (
    svid INTEGER PRIMARY KEY REFERENCES ser_ver (id),
    message_id TEXT,    -- of the cover letter, or of the first patch
    author_name TEXT,
    author_email TEXT,
    sent INTEGER,       -- seconds since 1970, UTC
    total INTEGER,      -- patches it should have
    base TEXT,          -- the commit it is applied to
    change_id TEXT,     -- the same for all versions of the series
    source TEXT,        -- where its mails came from
    started INTEGER);   -- when the review began, seconds since 1970, UTC

-- What is known of a patch beside its row of 'pcommit'.
CREATE TABLE IF NOT EXISTS gitpatman_patch (
    svid INTEGER NOT NULL REFERENCES ser_ver (id),
    seq INTEGER NOT NULL,   -- as in 'pcommit'
    message_id TEXT,
    patch_id TEXT,          -- as 'git patch-id' gives it
    author_name TEXT,
    author_email TEXT,
    PRIMARY KEY (svid, seq));

-- The mails themselves, so that nothing has to be fetched twice.
CREATE TABLE IF NOT EXISTS gitpatman_mail (
    id INTEGER PRIMARY KEY,
    svid INTEGER REFERENCES ser_ver (id),
    seq INTEGER,            -- 0 for the cover letter, patches from 1, NULL where not known
    kind TEXT NOT NULL CHECK (kind IN ('cover', 'patch', 'reply')),
    message_id TEXT,
    raw BLOB,               -- the mail as received, compressed with zlib
    UNIQUE (svid, kind, seq, message_id));

-- Which worktree holds a series, in each of the clones that share the database.
CREATE TABLE IF NOT EXISTS gitpatman_worktree (
    series_id INTEGER NOT NULL REFERENCES series (id),
    common_dir TEXT NOT NULL,
    path TEXT NOT NULL,
    created INTEGER,        -- seconds since 1970, UTC
    PRIMARY KEY (series_id, common_dir));

CREATE INDEX IF NOT EXISTS gitpatman_mail_message_id ON gitpatman_mail (message_id);
CREATE INDEX IF NOT EXISTS gitpatman_version_message_id ON gitpatman_version (message_id);

-- patman has no index beside its keys: what hangs on a row would be found by reading whole tables.
CREATE INDEX IF NOT EXISTS gitpatman_ser_ver_series ON ser_ver (series_id, version);
CREATE INDEX IF NOT EXISTS gitpatman_pcommit_svid ON pcommit (svid, seq);
CREATE INDEX IF NOT EXISTS gitpatman_review_svid ON review (svid, seq);
CREATE INDEX IF NOT EXISTS gitpatman_reply_review ON reply (review_id);
CREATE INDEX IF NOT EXISTS gitpatman_reply_svid ON reply (svid);
CREATE INDEX IF NOT EXISTS gitpatman_workflow_series ON workflow (series_id);
