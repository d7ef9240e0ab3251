//! Reads typed values out of a YAML tree and gathers what is wrong on the way.

use std::fmt::Display;
use std::str::FromStr;

use super::yaml::{At, Node, Value};
use crate::city::{PackError, error_kind};

/// One file being read: values come out, errors gather.
///
/// Every reader answers `None` after it has reported why, so a caller reads all fields first and gives up on the
/// item only then.
pub(crate) struct Doc<'e> {
    file: &'e str,
    errors: &'e mut Vec<PackError>,
}

impl<'e> Doc<'e> {
    pub(crate) fn new(file: &'e str, errors: &'e mut Vec<PackError>) -> Self {
        Self { file, errors }
    }

    /// Reports an error.
    pub(crate) fn error(&mut self, at: At, reason: impl Into<String>) {
        self.error_of(error_kind::INVALID, at, reason);
    }

    /// Reports an error of one of the kinds in [`error_kind`].
    pub(crate) fn error_of(&mut self, kind: &'static str, at: At, reason: impl Into<String>) {
        self.errors.push(PackError {
            file: self.file.to_owned(),
            line: at.line,
            column: at.column,
            reason: reason.into(),
            kind,
        });
    }

    /// How many errors have been reported so far, of other files as well.
    pub(crate) fn count_errors(&self) -> usize {
        self.errors.len()
    }

    fn wanted<T>(&mut self, node: &Node, wanted: &str) -> Option<T> {
        self.error_of(
            error_kind::WRONG_TYPE,
            node.at,
            format!("{} stands here; write {wanted}", node.value.describe()),
        );
        None
    }

