// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman util install`: installs the built-in man pages and completions where man and the shells find
//! them.

use crate::commands::Requirements;
use crate::context::Context;
use crate::environment;
use crate::error::{Error, Result, WithContext as _};
use crate::git::write_atomic::write_atomic_with_mode;
use crate::text::shell_quote;
use clap::Args;
use std::path::{Path, PathBuf};

/// Install man pages and shell completions
///
/// With the man pages installed, 'git patman --help' works. They are installed below your home directory, or with
/// --prefix below another directory, such as /usr/local.
#[derive(Debug, Args)]
pub struct Install {
    /// Install below this directory, in share/man, share/bash-completion, share/zsh and share/fish
    #[arg(long, value_name = "DIR", conflicts_with = "user", value_hint = clap::ValueHint::DirPath)]
    prefix: Option<PathBuf>,
    /// Install only for the current user (the default)
    #[arg(long)]
    user: bool,
    /// Show what would be written, without writing anything
    #[arg(short = 'n', long)]
    dry_run: bool,
}

/// The pages, by section and name.
const PAGES: &[(&str, &str, &str)] = &[
    (
        "man1",
        "git-patman.1",
        include_str!("../../../man/git-patman.1"),
    ),
    (
        "man1",
        "git-patman-db.1",
        include_str!("../../../man/git-patman-db.1"),
    ),
    (
        "man1",
        "git-patman-patchwork.1",
        include_str!("../../../man/git-patman-patchwork.1"),
    ),
    (
        "man1",
        "git-patman-review.1",
        include_str!("../../../man/git-patman-review.1"),
    ),
    (
        "man1",
        "git-patman-series.1",
        include_str!("../../../man/git-patman-series.1"),
    ),
    (
        "man1",
        "git-patman-status.1",
        include_str!("../../../man/git-patman-status.1"),
    ),
    (
        "man1",
        "git-patman-undo.1",
        include_str!("../../../man/git-patman-undo.1"),
    ),
    (
        "man1",
        "git-patman-upstream.1",
        include_str!("../../../man/git-patman-upstream.1"),
    ),
    (
        "man1",
        "git-patman-util.1",
        include_str!("../../../man/git-patman-util.1"),
    ),
    (
        "man1",
        "git-patman-workflow.1",
        include_str!("../../../man/git-patman-workflow.1"),
    ),
    (
        "man5",
        "git-patman-config.5",
        include_str!("../../../man/git-patman-config.5"),
    ),
    (
        "man5",
        "git-patman-json.5",
        include_str!("../../../man/git-patman-json.5"),
    ),
    (
        "man7",
        "git-patman-workflow.7",
        include_str!("../../../man/git-patman-workflow.7"),
    ),
];

const BASH: &str = include_str!("../../../completions/git-patman.bash");
const ZSH: &str = include_str!("../../../completions/_git-patman");
const FISH: &str = include_str!("../../../completions/git-patman.fish");
const FISH_GIT: &str = include_str!("../../../completions/git-patman.conf.fish");

/// The directory of each kind of file.
#[derive(Debug)]
struct InstallDirs {
    man: PathBuf,
    bash: PathBuf,
    zsh: PathBuf,
    fish: PathBuf,
    fish_conf: PathBuf,
}

impl InstallDirs {
    fn below(prefix: &Path) -> Self {
        let share = prefix.join("share");
        InstallDirs {
            man: share.join("man"),
            bash: share.join("bash-completion/completions"),
            zsh: share.join("zsh/site-functions"),
            fish: share.join("fish/vendor_completions.d"),
            fish_conf: share.join("fish/vendor_conf.d"),
        }
    }

    fn of_user() -> Result<Self> {
        let home = environment::home_dir().ok_or_else(|| {
            Error::new("cannot find your home directory").with_hint("use --prefix")
        })?;
        let data = environment::data_dir().unwrap_or_else(|| home.join(".local/share"));
        let config = environment::config_dir().unwrap_or_else(|| home.join(".config"));
        Ok(InstallDirs {
            man: user_man(&home, &data),
            bash: data.join("bash-completion/completions"),
            zsh: data.join("zsh/site-functions"),
            fish: config.join("fish/completions"),
            fish_conf: config.join("fish/conf.d"),
        })
    }
}

/// man searches beside the `bin` directories in PATH: if `~/.local/bin` is not in PATH, but the directory of this program
/// is, the pages are installed beside that directory.
fn user_man(home: &Path, data: &Path) -> PathBuf {
    let path = search_path();
    let bin = std::env::current_exe()
        .ok()
        .and_then(|exe| exe.parent().map(Path::to_owned));
    match bin.filter(|bin| bin.starts_with(home) && bin.ends_with("bin") && path.contains(bin)) {
        Some(bin) if !path.contains(&home.join(".local/bin")) => {
            bin.with_file_name("share").join("man")
        }
        _ => data.join("man"),
    }
}

fn search_path() -> Vec<PathBuf> {
    environment::search_path()
        .iter()
        .flat_map(std::env::split_paths)
        .collect()
}

impl Install {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::NO_DATABASE
    }

    pub(super) fn run(&self, context: &Context) -> Result<()> {
        let places = match &self.prefix {
            Some(prefix) => InstallDirs::below(&context.cwd().join(prefix)),
            None => InstallDirs::of_user()?,
        };
        let pages = PAGES
            .iter()
            .map(|(section, name, text)| (places.man.join(section).join(name), *text));
        let completions = [
            (places.bash.join("git-patman"), BASH),
            (places.zsh.join("_git-patman"), ZSH),
            (places.fish.join("git-patman.fish"), FISH),
            (places.fish_conf.join("git-patman.fish"), FISH_GIT),
        ];
        for (path, text) in pages.chain(completions) {
            if self.dry_run {
                context
                    .out()
                    .note(format!("would write {}", path.display()));
                continue;
            }
            write_atomic_with_mode(&path, text.as_bytes(), 0o644)
                .context(|| format!("cannot write '{}'", path.display()))?;
            context.out().note(format!("wrote {}", path.display()));
        }
        let bin = places.man.parent().map(|share| share.with_file_name("bin"));
        if !bin.is_some_and(|bin| search_path().contains(&bin)) {
            context.out().hint(format!(
                "to let man find the pages: export MANPATH={}:",
                shell_quote(&places.man)
            ));
        }
        if self.prefix.is_none() {
            context.out().hint(format!(
                "to let zsh find its completion, add this line to ~/.zshrc before compinit: fpath+=({})",
                shell_quote(&places.zsh)
            ));
        }
        Ok(())
    }
}
