//! Messages grouped by average likeness, from the bottom up.
//!
//! Two groups become one while the average likeness of their members, across, is above a threshold. An average over all
//! pairs is what keeps chains from forming: a message in the middle of two issues does not make them one. It costs no
//! more than an inner product of the groups' sums, because the average of all products of unit vectors is the product of
//! the sums over the sizes. Only groups with members that are neighbours are looked at, so the work grows with the number
//! of messages and not with its square.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};

use super::vectors::{SameHash, Vector};

/// Messages that one word brings together: the most, the nearest in the file's order.
const POSTING: usize = 256;
/// Words of a message by which neighbours are sought.
const PROBES: usize = 60;
/// Neighbours of a message.
const NEIGHBOURS: usize = 20;
/// Words kept of a group's sum.
const ROOM: usize = 2_000;

/// How likeness of matter and likeness of place make one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    /// Groups at least this alike become one.
    pub(super) threshold: f32,
    /// What matter counts where both name places and none in common.
    pub(super) elsewhere: f32,
    /// What it counts more in proportion to what the places have in common.
    pub(super) here: f32,
    /// What it counts where one names no place.
    pub(super) anywhere: f32,
}

impl Rule {
    fn likeness(&self, matter: f32, place: Option<f32>) -> f32 {
        matter * place.map_or(self.anywhere, |place| self.elsewhere + self.here * place)
    }
}

/// A group of messages.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) members: Vec<u32>,
    /// Sum of the members' vectors.
    pub(super) matter: Vector,
    /// The same of the names of those that name a place, and how many they are.
    pub(super) place: Vector,
    pub(super) placed: u32,
}

impl Group {
    fn of(member: u32, matter: &Vector, place: &Vector) -> Self {
        Self {
            members: vec![member],
            matter: matter.clone(),
            place: place.clone(),
            placed: u32::from(!place.is_empty()),
        }
    }

    fn with(self, other: Self) -> Self {
        let (mut large, small) = if self.members.len() >= other.members.len() {
            (self.members, other.members)
        } else {
            (other.members, self.members)
        };
        large.extend(small);
        Self {
            members: large,
            matter: self.matter.plus(&other.matter, ROOM),
            place: self.place.plus(&other.place, ROOM),
            placed: self.placed + other.placed,
        }
    }

    /// The average likeness of members of both.
    pub(super) fn likeness(&self, other: &Self, rule: &Rule) -> f32 {
        let pairs = self.members.len() as f32 * other.members.len() as f32;
        let placed = self.placed as f32 * other.placed as f32;
        let place = (placed > 0.0).then(|| self.place.dot(&other.place) / placed);
        rule.likeness(self.matter.dot(&other.matter) / pairs, place)
    }
}

/// A pair to be joined, the likest first; of equals the earlier.
#[derive(Debug, PartialEq)]
struct Join {
    likeness: f32,
    pair: Reverse<(u32, u32)>,
}

impl Eq for Join {}

impl PartialOrd for Join {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Join {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.likeness
            .total_cmp(&other.likeness)
            .then(self.pair.cmp(&other.pair))
    }
}

/// Groups messages; those that are like nobody are groups of one.
pub(super) fn group(matter: &[Vector], places: &[Vector], rule: &Rule) -> Vec<Group> {
    let mut groups: Vec<Option<Group>> = (0..)
        .zip(matter.iter().zip(places))
        .map(|(member, (matter, place))| Some(Group::of(member, matter, place)))
        .collect();
    let mut near = neighbours(matter, places);
    let mut joins = BinaryHeap::new();
    let look = |groups: &[Option<Group>], one: u32, other: u32, joins: &mut BinaryHeap<Join>| {
        if let (Some(a), Some(b)) = (&groups[one as usize], &groups[other as usize]) {
            let likeness = a.likeness(b, rule);
            if likeness >= rule.threshold {
                let pair = Reverse((one.min(other), one.max(other)));
                joins.push(Join { likeness, pair });
            }
        }
    };
    for (one, others) in near.iter().enumerate() {
        for other in others.iter().filter(|other| **other > one as u32) {
            look(&groups, one as u32, *other, &mut joins);
        }
    }
    while let Some(Join {
        pair: Reverse((one, other)),
        ..
    }) = joins.pop()
    {
        // One of them may be part of a larger group by now, which has been looked at by itself.
        if groups[one as usize].is_none() || groups[other as usize].is_none() {
            continue;
        }
        let new = groups.len() as u32;
        let (a, b) = (groups[one as usize].take(), groups[other as usize].take());
        groups.push(a.zip(b).map(|(a, b)| a.with(b)));
        let mut around = std::mem::take(&mut near[one as usize]);
        around.extend(std::mem::take(&mut near[other as usize]));
        around.retain(|other| groups[*other as usize].is_some());
        for neighbour in &around {
            near[*neighbour as usize].insert(new);
            look(&groups, *neighbour, new, &mut joins);
        }
        near.push(around);
    }
    groups.into_iter().flatten().collect()
}

/// The likeliest others of each message, both ways.
fn neighbours(matter: &[Vector], places: &[Vector]) -> Vec<BTreeSet<u32>> {
    let words = |message: usize| {
        let matter = matter[message]
            .top(PROBES)
            .into_iter()
            .map(|(word, weight)| (word * 2, weight));
        // A name says more than any shingle.
        let names = places[message]
            .0
            .iter()
            .map(|(name, weight)| (name * 2 + 1, 2.0 * weight));
        matter.chain(names).collect::<Vec<_>>()
    };
    let mut postings: HashMap<u32, Vec<(u32, f32)>, SameHash> = HashMap::default();
    let probes: Vec<_> = (0..matter.len()).map(words).collect();
    for (probes, message) in probes.iter().zip(0..) {
        for (word, weight) in probes {
            postings.entry(*word).or_default().push((message, *weight));
        }
    }
    let mut near = vec![BTreeSet::new(); matter.len()];
    let mut sums = vec![0.0_f32; matter.len()];
    let mut touched = Vec::new();
    for (probes, message) in probes.iter().zip(0_u32..) {
        for (word, weight) in probes {
            for (other, heavy) in around(&postings[word], message) {
                if sums[*other as usize] == 0.0 {
                    touched.push(*other);
                }
                sums[*other as usize] += weight * heavy;
            }
        }
        touched.retain(|other| *other != message);
        touched.sort_unstable_by(|a, b| {
            sums[*b as usize]
                .total_cmp(&sums[*a as usize])
                .then(a.cmp(b))
        });
        for other in touched.iter().take(NEIGHBOURS) {
            near[message as usize].insert(*other);
            near[*other as usize].insert(message);
        }
        touched
            .drain(..)
            .for_each(|other| sums[other as usize] = 0.0);
        sums[message as usize] = 0.0;
    }
    near
}

/// Those of a list that stand nearest to a message.
fn around(list: &[(u32, f32)], message: u32) -> &[(u32, f32)] {
    let at = list.partition_point(|(other, _)| *other < message);
    let from = at
        .saturating_sub(POSTING / 2)
        .min(list.len().saturating_sub(POSTING));
    &list[from..list.len().min(from + POSTING)]
}
