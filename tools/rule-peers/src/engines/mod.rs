//! The engines that are compared.

mod cel;
mod ours;
mod regorus;
mod scan;
mod zen;

pub use cel::Cel;
pub use ours::Ours;
pub use regorus::Regorus;
pub use scan::Scan;
pub use zen::Zen;

use crate::city::{City, Dimension};
use crate::rules::Input;

/// How the peers that know only equality are told that something is not known.
const UNKNOWN: &str = "?";

/// The word of a value as the peers are given it.
fn word(city: &City, dimension: Dimension, value: Option<u16>) -> &str {
    value.map_or(UNKNOWN, |value| {
        city.values(dimension).words[value as usize].as_str()
    })
}

/// A peer's own value for each word and each hour, made once: an input's form is then put together from clones.
struct Prepared<V> {
    words: Vec<Vec<V>>,
    unknown: V,
    hours: Vec<V>,
}

impl<V: Clone> Prepared<V> {
    fn new(city: &City, of_word: impl Fn(&str) -> V, of_hour: impl Fn(u8) -> V) -> Self {
        let words = Dimension::ALL.map(|dimension| {
            let words = &city.values(dimension).words;
            words.iter().map(|word| of_word(word)).collect()
        });
        Self {
            words: words.into(),
            unknown: of_word(UNKNOWN),
            hours: (0..24).map(of_hour).collect(),
        }
    }

    /// The values of [`Dimension::ALL`] in order, then the hour.
    fn of(&self, input: &Input) -> impl Iterator<Item = V> {
        let of_words = self.words.iter().zip(&input.values).map(|(words, value)| {
            value.map_or_else(
                || self.unknown.clone(),
                |value| words[value as usize].clone(),
            )
        });
        of_words.chain(std::iter::once(self.hours[input.hour as usize].clone()))
    }
}

/// The names of the fields of an input, in the order of [`Prepared::of`].
fn field_names() -> impl Iterator<Item = &'static str> {
    Dimension::ALL
        .into_iter()
        .map(Dimension::key)
        .chain(["hour"])
}
