//! Which areas a text names, and how it speaks of them.

mod context;
mod street;

use std::sync::Arc;

use swiftline_domain::city::{Area, CityPack, Landmark};

use self::context::Context;
pub(super) use self::context::Role;
use super::phrases::{Hit, Phrases};

/// What an area's own name weighs when a text has it.
const NAME: f32 = 1.0;
/// What an alias or a landmark weighs: short forms have more meanings than the pack knows.
const ALIAS: f32 = 0.7;
/// What is left of the weight of something that the place is only near.
const NEAR: f32 = 0.7;

/// What people leave away from the English names of Beijing's areas.
const ENDINGS: [&str; 4] = [" Subdistrict", " Town", " Township", " Area"];

/// All names of all areas and landmarks, and what only sounds like one.
#[derive(Debug)]
pub(super) struct Gazetteer {
    names: Phrases<Option<Named>>,
}

/// What a name means; what only sounds like a name means nothing.
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
    pub(super) role: Role,
}

impl Gazetteer {
    pub(super) fn new(pack: &CityPack) -> Self {
        let of_areas = pack.areas.iter().enumerate().flat_map(of_area);
        let of_landmarks = pack.areas.landmarks().iter().flat_map(|landmark| {
            let area = pack.areas.ordinal(landmark.area.as_str());
            area.into_iter()
                .flat_map(|area| of_landmark(landmark, area))
        });
        let named = of_areas
            .chain(of_landmarks)
            .map(|(name, named)| (name, Some(named)));
        let others = pack.areas.not_places().iter();
        Self {
            names: Phrases::new(
                named.chain(others.map(|other| (Arc::clone(other), None))),
                false,
            ),
        }
    }

    /// The names, for finding them together with other lists.
    pub(super) fn spelled(&self) -> (Vec<&str>, bool) {
        self.names.spelled()
    }

    /// Adds what `text` mentions, each name once, as it is said where it says most, with `factor` times its weight.
    /// Of names that overlap the first counts, and of those the longest: 朝阳 within 朝阳区 is no mention.
    pub(super) fn read(&self, text: &str, factor: f32, mentions: &mut Vec<Mention>) {
        let mut hits = Vec::new();
        self.names.find(text, &mut hits);
        self.weigh(text, &hits, factor, mentions);
    }

    /// The same of a text in which `hits` were found.
    pub(super) fn weigh(&self, text: &str, hits: &[Hit], factor: f32, mentions: &mut Vec<Mention>) {
        let mut reached = 0;
        let free = hits.iter().filter(|hit| {
            let is_free = hit.start >= reached;
            reached = if is_free { hit.end } else { reached };
            is_free
        });
        let mut free = free.peekable();
        let first = mentions.len();
        let mut context = Context::new(text);
        while let Some(hit) = free.next() {
            let name = self.names.get(hit.phrase);
            let next = free.peek().map(|next| next.start..next.end);
            let Some(said) = context.of(&name.text, hit.start..hit.end, next) else {
                continue;
            };
            let near = if said.is_near { NEAR } else { 1.0 };
            let Some(mention) = self.mention(*hit, near * factor, said.role) else {
                continue;
            };
            // One spelling is one text: the same name is the same string of the pack.
            match mentions[first..]
                .iter_mut()
                .find(|known| Arc::ptr_eq(&known.name, &mention.name))
            {
                Some(known) if known.role < mention.role => *known = mention,
                Some(known) if known.role == mention.role => {
                    known.weight = known.weight.max(mention.weight);
                }
                Some(_) => {}
                None => mentions.push(mention),
            }
        }
    }

    fn mention(&self, hit: Hit, factor: f32, role: Role) -> Option<Mention> {
        let name = self.names.get(hit.phrase);
        let meanings = || name.meanings.iter().flatten();
        let mut areas: Vec<usize> = meanings().map(|named| named.area).collect();
        areas.sort_unstable();
        areas.dedup();
        let weight = meanings().map(|named| named.weight).fold(0.0, f32::max);
        (!areas.is_empty()).then(|| Mention {
            name: Arc::clone(&name.text),
            areas,
            weight: weight * factor,
            role,
        })
    }
}

fn of_area((number, area): (usize, &Area)) -> impl Iterator<Item = (Arc<str>, Named)> {
    let names = area.name.iter().flat_map(move |(_, name)| {
        let short = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending));
        let name = named(Arc::from(name), number, NAME);
        std::iter::once(name).chain(short.map(|short| named(Arc::from(short), number, ALIAS)))
    });
    names.chain(others(&area.aliases, number))
}

fn of_landmark(landmark: &Landmark, area: usize) -> impl Iterator<Item = (Arc<str>, Named)> {
    let name = named(Arc::clone(&landmark.name), area, ALIAS);
    std::iter::once(name).chain(others(&landmark.aliases, area))
}

fn others(names: &[Arc<str>], area: usize) -> impl Iterator<Item = (Arc<str>, Named)> {
    names
        .iter()
        .map(move |name| named(Arc::clone(name), area, ALIAS))
}

const fn named(name: Arc<str>, area: usize, weight: f32) -> (Arc<str>, Named) {
    (name, Named { area, weight })
}
