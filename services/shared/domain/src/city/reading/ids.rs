//! Which ids the files declare, so that references can be checked.

use std::collections::HashMap;

use super::doc::{Doc, suggest};
use super::yaml::{At, Node};
use crate::city::error_kind;

/// The ids that one file declares.
pub(crate) struct Ids {
    what: &'static str,
    file: &'static str,
    declared: HashMap<String, At>,
    /// False when the file could not be read: then nothing can be said about references to it.
    complete: bool,
}

impl Ids {
    /// No ids yet of what `what` names, such as `unit`, declared in `file`.
    pub(crate) fn new(what: &'static str, file: &'static str) -> Self {
        Self {
            what,
            file,
            declared: HashMap::new(),
            complete: false,
        }
    }

    /// Ids of a pack that was read.
    pub(crate) fn known<'a>(
        what: &'static str,
        file: &'static str,
        ids: impl Iterator<Item = &'a str>,
    ) -> Self {
        Self {
            what,
            file,
            declared: ids.map(|id| (id.to_owned(), At::FILE)).collect(),
            complete: true,
        }
    }

    /// Adds what may be declared more than once.
    pub(crate) fn add(&mut self, id: &str) {
        self.declared.entry(id.to_owned()).or_insert(At::FILE);
    }

    /// The file has been read: what it does not declare does not exist.
    pub(crate) fn complete(&mut self) {
        self.complete = true;
    }

    /// Declares an id; reports one that is declared already.
    pub(crate) fn declare(&mut self, doc: &mut Doc<'_>, node: &Node, id: &str) {
        if let Some(first) = self.declared.get(id) {
            let (what, line) = (self.what, first.line);
            doc.error_of(
                error_kind::DUPLICATE_ID,
                node.at,
                format!("{what} {id:?} is already on line {line}; ids must differ"),
            );
        } else {
            self.declared.insert(id.to_owned(), node.at);
        }
    }

    /// Where the id is declared.
    pub(crate) fn place_of(&self, id: &str) -> At {
        self.declared.get(id).copied().unwrap_or(At::FILE)
    }

    /// Whether the id exists; reports one that does not.
    pub(crate) fn check(&self, doc: &mut Doc<'_>, at: At, id: &str) -> bool {
        if !self.complete || self.declared.contains_key(id) {
            return true;
        }
        let hint = suggest(id, self.declared.keys().map(String::as_str))
            .unwrap_or_else(|| format!("; {} lists them", self.file));
        let reason = format!("{} {id:?} does not exist{hint}", self.what);
        doc.error_of(self.unknown(), at, reason);
        false
    }

    /// The kind of error that an id of another name is.
    fn unknown(&self) -> &'static str {
        match self.what {
            "unit" => error_kind::UNKNOWN_UNIT,
            "area" => error_kind::UNKNOWN_AREA,
            "category" => error_kind::UNKNOWN_CATEGORY,
            "function" => error_kind::UNKNOWN_FUNCTION,
            "class of clocks" => error_kind::UNKNOWN_CLOCK,
            _ => error_kind::INVALID,
        }
    }
}
