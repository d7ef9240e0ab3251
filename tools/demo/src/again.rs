//! Calling again.

use std::time::{Duration, Instant};

use tonic::{Code, Status};

/// Pauses between attempts double from the first to the second of these.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// Calls until there is an answer that calling again would not change, or the patience is over. For calls that may be
/// repeated.
pub(crate) async fn again<T, F>(
    patience: Duration,
    mut call: impl FnMut() -> F,
) -> Result<T, Status>
where
    F: Future<Output = Result<T, Status>> + Send,
{
    let begun = Instant::now();
    let mut pause = PAUSES.0;
    loop {
        match call().await {
            Err(status) if is_passing(status.code()) && begun.elapsed() + pause < patience => {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(PAUSES.1);
            }
            other => return other,
        }
    }
}

/// Whether a service that is busy, away, or went away with the answer says this.
fn is_passing(code: Code) -> bool {
    matches!(
        code,
        Code::Unavailable
            | Code::ResourceExhausted
            | Code::Aborted
            | Code::DeadlineExceeded
            | Code::Cancelled
            | Code::Unknown
    )
}
