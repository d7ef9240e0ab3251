//! Repeating a call that may be repeated.

use std::time::Duration;

use rand::RngExt as _;
use serde::{Deserialize, Serialize};
use tonic::{Code, Status};

use crate::status::retry_delay;

/// How often, and with what waits between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetryPolicy {
    /// Attempts at most, the first included; 1: no repeating.
    pub attempts: u32,
    /// Upper bound of the wait before the second attempt, in milliseconds; doubles with each.
    pub backoff_base_ms: u64,
    /// No wait is longer than this, in milliseconds, except where the server asks for more.
    pub backoff_max_ms: u64,
}

impl RetryPolicy {
    /// Upper bound of the wait after `failed` attempts: `base · 2^(failed-1)`, at most `max`.
    fn ceiling_ms(&self, failed: u32) -> u64 {
        let doubled = self.backoff_base_ms.saturating_mul(
            1_u64
                .checked_shl(failed.saturating_sub(1))
                .unwrap_or(u64::MAX),
        );
        doubled.min(self.backoff_max_ms)
    }

    /// Full jitter: anything between nothing and the ceiling, so that callers that failed together do not come back
    /// together; on top of what the server asked for.
    fn wait(&self, failed: u32, status: &Status) -> Duration {
        let jitter = Duration::from_millis(rand::rng().random_range(0..=self.ceiling_ms(failed)));
        retry_delay(status).unwrap_or_default() + jitter
    }
}

/// Makes a call, and makes it again after UNAVAILABLE and RESOURCE_EXHAUSTED.
///
/// Only for calls whose repetition changes nothing (reads; writes with an idempotency key, a version or a fencing
/// token): after UNAVAILABLE nobody knows whether the first one was done. The last status is returned as it is.
///
/// ```
/// # async fn example(client: &()) -> Result<u8, tonic::Status> {
/// # use swiftline_rpc::{RetryPolicy, retry};
/// # async fn explain(_: ()) -> Result<u8, tonic::Status> { Ok(1) }
/// let policy = RetryPolicy { attempts: 4, backoff_base_ms: 50, backoff_max_ms: 2_000 };
/// retry(&policy, || {
///     let client = client.clone();
///     async move { explain(client).await }
/// })
/// .await
/// # }
/// ```
///
/// # Errors
///
/// The status of the last attempt.
pub async fn retry<T, F, Fut>(policy: &RetryPolicy, mut call: F) -> Result<T, Status>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, Status>>,
{
    let mut failed = 0;
    loop {
        let status = match call().await {
            Ok(answer) => return Ok(answer),
            Err(status) => status,
        };
        failed += 1;
        let again = matches!(status.code(), Code::Unavailable | Code::ResourceExhausted);
        if !again || failed >= policy.attempts {
            return Err(status);
        }
        tokio::time::sleep(policy.wait(failed, &status)).await;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use tonic_types::{ErrorDetails, StatusExt as _};

    use super::*;

    const POLICY: RetryPolicy = RetryPolicy {
        attempts: 4,
        backoff_base_ms: 50,
        backoff_max_ms: 150,
    };

    #[test]
    fn waits_double_up_to_the_limit() {
        let ceilings: Vec<u64> = [1, 2, 3, 200]
            .map(|failed| POLICY.ceiling_ms(failed))
            .into();
        assert_eq!(ceilings, [50, 100, 150, 150]);
    }

    async fn attempts_until(good: u32, status: fn() -> Status) -> (Result<u32, Code>, u32) {
        let made = Cell::new(0);
        let result = retry(&POLICY, || {
            made.set(made.get() + 1);
            let n = made.get();
            async move { if n >= good { Ok(n) } else { Err(status()) } }
        });
        (result.await.map_err(|status| status.code()), made.get())
    }

    #[tokio::test(start_paused = true)]
    async fn repeats_what_may_pass() {
        assert_eq!(
            attempts_until(3, || Status::unavailable("")).await,
            (Ok(3), 3)
        );
        assert_eq!(
            attempts_until(2, || Status::resource_exhausted("")).await,
            (Ok(2), 2)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn gives_up_after_the_last_attempt() {
        assert_eq!(
            attempts_until(9, || Status::unavailable("")).await,
            (Err(Code::Unavailable), 4)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn does_not_repeat_what_stays_wrong() {
        assert_eq!(
            attempts_until(9, || Status::invalid_argument("")).await,
            (Err(Code::InvalidArgument), 1)
        );
        assert_eq!(
            attempts_until(9, || Status::deadline_exceeded("")).await,
            (Err(Code::DeadlineExceeded), 1)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn waits_as_long_as_the_server_asks() {
        let busy = || {
            let details = ErrorDetails::with_retry_info(Some(Duration::from_secs(7)));
            Status::with_error_details(Code::ResourceExhausted, "", details)
        };
        let started = tokio::time::Instant::now();
        assert_eq!(attempts_until(2, busy).await.1, 2);
        let waited = started.elapsed();
        assert!(
            (Duration::from_secs(7)..=Duration::from_millis(7_060)).contains(&waited),
            "{waited:?}"
        );
    }
}