    /// The fields of a map that may have only `known` keys.
    pub(crate) fn fields<'n>(&mut self, node: &'n Node, known: &[&str]) -> Option<Fields<'n>> {
        let Value::Map(entries) = &node.value else {
            return self.wanted(node, &format!("a map with {}", known.join(", ")));
        };
        for (key, _) in entries {
            match &key.value {
                Value::Text(word) if known.contains(&word.as_str()) => {}
                Value::Text(word) => {
                    let hint = suggest(word, known.iter().copied())
                        .unwrap_or_else(|| format!("; known here are {}", known.join(", ")));
                    let reason = format!("unknown key {word:?}{hint}");
                    self.error_of(error_kind::UNKNOWN_KEY, key.at, reason);
                }
                other => {
                    let reason = format!("{} is no key", other.describe());
                    self.error_of(error_kind::UNKNOWN_KEY, key.at, reason);
                }
            }
        }
        Some(Fields {
            at: node.at,
            entries,
        })
    }

    /// The entries of a map with free keys.
    pub(crate) fn entries<'n>(
        &mut self,
        node: &'n Node,
        wanted: &str,
    ) -> Option<&'n [(Node, Node)]> {
        match &node.value {
            Value::Map(entries) => Some(entries),
            _ => self.wanted(node, wanted),
        }
    }

    /// A field that must be there.
    pub(crate) fn need<'n>(&mut self, fields: &Fields<'n>, key: &str) -> Option<&'n Node> {
        let found = fields.get(key);
        if found.is_none() {
            let reason = format!("`{key}` is missing");
            self.error_of(error_kind::MISSING_KEY, fields.at, reason);
        }
        found
    }

    /// A text with something in it.
    pub(crate) fn text<'n>(&mut self, node: &'n Node) -> Option<&'n str> {
        match &node.value {
            Value::Text(text) if !text.trim().is_empty() => Some(text),
            Value::Text(_) => {
                self.error(node.at, "is empty; write some text or leave it out");
                None
            }
            Value::Number(number) => {
                self.wanted(node, &format!("it in quotes to make it text: \"{number}\""))
            }
            Value::Bool(truth) => {
                self.wanted(node, &format!("it in quotes to make it text: \"{truth}\""))
            }
            _ => self.wanted(node, "a text"),
        }
    }

    /// A text that is read as something else, such as an id, a word of a vocabulary, or hours.
    pub(crate) fn parse<T>(&mut self, node: &Node) -> Option<T>
    where
        T: FromStr,
        T::Err: Display,
    {
        let text = self.text(node)?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(reason) => {
                self.error(node.at, reason.to_string());
                None
            }
        }
    }

    /// An id: like [`Doc::parse`], but the error names the text.
    pub(crate) fn id<T>(&mut self, node: &Node) -> Option<T>
    where
        T: FromStr<Err = crate::id::IdError>,
    {
        let text = self.text(node)?;
        match text.parse() {
            Ok(id) => Some(id),
            Err(reason) => {
                self.error(node.at, format!("id {text:?} {reason}"));
                None
            }
        }
    }

    /// A whole number from 1 up.
    pub(crate) fn count(&mut self, node: &Node) -> Option<u32> {
        match node.value {
            Value::Number(n) if n >= 1.0 && n <= f64::from(u32::MAX) && n.fract() == 0.0 => {
                Some(n as u32)
            }
            _ => self.wanted(node, "a whole number of at least 1"),
        }
    }

    /// A share from 0 to 1.
    pub(crate) fn share(&mut self, node: &Node) -> Option<f64> {
        match node.value {
            Value::Number(n) if (0.0..=1.0).contains(&n) => Some(n),
            _ => self.wanted(node, "a number from 0 to 1"),
        }
    }

    /// A number from 0 up.
    pub(crate) fn weight(&mut self, node: &Node) -> Option<f64> {
        match node.value {
            Value::Number(n) if n >= 0.0 && n.is_finite() => Some(n),
            _ => self.wanted(node, "a number from 0 up"),
        }
    }

    /// `true` or `false`.
    pub(crate) fn truth(&mut self, node: &Node) -> Option<bool> {
        match node.value {
            Value::Bool(truth) => Some(truth),
            _ => self.wanted(node, "true or false"),
        }
    }

    /// A list.
    pub(crate) fn list<'n>(&mut self, node: &'n Node) -> Option<&'n [Node]> {
        match &node.value {
            Value::List(items) => Some(items),
            _ => self.wanted(node, "a list"),
        }
    }

    /// A list with something in it.
    pub(crate) fn some_list<'n>(&mut self, node: &'n Node) -> Option<&'n [Node]> {
        let items = self.list(node)?;
        if items.is_empty() {
            self.error(
                node.at,
                "the list is empty; write what belongs into it or leave it out",
            );
        }
        Some(items)
    }

    /// A list read item by item; the good items are kept. Nothing when there is no such field.
    pub(crate) fn each<T>(
        &mut self,
        node: Option<&Node>,
        mut read: impl FnMut(&mut Self, &Node) -> Option<T>,
    ) -> Box<[T]> {
        let items = node.and_then(|node| self.list(node)).unwrap_or_default();
        items.iter().filter_map(|item| read(self, item)).collect()
    }

    /// A list of texts.
    pub(crate) fn texts<T: for<'a> From<&'a str>>(&mut self, node: Option<&Node>) -> Box<[T]> {
        self.each(node, |doc, item| doc.text(item).map(T::from))
    }
}

/// The fields of one map.
pub(crate) struct Fields<'n> {
    /// Where the map begins.
    pub(crate) at: At,
    entries: &'n [(Node, Node)],
}

impl<'n> Fields<'n> {
    /// A field that may be there.
    pub(crate) fn get(&self, key: &str) -> Option<&'n Node> {
        self.entries
            .iter()
            .find(|(name, _)| matches!(&name.value, Value::Text(text) if text == key))
            .map(|(_, value)| value)
    }
}

/// `; did you mean "x"?` for the candidate that looks most like `word`, if any looks like it.
pub(crate) fn suggest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    const ALIKE: f64 = 0.84; // one slip in a word of six letters
    candidates
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| format!("; did you mean {candidate:?}?"))
}
