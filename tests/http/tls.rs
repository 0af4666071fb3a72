// SPDX-License-Identifier: GPL-2.0-or-later
//! Servers that speak TLS, by an authority of our own (tests/data/tls: valid until 2126, keys of no other use).

use super::child::Place;
use super::server::{Server, Stream, Way, json, reply};
use super::{client, over};
use git_patman::source::http::{Accept, Network};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

struct Tls(Arc<ServerConfig>);

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/tls")
        .join(name)
}

impl Tls {
    fn with(certificate: &str) -> Tls {
        let certificates = vec![CertificateDer::from_pem_file(data(certificate)).unwrap()];
        let key = PrivateKeyDer::from_pem_file(data("server.key")).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap();
        Tls(Arc::new(
            config
                .with_no_client_auth()
                .with_single_cert(certificates, key)
                .unwrap(),
        ))
    }
}

impl Way for Tls {
    fn scheme(&self) -> &'static str {
        "https"
    }

    fn open(&self, stream: TcpStream) -> Box<dyn Stream> {
        Box::new(StreamOwned::new(
            ServerConnection::new(self.0.clone()).unwrap(),
            stream,
        ))
    }
}

fn trusting(file: PathBuf) -> Network {
    Network {
        ca_file: Some(file),
        ..Network::default()
    }
}

#[test]
fn a_server_is_trusted_by_the_authority_that_is_named() {
    let server = Server::over(Tls::with("localhost.pem"), |_| json("1"));
    let named = over(trusting(data("ca.pem")), None);
    for _ in 0..3 {
        assert_eq!(named.get(&server.url, Accept::Json).unwrap().body, b"1");
    }
    assert_eq!(
        server.connections.load(std::sync::atomic::Ordering::SeqCst),
        1
    );

    let error = client(None).get(&server.url, Accept::Json).unwrap_err();
    let said = error.to_string();
    assert!(
        said.ends_with(
            "no secure connection: the server's certificate is not signed by a trusted authority"
        ),
        "{said}"
    );
    assert!(error.hints()[0].contains("http.sslCAInfo"));
}

#[test]
fn the_authority_is_named_by_git_settings_and_environment() {
    let server = Server::over(Tls::with("localhost.pem"), |_| json("1"));
    let url = [server.url.clone()];
    let place = Place::new("[http]\n\tsslCAInfo = ~/ca.pem\n\tsslVerify = false\n");
    std::fs::copy(data("ca.pem"), place.home().join("ca.pem")).unwrap();
    assert!(
        place
            .get(&url, &[])
            .starts_with("\nrunning 1 test\n200 1\n")
    );
    let other = data("elsewhere.pem").display().to_string();
    let said = place.get(&url, &[("GIT_SSL_CAINFO", &other)]);
    assert!(
        said.contains("no secure connection")
            && said.contains("http.sslVerify=false has no effect here"),
        "{said}"
    );
}

#[test]
fn a_server_is_checked_even_if_that_is_switched_off() {
    let server = Server::over(Tls::with("localhost.pem"), |_| json("1"));
    let network = Network {
        is_unchecked: true,
        ..Network::default()
    };
    let error = over(network, None)
        .get(&server.url, Accept::Json)
        .unwrap_err();
    assert!(error.hints()[1].starts_with("http.sslVerify=false has no effect here"));
    assert!(server.requests().is_empty());
}

#[test]
fn a_certificate_for_another_name_is_refused() {
    let server = Server::over(Tls::with("elsewhere.pem"), |_| json("1"));
    let said = over(trusting(data("ca.pem")), None)
        .get(&server.url, Accept::Json)
        .unwrap_err()
        .to_string();
    assert!(
        said.ends_with("no secure connection: the server's certificate is for another name"),
        "{said}"
    );
    assert!(server.requests().is_empty());
}

#[test]
fn a_safe_server_cannot_send_us_to_one_that_is_not() {
    let plain = Server::start(|_| json("1"));
    let there = plain.url.clone();
    let server = Server::over(Tls::with("localhost.pem"), move |_| {
        reply(302, &format!("Location: {there}/\r\n"), "")
    });
    let said = over(trusting(data("ca.pem")), None)
        .get(&server.url, Accept::Json)
        .unwrap_err()
        .to_string();
    assert!(
        said.ends_with(&format!(
            "the server redirects to '{}/', which is not secure",
            plain.url
        )),
        "{said}"
    );
    assert!(plain.requests().is_empty());
}

#[test]
fn a_server_that_speaks_no_tls_is_told() {
    let server = Server::start(|_| json("1"));
    let url = server.url.replace("http://", "https://");
    let get = || {
        client(None)
            .get(&url, Accept::Json)
            .unwrap_err()
            .to_string()
    };
    assert!(
        get().contains("no secure connection") || get().contains("closed the connection early"),
        "{}",
        get()
    );
}

#[test]
fn a_file_of_certificates_that_has_none_is_named() {
    let said = |file: PathBuf| {
        over(trusting(file), None)
            .get("https://127.0.0.1:1/", Accept::Json)
            .unwrap_err()
            .to_string()
    };
    assert!(said(data("none.pem")).contains("none.pem', the certificates of http.sslCAInfo: "));
    assert!(said(data("server.key")).ends_with("there is no certificate in it"));
}
