-- SPDX-License-Identifier: GPL-2.0-or-later
-- Version 13: the addresses a review goes to.

--! unless column review.envelope
ALTER TABLE review ADD COLUMN envelope;
