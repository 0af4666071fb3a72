// SPDX-License-Identifier: GPL-2.0-or-later
//! Everything a command may need, opened on first use: the repository, the settings, the database, the output.

use crate::clock;
use crate::db::copy;
use crate::db::location::{self, Location, LocationInputs};
use crate::db::traffic::{self, Count};
use crate::db::trust;
use crate::db::{Db, OpenOptions};
use crate::environment;
use crate::error::Result;
use crate::events::Events;
use crate::git::Repo;
use crate::git::credential::CredentialHelpers;
use crate::git::discover::{Environment, starting_directory};
use crate::git::overrides::Place;
use crate::git::run::Git;
use crate::git::sharing;
use crate::identity::{self, Use};
use crate::output::{Output, OutputChoices};
use crate::settings::{ColorWhen, Settings};
use crate::source::SourceContext;
use crate::source::http::{self, Client, Traffic};
use crate::source::server::NO_SERVERS;
use std::cell::{OnceCell, RefCell};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

/// How long a server may be silent.
const TIMEOUT: Duration = Duration::from_secs(30);

/// How many steps SQLite may take for a completion: about a second of them, many times what 10,000 series need.
const COMPLETION_STEPS: u32 = 50_000_000;

/// The context of one command.
#[derive(Debug)]
pub struct Context {
    cwd: PathBuf,
    out: Output,
    settings: Settings,
    repo: OnceCell<Repo>,
    db: RefCell<Option<Db>>,
    /// Whether a shell waits for the names that it can offer: nothing is written, and what takes long is given up.
    is_completion: bool,
    /// The directory for data that can be fetched or computed again.
    cache: Option<PathBuf>,
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
        out.configure(OutputChoices {
            hints: settings.hints()?,
            color: color.map_or_else(|| settings.color(), Ok)?,
            pager: settings.pager().filter(|_| paged),
        });
        Ok(Context {
            cwd,
            out,
            settings,
            repo: OnceCell::new(),
            db: RefCell::new(None),
            is_completion: false,
            cache: environment::cache_dir().map(|dir| dir.join("git-patman")),
            client: OnceCell::new(),
        })
    }

    /// The same for a completion by a shell: nothing is written, and a query that takes long is given up.
    #[must_use]
    pub fn for_completion(self) -> Context {
        Context {
            is_completion: true,
            ..self
        }
    }

    /// The absolute directory that relative arguments are meant from.
    pub fn cwd(&self) -> &Path {
        &self.cwd
    }

    /// The directory that programs of the user's are started in: this one, or in a linked worktree, which may hold a
    /// stranger's files, the main worktree; in that of a bare repository its common directory.
    pub fn own_dir(&self) -> &Path {
        match self.linked() {
            Some(repo) => repo.main_worktree().unwrap_or(repo.common_dir()),
            None => &self.cwd,
        }
    }

    /// `git <verb>` here, as the user would run it and for the user to see. In a linked worktree it starts no program by a
    /// relative path.
    pub fn git_to_show(&self, verb: &str, paged: bool) -> Command {
        let mut git = Git::shown(&self.cwd, paged);
        let overrides = self.linked().map(|repo| {
            self.settings.overrides(Place {
                common_dir: repo.common_dir(),
                main_worktree: repo.main_worktree(),
                worktree: repo.work_tree().unwrap_or(repo.git_dir()),
            })
        });
        match overrides {
            None => git.arg(verb),
            Some(overrides) => overrides
                .unset()
                .iter()
                .fold(&mut git, |git, name| git.env_remove(name))
                .args(overrides.args())
                .arg(verb)
                .args(overrides.diff_options()),
        };
        git
    }

    /// The repository, if this is a linked worktree of it.
    fn linked(&self) -> Option<&Repo> {
        self.repo()
            .ok()
            .filter(|repo| repo.git_dir() != repo.common_dir())
    }

    /// The output of the command.
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
        let mut found = Repo::discover(&self.cwd, &Environment::of_process())?;
        found.set_abbrev(self.settings.abbrev()?);
        let mut tops = vec![found.common_dir()];
        tops.extend(found.main_worktree());
        sharing::obey(&tops, self.settings.shared_repository()?);
        Ok(self.repo.get_or_init(|| found))
    }

    /// Where the database is, and why; no repository is needed where `PATMAN_DB_DIR` names a directory.
    pub fn location(&self) -> Result<Location> {
        let env = environment::db_dir();
        let repo = match &env {
            Some(_) => self.repo().ok(),
            None => Some(self.repo()?),
        };
        let config = self.settings.db_dir()?;
        let location = location::resolve(&LocationInputs {
            env: env.as_deref(),
            config: config
                .as_ref()
                .map(|(path, origin)| (path.as_path(), origin.as_str())),
            ..self.places(repo, environment::home_dir().as_deref())
        })?;
        if let Some(repo) = repo {
            trust::check(&location, repo, !self.is_completion)?;
        }
        Ok(location)
    }

    /// Where the database for reviews is that `option` (`--review-db-dir`) or else `patman.reviewDbDir` names; none where
    /// neither does. It may be the same as [`Context::location`].
    pub fn review_location(&self, option: Option<&Path>) -> Result<Option<Location>> {
        let config = self.settings.review_db_dir()?;
        let config = config
            .as_ref()
            .map(|(path, origin)| (path.as_path(), origin.as_str()));
        let home = environment::home_dir();
        location::resolve_reviews(
            option,
            config,
            &self.places(self.repo().ok(), home.as_deref()),
        )
    }

    fn places<'a>(&'a self, repo: Option<&'a Repo>, home: Option<&'a Path>) -> LocationInputs<'a> {
        LocationInputs {
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

    /// Like `open_db`, for a command that only reads: a missing database is treated as empty, and not created.
    pub fn open_db_to_read(&self) -> Result<()> {
        let db = self.opened(Db::open_to_read, Use::Read)?;
        *self.db.borrow_mut() = Some(db);
        Ok(())
    }

    /// Returns the database that was opened before the command began, or opens it now.
    pub fn db(&self) -> Result<Db> {
        if let Some(db) = self.db.borrow_mut().take() {
            return Ok(db);
        }
        self.opened(Db::open, Use::Write)
    }

    fn opened(
        &self,
        open: impl Fn(&Location, &OpenOptions<'_>, &dyn Events) -> Result<Db>,
        purpose: Use,
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
        let db = self.with_options(|options| open(&location, options, &self.out))?;
        Ok(self.settled(db, purpose))
    }

    /// The database, in which the rows of this repository name the directory where it is; as far as that can be written.
    fn settled(&self, mut db: Db, purpose: Use) -> Db {
        if let Ok(repo) = self.repo()
            && let Err(why) = identity::settle(repo, &mut db, purpose)
        {
            self.out.detail(format!(
                "The repository was not recorded in the database: {why}"
            ));
        }
        db
    }

    /// The database for reviews and the one for upstreams, where these are two.
    pub fn review_dbs(&self) -> Result<(Db, Option<Db>)> {
        let main = self.db()?;
        match self.separate_reviews()? {
            None => Ok((main, None)),
            Some(location) => {
                let reviews =
                    self.with_options(|options| Db::open(&location, options, &self.out))?;
                Ok((self.settled(reviews, Use::Write), Some(main)))
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

    /// What sources of mail need, without servers; with `offline` only the cache and local clones are read.
    pub fn sources(&self, offline: bool) -> Result<SourceContext<'_>> {
        Ok(SourceContext {
            cwd: &self.cwd,
            cache: self.cache.as_deref(),
            servers: &NO_SERVERS,
            client: self.client(offline)?,
        })
    }

    /// The HTTP client. It is created by the first call, whose `offline` applies to all.
    pub fn client(&self, offline: bool) -> Result<&Client> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let options = http::ClientOptions {
            offline,
            cache: self.cache.clone(),
            timeout: TIMEOUT,
        };
        let client = Client::over(self.network()?, options, Arc::new(self.out.clone()));
        Ok(self.client.get_or_init(|| client))
    }

    fn network(&self) -> Result<http::Network> {
        let settings = &self.settings;
        let (http, https) = (settings.proxy(false)?, settings.proxy(true)?);
        Ok(http::Network {
            proxies: http::Proxies {
                http,
                https,
                direct: environment::no_proxy(),
            },
            ca_file: settings.ssl_ca_info()?,
            is_unchecked: !settings.ssl_verify(),
            helpers: CredentialHelpers {
                cwd: self.own_dir().to_owned(),
                may_ask: self.out.can_ask(),
            },
            named: settings.server_urls(),
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

    /// The database if it exists and is current; it is not created, migrated or locked.
    pub fn current_db(&self) -> Result<Option<Db>> {
        self.limited(Db::open_current(&self.location()?)?)
    }

    /// The database for reviews, if it exists and is current, and the separate database for upstreams, if any.
    pub fn current_review_dbs(&self) -> Result<Option<(Db, Option<Db>)>> {
        let main = self.current_db()?;
        match self.separate_reviews()? {
            None => Ok(main.map(|db| (db, None))),
            Some(location) => {
                let reviews = self.limited(Db::open_current(&location)?)?;
                Ok(reviews.map(|reviews| (reviews, main)))
            }
        }
    }

    fn limited(&self, mut db: Option<Db>) -> Result<Option<Db>> {
        if let Some(db) = db.as_mut().filter(|_| self.is_completion) {
            db.limit_steps(COMPLETION_STEPS)?;
        }
        Ok(db)
    }
}
