//! Waking desks: which team has something new.

use swiftline_domain::id::TeamId;

use crate::Store;

/// Why a desk should look at its queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wake {
    /// This team has something new.
    Team(TeamId),
    /// The connection was made anew and something may have been missed: every desk should look.
    All,
}

/// A feed of wake-ups, by pub/sub on a connection of its own; connects, and connects again, by itself.
pub struct DeskFeed {}

impl Store {
    /// A feed of wake-ups. One a process is enough; it begins with [`Wake::All`].
    #[must_use]
    pub fn desk_feed(&self) -> DeskFeed {
        todo!()
    }
}

impl DeskFeed {
    /// The next wake-up. Never fails: while Redis is away it waits. May be dropped at any time without losing one that
    /// was not yet given.
    pub async fn next(&mut self) -> Wake {
        todo!()
    }
}
