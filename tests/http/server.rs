// SPDX-License-Identifier: GPL-2.0-or-later
//! Servers on loopback that answer as a test says, byte by byte: well, badly, late or not at all.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// The how many-th request of this server it is, from 0.
    pub number: usize,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

/// What the server does.
pub enum Say {
    /// Sends these bytes, and keeps the connection.
    Bytes(Vec<u8>),
    /// Sends these bytes, and closes the connection.
    Last(Vec<u8>),
    /// Sends these bytes, and nothing more until the client has gone.
    Stall(Vec<u8>),
    /// Sends these bytes again and again until the client has gone.
    Forever(Vec<u8>, Vec<u8>),
}

/// An answer with a length.
pub fn reply(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Say {
    let body = body.as_ref();
    let mut bytes = format!(
        "HTTP/1.1 {status} X\r\nContent-Length: {}\r\n{headers}\r\n",
        body.len()
    )
    .into_bytes();
    bytes.extend_from_slice(body);
    Say::Bytes(bytes)
}

pub fn json(body: &str) -> Say {
    reply(200, "Content-Type: application/json\r\n", body)
}

pub struct Server {
    pub url: String,
    pub connections: Arc<AtomicUsize>,
    log: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    pub fn start(answer: impl Fn(&Request) -> Say + Send + Sync + 'static) -> Server {
        Server::over(Plain, answer)
    }

    pub fn over(way: impl Way, answer: impl Fn(&Request) -> Say + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!(
            "{}://127.0.0.1:{}",
            way.scheme(),
            listener.local_addr().unwrap().port()
        );
        let log = Arc::new(Mutex::new(Vec::new()));
        let connections = Arc::new(AtomicUsize::new(0));
        let (kept, counted) = (log.clone(), connections.clone());
        let shared = Arc::new((answer, way));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                counted.fetch_add(1, Ordering::SeqCst);
                let (shared, kept) = (shared.clone(), kept.clone());
                std::thread::spawn(move || serve(shared.1.open(stream), &shared.0, &kept));
            }
        });
        Server {
            url,
            connections,
            log,
        }
    }

    pub fn requests(&self) -> Vec<Request> {
        self.log.lock().unwrap().clone()
    }

    pub fn targets(&self) -> Vec<String> {
        self.requests()
            .into_iter()
            .map(|request| request.target)
            .collect()
    }
}

/// What lies between TCP and HTTP.
pub trait Way: Send + Sync + 'static {
    fn scheme(&self) -> &'static str;
    fn open(&self, stream: TcpStream) -> Box<dyn Stream>;
}

pub trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

/// Nothing.
pub struct Plain;

impl Way for Plain {
    fn scheme(&self) -> &'static str {
        "http"
    }

    fn open(&self, stream: TcpStream) -> Box<dyn Stream> {
        Box::new(stream)
    }
}

fn serve(stream: Box<dyn Stream>, answer: &impl Fn(&Request) -> Say, log: &Mutex<Vec<Request>>) {
    let mut stream = BufReader::new(stream);
    while let Some(mut request) = read(&mut stream) {
        {
            let mut log = log.lock().unwrap();
            request.number = log.len();
            log.push(request.clone());
        }
        let out = stream.get_mut();
        // The client may have gone.
        let mut put = |bytes: &[u8]| out.write_all(bytes).and_then(|()| out.flush()).is_ok();
        match answer(&request) {
            Say::Bytes(bytes) if put(&bytes) => {}
            Say::Bytes(_) => return,
            Say::Last(bytes) => {
                put(&bytes);
                return;
            }
            Say::Stall(bytes) => {
                put(&bytes);
                drop(stream.read_to_end(&mut Vec::new()));
                return;
            }
            Say::Forever(first, then) => {
                put(&first);
                while put(&then) {}
                return;
            }
        }
    }
}

fn read(stream: &mut BufReader<Box<dyn Stream>>) -> Option<Request> {
    let mut first = String::new();
    stream
        .read_line(&mut first)
        .ok()
        .filter(|&count| count > 0)?;
    let mut words = first.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        stream
            .read_line(&mut line)
            .ok()
            .filter(|&count| count > 0)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut request = Request {
        method,
        target,
        headers,
        body: String::new(),
        number: 0,
    };
    let length = request
        .header("content-length")
        .and_then(|length| length.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    request.body = String::from_utf8(body).ok()?;
    Some(request)
}

/// A proxy that passes connections on; returns its address, and what it was asked.
pub fn proxy(refuse: bool) -> (String, Arc<Mutex<Vec<Request>>>) {
    proxy_to(refuse, None)
}

/// A proxy that finds this server at every address.
#[allow(dead_code, reason = "each test program uses a part of it")]
pub fn proxy_to_one(server: &Server) -> (String, Arc<Mutex<Vec<Request>>>) {
    let address = server.url.trim_start_matches("http://").to_owned();
    proxy_to(false, Some(address))
}

fn proxy_to(refuse: bool, only: Option<String>) -> (String, Arc<Mutex<Vec<Request>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let log = Arc::new(Mutex::new(Vec::new()));
    let kept = log.clone();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            let mut reader =
                BufReader::new(Box::new(client.try_clone().unwrap()) as Box<dyn Stream>);
            let Some(request) = read(&mut reader) else {
                continue;
            };
            kept.lock().unwrap().push(request.clone());
            if refuse {
                client
                    .write_all(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n")
                    .unwrap();
                continue;
            }
            let target = only.as_ref().unwrap_or(&request.target);
            let mut server = TcpStream::connect(target).unwrap();
            client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
            let (mut from, mut to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
            std::thread::spawn(move || drop(std::io::copy(&mut from, &mut to)));
            std::thread::spawn(move || drop(std::io::copy(&mut client, &mut server)));
        }
    });
    (address, log)
}
