-- SPDX-License-Identifier: GPL-2.0-or-later
-- What became of series, what the user has seen of them, and which checks have passed on which trees.

-- What is known of a series beside its row of 'series'.
CREATE TABLE IF NOT EXISTS gitpatman_series (
    series_id INTEGER PRIMARY KEY REFERENCES series (id),
    outcome TEXT,           -- 'merged', 'rejected' or 'superseded'; NULL while it is under review
    finished INTEGER,       -- when that was said, seconds since 1970, UTC
    updated INTEGER,        -- when its sources were asked last, seconds since 1970, UTC
    seen INTEGER);          -- the newest row of 'gitpatman_mail' that the user has been shown

-- What commands said of trees, so that what passed is not run again.
CREATE TABLE IF NOT EXISTS gitpatman_check (
    tree TEXT NOT NULL,     -- the tree that it ran on
    command TEXT NOT NULL,  -- the command line as it was given to the shell
    context TEXT NOT NULL,  -- digest of what else of the commits it can see: messages, authors, the trees before
    outcome TEXT NOT NULL,  -- 'passed', 'failed' or 'timeout'
    status INTEGER,         -- the exit status; NULL where a signal ended it
    seconds REAL,           -- how long it took
    finished INTEGER,       -- seconds since 1970, UTC
    output TEXT,            -- the file that holds what it printed
    PRIMARY KEY (tree, command, context));
