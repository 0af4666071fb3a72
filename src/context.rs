// SPDX-License-Identifier: GPL-2.0-or-later
//! What a command may need, opened on first use: the repository, the settings, the database, the output.

use crate::clock;
use crate::db::copy;
use crate::db::location::{self, Location, Places};
use crate::db::traffic::{self, Count};
use crate::db::{Db, OpenOptions};
use crate::error::Result;
use crate::git::Repo;
use crate::git::discover::{Environment, starting_directory};
use crate::output::Output;
use crate::settings::{ColorWhen, Settings};
use crate::source::http::{self, Client, Traffic};
use std::cell::{OnceCell, RefCell};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a server may be silent.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The surroundings of one command.
#[derive(Debug)]
pub struct Context {
    cwd: PathBuf,
    out: Output,
    settings: Settings,
    repo: OnceCell<Repo>,
    db: RefCell<Option<Db>>,
    client: OnceCell<Client>,
}

impl Context {
    /// The context of a command that was started here, with `change`, the values of `-C`, in order.
    pub fn new(
        change: &[PathBuf],
        mut out: Output,
        color: Option<ColorWhen>,
        paged: bool,
    ) -> Result<Context> {
        let cwd = starting_directory(change)?;
        let settings = Settings::read(&cwd)?;
        out.configure(&settings, color, paged)?;
        Ok(Context {
            cwd,
            out,
            settings,
            repo: OnceCell::new(),
            db: RefCell::new(None),
            client: OnceCell::new(),
        })
    }

    /// The absolute directory that relative arguments are meant from.
    pub fn cwd(&self) -> &Path {
        &self.cwd
    }

    /// Where words go.
    pub fn out(&self) -> &Output {
        &self.out
    }

    /// The settings in force.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The repository; outside of one an error in git's words.
    pub fn repo(&self) -> Result<&Repo> {
        if let Some(repo) = self.repo.get() {
            return Ok(repo);
        }
        let found = Repo::discover(&self.cwd, &Environment::of_process())?;
        Ok(self.repo.get_or_init(|| found))
    }

    /// Where the database is, and why; no repository is needed where `PATMAN_DB_DIR` names a directory.
    pub fn location(&self) -> Result<Location> {
        let env = Settings::env_db_dir().filter(|dir| !dir.is_empty());
        let repo = match &env {
            Some(_) => self.repo().ok(),
            None => Some(self.repo()?),
        };
        let config = self.settings.db_dir()?;
        location::resolve(&Places {
            env: env.as_deref(),
            config: config
                .as_ref()
                .map(|(path, origin)| (path.as_path(), origin.as_str())),
            ..self.places(repo, dirs::home_dir().as_deref())
        })
    }

    /// Where the database for reviews is that `option` (`--review-db-dir`) or else `patman.reviewDbDir` names; none where
    /// neither does. It may be the same as [`Context::location`].
    pub fn review_location(&self, option: Option<&Path>) -> Result<Option<Location>> {
        let config = self.settings.review_db_dir()?;
        let config = config
            .as_ref()
            .map(|(path, origin)| (path.as_path(), origin.as_str()));
        let home = dirs::home_dir();
        location::resolve_reviews(
            option,
            config,
            &self.places(self.repo().ok(), home.as_deref()),
        )
    }

