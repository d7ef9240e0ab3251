//! Looks after the store, so that health says that it is away before a citizen has to find out.

use std::time::Duration;

use swiftline_runtime::{CancellationToken, Readiness};
use swiftline_store::Store;

/// The condition of intake's health that follows the store.
const STORE: &str = "store";
/// How often to look; half of what a balancer usually takes between two probes.
const EVERY: Duration = Duration::from_millis(500);

/// Looks every so often until told to stop, and says when the store goes and comes back.
pub(crate) async fn run(store: &Store, readiness: &Readiness, stop: &CancellationToken) {
    let mut away = false;
    while !stop.is_cancelled() {
        let answer = store.ping().await;
        match &answer {
            Ok(()) if away => tracing::info!("the store is back"),
            Err(error) if !away => {
                tracing::warn!(reason = error.to_string(), "the store is away");
            }
            _ => {}
        }
        away = answer.is_err();
        readiness.set(STORE, !away);
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = stop.cancelled() => {}
        }
    }
}
