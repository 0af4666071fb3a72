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
use crate::git::Repo;
use crate::git::credential::CredentialHelpers;
use crate::git::discover::{Environment, starting_directory};
use crate::git::overrides::Place;
use crate::git::run::Git;
use crate::git::sharing;
use crate::identity;
use crate::output::{Output, OutputChoices};
use crate::settings::{ColorWhen, Settings};
use crate::source::SourceContext;
use crate::source::http::{self, Client, Traffic};
use crate::source::server::NO_SERVERS;
use std::cell::{Cell, OnceCell, RefCell};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

/// How long a server may be silent.
const TIMEOUT: Duration = Duration::from_secs(30);

/// How many steps SQLite may take for a completion: about a second of them, many times what 10,000 series need.
const COMPLETION_STEPS: u32 = 50_000_000;

/// How a command uses the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabaseUse {
    /// Not at all, or the command opens the files itself.
    None,
    /// It reads. A missing database counts as empty and is not created.
    Reads,
    /// It changes existing rows. A missing database counts as empty and is not created.
    Changes,
    /// It writes. A missing database is created.
    Writes,
}

/// The context of a command, or of several that run one after another.
#[derive(Debug)]
pub struct Context {
    cwd: PathBuf,
    out: Output,
    settings: Settings,
    repo: OnceCell<Repo>,
    /// How the current command uses the database.
    usage: Cell<DatabaseUse>,
    /// The database; it stays open for as long as commands use it.
    db: RefCell<Option<Db>>,
    /// The database for reviews, if it is a separate one.
    reviews: RefCell<Option<Db>>,
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
            usage: Cell::new(DatabaseUse::Writes),
            db: RefCell::new(None),
            reviews: RefCell::new(None),
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

    /// Prepares the database for a command, before it runs: opens and migrates it, or closes it for a command that does
    /// not use it, since that may move or replace the file.
    pub fn prepare(&self, usage: DatabaseUse) -> Result<()> {
        self.usage.set(usage);
        for kept in [&self.db, &self.reviews] {
            // A database that was missing may have been created since.
            let open = kept
                .take()
                .filter(|db| usage != DatabaseUse::None && !db.is_in_memory());
            kept.replace(open.map(|db| self.settled(db)));
        }
        match usage {
            DatabaseUse::None => Ok(()),
            _ => self.db().map(drop),
        }
    }

    /// The database, as it was prepared; it is opened only once.
    pub fn db(&self) -> Result<Db> {
        self.kept(&self.db, || {
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
            Ok(location)
        })
    }

    /// The handle that is kept, or a new one for the database at `location`, which is then kept.
    fn kept(
        &self,
        kept: &RefCell<Option<Db>>,
        location: impl FnOnce() -> Result<Location>,
    ) -> Result<Db> {
        if let Some(db) = &*kept.borrow() {
            return Ok(db.clone());
        }
        let location = location()?;
        let db = self.with_options(|options| match self.usage.get() {
            DatabaseUse::Reads | DatabaseUse::Changes => {
                Db::open_to_read(&location, options, &self.out)
            }
            DatabaseUse::None | DatabaseUse::Writes => Db::open(&location, options, &self.out),
        })?;
        let db = self.settled(db);
        Ok(kept.borrow_mut().insert(db).clone())
    }

    /// The database, in which the rows of this repository name the directory where it is; as far as that can be written.
    fn settled(&self, mut db: Db) -> Db {
        let purpose = match self.usage.get() {
            DatabaseUse::Reads | DatabaseUse::Changes => identity::Use::Read,
            DatabaseUse::None | DatabaseUse::Writes => identity::Use::Write,
        };
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
            Some(location) => Ok((self.kept(&self.reviews, || Ok(location))?, Some(main))),
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
        let kept = match &*self.db.borrow() {
            Some(db) => Ok(Some(db.clone())),
            None => self
                .location()
                .and_then(|location| Db::open_current(&location)),
        };
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
    use super::*;
    use crate::db::upstream::{self, UpstreamRow};
    use crate::output::Verbosity;

    fn context(dir: &Path) -> Context {
        Git::at(dir).args(["init", "-q"]).ok().unwrap();
        let out = Output::new(Verbosity::Quiet);
        Context::new(&[dir.to_owned()], out, None, false).unwrap()
    }

    fn add(context: &Context, name: &str) {
        let mut db = context.db().unwrap();
        let row = UpstreamRow {
            name: name.to_owned(),
            ..UpstreamRow::default()
        };
        db.write(|write| upstream::insert(write, &row)).unwrap();
    }

    fn names(context: &Context) -> Vec<String> {
        let all = upstream::list(&context.db().unwrap()).unwrap();
        all.into_iter().map(|one| one.name).collect()
    }

    #[test]
    fn a_command_that_asks_again_gets_the_same_database() {
        let dir = tempfile::tempdir().unwrap();
        let context = context(dir.path());
        context.prepare(DatabaseUse::Reads).unwrap();
        // Another handle of a database in memory would be another database.
        add(&context, "first");
        assert_eq!(names(&context), ["first"]);
        let first = context.db().unwrap();
        add(&context, "second");
        assert_eq!(upstream::list(&first).unwrap().len(), 2);
    }

    #[test]
    fn the_commands_of_one_process_share_a_database() {
        let dir = tempfile::tempdir().unwrap();
        let context = context(dir.path());
        context.prepare(DatabaseUse::Reads).unwrap();
        add(&context, "lost");
        let file = context.location().unwrap().file();
        assert!(!file.exists());
        // What was written for want of a database is gone; the command that writes makes one.
        context.prepare(DatabaseUse::Writes).unwrap();
        assert!(file.exists());
        add(&context, "first");
        context.prepare(DatabaseUse::Reads).unwrap();
        assert_eq!(names(&context), ["first"]);
        // A command that may replace the file finds it closed, and the next one opens the new file.
        context.prepare(DatabaseUse::None).unwrap();
        std::fs::remove_dir_all(file.parent().unwrap()).unwrap();
        context.prepare(DatabaseUse::Reads).unwrap();
        assert_eq!(names(&context), [""; 0]);
    }
}
