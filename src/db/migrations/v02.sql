-- SPDX-License-Identifier: GPL-2.0-or-later
-- Version 2: the version is written down. With no such table, a database is of version 1.

--! unless table schema_version
CREATE TABLE schema_version (version INTEGER);
