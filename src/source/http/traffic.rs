// SPDX-License-Identifier: GPL-2.0-or-later
//! Counts requests and bytes.

use std::sync::{Mutex, PoisonError};

/// The requests made to one server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traffic {
    /// Scheme, host and port.
    pub server: String,
    /// The number of requests, including retries.
    pub requests: u64,
    /// The number of bytes received.
    pub bytes: u64,
}

/// Requests and bytes, by server.
#[derive(Debug, Default)]
pub(super) struct TrafficCounts(Mutex<Vec<Traffic>>);

impl TrafficCounts {
    /// Adds to the counts of a server.
    pub(super) fn add(&self, server: &str, requests: u64, bytes: u64) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match all.iter_mut().find(|counted| counted.server == server) {
            Some(counted) => {
                counted.requests += requests;
                counted.bytes += bytes;
            }
            None => all.push(Traffic {
                server: server.to_owned(),
                requests,
                bytes,
            }),
        }
    }

    /// The counts of all servers.
    pub(super) fn all(&self) -> Vec<Traffic> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
