-- SPDX-License-Identifier: GPL-2.0-or-later
-- Version 1: series, their versions and patches, upstreams and one Patchwork project.
-- The types are patman's: a column with none keeps whatever is put in it.

--! unless table series
CREATE TABLE series (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name UNIQUE,    -- also the name of its branch
    desc,           -- title of the cover letter
    archived BIT);

--! unless table ser_ver
CREATE TABLE ser_ver (
    id INTEGER PRIMARY KEY AUTOINCREMENT,   -- 'svid' elsewhere
    series_id INTEGER,
    version INTEGER,
    link,           -- number of the series on Patchwork, as a number or as text
    FOREIGN KEY (series_id) REFERENCES series (id));

--! unless table upstream
CREATE TABLE upstream (
    name UNIQUE,    -- of the git remote
    url,
    is_default BIT);

--! unless table pcommit
CREATE TABLE pcommit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    svid INTEGER,
    seq INTEGER,    -- from 0
    subject,
    patch_id INTEGER,   -- number of the patch on Patchwork
    change_id,
    state,          -- on Patchwork
    num_comments INTEGER,
    FOREIGN KEY (svid) REFERENCES ser_ver (id));

-- Version 5 makes 'patchwork' of it.
--! unless table settings patchwork patchwork_new
CREATE TABLE settings (
    name UNIQUE,
    proj_id INT,
    link_name);
