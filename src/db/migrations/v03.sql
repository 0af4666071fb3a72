-- SPDX-License-Identifier: GPL-2.0-or-later
-- Version 3: the cover letter of each version, as Patchwork has it.

--! unless column ser_ver.cover_id
ALTER TABLE ser_ver ADD COLUMN cover_id;
--! unless column ser_ver.cover_num_comments
ALTER TABLE ser_ver ADD COLUMN cover_num_comments INTEGER;
--! unless column ser_ver.name
ALTER TABLE ser_ver ADD COLUMN name;
