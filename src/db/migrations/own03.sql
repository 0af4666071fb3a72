-- SPDX-License-Identifier: GPL-2.0-or-later
-- What was done to the user's own series, so that it can be taken back; and what archived branches tracked.

-- One change each, of refs, HEAD, settings and rows together. The newest of each repository are kept.
CREATE TABLE IF NOT EXISTS gitpatman_undo (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    common_dir TEXT NOT NULL,   -- of the repository
    token TEXT NOT NULL,        -- tells the change from all others, in the journal that outlives a kill
    what TEXT NOT NULL,         -- the command: 'series mark'
    why TEXT NOT NULL,          -- what it did: 'Give 4 commits a Change-Id'
    finished INTEGER NOT NULL,  -- when, seconds since 1970, UTC
    undone INTEGER,             -- when it was taken back; NULL while it is in force
    names TEXT NOT NULL,        -- JSON: the branches and the series that it is about
    plan TEXT NOT NULL,         -- JSON: refs, HEADs and settings before and after
    rows TEXT NOT NULL);        -- JSON: the rows that were changed, before and after

CREATE INDEX IF NOT EXISTS gitpatman_undo_common_dir ON gitpatman_undo (common_dir, id);

-- What the branch of a version tracked when it was archived.
CREATE TABLE IF NOT EXISTS gitpatman_tracking (
    svid INTEGER PRIMARY KEY REFERENCES ser_ver (id),
    remote TEXT,
    merge TEXT);
