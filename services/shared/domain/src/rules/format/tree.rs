//! A `rules.yaml` as a tree that keeps what a reader of values forgets.

use granit_parser::{Event, Parser, Span, StructureStyle};

use super::Refused;
use super::comments::{Comment, Found, Mark, MarkKind};
use super::scalar::Scalar;
use crate::city::reading::{At, Node, Value};

/// The number of an entry: its place in [`Tree::entries`].
pub(super) type EntryNo = usize;

/// What an entry holds.
#[derive(Debug)]
pub(super) enum Kind {
    Scalar(Scalar),
    Map,
    List,
}

/// A key with its value, an item of a list, or the whole file.
#[derive(Debug)]
pub(super) struct Entry {
    /// `None` for an item of a list and for the file.
    pub(super) key: Option<String>,
    pub(super) kind: Kind,
    pub(super) parent: Option<EntryNo>,
    pub(super) children: Vec<EntryNo>,
    /// The column at which the children of a block begin, from 0; `None` for one in brackets or braces.
    pub(super) block: Option<usize>,
    /// Never written on one line.
    pub(super) tall: bool,
    /// The comments above it.
    pub(super) head: Vec<Comment>,
    /// The comments at the end of its line.
    pub(super) trail: Vec<Comment>,
    /// The comments after its last child.
    pub(super) foot: Vec<Comment>,
    /// A blank line stood before it.
    pub(super) spaced: bool,
}

/// All entries in the order of the text; the file is the first.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) entries: Vec<Entry>,
    /// Where entries begin and brackets close, in the order of the text.
    pub(super) marks: Vec<Mark>,
}

impl Tree {
    /// Reads a text that parses as `root`, with the comments in it.
    pub(super) fn read(root: &Node, text: &str) -> Result<(Self, Vec<Found>), Refused> {
        let mut values = Vec::new();
        scalars(root, &mut values);
        let mut reader = Reader {
            tree: Self::default(),
            open: Vec::new(),
            valued: None,
            values: values.into_iter(),
            lines: text.lines().collect(),
            comments: Vec::new(),
        };
        let options = granit_parser::options! { max_buffered_comment_events: usize::MAX };
        for event in Parser::new_from_str_with_options(text, options) {
            // The text was parsed before, with the same parser, so this cannot fail.
            let (event, span) = event.map_err(|error| (At::FILE, error.to_string()))?;
            reader.event(event, span)?;
        }
        Ok((reader.tree, reader.comments))
    }
}

/// All scalars in the order of the text, keys included.
fn scalars<'n>(node: &'n Node, into: &mut Vec<&'n Value>) {
    match &node.value {
        Value::List(items) => items.iter().for_each(|item| scalars(item, into)),
        Value::Map(entries) => {
            for (key, value) in entries {
                scalars(key, into);
                scalars(value, into);
            }
        }
        scalar => into.push(scalar),
    }
}

struct Reader<'t, V> {
    tree: Tree,
    /// The maps and lists around the current event.
    open: Vec<EntryNo>,
    /// The entry whose key was read and whose value comes next.
    valued: Option<EntryNo>,
    values: V,
    lines: Vec<&'t str>,
    comments: Vec<Found>,
}

