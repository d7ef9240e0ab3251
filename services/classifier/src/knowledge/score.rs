//! How surely an entry answers an inquiry: a figure that means the same for every inquiry.
//!
//! Terms are weighed by how rare they are. What counts is how much of the inquiry the entry knows, how much of its best
//! wording was said, how much that is in all, and how far the best of the other entries is behind: an inquiry that two
//! entries answer alike is answered by neither. Constants come from the inquiries in
//! `testdata/knowledge.jsonl`; `train eval knowledge` measures them.

use std::borrow::Cow;
use std::collections::HashMap;

use super::terms::is_single;

/// A term's number in its shelf.
pub(super) type TermId = u32;

/// How much a single Chinese character tells, of what a word tells.
const SINGLE: f32 = 0.25;
/// How much a term tells that no entry has: less than one that only one has, for most are only other words for the same.
const UNKNOWN: f32 = 0.5;
/// How much a term tells that stands only in the answer.
const TOLD: f32 = 0.5;

/// A logistic regression over the first hits of `testdata/knowledge.jsonl`, regularised so that each share keeps its sign.
const BIAS: f32 = -7.56;
const COVERED: f32 = 1.72;
const SAID: f32 = 2.93;
const AHEAD: f32 = 3.65;
const SHARED: f32 = 3.07;

/// What an inquiry says.
#[derive(Debug, PartialEq)]
pub(super) struct Inquiry {
    /// Terms that some entry has, each once, those that tell most first.
    pub(super) known: Vec<TermId>,
    /// By term: what it tells where the inquiry says it, else zero.
    said: Vec<f32>,
    /// The weight of all terms.
    total: f32,
}

impl Inquiry {
    /// An inquiry of these terms: some that entries have, and others that none has.
    pub(super) fn new(
        mut known: Vec<TermId>,
        mut unknown: Vec<Cow<'_, str>>,
        weights: &Weights,
    ) -> Self {
        known.sort_unstable();
        known.dedup();
        known.sort_by(|a, b| weights.of(*b).total_cmp(&weights.of(*a)));
        unknown.sort_unstable();
        unknown.dedup();
        let mut said = vec![0.0; weights.by_term.len()];
        for id in &known {
            if let Some(said) = said.get_mut(*id as usize) {
                *said = weights.of(*id);
            }
        }
        let unknown: f32 = unknown.iter().map(|term| share_of(term)).sum();
        let total = said.iter().sum::<f32>() + UNKNOWN * weights.rarest * unknown;
        Self { known, said, total }
    }

    /// What those of these terms tell that the inquiry says.
    fn said_of(&self, terms: &[TermId]) -> f32 {
        let said = terms.iter().filter_map(|id| self.said.get(*id as usize));
        said.sum()
    }
}

/// What an entry says, by term.
#[derive(Debug, Clone)]
pub(super) struct Leaf {
    wordings: Box<[Box<[TermId]>]>,
    /// Terms of the questions, ordered.
    asked: Box<[TermId]>,
    /// Terms of the answer and the category's name that are in no question, ordered.
    told: Box<[TermId]>,
}

impl Leaf {
    /// The terms of each wording, and those of the rest.
    pub(super) fn new(wordings: Vec<Vec<TermId>>, mut told: Vec<TermId>) -> Self {
        let asked = set(wordings.iter().flatten().copied().collect());
        told.retain(|id| asked.binary_search(id).is_err());
        Self {
            asked,
            wordings: wordings.into_iter().map(set).collect(),
            told: set(told),
        }
    }

    fn has(&self, id: TermId) -> bool {
        self.asked.binary_search(&id).is_ok() || self.told.binary_search(&id).is_ok()
    }
}

fn set(mut terms: Vec<TermId>) -> Box<[TermId]> {
    terms.sort_unstable();
    terms.dedup();
    terms.into()
}

/// How much each term tells.
#[derive(Debug)]
pub(super) struct Weights {
    by_term: Vec<f32>,
    /// What a term tells that one entry has.
    rarest: f32,
}

