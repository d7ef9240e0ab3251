//! How many orders each team has open, as far as this router knows.
//!
//! The truth is in the store and is looked at every now and then, for all teams in one sweep. Between two looks the
//! router adds what it offers and takes off what it settles; what other routers do shows at the next look.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use swiftline_domain::city::Teams;
use swiftline_domain::id::TeamId;

use crate::balance::Loads;

/// The loads of all teams. Written and read from many tasks; each number by itself is right, and no more is needed.
#[derive(Debug)]
pub(crate) struct LoadBook {
    index: HashMap<TeamId, usize>,
    teams: Box<[TeamId]>,
    entries: Box<[Entry]>,
}

#[derive(Debug, Default)]
struct Entry {
    /// What the last look saw.
    seen: AtomicI64,
    /// What this router has offered less what it has settled since that look began.
    since: AtomicI64,
}

/// What had been counted when a look began: see [`LoadBook::begin_look`].
#[derive(Debug)]
pub(crate) struct Look(Box<[i64]>);

impl LoadBook {
    /// A book in which nobody has anything to do.
    #[must_use]
    pub(crate) fn new(teams: &Teams) -> Self {
        let teams: Box<[TeamId]> = teams.iter().map(|team| team.id.clone()).collect();
        let index = teams.iter().cloned().zip(0..).collect();
        let entries = teams.iter().map(|_| Entry::default()).collect();
        Self {
            index,
            teams,
            entries,
        }
    }

    /// Every team, in the order in which [`LoadBook::end_look`] wants the loads.
    #[must_use]
    pub(crate) fn teams(&self) -> &[TeamId] {
        &self.teams
    }

    /// The team was offered an order.
    pub(crate) fn offered(&self, team: &TeamId) {
        self.add(team, 1);
    }

    /// The team has an order less.
    pub(crate) fn settled(&self, team: &TeamId) {
        self.add(team, -1);
    }

    fn add(&self, team: &TeamId, orders: i64) {
        if let Some(index) = self.index.get(team) {
            self.entries[*index].since.fetch_add(orders, Relaxed);
        }
    }

    /// To be called before the store is asked. What happens from here on is counted on top of the answer; what
    /// happens while it is being made may count twice until the next look, so a load is rather seen too high.
    #[must_use]
    pub(crate) fn begin_look(&self) -> Look {
        let since = |entry: &Entry| entry.since.load(Relaxed);
        Look(self.entries.iter().map(since).collect())
    }

    /// Takes in what the store says, in the order of [`LoadBook::teams`].
    pub(crate) fn end_look(&self, look: &Look, loads: &[u32]) {
        for ((entry, counted), load) in self.entries.iter().zip(&look.0).zip(loads) {
            entry.seen.store(i64::from(*load), Relaxed);
            entry.since.fetch_sub(*counted, Relaxed);
        }
    }
}

impl Loads for LoadBook {
    fn load(&self, team: &TeamId) -> u32 {
        self.index
            .get(team)
            .map_or(0, |index| self.entries[*index].load())
    }
}

impl Entry {
    fn load(&self) -> u32 {
        let load = self.seen.load(Relaxed) + self.since.load(Relaxed);
        u32::try_from(load.max(0)).unwrap_or(u32::MAX)
    }
}
