-- SPDX-License-Identifier: GPL-2.0-or-later
-- Version 12: the session a review was written in.

--! unless column review.session_id
ALTER TABLE review ADD COLUMN session_id;