impl Weights {
    /// More, the fewer entries have a term.
    pub(super) fn new<S>(
        vocabulary: &HashMap<Box<str>, TermId, S>,
        leaves: &[Option<Leaf>],
    ) -> Self {
        let all: Vec<&Leaf> = leaves.iter().flatten().collect();
        let rare = |having: usize| {
            let (all, having) = (all.len() as f32, having as f32);
            libm::logf(1.0 + (all - having + 0.5) / (having + 0.5))
        };
        let mut by_term = vec![0.0; vocabulary.len()];
        for (term, &id) in vocabulary {
            let having = all.iter().filter(|leaf| leaf.has(id)).count();
            if let Some(weight) = by_term.get_mut(id as usize) {
                *weight = rare(having) * share_of(term);
            }
        }
        Self {
            by_term,
            rarest: rare(1),
        }
    }

    fn of(&self, id: TermId) -> f32 {
        self.by_term.get(id as usize).copied().unwrap_or_default()
    }

    fn sum(&self, ids: &[TermId]) -> f32 {
        ids.iter().map(|id| self.of(*id)).sum()
    }
}

fn share_of(term: &str) -> f32 {
    if is_single(term) { SINGLE } else { 1.0 }
}

/// An entry's place, how surely it answers, and by which of its wordings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scored {
    pub(super) place: usize,
    pub(super) wording: usize,
    pub(super) score: f32,
}

/// Scores candidates against each other.
pub(super) fn score(
    inquiry: &Inquiry,
    candidates: &[(usize, &Leaf)],
    weights: &Weights,
) -> Vec<Scored> {
    let likes: Vec<Like> = candidates
        .iter()
        .map(|(_, leaf)| Like::of(inquiry, leaf, weights))
        .collect();
    let scored = candidates.iter().zip(&likes).enumerate();
    scored
        .map(|(index, ((place, _), like))| {
            let others = likes
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != index);
            let rival = others
                .map(|(_, other)| other.likeness())
                .fold(0.0, f32::max);
            Scored {
                place: *place,
                wording: like.wording,
                score: like.sureness(rival),
            }
        })
        .collect()
}

/// How an inquiry and an entry are alike; shares from 0 to 1.
#[derive(Debug, Clone, Copy)]
struct Like {
    /// How much of the inquiry the entry knows.
    covered: f32,
    /// How much of the best wording was said.
    said: f32,
    /// How alike the inquiry and the best wording are (cosine).
    alike: f32,
    /// The weight of all terms that inquiry and questions share: a single word in common proves little, however rare.
    shared: f32,
    /// The best wording.
    wording: usize,
}

impl Like {
    fn of(inquiry: &Inquiry, leaf: &Leaf, weights: &Weights) -> Self {
        let mut like = Self {
            covered: 0.0,
            said: 0.0,
            alike: 0.0,
            shared: 0.0,
            wording: 0,
        };
        if inquiry.total <= 0.0 {
            return like;
        }
        like.shared = inquiry.said_of(&leaf.asked);
        like.covered = (like.shared + TOLD * inquiry.said_of(&leaf.told)) / inquiry.total;
        for (index, wording) in leaf.wordings.iter().enumerate() {
            let (shared, all) = (inquiry.said_of(wording), weights.sum(wording));
            if all > 0.0 && shared / (all * inquiry.total).sqrt() > like.alike {
                like.alike = shared / (all * inquiry.total).sqrt();
                like.said = shared / all;
                like.wording = index;
            }
        }
        like
    }

    /// One figure to compare entries by.
    fn likeness(&self) -> f32 {
        (self.covered + self.alike) / 2.0
    }

    /// How surely this entry answers, when the best of the others is so like.
    fn sureness(&self, rival: f32) -> f32 {
        let ahead = self.likeness() - rival;
        let x = BIAS
            + COVERED * self.covered
            + SAID * self.said
            + AHEAD * ahead
            + SHARED * libm::logf(1.0 + self.shared);
        1.0 / (1.0 + libm::expf(-x))
    }
}
