//! Which areas a text names.

use std::sync::Arc;

use swiftline_domain::city::CityPack;

use super::phrases::{Hit, Outermost, Phrases};
use super::street;

/// What an area's own name weighs when a text has it.
const NAME: f32 = 1.0;
/// What an alias or a landmark weighs: short forms have more meanings than the pack knows.
const ALIAS: f32 = 0.7;
/// What is left of a name's weight when it is only part of a street's name.
const STREET: f32 = 0.25;

/// All names of all areas and landmarks.
#[derive(Debug)]
pub(super) struct Gazetteer {
    names: Phrases<Named>,
}

/// What a name means.
#[derive(Debug, Clone, Copy)]
struct Named {
    /// By its place in the pack.
    area: usize,
    weight: f32,
}

/// A name found in a text, with all that it may mean.
#[derive(Debug, Clone)]
pub(super) struct Mention {
    /// As the pack spells it.
    pub(super) name: Arc<str>,
    /// By their places in the pack; never empty, no repeats.
    pub(super) areas: Vec<usize>,
    pub(super) weight: f32,
}

impl Gazetteer {
    pub(super) fn new(pack: &CityPack) -> Self {
        let areas = pack.areas.iter().enumerate().flat_map(|(number, area)| {
            let names = area.name.iter().map(move |(_, name)| {
                (
                    Arc::from(name),
                    Named {
                        area: number,
                        weight: NAME,
                    },
                )
            });
            names.chain(others(&area.aliases, number))
        });
        let landmarks = pack.areas.landmarks().iter().flat_map(|landmark| {
            let area = pack.areas.ordinal(landmark.area.as_str());
            area.into_iter().flat_map(|area| {
                let name = (
                    Arc::clone(&landmark.name),
                    Named {
                        area,
                        weight: ALIAS,
                    },
                );
                std::iter::once(name).chain(others(&landmark.aliases, area))
            })
        });
        Self {
            names: Phrases::new(areas.chain(landmarks), false),
        }
    }

    /// Adds what `text` mentions, each name once at its weightiest, with `factor` times its weight. 朝阳 within 朝阳区
    /// is no mention.
    pub(super) fn read(&self, text: &str, factor: f32, mentions: &mut Vec<Mention>) {
        let mut hits = Vec::new();
        self.names.find(text, &mut hits);
        let mut outermost = Outermost::default();
        hits.retain(|hit| outermost.take(*hit));
        let first = mentions.len();
        for hit in hits {
            let mention = self.mention(text, hit, factor);
            // One spelling is one text: the same name is the same string of the pack.
            match mentions[first..]
                .iter_mut()
                .find(|known| Arc::ptr_eq(&known.name, &mention.name))
            {
                Some(known) => known.weight = known.weight.max(mention.weight),
                None => mentions.push(mention),
            }
        }
    }

    fn mention(&self, text: &str, hit: Hit, factor: f32) -> Mention {
        let name = self.names.get(hit.phrase);
        let mut areas: Vec<usize> = name.meanings.iter().map(|named| named.area).collect();
        areas.sort_unstable();
        areas.dedup();
        let weight = name
            .meanings
            .iter()
            .map(|named| named.weight)
            .fold(0.0, f32::max);
        let street = if street::names_street(&name.text, &text[hit.end..]) {
            STREET
        } else {
            1.0
        };
        Mention {
            name: Arc::clone(&name.text),
            areas,
            weight: weight * street * factor,
        }
    }
}

fn others(names: &[Arc<str>], area: usize) -> impl Iterator<Item = (Arc<str>, Named)> {
    names.iter().map(move |name| {
        (
            Arc::clone(name),
            Named {
                area,
                weight: ALIAS,
            },
        )
    })
}
