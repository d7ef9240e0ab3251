//! Room to work in, kept from batch to batch.

use std::sync::{Mutex, PoisonError};

use super::phrases::{Hit, Room};
use super::reading::{self, Keywords};
use super::{LISTS, kind, urgency};
use crate::model::Scratch;

/// The most pads that are kept: as many as batches are worked on at once on a large machine.
const KEPT: usize = 32;

/// Room to work on one message after the other.
#[derive(Debug)]
pub(super) struct Pad {
    pub(super) room: Room,
    /// As [`super::Engine::lists`].
    pub(super) hits: [Vec<Hit>; LISTS],
    pub(super) words: reading::Pad,
    pub(super) scratch: Scratch,
    pub(super) signs: kind::Scratch,
    pub(super) cues: urgency::Scratch,
}

impl Pad {
    pub(super) fn new(keywords: &Keywords) -> Self {
        Self {
            room: Room::default(),
            hits: [const { Vec::new() }; LISTS],
            words: reading::Pad::new(keywords),
            scratch: Scratch::new(),
            signs: kind::Scratch::default(),
            cues: urgency::Scratch::default(),
        }
    }
}

/// The pads of an engine that nobody works with just now. One that was in use when something panicked does not come back.
#[derive(Debug, Default)]
pub(super) struct Pads(Mutex<Vec<Pad>>);

impl Pads {
    /// A pad for these keywords, which are always the same.
    pub(super) fn take(&self, keywords: &Keywords) -> Pad {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        kept.unwrap_or_else(|| Pad::new(keywords))
    }

    /// For the next batch.
    pub(super) fn put_back(&self, pad: Pad) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < KEPT {
            kept.push(pad);
        }
    }
}
