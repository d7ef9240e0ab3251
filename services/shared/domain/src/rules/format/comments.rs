//! Which entry a comment belongs to.

use super::shape::Shape;
use super::tree::{EntryNo, Tree};

/// A line of comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Comment {
    /// From its `#` on.
    pub(super) text: String,
    /// A blank line stood before it.
    pub(super) spaced: bool,
}

/// A line (from 1) and a column (from 0).
pub(super) type Place = (usize, usize);

/// A comment where it was found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) place: Place,
    /// Nothing stands before it on its line.
    pub(super) alone: bool,
    /// It stands between the dash of an item and the item.
    pub(super) after_dash: bool,
    pub(super) comment: Comment,
}

/// What a mark marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MarkKind {
    /// The entry begins.
    Begin,
    /// Its value begins, after its key.
    Within,
    /// Its brackets or braces close.
    Close,
}

/// Something in the text that a comment can stand before or behind.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    pub(super) place: Place,
    pub(super) entry: EntryNo,
    pub(super) kind: MarkKind,
}

/// Where among an entry's comments one goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spot {
    Head(EntryNo),
    Trail(EntryNo),
    Foot(EntryNo),
}

impl Tree {
    /// Ties every comment to an entry.
    pub(super) fn attach(&mut self, comments: Vec<Found>) {
        for found in comments {
            let spot = self.within_the_file(self.spot(&found));
            let (Spot::Head(entry) | Spot::Trail(entry) | Spot::Foot(entry)) = spot;
            let entry = &mut self.entries[entry];
            match spot {
                Spot::Head(_) => entry.head.push(found.comment),
                Spot::Trail(_) => entry.trail.push(found.comment),
                Spot::Foot(_) => entry.foot.push(found.comment),
            }
        }
    }

    /// A comment behind something belongs to it. One that stands alone belongs to what comes next, unless it is
    /// indented further than that: then it ends the block in which it stands.
    fn spot(&self, found: &Found) -> Spot {
        let next = self.marks.partition_point(|mark| mark.place < found.place);
        let before = next.checked_sub(1).map(|before| self.marks[before].entry);
        match (found.after_dash, self.marks.get(next), before) {
            (true, Some(item), _) => return Spot::Head(item.entry),
            (false, _, Some(before)) if !found.alone => return Spot::Trail(before),
            _ => {}
        }
        let Some(mark) = self.marks.get(next) else {
            let block = before.and_then(|before| self.block_around(before, found.place.1));
            return Spot::Foot(block.unwrap_or_default());
        };
        let entry = &self.entries[mark.entry];
        match mark.kind {
            MarkKind::Close if entry.children.is_empty() => Spot::Head(mark.entry),
            MarkKind::Close => Spot::Foot(mark.entry),
            MarkKind::Within => Spot::Head(mark.entry),
            MarkKind::Begin => {
                let ended = before
                    .filter(|before| Some(*before) != entry.parent)
                    .and_then(|before| self.block_around(before, found.place.1))
                    .filter(|block| self.depth(*block) >= self.depth(mark.entry));
                ended.map_or(Spot::Head(mark.entry), Spot::Foot)
            }
        }
    }

    /// Nothing stands above or beside the file itself: its first entry and its end take such comments.
    fn within_the_file(&self, spot: Spot) -> Spot {
        match (spot, self.entries[0].children.first()) {
            (Spot::Head(0), Some(first)) => Spot::Head(*first),
            (Spot::Trail(0), _) => Spot::Foot(0),
            _ => spot,
        }
    }

    /// The innermost block around an entry that begins at this column or before it.
    fn block_around(&self, entry: EntryNo, column: usize) -> Option<EntryNo> {
        let begins = |entry: &EntryNo| self.entries[*entry].block.is_some_and(|at| at <= column);
        self.above(entry).find(begins)
    }

    fn above(&self, entry: EntryNo) -> impl Iterator<Item = EntryNo> {
        std::iter::successors(self.entries[entry].parent, |entry| {
            self.entries[*entry].parent
        })
    }

    fn depth(&self, entry: EntryNo) -> usize {
        self.above(entry).count()
    }

    /// Puts the keys into their order and marks what never stands on one line.
    pub(super) fn arrange(&mut self, shape: &Shape) {
        let first = self.entries[0].children.first().copied();
        self.arrange_entry(0, shape);
        let now = self.entries[0].children.first().copied();
        if let (Some(first), Some(now)) = (first, now)
            && first != now
        {
            self.move_header(first, now);
        }
    }

    fn arrange_entry(&mut self, entry: EntryNo, shape: &Shape) {
        let keys = shape.keys();
        let place = |tree: &Self, child: EntryNo| {
            let key = tree.entries[child].key.as_deref();
            keys.iter().position(|(name, _)| Some(*name) == key)
        };
        let mut children = std::mem::take(&mut self.entries[entry].children);
        children.sort_by_key(|child| place(self, *child));
        for child in &children {
            match (shape, place(self, *child)) {
                (Shape::List(item), _) => self.arrange_entry(*child, item),
                (_, Some(place)) => self.arrange_entry(*child, &keys[place].1),
                _ => {}
            }
        }
        self.entries[entry].children = children;
        self.entries[entry].tall = shape.is_tall();
        self.lift(entry);
    }

    /// Moves comments that find no room where they stand above the entry: all but a single one at the end of a line,
    /// and those above the first key of an item, which shares its line with the item's dash.
    fn lift(&mut self, entry: EntryNo) {
        let first = self.entries[entry].children.first().copied();
        let this = &mut self.entries[entry];
        if this.trail.len() > 1 || this.literal().is_some() {
            this.head.append(&mut this.trail);
        }
        if let (None, Some(_), Some(first)) = (&this.key, this.parent, first) {
            let mut lifted = std::mem::take(&mut self.entries[first].head);
            for comment in &mut lifted {
                let this = &mut self.entries[entry];
                comment.spaced = std::mem::take(&mut this.spaced);
            }
            self.entries[entry].head.append(&mut lifted);
        }
    }

    /// The comments that head the file stay there when another section comes first: a line for editors, and
    /// whatever a blank line parts from the section.
    fn move_header(&mut self, from: EntryNo, to: EntryNo) {
        let head = &self.entries[from].head;
        let parted = if self.entries[from].spaced {
            head.len()
        } else {
            let last = head.iter().skip(1).rposition(|comment| comment.spaced);
            last.map_or(0, |before| before + 1)
        };
        let editor = head.first();
        let editor = editor.is_some_and(|first| first.text.contains("yaml-language-server:"));
        let moved = parted.max(usize::from(editor));
        let header: Vec<Comment> = self.entries[from].head.drain(..moved).collect();
        let to = &mut self.entries[to];
        if parted > 0 {
            match to.head.first_mut() {
                Some(first) => first.spaced = true,
                None => to.spaced = true,
            }
        }
        to.head.splice(..0, header);
    }
}
