-- SPDX-License-Identifier: GPL-2.0-or-later
-- Version 10: notes on a version.

--! unless column ser_ver.notes
ALTER TABLE ser_ver ADD COLUMN notes;
