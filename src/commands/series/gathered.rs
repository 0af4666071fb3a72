// SPDX-License-Identifier: GPL-2.0-or-later
//! What 'gather' and 'gather-all' report of a version whose replies were fetched.

use crate::author::patchwork::gather::Look;
use crate::output::Output;
use crate::text::count;
use crate::text::shell_quote;

/// Reports trailers that were not added, and whether all patches are accepted.
pub(super) fn tell(out: &Output, look: &Look, to_branch: bool) {
    let new = look.count_new();
    if new > 0 && !to_branch {
        out.note(format!(
            "{}: not added to the branch: {}",
            look.job.name,
            count::trailers(new)
        ));
    }
    if look.has_unproved() {
        let series = shell_quote(&look.job.series);
        out.hint(format!(
            "to add unproved trailers as well: git patman series -s {series} gather --allow-mismatch"
        ));
    }
    if look.is_accepted() {
        out.note(format!("{}: all patches are accepted", look.job.name));
    }
}
