-- SPDX-License-Identifier: GPL-2.0-or-later
-- Version 6: what is to be done next with a series.

--! unless table workflow
CREATE TABLE workflow (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    type,           -- 'todo', 'sent'...
    series_id INTEGER,
    timestamp,
    archived BIT,
    FOREIGN KEY (series_id) REFERENCES series (id));
