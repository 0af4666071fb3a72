// SPDX-License-Identifier: GPL-2.0-or-later
//! The client against servers that answer well, badly, late and not at all, on loopback.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod answers;
mod child;
mod keeping;
mod retries;
mod secrets;
mod server;
mod sharing;
mod tls;
mod ways;

use git_patman::events::Collector;
use git_patman::source::http::{Client, ClientOptions, Network};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// A client that loses no time between tries.
fn client(cache: Option<&Path>) -> Client {
    over(Network::default(), cache)
}

fn over(network: Network, cache: Option<&Path>) -> Client {
    made(network, cache, false, Duration::from_secs(20))
}

fn offline(cache: &Path) -> Client {
    made(
        Network::default(),
        Some(cache),
        true,
        Duration::from_secs(20),
    )
}

fn made(network: Network, cache: Option<&Path>, offline: bool, timeout: Duration) -> Client {
    let network = Network {
        pause: Duration::from_millis(1),
        ..network
    };
    let options = ClientOptions {
        offline,
        cache: cache.map(Path::to_owned),
        timeout,
    };
    Client::over(network, options, Arc::new(Collector::default()))
}