impl<'n, V: Iterator<Item = &'n Value>> Reader<'_, V> {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Refused> {
        match event {
            Event::Comment(text, _) => self.comment(&text, span),
            Event::Alias(_) => return Err(no_anchors(span)),
            Event::Scalar(_, _, anchor, _)
            | Event::SequenceStart(_, anchor, _)
            | Event::MappingStart(_, anchor, _)
                if anchor != 0 =>
            {
                return Err(no_anchors(span));
            }
            Event::Scalar(raw, ..) => self.scalar(&raw, span)?,
            Event::MappingStart(style, ..) => self.begin(Kind::Map, style, span),
            Event::SequenceStart(style, ..) => self.begin(Kind::List, style, span),
            Event::MappingEnd | Event::SequenceEnd => {
                if let Some(entry) = self.open.pop()
                    && self.tree.entries[entry].block.is_none()
                {
                    self.mark(entry, MarkKind::Close, span);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn scalar(&mut self, raw: &str, span: Span) -> Result<(), Refused> {
        let value = match self.values.next() {
            Some(Value::Text(text)) => Scalar::Text(text.clone()),
            Some(Value::Bool(truth)) => Scalar::Plain(truth.to_string()),
            Some(Value::Number(_)) => Scalar::Plain(raw.to_owned()),
            _ => Scalar::Plain("null".to_owned()),
        };
        let in_map = self
            .open
            .last()
            .is_some_and(|open| matches!(self.tree.entries[*open].kind, Kind::Map));
        if in_map && self.valued.is_none() {
            if raw == "<<" {
                return Err(no_anchors(span));
            }
            let key = match value {
                Scalar::Text(text) | Scalar::Plain(text) => text,
            };
            let entry = self.add(Some(key), span);
            self.valued = Some(entry);
            self.mark(entry, MarkKind::Begin, span);
            return Ok(());
        }
        let (entry, kind) = self.receiver(span);
        self.tree.entries[entry].kind = Kind::Scalar(value);
        if !raw.is_empty() {
            self.mark(entry, kind, span);
        }
        Ok(())
    }

    fn begin(&mut self, kind: Kind, style: StructureStyle, span: Span) {
        let is_block = style == StructureStyle::Block;
        let (entry, begins) = self.receiver(span);
        let opened = &mut self.tree.entries[entry];
        opened.kind = kind;
        opened.block = is_block.then_some(span.start.col());
        // The block of a key begins where its first child does; the child is what a comment there is about.
        if !is_block || (begins == MarkKind::Begin && entry > 0) {
            self.mark(entry, begins, span);
        }
        self.open.push(entry);
    }

    /// The entry that the coming value belongs to, and whether the value is where it begins.
    fn receiver(&mut self, span: Span) -> (EntryNo, MarkKind) {
        match self.valued.take() {
            Some(entry) => (entry, MarkKind::Within),
            None => (self.add(None, span), MarkKind::Begin),
        }
    }

    fn add(&mut self, key: Option<String>, span: Span) -> EntryNo {
        let number = self.tree.entries.len();
        let parent = self.open.last().copied();
        if let Some(parent) = parent {
            self.tree.entries[parent].children.push(number);
        }
        self.tree.entries.push(Entry {
            key,
            kind: Kind::Scalar(Scalar::Plain(String::new())),
            parent,
            children: Vec::new(),
            block: None,
            tall: false,
            head: Vec::new(),
            trail: Vec::new(),
            foot: Vec::new(),
            spaced: self.is_spaced(span.start.line()),
        });
        number
    }

    fn mark(&mut self, entry: EntryNo, kind: MarkKind, span: Span) {
        let place = (span.start.line(), span.start.col());
        self.tree.marks.push(Mark { place, entry, kind });
    }

    fn comment(&mut self, text: &str, span: Span) {
        let (line, column) = (span.start.line(), span.start.col());
        let before = self.lines.get(line - 1).map_or("", |line| *line);
        let indent = before.chars().take_while(|c| c.is_whitespace()).count();
        self.comments.push(Found {
            place: (line, column),
            alone: indent >= column,
            after_dash: self.is_after_dash(line, column),
            comment: Comment {
                text: format!("#{}", text.trim_end()),
                spaced: self.is_spaced(line),
            },
        });
    }

    /// Whether nothing but the dash of an item stands between the entry before and a comment.
    fn is_after_dash(&self, line: usize, column: usize) -> bool {
        let own: String = self
            .lines
            .get(line - 1)
            .map_or("", |line| *line)
            .chars()
            .take(column)
            .collect();
        let is_comment = |line: &str| line.is_empty() || line.starts_with('#');
        let mut before = self.lines[..line - 1].iter().rev().map(|line| line.trim());
        match own.trim() {
            "" => before
                .find(|line| !is_comment(line))
                .is_some_and(|line| line == "-" || line.starts_with("- #")),
            own => own == "-",
        }
    }

    /// Whether the line before this one is blank.
    fn is_spaced(&self, line: usize) -> bool {
        line.checked_sub(2)
            .and_then(|before| self.lines.get(before))
            .is_some_and(|line| line.trim().is_empty())
    }
}

fn no_anchors(span: Span) -> Refused {
    let bounded = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let at = At {
        line: bounded(span.start.line()),
        column: bounded(span.start.col() + 1),
    };
    let reason = "rules have no anchors, aliases and merge keys; write the values out in each rule";
    (at, reason.to_owned())
}
