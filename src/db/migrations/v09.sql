-- SPDX-License-Identifier: GPL-2.0-or-later
-- Version 9: reviews kept as drafts of a mail.

--! unless column review.draft_id
ALTER TABLE review ADD COLUMN draft_id;
--! unless column review.status
ALTER TABLE review ADD COLUMN status;
--! unless column review.gmail_msg_id
ALTER TABLE review ADD COLUMN gmail_msg_id;
--! unless column review.gmail_thread_id
ALTER TABLE review ADD COLUMN gmail_thread_id;
UPDATE review SET status = 'new' WHERE status IS NULL;
