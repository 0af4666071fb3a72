// SPDX-License-Identifier: GPL-2.0-or-later
//! The whole terminal, for a listing that is kept up to date on it.
//!
//! The alternate screen is used, so the earlier content of the terminal reappears afterwards. Keys
//! arrive at once and are not echoed; `q` and Ctrl-C leave. The process sleeps between checks for
//! changes; a key, a signal or a resize wakes it. Unless it is killed outright, it restores the
//! terminal.

use crate::environment;
use crate::error::{Error, Result, WithContext};
use crate::text::escape_controls;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{self, LocalModes, OptionalActions, Termios};
use signal_hook::SigId;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGWINCH};
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How long to sleep between two looks.
const BETWEEN: Duration = Duration::from_millis(500);

/// The alternate screen, no cursor, and lines that are cut at the edge.
const ENTER: &str = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const LEAVE: &str = "\x1b[?7h\x1b[?25h\x1b[?1049l";

/// How large a screen is, in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Cells in a line.
    pub columns: usize,
    /// Lines.
    pub rows: usize,
}

/// Shows what `frame` gives until the user leaves: again when `changed` says so, after `every`, and when the size changes.
///
/// # Errors
/// If there is no terminal to show it on, or one of the two fails.
pub fn keep(
    every: Duration,
    mut changed: impl FnMut() -> Result<bool>,
    mut frame: impl FnMut(Size) -> Result<String>,
) -> Result<()> {
    let screen = Screen::enter()?;
    loop {
        let text = frame(screen.size())?;
        screen.show(&text)?;
        let shown = Instant::now();
        loop {
            match screen.wait(BETWEEN.min(every.saturating_sub(shown.elapsed())))? {
                ScreenEvent::Leave => return Ok(()),
                ScreenEvent::End(signal) => {
                    drop(screen);
                    // Where it cannot be sent, the exit status tells.
                    drop(signal_hook::low_level::emulate_default_handler(signal));
                    return Ok(());
                }
                ScreenEvent::Redraw => break,
                ScreenEvent::None => {}
            }
            if shown.elapsed() >= every || changed()? {
                break;
            }
        }
    }
}

enum ScreenEvent {
    None,
    Redraw,
    Leave,
    End(i32),
}

/// The terminal while this program controls it.
struct Screen {
    before: Termios,
    signal: Arc<AtomicUsize>,
    resized: Arc<AtomicUsize>,
    ids: Vec<SigId>,
}

impl Screen {
    fn enter() -> Result<Screen> {
        if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
            return Err(Error::usage("--watch requires a terminal")
                .with_hint("to write to a pipe, leave out --watch"));
        }
        let term = environment::terminal();
        if matches!(term.as_str(), "" | "dumb") {
            return Err(Error::usage(format!(
                "the terminal type '{}' is not supported",
                escape_controls(&term)
            )));
        }
        let before = termios::tcgetattr(io::stdin())
            .context(|| "cannot read the settings of the terminal")?;
        // From here on, dropping it restores the terminal.
        let mut screen = Screen {
            before: before.clone(),
            signal: Arc::default(),
            resized: Arc::default(),
            ids: Vec::new(),
        };
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGWINCH] {
            let flag = if signal == SIGWINCH {
                &screen.resized
            } else {
                &screen.signal
            };
            let number = usize::try_from(signal).unwrap_or_default();
            let id = signal_hook::flag::register_usize(signal, Arc::clone(flag), number);
            screen.ids.push(id.context(|| "cannot wait for signals")?);
        }
        let mut ours = before;
        ours.local_modes
            .remove(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG | LocalModes::IEXTEN);
        termios::tcsetattr(io::stdin(), OptionalActions::Now, &ours)
            .context(|| "cannot change the settings of the terminal")?;
        write(ENTER).context(|| "cannot write to the terminal")?;
        Ok(screen)
    }

    fn size(&self) -> Size {
        let found = termios::tcgetwinsize(io::stdout())
            .ok()
            .filter(|size| size.ws_col > 0 && size.ws_row > 0);
        let (columns, rows) = found.map_or((80, 24), |size| (size.ws_col, size.ws_row));
        Size {
            columns: usize::from(columns),
            rows: usize::from(rows),
        }
    }

    /// Writes a frame in one go, over the last one; what is too much for the screen is left out.
    fn show(&self, frame: &str) -> Result<()> {
        let mut text = String::from("\x1b[H");
        for (at, line) in frame.lines().take(self.size().rows).enumerate() {
            if at > 0 {
                text.push_str("\r\n");
            }
            text.push_str(line);
            text.push_str("\x1b[K");
        }
        text.push_str("\x1b[J");
        write(&text).context(|| "cannot write to the terminal")
    }

    /// Sleeps until an event arrives, or for `span`.
    fn wait(&self, span: Duration) -> Result<ScreenEvent> {
        let stdin = io::stdin();
        let mut fds = [PollFd::new(&stdin, PollFlags::IN)];
        let span = Timespec {
            tv_sec: i64::try_from(span.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: span.subsec_nanos().into(),
        };
        let ready = match poll(&mut fds, Some(&span)) {
            Ok(ready) => ready > 0,
            Err(rustix::io::Errno::INTR) => false,
            Err(why) => return Err(Error::new("cannot wait for the terminal").with_cause(why)),
        };
        let signal = self.signal.load(Ordering::Relaxed);
        if signal != 0 {
            return Ok(ScreenEvent::End(i32::try_from(signal).unwrap_or(SIGTERM)));
        }
        if self.resized.swap(0, Ordering::Relaxed) != 0 {
            return Ok(ScreenEvent::Redraw);
        }
        if !ready {
            return Ok(ScreenEvent::None);
        }
        let mut keys = [0_u8; 64];
        // Not through the buffer of standard input, which would wait for more.
        match rustix::io::read(&stdin, &mut keys) {
            // The terminal is gone.
            Ok(0) => Ok(ScreenEvent::Leave),
            Ok(count)
                if keys[..count]
                    .iter()
                    .any(|key| matches!(key, b'q' | b'Q' | 3 | 4)) =>
            {
                Ok(ScreenEvent::Leave)
            }
            // Ctrl-L, or a blank: as elsewhere.
            Ok(count)
                if keys[..count]
                    .iter()
                    .any(|key| matches!(key, 12 | b' ' | b'r')) =>
            {
                Ok(ScreenEvent::Redraw)
            }
            Ok(_) | Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => {
                Ok(ScreenEvent::None)
            }
            Err(_) => Ok(ScreenEvent::Leave),
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // If the terminal is gone, there is no place to report an error.
        drop(write(LEAVE));
        termios::tcsetattr(io::stdin(), OptionalActions::Flush, &self.before).ok();
        self.ids.iter().for_each(|id| {
            signal_hook::low_level::unregister(*id);
        });
    }
}

fn write(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush())
}
