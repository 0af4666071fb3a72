-- SPDX-License-Identifier: GPL-2.0-or-later
-- Version 8: series of others, under review, and the text of each review.

-- 'review' for a series of somebody else.
--! unless column series.source
ALTER TABLE series ADD COLUMN source;
--! unless table review
CREATE TABLE review (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    svid INTEGER,
    seq INTEGER,    -- 0 for the cover letter, patches from 1
    body TEXT,
    approved BIT,
    timestamp TEXT,
    FOREIGN KEY (svid) REFERENCES ser_ver (id));
