//! The canonical form of a `rules.yaml`: one text for everything that means the same, comments kept.
//!
//! The text is read twice: as values, and as the parser's events, which also give the comments and where they stand
//! ([`tree`]). Each comment is then tied to the entry that it stands above, beside or after ([`comments`]), and the
//! tree is printed with its keys in a fixed order ([`print`]).
//!
//! **Invariants** (property tests)
//! - The canonical form reads back as the same rules, with every comment once.
//! - The canonical form of a canonical form is itself.
//!
//! A file with anchors or aliases has no canonical form: the reader of rules refuses it.

mod comments;
mod print;
mod scalar;
mod shape;
#[cfg(test)]
mod tests;
mod tree;

use std::borrow::Cow;

use crate::city::reading::{At, Doc, Node, parse};
use crate::city::{PackErrors, error_kind};

/// The longest line that is written in flow style, in characters. A longer map or list is written one entry a line.
pub const FORMAT_COLUMNS: usize = 140;

/// The canonical form of a `rules.yaml`. `file` is what errors call the text. The rules need not fit any city pack; only
/// the shape of the file is checked.
///
/// # Errors
/// When the text is not YAML, has unknown keys, something else where a map or a list belongs, or anchors and aliases.
pub fn format(file: &str, text: &str) -> Result<String, PackErrors> {
    let root = parse(file, text).map_err(|error| PackErrors::new(vec![error]))?;
    let mut errors = Vec::new();
    let mut doc = Doc::new(file, &mut errors);
    shape::check(&mut doc, &root, &shape::ROOT);
    if errors.is_empty() {
        let canonical = canonical(&mut Doc::new(file, &mut errors), &root, text);
        if let Some(canonical) = canonical {
            return Ok(canonical);
        }
    }
    Err(PackErrors::new(errors))
}

/// The canonical form of a text whose shape is known to be right; reports what has none. `root` is the text, parsed.
pub(super) fn canonical(doc: &mut Doc<'_>, root: &Node, text: &str) -> Option<String> {
    let text = lines_of_unix(text);
    let read = tree::Tree::read(root, &text);
    let (mut tree, comments) = read
        .map_err(|(at, reason)| doc.error_of(error_kind::YAML, at, reason))
        .ok()?;
    tree.attach(comments);
    tree.arrange(&shape::ROOT);
    Some(print::print(&tree))
}

/// The text with every line ended by a line feed alone and without a byte order mark.
fn lines_of_unix(text: &str) -> Cow<'_, str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.contains('\r') {
        text.replace("\r\n", "\n").replace('\r', "\n").into()
    } else {
        text.into()
    }
}

/// Where something stands that cannot be formatted, and why.
type Refused = (At, String);
