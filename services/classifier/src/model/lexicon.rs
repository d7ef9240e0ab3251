//! The words that a model parts texts by, as a trie whose nodes are hashes of beginnings: no word stands in it.

use super::features::{SEED, step};
use super::normal::{self, BREAK};
use super::recipe::MAX_LENGTH;
use super::table::Table;
use super::{Fields, Spelling};

/// What a beginning is, as bits: a word itself, and the beginning of a longer one.
const WORD: u8 = 1;
const LONGER: u8 = 2;

/// The words of a model.
#[derive(Debug, Clone)]
pub struct Lexicon {
    nodes: Vec<(u64, u8)>,
    table: Table,
    flags: Vec<u8>,
}

/// Why there is no such lexicon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the lexicon has too many words, or one twice")]
pub struct LexiconError;

impl Default for Lexicon {
    fn default() -> Self {
        Self {
            nodes: Vec::new(),
            table: Table::new(Vec::new()).unwrap_or_else(|| unreachable!("no key stands twice")),
            flags: Vec::new(),
        }
    }
}

impl Lexicon {
    /// The lexicon of these words, each of 2 to 8 characters of one run; others are passed over.
    ///
    /// # Errors
    /// When there are too many (millions).
    pub fn new<'a>(
        words: impl IntoIterator<Item = &'a str>,
        spelling: Spelling,
    ) -> Result<Self, LexiconError> {
        let mut nodes = std::collections::BTreeMap::new();
        let mut chars = Vec::new();
        for word in words {
            normal::normalise(spelling, Fields::from(word), &mut chars);
            if !(2..=usize::from(MAX_LENGTH)).contains(&chars.len()) || chars.contains(&BREAK) {
                continue;
            }
            let mut hash = step(SEED, chars[0]);
            for (place, c) in chars.iter().enumerate().skip(1) {
                hash = step(hash, *c);
                let flag = if place + 1 == chars.len() {
                    WORD
                } else {
                    LONGER
                };
                *nodes.entry(hash).or_insert(0) |= flag;
            }
        }
        Self::from_nodes(nodes.into_iter().collect())
    }

    pub(super) fn from_nodes(nodes: Vec<(u64, u8)>) -> Result<Self, LexiconError> {
        let table = Table::new(nodes.iter().map(|(key, _)| *key).collect()).ok_or(LexiconError)?;
        let flags = nodes.iter().map(|(_, flags)| *flags).collect();
        Ok(Self {
            nodes,
            table,
            flags,
        })
    }

    pub(super) fn nodes(&self) -> &[(u64, u8)] {
        &self.nodes
    }

    /// The longest word that `chars` begins with: its hash and its length.
    pub(super) fn longest(&self, chars: &[u32]) -> Option<(u64, usize)> {
        let first = *chars.first().filter(|first| **first != BREAK)?;
        let mut hash = step(SEED, first);
        let mut best = None;
        for (place, c) in chars.iter().enumerate().take(MAX_LENGTH.into()).skip(1) {
            if *c == BREAK {
                break;
            }
            hash = step(hash, *c);
            let Some(node) = self.table.find(hash) else {
                break;
            };
            let flags = self.flags[node as usize];
            if flags & WORD != 0 {
                best = Some((hash, place + 1));
            }
            if flags & LONGER == 0 {
                break;
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chars(text: &str) -> Vec<u32> {
        let mut chars = Vec::new();
        normal::normalise(Spelling::Han, Fields::from(text), &mut chars);
        chars
    }

    #[test]
    fn the_longest_word_is_found_and_no_beginning_of_one() {
        let lexicon = Lexicon::new(["公交", "公交车站", "小区", "区"], Spelling::Han).unwrap();
        let longest = |text| lexicon.longest(&chars(text)).map(|(_, length)| length);
        assert_eq!(longest("公交车站台"), Some(4));
        assert_eq!(longest("公交车来了"), Some(2));
        assert_eq!(longest("公交"), Some(2));
        assert_eq!(longest("公"), None);
        assert_eq!(longest("区"), None);
        assert_eq!(longest("小，区"), None);
        assert_eq!(longest(""), None);
        assert_eq!(Lexicon::default().longest(&chars("公交")), None);
    }

    #[test]
    fn a_node_that_stands_twice_is_refused() {
        assert_eq!(
            Lexicon::from_nodes(vec![(1, 1), (1, 2)]).unwrap_err(),
            LexiconError
        );
    }
}
