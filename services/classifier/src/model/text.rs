//! A text as models read it, kept so that the next model that reads it in the same way need not read it again.

use super::features::grams;
use super::lexicon::Lexicon;
use super::normal::{MAX_CHARS, Spelled, normalise};
use super::{Block, Fields, Recipe, Spelling, Unit};

/// The text that was read last, and its n-grams of every block that was asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Text {
    /// The subject, where there is one, with a line's end behind it; and the rest.
    text: String,
    subject: usize,
    spelling: Option<Spelling>,
    spelled: Spelled,
    /// The first `sorts.len()` of them are of this text; the others are room.
    blocks: Vec<Grams>,
    sorts: Vec<Sort>,
    /// What depends on a lexicon is not shared.
    own: Grams,
    /// Room to tell n-grams apart in: by a hash of the key, the n-gram's number from 1; zero where there is none.
    seats: Vec<u32>,
}

/// Two blocks of the same sort have the same n-grams in any text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sort {
    unit: Unit,
    from: u8,
    to: u8,
    head: Option<u16>,
}

/// The n-grams of one block of a text.
#[derive(Debug, Clone, Default)]
pub(super) struct Grams {
    /// Each of them once, in the order of their first places.
    pub(super) keys: Vec<u64>,
    /// How often it stands there.
    pub(super) counts: Vec<u32>,
    /// All of them, in the order of the text.
    pub(super) all: Vec<Gram>,
    /// The keys of `all`.
    every: Vec<u64>,
}

/// An n-gram at its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gram {
    /// Its place in [`Grams::keys`].
    pub(super) number: u32,
    /// Where it stands, in characters of [`Text::chars`].
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Text {
    /// Reads the text in this spelling, unless it was the last to be read.
    pub(super) fn read(&mut self, spelling: Spelling, fields: Fields<'_>) {
        if self.spelling == Some(spelling) && self.is_of(fields) {
            return;
        }
        self.text.clear();
        if !fields.subject.is_empty() {
            self.text.push_str(fields.subject);
            self.text.push('\n');
        }
        self.text.push_str(fields.detail);
        self.subject = fields.subject.len();
        self.spelling = Some(spelling);
        self.sorts.clear();
        normalise(spelling, fields, &mut self.spelled);
    }

    /// Whether these fields are read as those before were: a line's end parts n-grams as a subject does.
    fn is_of(&self, Fields { subject, detail }: Fields<'_>) -> bool {
        let is_same = match subject.len() {
            0 => self.text == detail,
            length => {
                self.text.len() == length + 1 + detail.len()
                    && self.text.starts_with(subject)
                    && self.text.ends_with(detail)
                    && self.text.as_bytes()[length] == b'\n'
            }
        };
        is_same && (self.is_whole() || self.subject == subject.len())
    }

    /// Whether the text is so short that all of it was read.
    pub(super) const fn is_whole(&self) -> bool {
        self.text.len() <= MAX_CHARS
    }

    /// What was read, a break where n-grams end.
    pub(super) fn chars(&self) -> &[u32] {
        &self.spelled.chars
    }

    /// Where each of [`Text::chars`] stands in the text, in bytes. Where there is a subject, the rest follows on it and a line's
    /// end.
    pub(super) fn places(&self) -> &[u32] {
        &self.spelled.at
    }

    /// The n-grams of a block of this recipe, which has the spelling that the text was read in.
    pub(super) fn grams(&mut self, recipe: &Recipe, block: &Block, lexicon: &Lexicon) -> &Grams {
        let is_shared = !matches!(block.unit, Unit::Lexicon | Unit::LexiconPairs);
        let sort = Sort {
            unit: block.unit,
            from: block.from,
            to: block.to,
            head: block.head.then_some(recipe.head),
        };
        let known = self.sorts.iter().position(|known| *known == sort);
        let number = known.unwrap_or(self.sorts.len());
        if is_shared && known.is_some() {
            return &self.blocks[number];
        }
        let into = if is_shared {
            self.sorts.push(sort);
            if self.blocks.len() == number {
                self.blocks.push(Grams::default());
            }
            &mut self.blocks[number]
        } else {
            &mut self.own
        };
        let chars = &self.spelled.chars;
        into.read(block, chars, recipe.head.into(), lexicon, &mut self.seats);
        into
    }
}

impl Grams {
    fn read(
        &mut self,
        block: &Block,
        chars: &[u32],
        head: usize,
        lexicon: &Lexicon,
        seats: &mut Vec<u32>,
    ) {
        self.every.clear();
        self.all.clear();
        grams(block, chars, head, lexicon, |key, place| {
            self.every.push(key);
            self.all.push(Gram {
                number: 0,
                // a text has no more characters than fit
                start: place.start as u32,
                end: place.end as u32,
            });
        });
        self.number(seats);
    }

    /// Counts n-grams that are the same.
    fn number(&mut self, seats: &mut Vec<u32>) {
        self.keys.clear();
        self.counts.clear();
        let size = (self.every.len() * 2).next_power_of_two().max(16);
        seats.clear();
        seats.resize(size, 0);
        let shift = u64::BITS - size.trailing_zeros();
        for (key, gram) in self.every.iter().zip(&mut self.all) {
            let mut seat = (key >> shift) as usize;
            // ends, for half of the seats are empty
            gram.number = loop {
                match seats[seat].checked_sub(1) {
                    None => {
                        self.keys.push(*key);
                        self.counts.push(1);
                        seats[seat] = self.keys.len() as u32;
                        break seats[seat] - 1;
                    }
                    Some(number) if self.keys[number as usize] == *key => {
                        self.counts[number as usize] += 1;
                        break number;
                    }
                    Some(_) => seat = (seat + 1) & (size - 1),
                }
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::recipe;
    use super::*;

    #[test]
    fn the_same_text_is_read_once_however_it_is_parted() {
        let (recipe, lexicon) = (recipe(), Lexicon::default());
        let mut text = Text::default();
        let whole = Fields::from("停水\n没有水");
        let parted = Fields {
            subject: "停水",
            detail: "没有水",
        };
        text.read(Spelling::Han, whole);
        let first = text.grams(&recipe, &recipe.blocks[0], &lexicon).clone();
        text.read(Spelling::Han, parted);
        assert_eq!(text.sorts.len(), 1, "nothing was read again");
        let again = text.grams(&recipe, &recipe.blocks[0], &lexicon);
        assert_eq!((&first.keys, &first.counts), (&again.keys, &again.counts));
        let mut anew = Text::default();
        anew.read(Spelling::Han, parted);
        let anew = anew.grams(&recipe, &recipe.blocks[0], &lexicon);
        assert_eq!((&first.keys, &first.counts), (&anew.keys, &anew.counts));
        text.read(Spelling::Words, parted);
        assert!(text.sorts.is_empty(), "another spelling is another text");
        text.read(Spelling::Words, Fields::from("停水没有水"));
        assert_eq!(text.chars().len(), 5);
    }

    #[test]
    fn grams_that_are_the_same_are_counted() {
        let (recipe, lexicon) = (recipe(), Lexicon::default());
        let mut text = Text::default();
        text.read(Spelling::Han, Fields::from("水，水水"));
        let grams = text.grams(&recipe, &recipe.blocks[0], &lexicon);
        assert_eq!(grams.counts, [3, 1]);
        let all = |gram: &Gram| (gram.number, gram.start, gram.end);
        let all: Vec<_> = grams.all.iter().map(all).collect();
        assert_eq!(all, [(0, 0, 1), (0, 2, 3), (1, 2, 4), (0, 3, 4)]);
    }
}
