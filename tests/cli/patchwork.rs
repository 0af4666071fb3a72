// SPDX-License-Identifier: GPL-2.0-or-later
//! `patchwork`: the project of an upstream, asked of a server on loopback.

use crate::sandbox::Sandbox;
use snapbox::{assert_data_eq, str};
use std::sync::{Arc, Mutex};

/// A Patchwork with two pages of projects; what it was asked is kept.
struct Server {
    server: Arc<tiny_http::Server>,
    asked: Arc<Mutex<Vec<String>>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

const FIRST: &str = r#"[{"id":6,"name":"U-Boot","link_name":"uboot","list_id":"u-boot.lists.example.org"},
    {"id":8,"name":"evil\u001b[31m","link_name":"evil","list_id":null}]"#;
const SECOND: &str = r#"[{"id":7,"name":"Linux MMC","link_name":"linux-mmc","list_id":"linux-mmc.example.org","web_url":""}]"#;

impl Server {
    fn new() -> Self {
        let server = Arc::new(tiny_http::Server::http("127.0.0.1:0").unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (own, log) = (server.clone(), asked.clone());
        let thread = std::thread::spawn(move || {
            for request in own.incoming_requests() {
                let url = request.url().to_owned();
                log.lock().unwrap().push(url.clone());
                let body = match url.strip_prefix("/api/1.2/projects/?") {
                    Some(query) if query.starts_with("page=2") => SECOND,
                    Some(_) => FIRST,
                    None => {
                        request
                            .respond(
                                tiny_http::Response::from_string("not here").with_status_code(404),
                            )
                            .unwrap();
                        continue;
                    }
                };
                let mut response = tiny_http::Response::from_string(body);
                response.add_header(
                    "Content-Type: application/json"
                        .parse::<tiny_http::Header>()
                        .unwrap(),
                );
                if body == FIRST {
                    // A server behind a proxy that does not know its own name.
                    let link = "Link: <http://inside.example/api/1.2/projects/?page=2&per_page=100>; rel=\"next\"";
                    response.add_header(link.parse::<tiny_http::Header>().unwrap());
                }
                request.respond(response).unwrap();
            }
        });
        Server {
            server,
            asked,
            thread: Some(thread),
        }
    }

    fn url(&self) -> String {
        format!("http://{}", self.server.server_addr())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.server.unblock();
        self.thread.take().unwrap().join().unwrap();
    }
}

/// A session in which the server's address is `$SERVER`.
fn session(sandbox: &Sandbox, server: &Server, lines: &[&str]) -> String {
    let lines: Vec<String> = lines
        .iter()
        .map(|line| line.replace("$SERVER", &server.url()))
        .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    sandbox.session(&lines).replace(&server.url(), "$SERVER")
}

#[test]
fn a_project_is_set_shown_listed_and_removed() {
    let (sandbox, server) = (Sandbox::new(), Server::new());
    assert_data_eq!(
        session(
            &sandbox,
            &server,
            &[
                "patchwork ls",
                "upstream add us https://example.com/us.git -p $SERVER/ UBOOT",
                "pw set-project linux-mmc.example.org us",
                "patchwork set-project U-Boot",
                "patchwork get-project",
                "patchwork get-project us --json",
                "patchwork ls",
                "patchwork ls --json",
                "patchwork rm",
                "patchwork rm us",
                "patchwork get-project",
                "patchwork rm us",
            ]
        ),
        str![[r#"
$ git patman patchwork ls
! no Patchwork project is set
! hint: to set one: git patman patchwork set-project <project>
= 0
$ git patman upstream add us https://example.com/us.git -p $SERVER/ UBOOT
! Created database '$REPO/.git/patman/.patman.db'
! added upstream 'us': https://example.com/us.git, Patchwork '$SERVER/', project 'U-Boot'
! hint: to add a git remote with this name: git remote add us https://example.com/us.git
= 0
$ git patman pw set-project linux-mmc.example.org us
! set project 'Linux MMC' (id 7, link name 'linux-mmc') of upstream 'us'
= 0
$ git patman patchwork set-project U-Boot
! set project 'U-Boot' (id 6, link name 'uboot') of upstream 'us'
= 0
$ git patman patchwork get-project
'U-Boot' (id 6, link name 'uboot') of upstream 'us'
= 0
$ git patman patchwork get-project us --json
{
  "name": "U-Boot",
  "id": 6,
  "link_name": "uboot",
  "upstream": "us"
}
= 0
$ git patman patchwork ls
PROJECT  ID  LINK NAME  UPSTREAM
U-Boot    6  uboot      us
= 0
$ git patman patchwork ls --json
[
  {
    "name": "U-Boot",
    "id": 6,
    "link_name": "uboot",
    "upstream": "us"
  }
]
= 0
$ git patman patchwork rm
! error: no project without an upstream is set
! hint: to list the projects: git patman patchwork ls
= 1
$ git patman patchwork rm us
! removed project 'U-Boot' (id 6, link name 'uboot') of upstream 'us'
= 0
$ git patman patchwork get-project
! error: no project is set
! hint: to set it: git patman patchwork set-project <project>
= 1
$ git patman patchwork rm us
! error: no project is set for upstream 'us'
! hint: to list the projects: git patman patchwork ls
= 1

"#]]
    );
    let asked = server.asked.lock().unwrap().clone();
    assert_eq!(
        asked[..2],
        [
            "/api/1.2/projects/?per_page=250",
            "/api/1.2/projects/?page=2&per_page=100"
        ]
    );
}

#[test]
fn nothing_is_added_where_the_server_has_no_such_project() {
    let (sandbox, server) = (Sandbox::new(), Server::new());
    assert_data_eq!(
        session(
            &sandbox,
            &server,
            &[
                "upstream add us https://example.com/us.git mmc -p $SERVER",
                "upstream add us https://example.com/us.git Linux -p $SERVER/deep",
                "upstream ls",
                "patchwork set-project U-Boot",
                "patchwork set-project U-Boot us",
            ]
        ),
        str![[r#"
$ git patman upstream add us https://example.com/us.git mmc -p $SERVER
! Created database '$REPO/.git/patman/.patman.db'
! error: there is no project 'mmc' at $SERVER
! hint: similar names: 'linux-mmc'
= 1
$ git patman upstream add us https://example.com/us.git Linux -p $SERVER/deep
! error: there is no Patchwork at '$SERVER/deep': it has no REST interface, or the URL is not that of its first page
= 1
$ git patman upstream ls
! there is no upstream yet
! hint: to add one: git patman upstream add <name> <url>
= 0
$ git patman patchwork set-project U-Boot
! error: specify the upstream of the project
! hint: to list the upstreams: git patman upstream ls
= 2
$ git patman patchwork set-project U-Boot us
! error: there is no upstream 'us'
! hint: to list the upstreams: git patman upstream ls
! hint: to add one: git patman upstream add <name> <url>
= 1

"#]]
    );
}

#[test]
fn deleting_an_upstream_deletes_its_project_too() {
    let (sandbox, server) = (Sandbox::new(), Server::new());
    session(
        &sandbox,
        &server,
        &[
            "upstream add us https://example.com/us.git -p $SERVER U-Boot",
            "upstream default us",
        ],
    );
    assert_data_eq!(
        session(
            &sandbox,
            &server,
            &["upstream delete us", "patchwork ls", "upstream default"]
        ),
        str![[r#"
$ git patman upstream delete us
! deleted upstream 'us' and its project 'U-Boot'
! it was the default upstream; now there is none
! hint: to set another: git patman upstream default <name>
= 0
$ git patman patchwork ls
! no Patchwork project is set
! hint: to set one: git patman patchwork set-project <project>
= 0
$ git patman upstream default
! there is no default upstream
! hint: to set one: git patman upstream default <name>
= 1

"#]]
    );
}

#[test]
fn the_upstream_is_that_of_the_branch_then_the_default_then_the_only_one() {
    let (sandbox, server) = (Sandbox::new(), Server::new());
    let add = |name: &str| format!("upstream add {name} https://example.com/{name}.git -p $SERVER");
    session(&sandbox, &server, &[&add("us")]);
    assert!(session(&sandbox, &server, &["pw set-project uboot"]).contains("of upstream 'us'"));
    session(&sandbox, &server, &[&add("mmc"), &add("ci")]);
    assert_data_eq!(
        session(&sandbox, &server, &["patchwork set-project uboot"]),
        str![[r#"
$ git patman patchwork set-project uboot
! error: specify the upstream of the project
! hint: to list the upstreams: git patman upstream ls
= 2

"#]]
    );
    sandbox.patman("upstream default ci");
    assert!(session(&sandbox, &server, &["pw set-project uboot"]).contains("of upstream 'ci'"));
    sandbox.git(&["remote", "add", "mmc", "https://example.com/mmc.git"]);
    sandbox.git(&["config", "branch.main.remote", "mmc"]);
    sandbox.git(&["config", "branch.main.merge", "refs/heads/next"]);
    assert!(
        session(&sandbox, &server, &["pw set-project linux-mmc"]).contains("of upstream 'mmc'")
    );
}

#[test]
fn a_server_of_the_settings_is_asked_where_no_upstream_is_known() {
    let (sandbox, server) = (Sandbox::new(), Server::new());
    sandbox.git(&["config", "patman.patchworkUrl", &server.url()]);
    assert_data_eq!(
        session(
            &sandbox,
            &server,
            &[
                "patchwork set-project evil",
                "patchwork get-project",
                "patchwork rm",
                "patchwork ls"
            ]
        ),
        str![[r#"
$ git patman patchwork set-project evil
! Created database '$REPO/.git/patman/.patman.db'
! set project 'evil/x1b[31m' (id 8, link name 'evil') of no upstream
= 0
$ git patman patchwork get-project
'evil/x1b[31m' (id 8, link name 'evil') of no upstream
= 0
$ git patman patchwork rm
! removed project 'evil/x1b[31m' (id 8, link name 'evil') of no upstream
= 0
$ git patman patchwork ls
! no Patchwork project is set
! hint: to set one: git patman patchwork set-project <project>
= 0

"#]]
    );
    sandbox.git(&["config", "patman.patchworkUrl", "nonsense"]);
    assert_data_eq!(
        session(&sandbox, &server, &["patchwork set-project evil"]),
        str![[r#"
$ git patman patchwork set-project evil
! error: cannot use the setting 'patman.patchworkUrl': 'nonsense' is not the URL of a server: it must begin with 'https://' or 'http://'
! hint: git config patman.patchworkUrl <url>
= 2

"#]]
    );
}
