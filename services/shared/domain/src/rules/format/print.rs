//! Writes a tree down in the canonical form.

use super::FORMAT_COLUMNS;
use super::comments::Comment;
use super::tree::{Entry, EntryNo, Kind, Tree};

/// Columns that a block is indented further than its key.
const INDENT: usize = 2;

/// The text of a tree.
pub(super) fn print(tree: &Tree) -> String {
    let mut printer = Printer {
        tree,
        out: String::new(),
        after_dash: false,
    };
    if tree.entries[0].children.is_empty() {
        printer.comments(&tree.entries[0].head, 0);
        printer.out.push_str(&tree.flow(0));
        printer.out.push('\n');
    }
    printer.children(0, 0);
    printer.out
}

struct Printer<'t> {
    tree: &'t Tree,
    out: String,
    /// A dash was written, so the next line has its indentation already.
    after_dash: bool,
}

impl<'t> Printer<'t> {
    fn entry_of(&self, entry: EntryNo) -> &'t Entry {
        &self.tree.entries[entry]
    }

    /// The children of a block and the comments after them, all at this indentation.
    fn children(&mut self, block: EntryNo, indent: usize) {
        let parent = self.entry_of(block);
        let is_item = parent.key.is_none() && parent.parent.is_some();
        for (number, child) in parent.children.iter().enumerate() {
            if number > 0 || !is_item {
                self.above(*child, indent, number > 0);
            }
            self.entry(*child, indent);
        }
        for comment in &parent.foot {
            self.blank(comment.spaced && self.tree.is_loose(block));
            self.line(&comment.text, indent);
        }
    }

    /// The blank line and the comments above an entry.
    fn above(&mut self, entry: EntryNo, indent: usize, not_first: bool) {
        let this = self.entry_of(entry);
        let loose = this.parent.is_some_and(|parent| self.tree.is_loose(parent));
        for (number, comment) in this.head.iter().enumerate() {
            self.blank(loose && comment.spaced && (not_first || number > 0));
            self.line(&comment.text, indent);
        }
        self.blank(loose && this.spaced && (not_first || !this.head.is_empty()));
        if self.tree.trail_is_above(entry, indent) {
            self.comments(&this.trail, indent);
        }
    }

    fn entry(&mut self, entry: EntryNo, indent: usize) {
        let this = self.entry_of(entry);
        self.pad(indent);
        match &this.key {
            Some(key) => {
                self.out.push_str(key);
                self.out.push(':');
            }
            None => self.out.push('-'),
        }
        if self.tree.is_block(entry, indent) {
            if this.key.is_some() {
                self.trail(entry);
            } else {
                self.out.push(' ');
                self.after_dash = true;
            }
            self.children(entry, indent + INDENT);
        } else if let Some((header, lines)) = this.literal() {
            self.out.push(' ');
            self.out.push_str(header);
            self.out.push('\n');
            for line in lines {
                self.line(line, if line.is_empty() { 0 } else { indent + INDENT });
            }
        } else {
            self.out.push(' ');
            self.out.push_str(&self.tree.value(entry, false));
            self.trail(entry);
        }
    }

    /// The comment at the end of a line, and the end of the line.
    fn trail(&mut self, entry: EntryNo) {
        for comment in &self.entry_of(entry).trail {
            self.out.push(' ');
            self.out.push_str(&comment.text);
        }
        self.out.push('\n');
    }

    fn comments(&mut self, comments: &[Comment], indent: usize) {
        for comment in comments {
            self.line(&comment.text, indent);
        }
    }

    fn blank(&mut self, wanted: bool) {
        if wanted {
            self.out.push('\n');
        }
    }

    fn line(&mut self, text: &str, indent: usize) {
        self.pad(indent);
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn pad(&mut self, indent: usize) {
        if !std::mem::take(&mut self.after_dash) {
            self.out.extend(std::iter::repeat_n(' ', indent));
        }
    }
}

impl Entry {
    /// The lines of a value that is written as a literal block.
    pub(super) fn literal(&self) -> Option<(&'static str, std::str::Lines<'_>)> {
        match &self.kind {
            Kind::Scalar(scalar) => scalar.as_block(),
            Kind::Map | Kind::List => None,
        }
    }
}

impl Tree {
    /// Whether blank lines are kept between the children: of the file and of its list of rules.
    fn is_loose(&self, entry: EntryNo) -> bool {
        let this = &self.entries[entry];
        this.parent.is_none() || (this.tall && matches!(this.kind, Kind::List))
    }

    /// Whether a map or list is written one child a line.
    fn is_block(&self, entry: EntryNo, indent: usize) -> bool {
        let this = &self.entries[entry];
        if this.children.is_empty() {
            return false;
        }
        let prefix = this.key.as_ref().map_or(0, |key| key.chars().count()) + 2;
        this.tall || self.is_busy(entry) || {
            let width = indent + prefix + self.flow(entry).chars().count();
            width > FORMAT_COLUMNS
        }
    }

    /// Whether a map or list has something in it that needs a line of its own.
    fn is_busy(&self, entry: EntryNo) -> bool {
        let this = &self.entries[entry];
        let needs_a_line = |child: &EntryNo| {
            let child = &self.entries[*child];
            !child.head.is_empty() || !child.trail.is_empty() || child.literal().is_some()
        };
        !this.foot.is_empty()
            || this.children.iter().any(needs_a_line)
            || this.children.iter().any(|child| self.is_busy(*child))
    }

    /// A value on one line.
    fn value(&self, entry: EntryNo, flow: bool) -> String {
        match &self.entries[entry].kind {
            Kind::Scalar(scalar) => scalar.on_one_line(flow).into_owned(),
            Kind::Map | Kind::List => self.flow(entry),
        }
    }

    /// A map or list in braces or brackets.
    fn flow(&self, entry: EntryNo) -> String {
        let this = &self.entries[entry];
        let child = |child: &EntryNo| {
            let value = self.value(*child, true);
            match &self.entries[*child].key {
                Some(key) => format!("{key}: {value}"),
                None => value,
            }
        };
        let inside: Vec<String> = this.children.iter().map(child).collect();
        match this.kind {
            Kind::Map => format!("{{{}}}", inside.join(", ")),
            Kind::List | Kind::Scalar(_) => format!("[{}]", inside.join(", ")),
        }
    }

    /// Whether the comment beside an entry goes above it: an item whose first key shares its line.
    fn trail_is_above(&self, entry: EntryNo, indent: usize) -> bool {
        self.entries[entry].key.is_none() && self.is_block(entry, indent)
    }
}
