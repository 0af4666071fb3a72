// SPDX-License-Identifier: GPL-2.0-or-later
//! The connections: one agent for each route to a server (direct or through a proxy), whose connections
//! all threads share.
//!
//! ureq's own redirects, retries, decompression and proxy settings are off: a redirect must not carry
//! secrets along, sizes are bounded before and after decompression, and proxies are chosen by curl's
//! rules.

use super::proxy::Proxies;
use super::public::is_inside_name;
use super::resolver::{JudgingResolver, Seen};
use super::url::{Url, redacted};
use super::{MAX_PARALLEL_REQUESTS, Network};
use crate::error::{Error, Result, WithContext};
use std::path::Path;
use std::time::Duration;
use ureq::config::Config;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Proxy};

/// Maximum time to connect to a server.
const CONNECT: Duration = Duration::from_secs(15);
/// The time limit of one attempt, as a multiple of the time that a server may be silent.
const WHOLE: u32 = 20;

/// The routes to servers.
#[derive(Debug)]
pub(super) struct Agents {
    direct: Result<Agent>,
    /// Like `direct`, but only to public addresses. It has its own connections: a connection made for
    /// the user is not used if a stranger has led to the server.
    public: Result<Agent>,
    http: Result<Agent>,
    https: Result<Agent>,
    seen: Seen,
}

impl Agents {
    /// Creates the routes of `network`; an error in a route is reported when the route is used.
    pub(super) fn new(network: &Network, silence: Duration) -> Agents {
        let roots = network
            .ca_file
            .as_deref()
            .map_or(Ok(RootCerts::WebPki), roots);
        let through = |proxy: &Option<String>| {
            let proxy = proxy
                .as_deref()
                .filter(|proxy| !proxy.is_empty())
                .map(proxy_at)
                .transpose();
            proxy.and_then(|proxy| Ok(config(proxy, roots.clone()?, silence).into()))
        };
        let seen = Seen::default();
        let direct = |is_public_only| {
            let resolver =
                JudgingResolver::new(DefaultResolver::default(), seen.clone(), is_public_only);
            let config = config(None, roots.clone()?, silence);
            Ok(Agent::with_parts(
                config,
                DefaultConnector::default(),
                resolver,
            ))
        };
        Agents {
            direct: direct(false),
            public: direct(true),
            http: through(&network.proxies.http),
            https: through(&network.proxies.https),
            seen,
        }
    }

    /// The route to a server; only to public addresses if `is_public_only` and the connection is direct.
    pub(super) fn of(&self, url: &Url, proxies: &Proxies, is_public_only: bool) -> Result<&Agent> {
        let agent = match (proxies.of(url), url.is_secure) {
            (None, _) if is_public_only => &self.public,
            (None, _) => &self.direct,
            (Some(_), false) => &self.http,
            (Some(_), true) => &self.https,
        };
        agent.as_ref().map_err(Clone::clone)
    }

    /// Whether a server that has responded is inside the user's own network.
    ///
    /// The addresses of its name decide, or the name itself behind a proxy.
    pub(super) fn is_inside(&self, url: &Url, proxies: &Proxies) -> bool {
        match proxies.of(url) {
            Some(_) => is_inside_name(&url.host),
            None => self.seen.is_inside(&url.host),
        }
    }
}

fn config(proxy: Option<Proxy>, roots: RootCerts, silence: Duration) -> Config {
    let connect = Some(silence.min(CONNECT));
    Agent::config_builder()
        .proxy(proxy)
        .tls_config(TlsConfig::builder().root_certs(roots).build())
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent(concat!("git-patman/", env!("CARGO_PKG_VERSION")))
        .max_idle_connections_per_host(MAX_PARALLEL_REQUESTS)
        .timeout_resolve(connect)
        .timeout_connect(connect)
        .timeout_recv_response(Some(silence))
        .timeout_per_read(Some(silence))
        .timeout_per_write(Some(silence))
        .timeout_global(Some(silence * WHOLE))
        .build()
}

fn proxy_at(text: &str) -> Result<Proxy> {
    Proxy::new(text).map_err(|_| {
        Error::new(format!("'{}' is not the URL of a proxy", redacted(text)))
            .with_hint("see http.proxy, https_proxy and http_proxy in git-patman-config(5)")
    })
}

fn roots(file: &Path) -> Result<RootCerts> {
    let named = || {
        format!(
            "cannot read '{}', the certificates of http.sslCAInfo",
            file.display()
        )
    };
    let pem = std::fs::read(file).context(named)?;
    let certificates: Vec<Certificate<'static>> = parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    if certificates.is_empty() {
        return Err(Error::new(named()).with_cause("there is no certificate in it"));
    }
    Ok(RootCerts::new_with_certs(&certificates))
}
