// SPDX-License-Identifier: GPL-2.0-or-later
//! Records Ctrl-C and TERM, so that running commands can be ended first.

use crate::error::{Result, WithContext};
use signal_hook::SigId;
use signal_hook::consts::{SIGINT, SIGTERM};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// While this exists, signals that would end us are recorded instead.
#[derive(Debug)]
pub struct Interrupt {
    signal: Arc<AtomicUsize>,
    ids: Vec<SigId>,
}

impl Interrupt {
    /// Starts to record signals.
    pub fn watch() -> Result<Interrupt> {
        let mut interrupt = Interrupt {
            signal: Arc::default(),
            ids: Vec::new(),
        };
        for signal in [SIGINT, SIGTERM] {
            let number = usize::try_from(signal).unwrap_or_default();
            let id =
                signal_hook::flag::register_usize(signal, Arc::clone(&interrupt.signal), number);
            interrupt
                .ids
                .push(id.context(|| "cannot wait for signals")?);
        }
        Ok(interrupt)
    }

    /// Whether a signal has arrived.
    pub fn came(&self) -> bool {
        self.signal.load(Ordering::Relaxed) != 0
    }

    /// Ends this process by the recorded signal, so that a shell loop knows that the user wants it to stop.
    /// Does nothing if no signal has arrived.
    pub fn pass_on(&self) {
        let signal = i32::try_from(self.signal.load(Ordering::Relaxed)).unwrap_or_default();
        if signal != 0 {
            // If it cannot be sent, the exit status reports the failure.
            drop(signal_hook::low_level::emulate_default_handler(signal));
        }
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        self.ids.iter().for_each(|id| {
            signal_hook::low_level::unregister(*id);
        });
    }
}
