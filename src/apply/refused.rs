// SPDX-License-Identifier: GPL-2.0-or-later
//! What applying one file of a patch gives: its new content, or why not.

use crate::error::Error;
use std::sync::Arc;

/// Contents that several files of a patch may share.
pub type Bytes = Arc<Vec<u8>>;

/// Why a file of a patch was not applied.
pub enum Refused {
    /// It does not apply.
    NoFit(Error),
    /// git must be asked.
    Unsure,
    /// The repository cannot be read.
    Failed(Error),
}

impl Refused {
    /// A patch that does not apply, with the reason.
    pub fn new(message: impl Into<String>) -> Self {
        Refused::NoFit(Error::new(message))
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Refused::Failed(error)
    }
}
