//! Linear text models: features of a text, weights, calibration, and the file that holds them.
//!
//! ```text
//! Fields ─▶ normal (spelling) ─▶ features (n-grams as 64-bit keys) ─▶ table ─▶ score, parts ─▶ calibrate ─▶ Prediction
//!           └──────── text: read once for all models ───────┘        weights                  temperature, steps
//!              Recipe says which         Lexicon: words
//! ```
//!
//! Data structures: a [`Model`] is a table of keys, a row of 16-bit weights per key, and a [`Header`] of JSON; what a
//! prediction needs besides is in a [`Scratch`] that is reused and remembers the text that was read last. Most of the time goes
//! into waiting for memory, so keys, rows and words are fetched many at once and the frequent ones lie together.
//!
//! **Invariants**
//! - What is learned from is data: a [`Recipe`] stands in the file, so training and the service read a text alike.
//! - A file holds no text: n-grams and words stand in it as hashes only.
//! - [`Model::read`] never panics; what it accepts predicts without panicking whatever the text.
//! - The same model and text give the same prediction.

mod calibrate;
mod example;
mod explain;
mod features;
mod file;
mod lexicon;
mod normal;
mod parts;
#[cfg(test)]
mod plain;
mod recipe;
mod score;
mod table;
#[cfg(test)]
pub(crate) mod testing;
mod text;

pub use calibrate::{Bin, Calibration, calibration_error, reliability};
pub use example::Example;
pub use explain::{Explanation, Gram};
pub use features::Reader;
pub use file::{Header, MAX_FILE_BYTES, Model, ModelError, ModelKind, Parts};
pub use lexicon::{Lexicon, LexiconError};
pub use recipe::{Block, Counts, Recipe, RecipeError, Spelling, Unit};
pub use score::{Prediction, Scratch};

/// A message as its sender wrote it: the subject and the rest, either of which may be empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fields<'a> {
    /// The line above the message.
    pub subject: &'a str,
    /// The message, or all of it where there is no subject.
    pub detail: &'a str,
}

impl<'a> From<&'a str> for Fields<'a> {
    fn from(text: &'a str) -> Self {
        Self {
            subject: "",
            detail: text,
        }
    }
}
