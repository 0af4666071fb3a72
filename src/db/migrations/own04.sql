-- SPDX-License-Identifier: GPL-2.0-or-later
-- Which repository is which wherever it is moved to, and which refs were removed on purpose.

-- The newest step that was run. 'version' is the oldest program that may use the database: programs that do not know this
-- column compare it with the number of their own newest step.
--! unless column gitpatman_schema.installed
ALTER TABLE gitpatman_schema ADD COLUMN installed INTEGER;

-- Where each repository was last, by the id that it keeps in '<common dir>/patman/id'. Other tables name repositories by
-- their common directory; those rows follow when a repository is found elsewhere.
CREATE TABLE IF NOT EXISTS gitpatman_repository (
    id TEXT PRIMARY KEY NOT NULL,
    common_dir TEXT NOT NULL,
    since INTEGER NOT NULL);    -- seconds since 1970, UTC

-- Refs that a command is about to delete, written before the first of them goes. 'review prune' deletes no others.
CREATE TABLE IF NOT EXISTS gitpatman_removed (
    repository TEXT NOT NULL,   -- its id
    series TEXT NOT NULL,       -- the name of the series, also where 'series' has no such row any more
    ref TEXT NOT NULL,          -- the full name
    oid TEXT NOT NULL,          -- what it pointed to
    removed INTEGER NOT NULL,   -- seconds since 1970, UTC
    PRIMARY KEY (repository, ref, oid));
