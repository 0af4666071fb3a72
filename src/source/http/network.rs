// SPDX-License-Identifier: GPL-2.0-or-later
//! What a client is made with.

use super::body::Limits;
use super::proxy::Proxies;
use std::path::PathBuf;
use std::time::Duration;

/// How the client behaves.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// Whether answers come from the cache alone.
    pub offline: bool,
    /// Where answers are kept; none: nowhere.
    pub cache: Option<PathBuf>,
    /// How long a server may be silent: before its answer begins, and at any time in it. One try may take twenty times as
    /// long.
    pub timeout: Duration,
}

/// The way to servers.
#[derive(Debug, Clone)]
pub struct Network {
    /// The proxies to go through.
    pub proxies: Proxies,
    /// A file with the certificates that servers are checked by, in place of those that come with the program.
    pub ca_file: Option<PathBuf>,
    /// Whether the user wants servers not to be checked; they are checked, and the error says so.
    pub is_unchecked: bool,
    /// How large answers may be.
    pub limits: Limits,
    /// How long to wait before a request is made again for the first time.
    pub pause: Duration,
    /// The directory in which git's credential helpers run.
    pub cwd: PathBuf,
    /// The URLs of the servers that settings name; see [`super::Client::name_server`].
    pub named: Vec<String>,
}

impl Default for Network {
    fn default() -> Self {
        Network {
            proxies: Proxies::default(),
            ca_file: None,
            is_unchecked: false,
            limits: Limits::default(),
            pause: Duration::from_secs(1),
            cwd: PathBuf::from("."),
            named: Vec::new(),
        }
    }
}
