//! Telling a desk what waits for it: first what waits now, then each new order as it comes.
//!
//! The store wakes one task here, which wakes the desks of the team concerned; a slow look every now and then makes good
//! whatever a wake-up missed. Nothing is kept for a desk but where it stands in its queue.

use std::collections::HashMap;
use std::time::Duration;

use futures::stream::{self, Stream};
use swiftline_domain::id::TeamId;
use swiftline_proto::router::v1::OrderOffer;
use swiftline_runtime::CancellationToken;
use swiftline_store::{QueueCursor, Store, StoreError, Wake};
use tokio::sync::watch;

/// The most orders in one message: a message stays well under the limit of its size.
const PAGE: usize = 256;

/// Wakes the desks of each team.
#[derive(Debug)]
pub(crate) struct Bells(HashMap<TeamId, watch::Sender<u64>>);

impl Bells {
    /// A bell for each of these teams.
    pub(crate) fn new<'a>(teams: impl IntoIterator<Item = &'a TeamId>) -> Self {
        let bell = |team: &TeamId| (team.clone(), watch::Sender::new(0));
        Self(teams.into_iter().map(bell).collect())
    }

    fn ring(&self, wake: &Wake) {
        let ring = |bell: &watch::Sender<u64>| bell.send_modify(|count| *count += 1);
        match wake {
            Wake::Team(team) => self.0.get(team).into_iter().for_each(ring),
            Wake::All => self.0.values().for_each(ring),
        }
    }

    /// Rings as the store says, until told to stop.
    pub(crate) async fn follow(&self, store: &Store, stop: &CancellationToken) {
        let mut feed = store.desk_feed();
        loop {
            tokio::select! {
                wake = feed.next() => self.ring(&wake),
                () = stop.cancelled() => return,
            }
        }
    }

    fn listen(&self, team: &TeamId) -> watch::Receiver<u64> {
        let bell = self.0.get(team).map(watch::Sender::subscribe);
        // A team without a bell has no desk to wake; the slow look serves it.
        bell.unwrap_or_else(|| watch::Sender::new(0).subscribe())
    }
}

/// Why a watch ends by itself.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WatchEnd {
    /// The router is going; another one goes on.
    #[error("the router is draining; watch again")]
    Draining,
    /// The queue cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How to watch.
#[derive(Debug, Clone)]
pub(crate) struct WatchOptions {
    /// End once what waits now has been told.
    pub(crate) once: bool,
    /// How often to look without having been woken.
    pub(crate) poll: Duration,
    /// Ends the watch.
    pub(crate) stop: CancellationToken,
}

/// The orders of a team, a page at a time.
pub(crate) fn watch(
    store: Store,
    bells: &Bells,
    team: TeamId,
    options: WatchOptions,
) -> impl Stream<Item = Result<Vec<OrderOffer>, WatchEnd>> + use<> {
    let watcher = Watcher {
        bell: bells.listen(&team),
        store,
        team,
        options,
        cursor: QueueCursor::default(),
    };
    stream::try_unfold(Some(watcher), async |watcher| match watcher {
        Some(watcher) => watcher.next().await,
        None => Ok(None),
    })
}

struct Watcher {
    store: Store,
    team: TeamId,
    bell: watch::Receiver<u64>,
    options: WatchOptions,
    cursor: QueueCursor,
}

type Step = Option<(Vec<OrderOffer>, Option<Watcher>)>;

impl Watcher {
    async fn next(mut self) -> Result<Step, WatchEnd> {
        loop {
            // Before reading: what is rung while we read makes us read again.
            self.bell.mark_unchanged();
            let (orders, cursor) = self.store.waiting(&self.team, &self.cursor, PAGE).await?;
            self.cursor = cursor;
            if !orders.is_empty() {
                return Ok(Some((orders, Some(self))));
            }
            if self.options.once {
                return Ok(None);
            }
            self.sleep().await?;
        }
    }

    async fn sleep(&mut self) -> Result<(), WatchEnd> {
        let poll = tokio::time::sleep(self.options.poll);
        tokio::select! {
            rung = self.bell.changed() => {
                // Without a bell there is only the slow look.
                if rung.is_err() {
                    tokio::time::sleep(self.options.poll).await;
                }
                Ok(())
            }
            () = poll => Ok(()),
            () = self.options.stop.cancelled() => Err(WatchEnd::Draining),
        }
    }
}
