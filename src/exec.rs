// SPDX-License-Identifier: GPL-2.0-or-later
//! Runs a user's command to its end, with all its processes.
//!
//! Each command has its own process group. The whole group is killed when the command takes too long, or when
//! the user interrupts us; processes that the command left in the background are killed when it ends. TERM is
//! sent first, then KILL if needed. If we are killed ourselves, a small shell sees its pipe to us close and
//! kills the group ([`Guard`]); until then it holds the lock of the command's directory.

mod guard;
mod interrupt;

pub use guard::Guard;
pub use interrupt::Interrupt;

use crate::error::{Error, Result, WithContext};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, WaitOptions};
use rustix::process::{kill_process_group, test_kill_process_group, waitid, waitpgid};
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How long a group may take to end after TERM.
const GRACE: Duration = Duration::from_secs(2);

/// How often interruptions are checked.
const TICK: Duration = Duration::from_millis(100);

/// How a command ended.
#[derive(Debug)]
pub enum Ending {
    /// By itself.
    Ended(ExitStatus),
    /// It exceeded its time limit, and was killed.
    TimedOut,
    /// The user interrupted us, and it was killed.
    Interrupted,
    /// It could not be started.
    NotStarted(std::io::Error),
}

/// Replaces this process with the command (exec), which gets our terminal and the user's signals, and sets the
/// exit status. Returns only if the command cannot be started. Resources that must be closed first, such as a
/// database, must have been dropped.
pub fn become_command(command: &mut Command) -> Error {
    let why = command.exec();
    Error::new(format!(
        "cannot start '{}'",
        command.get_program().to_string_lossy()
    ))
    .with_cause(why)
}

/// Runs a command to its end, in its own process group and without input; the caller redirects its output.
pub fn run(
    command: &mut Command,
    timeout: Option<Duration>,
    guard: &mut Guard,
    interrupt: &Interrupt,
) -> Result<Ending> {
    if interrupt.came() {
        return Ok(Ending::Interrupted);
    }
    adopt_orphans();
    let begun = Instant::now();
    let mut child = match command.stdin(Stdio::null()).process_group(0).spawn() {
        Ok(child) => child,
        Err(why) => return Ok(Ending::NotStarted(why)),
    };
    let group = Pid::from_child(&child);
    guard.watch(Some(group));
    let ended = wait_for(group);
    let cut = wait(&ended, begun, timeout, interrupt);
    if cut.is_some() {
        end(group, Signal::TERM);
        if ended.recv_timeout(GRACE).is_err() {
            end(group, Signal::KILL);
        }
    }
    let status = child.wait().context(|| "cannot wait for a command")?;
    end_rest(group);
    guard.watch(None);
    Ok(cut.unwrap_or(Ending::Ended(status)))
}

/// Waits until the command ends by itself or must be killed.
fn wait(
    ended: &Receiver<()>,
    begun: Instant,
    timeout: Option<Duration>,
    interrupt: &Interrupt,
) -> Option<Ending> {
    loop {
        let left = timeout.map(|limit| limit.saturating_sub(begun.elapsed()));
        match ended.recv_timeout(left.unwrap_or(TICK).min(TICK)) {
            Err(RecvTimeoutError::Timeout) if interrupt.came() => return Some(Ending::Interrupted),
            Err(RecvTimeoutError::Timeout) if left == Some(Duration::ZERO) => {
                return Some(Ending::TimedOut);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return None,
        }
    }
}

/// Reports when the group leader has ended. It remains a zombie, so that its process ID is not reused.
fn wait_for(leader: Pid) -> Receiver<()> {
    let (send, ended) = channel();
    std::thread::spawn(move || {
        let wait = || {
            waitid(
                WaitId::Pid(leader),
                WaitIdOptions::EXITED | WaitIdOptions::NOWAIT,
            )
        };
        while matches!(wait(), Err(rustix::io::Errno::INTR)) {}
        // The receiver is gone if the group was killed.
        send.send(()).unwrap_or(());
    });
    ended
}

/// Kills the rest of a group whose leader has ended.
fn end_rest(group: Pid) {
    let is_left = || {
        while matches!(waitpgid(group, WaitOptions::NOHANG), Ok(Some(_))) {}
        test_kill_process_group(group).is_ok()
    };
    if !is_left() {
        return;
    }
    end(group, Signal::TERM);
    let begun = Instant::now();
    while is_left() && begun.elapsed() < GRACE {
        std::thread::sleep(Duration::from_millis(5));
    }
    if is_left() {
        end(group, Signal::KILL);
    }
}

/// Reparents orphans of a command to us: a zombie that init does not reap looks like a process that does not
/// end.
fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    // Without it, we wait the full grace period for a group that left zombies.
    rustix::process::set_child_subreaper(Some(rustix::process::getpid())).unwrap_or(());
}

/// Signals a group; a failure means that the group has ended.
fn end(group: Pid, signal: Signal) {
    kill_process_group(group, signal).unwrap_or(());
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use std::fs::File;
    use std::io::Read;

    fn run_sh(script: &str, timeout: Option<Duration>) -> (Ending, String) {
        let dir = tempfile::tempdir().unwrap();
        let lock = File::create(dir.path().join("lock")).unwrap();
        let log = dir.path().join("log");
        let mut guard = Guard::start(&Box::new(lock)).unwrap();
        let mut command = Command::new("sh");
        command
            .args(["-c", script])
            .stdout(File::create(&log).unwrap());
        let ending = run(
            &mut command,
            timeout,
            &mut guard,
            &Interrupt::watch().unwrap(),
        )
        .unwrap();
        let mut text = String::new();
        File::open(&log).unwrap().read_to_string(&mut text).unwrap();
        (ending, text)
    }

    fn is_gone(pid: &str) -> bool {
        // A zombie that nobody reaps has also ended.
        let state =
            std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
        state.is_empty() || state.contains(") Z ")
    }

    #[test]
    fn the_status_of_a_command_is_told() {
        let (ending, text) = run_sh("echo hello; exit 3", None);
        assert!(matches!(ending, Ending::Ended(status) if status.code() == Some(3)));
        assert_eq!(text, "hello\n");
    }

    #[test]
    fn what_takes_too_long_is_ended_with_its_children() {
        let (ending, text) = run_sh(
            "sleep 1000 & echo $!; wait",
            Some(Duration::from_millis(300)),
        );
        assert!(matches!(ending, Ending::TimedOut), "{ending:?}");
        assert!(!text.is_empty() && is_gone(&text), "{text}");
    }

    #[test]
    fn what_is_left_in_the_background_is_ended() {
        let (ending, text) = run_sh("sleep 1000 & echo $!", None);
        assert!(matches!(ending, Ending::Ended(status) if status.success()));
        assert!(!text.is_empty() && is_gone(&text), "{text}");
    }

    #[test]
    fn a_command_that_is_not_there_is_not_started() {
        let dir = tempfile::tempdir().unwrap();
        let mut guard =
            Guard::start(&Box::new(File::create(dir.path().join("lock")).unwrap())).unwrap();
        let mut command = Command::new(dir.path().join("none"));
        let ending = run(&mut command, None, &mut guard, &Interrupt::watch().unwrap()).unwrap();
        assert!(matches!(ending, Ending::NotStarted(_)));
    }
}
