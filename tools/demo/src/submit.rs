//! Submitting the day: each complaint at its own time, compressed, whether or not the one before has been answered.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use swiftline_proto::intake::v1::intake_client::IntakeClient;
use swiftline_proto::intake::v1::{Receipt, SubmitRequest};
use swiftline_rpc::Channel;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tonic::Status;

use crate::again::again;
use crate::day::Entry;
use crate::progress::Progress;

/// Submissions under way at once, at most: a bound for the case that intake stands still.
const IN_FLIGHT: usize = 1_024;

/// What came of the submissions.
#[derive(Default)]
pub(crate) struct Submitted {
    /// The receipts with the keys they answer.
    pub receipts: Vec<(String, Receipt)>,
    /// The submissions that were refused, with their keys.
    pub refused: Vec<(String, Status)>,
    /// From when a submission was due to its receipt, milliseconds.
    pub latencies_ms: Vec<f64>,
}

/// Replays the entries over `lasting`, or until `stop`. A submission is tried again for as long as the patience lasts; its key
/// makes that safe.
pub(crate) async fn replay(
    intake: IntakeClient<Channel>,
    entries: Vec<Entry>,
    lasting: Duration,
    patience: Duration,
    stop: impl Future<Output = ()>,
    progress: Arc<Progress>,
) -> Submitted {
    let mut stop = pin!(stop);
    let begun = Instant::now();
    let slots = Arc::new(Semaphore::new(IN_FLIGHT));
    let mut tasks = JoinSet::new();
    let mut submitted = Submitted::default();
    for entry in entries {
        let due = begun + lasting.mul_f64(entry.at);
        tokio::select! {
            () = tokio::time::sleep_until(due) => {}
            () = &mut stop => break,
        }
        // The semaphore is never closed.
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else {
            break;
        };
        let intake = intake.clone();
        tasks.spawn(async move {
            let key = entry.submission.idempotency_key.clone();
            let request = SubmitRequest {
                submission: Some(entry.submission),
            };
            let answer = again(patience, || {
                let (mut client, request) = (intake.clone(), request.clone());
                async move { client.submit(request).await }
            });
            let receipt = answer
                .await
                .and_then(|answer| answer.into_inner().receipt.ok_or_else(no_receipt));
            drop(slot);
            (key, receipt, due.elapsed())
        });
        while let Some(Ok(done)) = tasks.try_join_next() {
            submitted.add(done, &progress);
        }
    }
    while let Some(done) = tasks.join_next().await {
        match done {
            Ok(done) => submitted.add(done, &progress),
            Err(error) => anstream::eprintln!("a submission ended: {error}"),
        }
    }
    submitted
}

impl Submitted {
    fn add(
        &mut self,
        (key, answer, took): (String, Result<Receipt, Status>, Duration),
        progress: &Progress,
    ) {
        match answer {
            Ok(receipt) => {
                progress.accepted.inc(1);
                self.latencies_ms.push(took.as_secs_f64() * 1e3);
                self.receipts.push((key, receipt));
            }
            Err(status) => self.refused.push((key, status)),
        }
    }

    /// The latency that this share of the submissions stayed below, milliseconds.
    pub(crate) fn latency_ms(&self, share: f64) -> f64 {
        let mut sorted = self.latencies_ms.clone();
        sorted.sort_by(f64::total_cmp);
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an index"
        )]
        let index = (sorted.len() as f64 * share) as usize;
        sorted
            .get(index.min(sorted.len().saturating_sub(1)))
            .copied()
            .unwrap_or_default()
    }
}

fn no_receipt() -> Status {
    Status::internal("no receipt")
}
