-- SPDX-License-Identifier: GPL-2.0-or-later
-- Version 4: the tag that keeps an archived version.

--! unless column ser_ver.archive_tag
ALTER TABLE ser_ver ADD COLUMN archive_tag;
