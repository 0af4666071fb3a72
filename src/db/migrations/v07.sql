-- SPDX-License-Identifier: GPL-2.0-or-later
-- Version 7: a workflow entry may be about one version.

--! unless column workflow.ser_ver_id
ALTER TABLE workflow ADD COLUMN ser_ver_id INTEGER;
