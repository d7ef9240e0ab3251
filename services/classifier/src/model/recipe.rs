//! How a model reads texts: data that stands in its file.

use serde::{Deserialize, Serialize};

/// The longest n-gram and the longest word of a lexicon, in units.
pub(super) const MAX_LENGTH: u8 = 8;

/// The most characters that a head may have.
const MAX_HEAD: u16 = 1_000;

/// How a model reads a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// What is kept of the text.
    pub spelling: Spelling,
    /// So many characters at the beginning of a text are its head: the subject, or what is said first.
    pub head: u16,
    /// What is counted in it. Each block is brought to length one on its own, so a long text weighs no more than a short one.
    pub blocks: Vec<Block>,
}

/// What is kept of a text, after capitals became small and wide letters narrow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spelling {
    /// Han characters. What stands between them parts them; but codes of places (`A3` before 区, 县 or 市) are left out
    /// as if they had not been there.
    Han,
    /// Words of letters and digits, a number being one `0`, parted by what stands between them.
    Words,
}

/// One sort of feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// What an n-gram is made of.
    pub unit: Unit,
    /// Only in the head of the text.
    #[serde(default)]
    pub head: bool,
    /// The fewest units of an n-gram, from 1; a lexicon knows its words' lengths.
    pub from: u8,
    /// The most units of an n-gram, to 8.
    pub to: u8,
    /// How long the block is beside the others.
    pub weight: f32,
    /// How repeated n-grams count.
    pub counts: Counts,
}

/// What an n-gram is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Characters that follow each other.
    Chars,
    /// Words parted by spaces and signs.
    Words,
    /// Characters within such a word, its beginning and end being characters too.
    WordChars,
    /// Words of the model's lexicon, found from left to right, the longest first.
    Lexicon,
    /// Two such words that follow each other.
    LexiconPairs,
}

/// How repeated n-grams count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counts {
    /// `1 + ln n`.
    Log,
    /// Once.
    Binary,
}

impl Counts {
    /// What `n` repetitions count, `n` being at least 1.
    #[must_use]
    pub fn of(self, n: u16) -> f32 {
        match self {
            Self::Log => 1.0 + libm::logf(f32::from(n)),
            Self::Binary => 1.0,
        }
    }
}

impl Block {
    /// The mark that keys of this sort of block carry, whatever the recipe: 0 to 15.
    #[must_use]
    pub const fn tag(&self) -> u64 {
        let unit = match self.unit {
            Unit::Chars => 0,
            Unit::Words => 1,
            Unit::WordChars => 2,
            Unit::Lexicon => 3,
            Unit::LexiconPairs => 4,
        };
        unit * 2 + self.head as u64
    }
}

/// What is wrong with a recipe.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RecipeError {
    /// Nothing would be counted.
    #[error("the recipe has no blocks")]
    Empty,
    /// Two blocks count the same sort of thing.
    #[error("blocks {0} and {1} of the recipe count the same thing")]
    Twice(usize, usize),
    /// A block that cannot be counted.
    #[error("block {0} of the recipe: lengths must be 1 to {MAX_LENGTH}, the weight positive")]
    Block(usize),
    /// A head that is too long.
    #[error("the head of the recipe must be at most {MAX_HEAD} characters")]
    Head,
}

impl Recipe {
    /// Whether texts can be read so.
    ///
    /// # Errors
    /// With the first thing that is wrong.
    pub fn validate(&self) -> Result<(), RecipeError> {
        if self.blocks.is_empty() {
            return Err(RecipeError::Empty);
        }
        if self.head > MAX_HEAD {
            return Err(RecipeError::Head);
        }
        for (number, block) in self.blocks.iter().enumerate() {
            let lengths = 1 <= block.from && block.from <= block.to && block.to <= MAX_LENGTH;
            if !(lengths && block.weight.is_finite() && block.weight > 0.0) {
                return Err(RecipeError::Block(number));
            }
            let twin = |other: &Block| other.tag() == block.tag();
            if let Some(other) = self.blocks[..number].iter().position(twin) {
                return Err(RecipeError::Twice(other, number));
            }
        }
        Ok(())
    }

    /// The block that a key belongs to.
    #[must_use]
    pub fn block_of(&self, key: u64) -> Option<usize> {
        let tag = key & super::features::TAG_MASK;
        self.blocks.iter().position(|block| block.tag() == tag)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::recipe;
    use super::*;

    #[test]
    fn what_cannot_be_counted_is_refused() {
        assert_eq!(recipe().validate(), Ok(()));
        let with = |change: fn(&mut Recipe)| {
            let mut recipe = recipe();
            change(&mut recipe);
            recipe.validate().unwrap_err()
        };
        assert_eq!(with(|r| r.blocks.clear()), RecipeError::Empty);
        assert_eq!(with(|r| r.head = 5_000), RecipeError::Head);
        assert_eq!(with(|r| r.blocks[1].from = 0), RecipeError::Block(1));
        assert_eq!(with(|r| r.blocks[0].to = 9), RecipeError::Block(0));
        assert_eq!(
            with(|r| r.blocks[0].weight = f32::NAN),
            RecipeError::Block(0)
        );
        assert_eq!(
            with(|r| r.blocks[1] = r.blocks[0].clone()),
            RecipeError::Twice(0, 1)
        );
    }

    #[test]
    fn repetitions_count_less_and_less() {
        assert_eq!(Counts::Log.of(1), 1.0);
        assert!(Counts::Log.of(8) < 4.0);
        assert_eq!(Counts::Binary.of(8), 1.0);
    }
}
