//! A tiny model for the tests.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use super::{
    Block, Calibration, Counts, Fields, Header, Lexicon, Model, ModelKind, Parts, Reader, Recipe,
    Spelling, Unit,
};

pub(super) fn recipe() -> Recipe {
    let block = |unit, head| Block {
        unit,
        head,
        from: 1,
        to: 2,
        weight: if head { 0.5 } else { 1.0 },
        counts: Counts::Log,
    };
    Recipe {
        spelling: Spelling::Han,
        head: 4,
        blocks: vec![
            block(Unit::Chars, false),
            block(Unit::Chars, true),
            block(Unit::Lexicon, false),
        ],
    }
}

/// Two labels, whose weights are counted in two sentences.
pub(crate) fn parts() -> Parts {
    let recipe = recipe();
    let lexicon = Lexicon::new(["停水", "路灯"], recipe.spelling).unwrap();
    let mut reader = Reader::new(&recipe, &lexicon);
    let mut weights = BTreeMap::new();
    for (text, label) in [("停水没有水", 0), ("路灯不亮灯", 1)] {
        for (key, count) in reader.features(Fields::from(text), None) {
            let weights: &mut [f32; 2] = weights.entry(key).or_default();
            weights[label] += f32::from(count);
            weights[1 - label] -= 0.25;
        }
    }
    Parts {
        header: Header {
            name: "tiny".to_owned(),
            kind: ModelKind::Category,
            language: "zh".to_owned(),
            labels: vec!["water".to_owned(), "light".to_owned()],
            recipe,
            calibration: Calibration {
                temperature: 0.5,
                steps: vec![(0.5, 0.5), (0.9, 0.8)],
            },
            trained_on: vec![1, 1],
            confidence: vec![0; 20],
            metrics: BTreeMap::from([("macro_f1".to_owned(), 1.0)]),
            features: 0,
            lexicon: 0,
        },
        idf: (0..weights.len())
            .map(|place| 1.0 + place as f32 / 8.0)
            .collect(),
        keys: weights.keys().copied().collect(),
        weights: weights.values().flatten().copied().collect(),
        biases: vec![0.125, -0.125],
        lexicon,
    }
}

pub(super) fn model() -> Model {
    parts().to_bytes().unwrap().1
}

/// The bytes with the length and the checksum that they should have.
pub(super) fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    if bytes.len() < 64 {
        return bytes;
    }
    bytes.truncate(bytes.len() - 32);
    let length = (bytes.len() + 32) as u64;
    bytes[12..20].copy_from_slice(&length.to_le_bytes());
    let digest = Sha256::digest(&bytes);
    bytes.extend(digest);
    bytes
}