    fn places<'a>(&'a self, repo: Option<&'a Repo>, home: Option<&'a Path>) -> Places<'a> {
        Places {
            env: None,
            config: None,
            main_worktree: repo.and_then(Repo::main_worktree),
            common_dir: repo.map(Repo::common_dir),
            cwd: &self.cwd,
            home,
        }
    }

    /// Opens the database, migrated, so that the command finds it ready; it is made when it is absent.
    pub fn open_db(&self) -> Result<()> {
        let db = self.db()?;
        *self.db.borrow_mut() = Some(db);
        Ok(())
    }

    /// The same for a command that only reads: where there is no database it finds an empty one, and none is made.
    pub fn open_db_to_read(&self) -> Result<()> {
        let db = self.opened(Db::open_to_read)?;
        *self.db.borrow_mut() = Some(db);
        Ok(())
    }

    /// The database: the one that was opened before the command began, else it is opened now.
    pub fn db(&self) -> Result<Db> {
        if let Some(db) = self.db.borrow_mut().take() {
            return Ok(db);
        }
        self.opened(Db::open)
    }

    fn opened(
        &self,
        open: impl Fn(&Location, &OpenOptions<'_>, &Output) -> Result<Db>,
    ) -> Result<Db> {
        let location = self.location()?;
        if let Some(unused) = &location.unused {
            self.out.warn(format!(
                "there are two databases: '{}' is used",
                location.file().display()
            ));
            self.out.hint(format!(
                "'{}' is not; git patman db status says why",
                unused.display()
            ));
        }
        self.with_options(|options| open(&location, options, &self.out))
    }

    /// The database for reviews and the one for upstreams, where these are two.
    pub fn review_dbs(&self) -> Result<(Db, Option<Db>)> {
        let main = self.db()?;
        match self.separate_reviews()? {
            None => Ok((main, None)),
            Some(location) => {
                let reviews =
                    self.with_options(|options| Db::open(&location, options, &self.out))?;
                Ok((reviews, Some(main)))
            }
        }
    }

    /// Where the database for reviews is, when it is another one than the user's own.
    pub fn separate_reviews(&self) -> Result<Option<Location>> {
        let Some(reviews) = self.review_location(None)? else {
            return Ok(None);
        };
        let is_same = copy::is_same(&reviews.file(), &self.location()?.file());
        Ok(Some(reviews).filter(|_| !is_same))
    }

    /// Runs `work` with the options that the database is opened with.
    pub fn with_options<T>(&self, work: impl FnOnce(&OpenOptions<'_>) -> Result<T>) -> Result<T> {
        let upstream_of = |branch: &str| {
            self.repo()
                .ok()
                .and_then(|repo| repo.patman_remote_of(branch))
        };
        work(&OpenOptions {
            lock_timeout: self.settings.lock_timeout()?,
            upstream_of: Some(&upstream_of),
        })
    }

    /// The client that servers are asked with, which is made for the first that asks; `offline` counts then.
    pub fn client(&self, offline: bool) -> Result<&Client> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let cache = dirs::cache_dir().map(|dir| dir.join("git-patman"));
        let options = http::Options {
            offline,
            cache,
            timeout: TIMEOUT,
        };
        let client = Client::over(self.network()?, options, self.out.clone());
        Ok(self.client.get_or_init(|| client))
    }

    fn network(&self) -> Result<http::Network> {
        let settings = &self.settings;
        let (http, https) = (settings.proxy(false)?, settings.proxy(true)?);
        Ok(http::Network {
            proxies: http::Proxies {
                http,
                https,
                direct: Settings::env_no_proxy(),
            },
            ca_file: settings.ssl_ca_info()?,
            is_unchecked: !settings.ssl_verify(),
            cwd: self.cwd.clone(),
            ..http::Network::default()
        })
    }

    /// Adds what servers were asked to the database's count, which patman shows too; where that cannot be done at once, it is
    /// not done.
    pub fn count_traffic(&self) {
        let counted = self.client.get().map(Client::traffic).unwrap_or_default();
        if counted.is_empty() {
            return;
        }
        let rows: Vec<Count> = counted
            .into_iter()
            .map(
                |Traffic {
                     server,
                     requests,
                     bytes,
                 }| Count {
                    url: server,
                    requests,
                    bytes,
                },
            )
            .collect();
        let kept = self
            .location()
            .and_then(|location| match self.db.borrow_mut().take() {
                Some(db) => Ok(Some(db)),
                None => Db::open_current(&location),
            });
        let done = kept.and_then(|db| {
            db.map_or(Ok(()), |mut db| {
                traffic::add(&mut db, &rows, clock::zoned())
            })
        });
        if let Err(why) = done {
            self.out
                .detail(format!("The requests were not counted: {why}"));
        }
    }

    /// The database if it is there and current; it is not made, migrated or locked.
    pub fn current_db(&self) -> Result<Option<Db>> {
        Db::open_current(&self.location()?)
    }

    /// The database for reviews if it is there and current, and with it the one for upstreams where that is another.
    pub fn current_review_dbs(&self) -> Result<Option<(Db, Option<Db>)>> {
        let main = self.current_db()?;
        match self.separate_reviews()? {
            None => Ok(main.map(|db| (db, None))),
            Some(location) => Ok(Db::open_current(&location)?.map(|reviews| (reviews, main))),
        }
    }
}
