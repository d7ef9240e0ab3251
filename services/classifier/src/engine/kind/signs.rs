//! What `signs.toml` says, compiled.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use serde::Deserialize;
use swiftline_domain::city::Taxonomy;
use swiftline_domain::vocabulary::Kind;

use super::super::phrases::Phrases;

/// The file as it is; a part of the version.
pub(in crate::engine) const FILE: &str = include_str!("signs.toml");

/// What a word of the city counts.
const CITYS: f32 = 1.6;

/// What a phrase speaks for, and where.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sign {
    pub(super) kind: Kind,
    pub(super) points: f32,
    pub(super) place: Place,
}

/// Where in a message a sign tells something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Place {
    #[default]
    Anywhere,
    /// The first words.
    Head,
    Opening,
    Closing,
    BeforeClosing,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    signs: Vec<SignText>,
}

#[derive(Debug, Deserialize)]
struct SignText {
    kind: String,
    points: f32,
    #[serde(default)]
    place: Place,
    /// By language.
    #[serde(flatten)]
    words: BTreeMap<String, Vec<String>>,
}

/// The language's signs and the words of the city that are none of them.
pub(super) fn compile(taxonomy: &Taxonomy) -> Phrases<Sign> {
    let file: File = toml::from_str(FILE).expect("signs.toml is read by a test");
    let mut known = HashSet::new();
    let mut all: Vec<(Arc<str>, Sign)> = Vec::new();
    for text in &file.signs {
        let sign = Sign {
            kind: text.kind.parse().expect("a kind of the vocabulary"),
            points: text.points,
            place: text.place,
        };
        for word in text.words.values().flatten() {
            known.insert(word.to_lowercase());
            all.push((Arc::from(word.as_str()), sign));
            if word.contains('\'') {
                all.push((word.replace('\'', "’").into(), sign));
            }
        }
    }
    for (kind, words) in taxonomy.kinds() {
        let sign = Sign {
            kind: *kind,
            points: CITYS,
            place: Place::Anywhere,
        };
        let unknown = words
            .iter()
            .filter(|(_, word)| !known.contains(&word.to_lowercase()));
        all.extend(unknown.map(|(_, word)| (Arc::clone(word), sign)));
    }
    Phrases::new(all, true)
}

#[cfg(test)]
mod unit_tests {
    use swiftline_domain::city::testing::small_pack;

    use super::*;

    #[test]
    fn the_file_is_sound() {
        let phrases = compile(&small_pack().taxonomy);
        assert!(phrases.len() > 400);
        for number in 0..phrases.len() {
            for sign in &phrases.get(number).meanings {
                assert!((0.1..=3.0).contains(&sign.points), "{sign:?}");
            }
        }
    }
}
