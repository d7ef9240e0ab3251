//! Following the log: what it says is loaded and put in force, and this replica says so to the others.
//!
//! A message wakes the replica after each entry. A message may be lost, so it also looks by itself; a look that finds
//! nothing new costs one short command.

use std::pin::pin;
use std::time::Duration;

use swiftline_runtime::CancellationToken;
use swiftline_store::StoreError;

use super::registry::{Registry, View};

/// The most troubles that are told, and how much of each, in characters: the least that a report has room for.
const TOLD: (usize, usize) = (16, 1_000);

impl Registry {
    /// Puts in force what the log says, before anything is served; what is built in serves when that takes longer.
    pub(crate) async fn begin(&self, within: Duration) {
        let reason = match tokio::time::timeout(within, self.keep_up()).await {
            Ok(Ok(())) => String::new(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no answer in time".to_owned(),
        };
        if !reason.is_empty() {
            tracing::warn!(
                reason,
                "the models' log is not followed yet; those that are built in serve"
            );
        }
        tracing::info!(
            models = self.in_force.snapshot().versions(),
            "models in force"
        );
    }

    /// Reads what is new in the log and puts it in force. What cannot be is said in the view, the beat, the metric and the
    /// service's log; the last good models stay.
    ///
    /// # Errors
    /// When the store is away.
    pub(super) async fn keep_up(&self) -> Result<(), StoreError> {
        // Held to the end: an older look must not undo what a newer one has put in force.
        let mut broken = self.serving.lock().await;
        let (journal, trouble) = self.catch_up().await?;
        let (serving, mut troubles) = self.load_all(&journal, &mut broken).await?;
        if !trouble.is_empty() {
            troubles.insert(0, trouble);
        }
        if !serving.same_as(&self.in_force.snapshot()) {
            tracing::info!(models = serving.versions(), "models put in force");
            self.in_force.shadows().keep(serving.shadows());
            self.in_force.swap(serving);
            self.metrics.swapped();
        }
        let serving = self.in_force.snapshot();
        self.metrics.serves(&serving, troubles.len());
        self.tell_troubles(&troubles);
        let (some, chars) = TOLD;
        let troubles = troubles.iter().take(some);
        self.see(View {
            journal,
            troubles: troubles
                .map(|one| one.chars().take(chars).collect())
                .collect(),
        });
        Ok(())
    }

    fn tell_troubles(&self, troubles: &[String]) {
        let before = self.view().troubles;
        if troubles.is_empty() && !before.is_empty() {
            tracing::info!("models are served as they should be again");
        }
        for trouble in troubles.iter().filter(|one| !before.contains(one)) {
            tracing::error!(
                reason = trouble,
                "a model cannot be served, the last good one stays in force"
            );
        }
    }
}

/// Follows the log until told to stop.
pub(crate) async fn follow(registry: &Registry, poll: Duration, stop: &CancellationToken) {
    let mut feed = registry.store.models().feed();
    let mut away = false;
    loop {
        // Kept over the looks in between, so that it is never cut short while it connects.
        let mut news = pin!(feed.next());
        loop {
            let kept_up = registry.keep_up().await;
            match &kept_up {
                Ok(()) if away => tracing::info!("models are followed again"),
                Err(error) if !away => {
                    tracing::warn!(
                        reason = error.to_string(),
                        "models are not followed, the last stay in force"
                    );
                }
                _ => {}
            }
            away = kept_up.is_err();
            tokio::select! {
                () = &mut news => break,
                () = tokio::time::sleep(poll) => {}
                () = stop.cancelled() => return,
            }
        }
    }
}

/// Says what this replica serves, again and again and whenever that changes; says that it goes when told to stop.
pub(crate) async fn beat(registry: &Registry, every: Duration, stop: &CancellationToken) {
    let (ledger, replica) = (registry.store.models(), &registry.replica);
    let mut view = registry.watch();
    while !stop.is_cancelled() {
        view.mark_unchanged();
        let state = serde_json::to_vec(&registry.report())
            .expect("a report's maps have texts for keys, so it has a JSON form");
        if let Err(error) = ledger.beat(replica, &state).await {
            tracing::debug!(
                reason = error.to_string(),
                "could not report what is served"
            );
        }
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            _ = view.changed() => {}
            () = stop.cancelled() => {}
        }
    }
    if let Err(error) = ledger.leave(replica).await {
        tracing::debug!(reason = error.to_string(), "could not take leave");
    }
}
