// SPDX-License-Identifier: GPL-2.0-or-later
//! The options and the network configuration of a client.

use super::body::Limits;
use super::proxy::Proxies;
use crate::git::credential::CredentialHelpers;
use std::path::PathBuf;
use std::time::Duration;

/// The options of a client.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// Whether responses come only from the cache.
    pub offline: bool,
    /// The cache directory; `None` means no cache.
    pub cache: Option<PathBuf>,
    /// How long a server may be silent, before its response begins and at any time during it.
    ///
    /// One attempt may take twenty times as long.
    pub timeout: Duration,
}

/// How to connect to servers.
#[derive(Debug, Clone)]
pub struct Network {
    /// The proxies to use.
    pub proxies: Proxies,
    /// A file with the certificates to check servers with, instead of those built into the program.
    pub ca_file: Option<PathBuf>,
    /// Whether the user has disabled the checks of servers; they are checked anyway, and the error says so.
    pub is_unchecked: bool,
    /// Maximum sizes of responses.
    pub limits: Limits,
    /// How long to wait before the first retry.
    pub pause: Duration,
    /// Where names and passwords come from.
    pub helpers: CredentialHelpers,
    /// The URLs of the servers named by settings; see [`super::Client::name_server`].
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
            helpers: CredentialHelpers {
                cwd: PathBuf::from("."),
                may_ask: false,
            },
            named: Vec::new(),
        }
    }
}
