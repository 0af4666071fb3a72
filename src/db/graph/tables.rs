// SPDX-License-Identifier: GPL-2.0-or-later
//! One entry for each table.

use super::{CopyRule, Parent, RepositoryColumns, Table, Written};

pub(in crate::db) const SERIES: &str = "series";
pub(super) const VERSION: &str = "ser_ver";
const REVIEW: &str = "review";

/// Parents before children.
pub(in crate::db) const TABLES: &[Table] = &[
    Table {
        name: SERIES,
        noun: "series",
        signature: &["id", "name", "desc", "archived"],
        copy: CopyRule::Series,
        ..Table::NEW
    },
    Table {
        name: VERSION,
        noun: "version",
        signature: &["id", "series_id", "version", "link"],
        parents: &[Parent::kept("series_id", SERIES)],
        copy: CopyRule::Versions,
        written: &[Written {
            condition: "CAST(notes AS TEXT) != ''",
            singular: "note",
            plural: "notes",
        }],
        other_ids: &["cover_id"],
        ..Table::NEW
    },
    Table {
        name: "pcommit",
        noun: "patch",
        signature: &[
            "id",
            "svid",
            "seq",
            "subject",
            "patch_id",
            "change_id",
            "state",
            "num_comments",
        ],
        parents: &[Parent::removable("svid", VERSION)],
        copy: CopyRule::Versions,
        other_ids: &["patch_id", "change_id"],
        ..Table::NEW
    },
    Table {
        name: REVIEW,
        noun: "review",
        signature: &["id", "svid", "seq", "body", "approved", "timestamp"],
        parents: &[Parent::kept("svid", VERSION)],
        copy: CopyRule::Versions,
        written: &[Written {
            condition: "true",
            singular: "review",
            plural: "reviews",
        }],
        other_ids: &["draft_id", "gmail_msg_id", "gmail_thread_id", "session_id"],
        ..Table::NEW
    },
    Table {
        name: "reply",
        noun: "reply",
        signature: &["id", "review_id", "gmail_msg_id", "body", "response"],
        parents: &[
            Parent::kept("review_id", REVIEW),
            Parent::kept("svid", VERSION),
        ],
        copy: CopyRule::Versions,
        written: &[Written {
            condition: "true",
            singular: "reply",
            plural: "replies",
        }],
        other_ids: &["gmail_msg_id", "draft_id", "comment_id"],
        ..Table::NEW
    },
    Table {
        name: "workflow",
        noun: "workflow entry",
        signature: &["id", "type", "series_id", "timestamp", "archived"],
        parents: &[
            Parent::removable("series_id", SERIES),
            Parent::kept("ser_ver_id", VERSION),
        ],
        copy: CopyRule::Versions,
        written: &[
            Written {
                condition: "type = 'todo' AND coalesce(archived, 0) = 0",
                singular: "todo",
                plural: "todos",
            },
            // When versions were sent and reviewed, and finished todo entries.
            Written {
                condition: "(type = 'todo' AND coalesce(archived, 0) = 0) IS NOT TRUE",
                singular: "past workflow entry",
                plural: "past workflow entries",
            },
        ],
        ..Table::NEW
    },
    Table {
        name: "gitpatman_version",
        noun: "version",
        key: &["svid"],
        parents: &[Parent::removable("svid", VERSION)],
        copy: CopyRule::Versions,
        other_ids: &["message_id", "change_id"],
        ..Table::NEW
    },
    Table {
        name: "gitpatman_patch",
        noun: "patch",
        key: &["svid", "seq"],
        parents: &[Parent::removable("svid", VERSION)],
        copy: CopyRule::Versions,
        other_ids: &["message_id", "patch_id"],
        ..Table::NEW
    },
    Table {
        name: "gitpatman_mail",
        noun: "mail",
        parents: &[Parent::kept("svid", VERSION)],
        copy: CopyRule::Versions,
        written: &[Written {
            condition: "true",
            singular: "mail",
            plural: "mails",
        }],
        other_ids: &["message_id"],
        ..Table::NEW
    },
    Table {
        name: "gitpatman_worktree",
        noun: "worktree",
        key: &["series_id", "common_dir"],
        parents: &[Parent::removable("series_id", SERIES)],
        copy: CopyRule::OnePerSeries(
            "path = excluded.path, created = excluded.created WHERE path = '' AND excluded.path != ''",
        ),
        repository: Some(RepositoryColumns {
            common_dir: "common_dir",
            written: "created",
            path: Some("path"),
        }),
        ..Table::NEW
    },
    Table {
        name: "gitpatman_series",
        noun: "series",
        key: &["series_id"],
        parents: &[Parent::removable("series_id", SERIES)],
        copy: CopyRule::OnePerSeries(
            "finished = iif(outcome ISNULL, excluded.finished, finished), outcome = coalesce(outcome, excluded.outcome),
            updated = coalesce(updated, excluded.updated)",
        ),
        // The number of a mail, which `copy/seen.rs` sets once the mails are copied.
        reset: &[("seen", None)],
        ..Table::NEW
    },
    Table {
        name: "gitpatman_tracking",
        noun: "version",
        key: &["svid"],
        parents: &[Parent::removable("svid", VERSION)],
        copy: CopyRule::Versions,
        ..Table::NEW
    },
    Table {
        name: "upstream",
        noun: "upstream",
        signature: &["name", "url", "is_default"],
        copy: CopyRule::ByName("name"),
        // The target keeps its own default.
        reset: &[("is_default", Some(0))],
        ..Table::NEW
    },
    // The name of 'patchwork' up to version 2.
    Table {
        name: "settings",
        noun: "Patchwork project",
        signature: &["name", "proj_id", "link_name"],
        other_ids: &["proj_id"],
        ..Table::NEW
    },
    Table {
        name: "patchwork",
        noun: "Patchwork project",
        signature: &["name", "proj_id", "link_name", "upstream"],
        copy: CopyRule::ByName("upstream"),
        other_ids: &["proj_id"],
        ..Table::NEW
    },
    // The name of 'patchwork' during a migration of patman.
    Table {
        name: "patchwork_new",
        noun: "Patchwork project",
        signature: &["name", "proj_id", "link_name", "upstream"],
        other_ids: &["proj_id"],
        ..Table::NEW
    },
    Table {
        name: "gitpatman_check",
        noun: "result of a check",
        key: &["tree", "command", "context"],
        copy: CopyRule::Results,
        ..Table::NEW
    },
    Table {
        name: "schema_version",
        noun: "version of the schema",
        signature: &["version"],
        ..Table::NEW
    },
    Table {
        name: "gitpatman_schema",
        noun: "version of the schema",
        ..Table::NEW
    },
    // What this database's user has asked servers.
    Table {
        name: "traffic",
        noun: "count of requests",
        signature: &["hour", "url", "requests", "bytes"],
        key: &["hour", "url"],
        ..Table::NEW
    },
    // Its changes name rows by their numbers in this database.
    Table {
        name: "gitpatman_undo",
        noun: "change",
        repository: Some(RepositoryColumns {
            common_dir: "common_dir",
            written: "finished",
            path: None,
        }),
        ..Table::NEW
    },
    Table {
        name: "gitpatman_repository",
        noun: "repository",
        other_ids: &["common_dir"],
        ..Table::NEW
    },
    Table {
        name: "gitpatman_removed",
        noun: "removed ref",
        key: &["repository", "ref", "oid"],
        ..Table::NEW
    },
];
