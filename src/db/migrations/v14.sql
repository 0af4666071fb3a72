-- SPDX-License-Identifier: GPL-2.0-or-later
-- Version 14: how much is asked of servers.

--! unless table traffic
CREATE TABLE traffic (
    hour TEXT,
    url TEXT,
    requests INTEGER,
    bytes INTEGER,
    PRIMARY KEY (hour, url));
