-- SPDX-License-Identifier: GPL-2.0-or-later
-- Version 11: what was answered to a review.

--! unless table reply
CREATE TABLE reply (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    review_id INTEGER,
    gmail_msg_id UNIQUE,
    msgid,
    refs,
    sender,
    to_addrs,
    cc_addrs,
    subject,
    date,
    body TEXT,
    response TEXT,
    status,
    draft_id,
    timestamp,
    FOREIGN KEY (review_id) REFERENCES review (id));
