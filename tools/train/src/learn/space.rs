//! The vocabulary of a training set, and messages as vectors in it.

use std::collections::HashMap;

use swiftline_classifier::model::Recipe;

/// Keys that enough messages have.
#[derive(Debug)]
pub(super) struct Space<'a> {
    recipe: &'a Recipe,
    /// The most frequent first.
    pub(super) keys: Vec<u64>,
    /// How telling each is: `1 + ln((1 + messages) / (1 + messages with it))`.
    pub(super) idf: Vec<f32>,
    places: HashMap<u64, u32>,
}

impl<'a> Space<'a> {
    pub(super) fn new(recipe: &'a Recipe, counted: &[Vec<(u64, u16)>], fewest: u32) -> Self {
        let mut all: Vec<u64> = counted.iter().flatten().map(|(key, _)| *key).collect();
        all.sort_unstable();
        let mut found: Vec<(usize, u64)> = all
            .chunk_by(|a, b| a == b)
            .filter(|same| same.len() >= fewest as usize && recipe.block_of(same[0]).is_some())
            .map(|same| (same.len(), same[0]))
            .collect();
        found.sort_unstable_by_key(|(times, key)| (std::cmp::Reverse(*times), *key));
        let messages = counted.len() as f64;
        let idf = |times: usize| (1.0 + libm::log((1.0 + messages) / (1.0 + times as f64))) as f32;
        Self {
            recipe,
            idf: found.iter().map(|(times, _)| idf(*times)).collect(),
            places: (0..)
                .zip(&found)
                .map(|(place, (_, key))| (*key, place))
                .collect(),
            keys: found.into_iter().map(|(_, key)| key).collect(),
        }
    }

    /// The same with only these of its keys, which are given by their places in order.
    pub(super) fn of(&self, kept: &[usize]) -> Self {
        let keys: Vec<u64> = kept.iter().map(|place| self.keys[*place]).collect();
        Self {
            recipe: self.recipe,
            idf: kept.iter().map(|place| self.idf[*place]).collect(),
            places: (0..).zip(&keys).map(|(place, key)| (*key, place)).collect(),
            keys,
        }
    }

    /// The message as a vector: each block as long as its weight says.
    pub(super) fn row(&self, features: &[(u64, u16)]) -> Vec<(u32, f32)> {
        let mut squares = vec![0.0; self.recipe.blocks.len()];
        let mut row: Vec<(u32, f32, usize)> = Vec::with_capacity(features.len());
        for (key, count) in features {
            let (Some(place), Some(block)) = (self.places.get(key), self.recipe.block_of(*key))
            else {
                continue;
            };
            let value = self.recipe.blocks[block].counts.of(*count) * self.idf[*place as usize];
            squares[block] += value * value;
            row.push((*place, value, block));
        }
        let lengths: Vec<f32> = (squares.iter().zip(&self.recipe.blocks))
            .map(|(square, block)| block.weight / square.sqrt())
            .collect();
        row.sort_unstable_by_key(|(place, ..)| *place);
        row.into_iter()
            .map(|(place, value, block)| (place, value * lengths[block]))
            .collect()
    }
}
