// SPDX-License-Identifier: GPL-2.0-or-later
//! Limits requests to four at once, and counts them.

use super::Traffic;
use std::sync::{Condvar, Mutex, PoisonError};

/// Allows a limited number of threads to enter at once.
#[derive(Debug)]
pub(super) struct Semaphore {
    free: Mutex<usize>,
    freed: Condvar,
}

/// A permit to be inside, which is released when dropped.
#[derive(Debug)]
pub(super) struct Permit<'a>(&'a Semaphore);

impl Semaphore {
    /// Creates a semaphore with `most` permits.
    pub(super) fn new(most: usize) -> Semaphore {
        Semaphore {
            free: Mutex::new(most),
            freed: Condvar::new(),
        }
    }

    /// Waits for a permit.
    pub(super) fn enter(&self) -> Permit<'_> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = self
            .freed
            .wait_while(free, |free| *free == 0)
            .unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        Permit(self)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
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
