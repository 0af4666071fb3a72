-- SPDX-License-Identifier: GPL-2.0-or-later
-- Version 16: series that listings leave out.

--! unless column series.hidden
ALTER TABLE series ADD COLUMN hidden BIT;
