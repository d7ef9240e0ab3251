//! How long to wait before trying again.

use std::time::Duration;

use rand::RngExt as _;
use swiftline_rpc::ClientSettings;

/// Waits that double up to a limit, with full jitter so that consumers that failed together do not come back together.
#[derive(Debug)]
pub(crate) struct Backoff {
    ceiling: Duration,
    limit: Duration,
}

impl Backoff {
    pub(crate) fn new(settings: &ClientSettings) -> Self {
        Self {
            ceiling: Duration::from_millis(settings.backoff_base_ms),
            limit: Duration::from_millis(settings.backoff_max_ms),
        }
    }

    /// The next wait.
    pub(crate) fn next(&mut self) -> Duration {
        let wait = self.ceiling.mul_f64(rand::rng().random_range(0.0..=1.0));
        self.ceiling = (self.ceiling * 2).min(self.limit);
        wait
    }

    /// Waits.
    pub(crate) async fn pause(&mut self) {
        tokio::time::sleep(self.next()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_stay_below_a_ceiling_that_doubles_up_to_the_limit() {
        let mut backoff = Backoff {
            ceiling: Duration::from_millis(10),
            limit: Duration::from_millis(35),
        };
        for ceiling in [10, 20, 35, 35] {
            assert!(backoff.next() <= Duration::from_millis(ceiling));
        }
        assert_eq!(backoff.ceiling, Duration::from_millis(35));
    }
}
