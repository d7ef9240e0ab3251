//! Waiting for something to come true, instead of sleeping and hoping.

use std::time::{Duration, Instant};

/// Asks again and again until there is an answer; `None` when there is none within `limit`.
pub async fn wait_until<T>(limit: Duration, mut ask: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return Some(answer);
        }
        if begun.elapsed() > limit {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
