// SPDX-License-Identifier: GPL-2.0-or-later
//! Annotated tags that keep commits: with the commit's own author and message.

use super::Oid;
use super::objects::Objects;
use crate::error::Result;
use git2::ObjectType;

impl Objects {
    /// The tag of that name for a commit, with the commit's author as the tagger and the commit's message, byte for byte as
    /// patman makes it.
    pub fn tag_of_commit(&self, commit: Oid, name: &str) -> Result<Oid> {
        let tagger = self.author_line(commit)?;
        let message = self.message_text(commit)?;
        let tag = format!("object {commit}\ntype commit\ntag {name}\ntagger {tagger}\n\n{message}");
        self.write(ObjectType::Tag, tag.as_bytes())
            .map_err(|error| error.within(format!("cannot create the tag '{name}'")))
    }
}
