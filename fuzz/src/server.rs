// SPDX-License-Identifier: GPL-2.0-or-later
//! A server on loopback whose answers are made of the fuzzer's bytes, and the client that asks it.
//!
//! The bytes are cut at `0x1e`; each piece is the answer to one request: a byte that chooses the status and what comes with
//! it, a line that is a `Link:` or a `Location:`, and the body. `$URL` in it stands for the server. When all are used, the
//! answer is an empty object.

use flate2::Compression;
use flate2::write::GzEncoder;
use git_patman::events::Collector;
use git_patman::source::http::{Client, ClientOptions, Limits, Network};
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

static ANSWERS: Mutex<VecDeque<Vec<u8>>> = Mutex::new(VecDeque::new());

/// The server's URL.
pub static URL: LazyLock<String> = LazyLock::new(|| {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || serve(stream));
        }
    });
    url
});

/// The client, which keeps its connections.
pub static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    let options = ClientOptions { offline: false, cache: None, timeout: Duration::from_secs(5) };
    let limits = Limits { packed: 1 << 20, unpacked: 4 << 20 };
    let network = Network { limits, pause: Duration::ZERO, ..Network::default() };
    Client::over(network, options, Arc::new(Collector::default()))
});

/// Sets the answers to what is asked next.
pub fn answer_with(bytes: &[u8]) {
    let text = |piece: &[u8]| String::from_utf8_lossy(piece).contains("$URL");
    let filled = |piece: &[u8]| match text(piece) {
        true => String::from_utf8_lossy(piece).replace("$URL", &URL).into_bytes(),
        false => piece.to_vec(),
    };
    let answers = bytes.split(|&byte| byte == 0x1e).take(64).map(filled).collect();
    *ANSWERS.lock().unwrap_or_else(PoisonError::into_inner) = answers;
}

fn serve(stream: TcpStream) -> Option<()> {
    let mut from = BufReader::new(stream.try_clone().ok()?);
    let mut to = stream;
    to.set_nodelay(true).ok()?;
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if from.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let line = line.trim_end().to_ascii_lowercase();
            length = line.strip_prefix("content-length:").and_then(|n| n.trim().parse().ok()).unwrap_or(length);
            if line.is_empty() {
                break;
            }
        }
        from.read_exact(&mut vec![0; length]).ok()?;
        let piece = ANSWERS.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        to.write_all(&answer(piece.as_deref().unwrap_or(b" \n{}"))).ok()?;
    }
}

fn answer(piece: &[u8]) -> Vec<u8> {
    let (&kind, rest) = piece.split_first().unwrap_or((&b' ', b""));
    let (line, body) = rest.split_at(rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len()));
    let line: String =
        line.iter().map(|&b| if b == b' ' || b.is_ascii_graphic() { char::from(b) } else { '.' }).collect();
    let mut body = body.get(1..).unwrap_or_default().to_vec();
    let (status, name) = match kind % 8 {
        1 => ("404 Not Found", "Link"),
        2 => ("302 Found", "Location"),
        3 => ("400 Bad", "Link"),
        _ => ("200 OK", "Link"),
    };
    let mut packed = "";
    if kind % 8 >= 6 {
        let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
        if packer.write_all(&body).is_ok() {
            body = packer.finish().unwrap_or_default();
        }
        packed = if kind % 8 == 7 { "Content-Encoding: gzip\r\n" } else { "" };
    }
    let head = format!("HTTP/1.1 {status}\r\n{name}: {line}\r\n{packed}Content-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), &body].concat()
}
