// SPDX-License-Identifier: GPL-2.0-or-later
//! Series as other commands, or patman, have left them in the database, for the commands that only read them.

use crate::sandbox::{Sandbox, lines};

impl Sandbox {
    /// Three series: `video` in two versions with their branches, `tidy` without a branch, and `old`, which is archived.
    pub fn with_three_series(self) -> Self {
        let edited = |new: &str| lines("one", 40).replace("one 3\n", &format!("{new}\n"));
        self.branch("video")
            .patches(&[
                ("video: Clean up\n\nChange-Id: I01", "one.txt", "one\n"),
                (
                    "video: Add a driver\n\nChange-Id: I02",
                    "src/one.c",
                    &edited("one three"),
                ),
                (
                    "video: Drop the old one\n\nChange-Id: I03",
                    "three.txt",
                    "three\n",
                ),
            ])
            .create();
        self.branch("video2")
            .patches(&[
                (
                    "video: Add the driver\n\nChange-Id: I02",
                    "src/one.c",
                    &edited("one thrice"),
                ),
                ("video: Clean up\n\nChange-Id: I01", "one.txt", "one\n"),
                ("video: Document it\n\nChange-Id: I04", "four.txt", "four\n"),
            ])
            .create();
        self.sql(
            "INSERT INTO upstream (name, url, patchwork_url) VALUES ('us', 'https://example.com/us.git', 'https://pw.example.org');
        INSERT INTO patchwork (name, proj_id, link_name, upstream) VALUES ('U-Boot', 6, 'uboot', 'us');
        INSERT INTO series (id, name, desc, archived, upstream) VALUES
            (1, 'video', 'video: Make it faster', 0, 'us'), (2, 'tidy', 'doc: Tidy up ÄRGER', 0, NULL),
            (3, 'old', 'spi: Drop it', 1, 'us');
        INSERT INTO ser_ver (id, series_id, version, link, desc, cover_id, cover_num_comments, name, archive_tag, notes) VALUES
            (1, 1, 1, '452329', 'video: Make it fast', 806215, 2, '[0/3] video: Make it fast', NULL,
                'Tom: done' || char(10) || char(9) || 'Sam: ' || char(27) || '[31mno'),
            (2, 1, 2, '453001', 'video: Make it faster', NULL, NULL, NULL, NULL, NULL),
            (3, 2, 1, NULL, 'doc: Tidy up', NULL, NULL, NULL, NULL, NULL),
            (4, 3, 1, 400001, NULL, NULL, NULL, NULL, 'old-01jan25', NULL);
        INSERT INTO pcommit (svid, seq, subject, patch_id, change_id, state, num_comments) VALUES
            (1, 0, 'video: Clean up', 2000010, 'I01', 'accepted', 0),
            (1, 1, 'video: Add a driver', 2000011, 'I02', 'changes-requested', 3),
            (1, 2, 'video: Drop the old one', 2000012, 'I03', 'new', 1),
            (2, 0, 'video: Add the driver', 2000020, 'I02', 'new', 0),
            (2, 1, 'video: Clean up', 2000021, 'I01', 'accepted', 0),
            (2, 2, 'video: Document it', 2000022, 'I04', 'new', 0),
            (3, 0, 'doc: Use 100% of the width', NULL, NULL, NULL, NULL),
            (4, 0, 'spi: Drop it', 1000001, NULL, 'accepted', 0);
        INSERT INTO workflow (type, series_id, timestamp, archived, ser_ver_id) VALUES
            ('sent', 1, '2025-12-20 09:00:00', 1, 1), ('sent', 1, '2025-12-30 09:00:00', 0, 2),
            ('todo', 1, '2026-01-05 09:00:00', 0, NULL);"
        );
        self
    }
}
