-- SPDX-License-Identifier: GPL-2.0-or-later
-- Version 15: a reply may answer a patch that has no review.

--! unless column reply.svid
ALTER TABLE reply ADD COLUMN svid INTEGER;
--! unless column reply.seq
ALTER TABLE reply ADD COLUMN seq INTEGER;
--! unless column reply.comment_id
ALTER TABLE reply ADD COLUMN comment_id INTEGER;
