// SPDX-License-Identifier: GPL-2.0-or-later
//! Writes a file whole, or leaves the one before, whoever else writes it and whenever the run is killed.
//!
//! It is written under a name of its own first. What a killed run has left under such a name, the next one that writes in
//! that directory takes away.

use std::fs;
use std::io::{Result, Write};
use std::path::Path;
use std::time::Duration;

/// What files begin with that are being written.
const ASIDE: &str = ".aside-";

/// How old a file that is being written may be.
const LONGEST_WRITE: Duration = Duration::from_secs(3600);

/// Writes `bytes` to `path`, whose directory is made if it is not there.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let dir = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(dir)?;
    sweep(dir);
    let mut file = tempfile::Builder::new().prefix(ASIDE).tempfile_in(dir)?;
    file.write_all(bytes)?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

fn sweep(dir: &Path) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        if !entry.file_name().as_encoded_bytes().starts_with(ASIDE.as_bytes()) {
            continue;
        }
        let age = entry.metadata().and_then(|about| about.modified()).ok().and_then(|time| time.elapsed().ok());
        if age.is_some_and(|age| age > LONGEST_WRITE) {
            // Another process may have been faster.
            drop(fs::remove_file(entry.path()));
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use std::time::SystemTime;

    #[test]
    fn what_a_killed_run_has_left_is_taken_away_when_it_is_old() {
        let dir = tempfile::tempdir().unwrap();
        let (old, new) = (dir.path().join(".aside-old"), dir.path().join(".aside-new"));
        fs::write(&new, "").unwrap();
        fs::File::create(&old).unwrap().set_modified(SystemTime::now() - 2 * LONGEST_WRITE).unwrap();
        let path = dir.path().join("file");
        write(&path, b"1").unwrap();
        write(&path, b"2").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"2");
        assert!(!old.exists() && new.exists());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }
}
