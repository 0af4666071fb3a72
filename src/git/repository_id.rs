// SPDX-License-Identifier: GPL-2.0-or-later
//! The id of a repository: a random number in `<common dir>/patman/id`. The id moves with the
//! repository, but is not cloned. A copy of the directory shares the id until it is found beside
//! the original.

use super::Repo;
use super::file_lock::FileLock;
use super::sharing;
use crate::error::{Result, WithContext};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

fn file(common_dir: &Path) -> PathBuf {
    common_dir.join("patman").join("id")
}

/// The id of the repository with that common directory; `None` if the repository or its id does not exist.
pub fn id_in(common_dir: &Path) -> Result<Option<String>> {
    let path = file(common_dir);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(parse(&text)),
        Err(why) if matches!(why.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(None)
        }
        // A file that is not text holds no id.
        Err(why) if why.kind() == ErrorKind::InvalidData => Ok(None),
        Err(why) => Err(why).context(|| format!("cannot read '{}'", path.display())),
    }
}

fn parse(text: &str) -> Option<String> {
    let id = text.trim_end();
    (id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| id.to_owned())
}

fn random() -> String {
    let number = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", number(), number())
}

impl Repo {
    /// The id of this repository; `None` if it has no id yet.
    pub fn id(&self) -> Result<Option<String>> {
        id_in(self.common_dir())
    }

    /// Gives this repository an id, if it has none or that of another one, `old`. Returns the id that it has then.
    pub fn give_id(&self, old: Option<&str>) -> Result<String> {
        let path = file(self.common_dir());
        let failed = || format!("cannot write '{}'", path.display());
        let locks = self.common_dir().join("patman").join("locks");
        sharing::create_dir_all(&locks).context(failed)?;
        // Of two processes, the second finds the id that the first has written.
        let _lock = FileLock::take_soon(&locks.join(".id.lock"))?;
        if let Some(id) = self.id()?.filter(|id| Some(id.as_str()) != old) {
            return Ok(id);
        }
        let id = random();
        // Readable by all who may read the repository, as git's own files are; it is no secret.
        let aside = path.with_extension("new");
        sharing::write(&aside, format!("{id}\n").as_bytes()).context(failed)?;
        std::fs::rename(&aside, &path).context(failed)?;
        Ok(id)
    }
}
