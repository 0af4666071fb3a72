// SPDX-License-Identifier: GPL-2.0-or-later
//! A person with an address.

use std::fmt;

/// An address as mail has it: a name to show, which may be empty, and the address itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Person {
    /// The name, decoded to UTF-8.
    pub name: String,
    /// The address without angle brackets.
    pub email: String,
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} <{}>", self.name, self.email)
    }
}
