// SPDX-License-Identifier: GPL-2.0-or-later
//! The connections: one agent for each way to a server (directly, through a proxy), whose connections all threads share.
//!
//! ureq's own redirects, retries, unpacking and proxy settings are off: a redirect must not carry secrets along, sizes are
//! bounded before and after unpacking, and proxies are chosen by curl's rules.

use super::proxy::Proxies;
use super::public::is_inside_name;
use super::resolver::{JudgingResolver, Seen};
use super::url::{Url, redacted};
use super::{MOST_AT_ONCE, Network};
use crate::error::{Error, Result, WithContext};
use std::path::Path;
use std::time::Duration;
use ureq::config::Config;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Proxy};

/// How long it may take to reach a server, at most.
const CONNECT: Duration = Duration::from_secs(15);
/// One try may take this many times as long as a server may be silent.
const WHOLE: u32 = 20;

/// The ways to servers.
#[derive(Debug)]
pub(super) struct Agents {
    direct: Result<Agent>,
    /// As `direct`, to public addresses alone. Its connections are its own: one that was made for the user is not used where
    /// a stranger leads.
    public: Result<Agent>,
    http: Result<Agent>,
    https: Result<Agent>,
    seen: Seen,
}

impl Agents {
    /// The ways that `network` has; what is wrong with one is told when it is taken.
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

    /// The way to a server; to public addresses alone where `is_public_only`, if it is asked directly.
    pub(super) fn of(&self, url: &Url, proxies: &Proxies, is_public_only: bool) -> Result<&Agent> {
        let agent = match (proxies.of(url), url.is_secure) {
            (None, _) if is_public_only => &self.public,
            (None, _) => &self.direct,
            (Some(_), false) => &self.http,
            (Some(_), true) => &self.https,
        };
        agent.as_ref().map_err(Clone::clone)
    }

    /// Whether a server that has answered is inside the user's own network: by the addresses that its name had, behind a
    /// proxy by its name.
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
        .max_idle_connections_per_host(MOST_AT_ONCE)
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
