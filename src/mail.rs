// SPDX-License-Identifier: GPL-2.0-or-later
//! Mails read, understood, and sorted into series.

mod body;
mod charset;
pub mod date;
mod encoded_word;
mod header;
mod ident;
mod lines;
mod log;
pub mod mailinfo;
mod stripspace;
mod transfer;
