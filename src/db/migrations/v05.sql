-- SPDX-License-Identifier: GPL-2.0-or-later
-- Version 5: several Patchwork projects, one for each upstream, and the settings for sending to it.

--! unless column series.upstream
ALTER TABLE series ADD COLUMN upstream;

-- 'settings' becomes 'patchwork' by way of a third table, whose rename is kept because it shows in the schema's text.
-- Whatever of the three a stopped run has left, no row of any is lost and none is doubled.
--! unless table patchwork patchwork_new
CREATE TABLE patchwork_new (name, proj_id INT, link_name, upstream);
--! unless table patchwork
ALTER TABLE patchwork_new RENAME TO patchwork;
--! if table patchwork_new
INSERT INTO patchwork (name, proj_id, link_name, upstream)
    SELECT name, proj_id, link_name, upstream FROM patchwork_new AS old
    WHERE NOT EXISTS (SELECT 1 FROM patchwork AS new
        WHERE new.name IS old.name AND new.proj_id IS old.proj_id AND new.link_name IS old.link_name);
--! if table patchwork_new
DROP TABLE patchwork_new;
--! if table settings
INSERT INTO patchwork (name, proj_id, link_name, upstream)
    SELECT name, proj_id, link_name, NULL FROM settings AS old
    WHERE NOT EXISTS (SELECT 1 FROM patchwork AS new
        WHERE new.name IS old.name AND new.proj_id IS old.proj_id AND new.link_name IS old.link_name);
--! if table settings
DROP TABLE settings;

-- The one project there was belongs to the default upstream.
UPDATE patchwork SET upstream = (SELECT name FROM upstream WHERE is_default = 1 LIMIT 1) WHERE upstream IS NULL;

--! unless column upstream.patchwork_url
ALTER TABLE upstream ADD COLUMN patchwork_url;
--! unless column upstream.identity
ALTER TABLE upstream ADD COLUMN identity;
--! unless column upstream.series_to
ALTER TABLE upstream ADD COLUMN series_to;
--! unless column upstream.no_maintainers
ALTER TABLE upstream ADD COLUMN no_maintainers BIT;
--! unless column upstream.no_tags
ALTER TABLE upstream ADD COLUMN no_tags BIT;
--! unless column ser_ver.desc
ALTER TABLE ser_ver ADD COLUMN desc;
