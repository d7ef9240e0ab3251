//! Sending batches over one stream, a bounded number at a time, until each row has its answer.
//!
//! At least once: after a broken stream all unanswered batches are sent again. Every row has an idempotency key, so intake
//! makes that exactly once.

use std::collections::{BTreeMap, VecDeque};
use std::error::Error as _;
use std::time::Duration;

use futures::stream::{self, BoxStream};
use futures::{StreamExt as _, TryStreamExt as _};
use swiftline_proto::intake::v1::intake_client::IntakeClient;
use swiftline_proto::intake::v1::submit_result::Result as Outcome;
use swiftline_proto::intake::v1::{Rejection, SubmitStreamRequest, SubmitStreamResponse};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Channel;
use tonic::{Code, Response, Status};

use super::batches::{Batch, Batches, Next};
use super::tally::Tally;
use crate::connect::{Mesh, Peer};
use crate::failure::{Failure, retry_after};

/// Batches sent and not answered, at most: enough to keep intake busy, few enough to send again.
const IN_FLIGHT: usize = 8;
/// How often the same thing is tried without any progress.
const ATTEMPTS: u32 = 8;
/// The first wait where intake does not say how long, and the longest of any.
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Sends the batches of a file.
pub(super) struct Sender<'a> {
    mesh: &'a Mesh,
    client: IntakeClient<Channel>,
    link: Link,
    sequence: u64,
    /// Sent and not answered, by sequence number.
    pending: BTreeMap<u64, Batch>,
    /// Turned away by a busy intake; sent again from `again_at`.
    refused: VecDeque<Batch>,
    again_at: Instant,
    /// When intake was last heard of, or first waited for.
    heard_at: Instant,
    /// Whether intake has ever answered.
    answered: bool,
    /// Streams in a row that broke without an answer.
    broken: u32,
}

/// One stream.
struct Link {
    requests: mpsc::Sender<SubmitStreamRequest>,
    answers: BoxStream<'static, Result<SubmitStreamResponse, Status>>,
}

impl Link {
    fn open(client: &IntakeClient<Channel>) -> Self {
        // Never full: it holds no more than what is pending.
        let (requests, receiver) = mpsc::channel(IN_FLIGHT);
        let mut client = client.clone();
        let call = async move {
            client
                .submit_stream(ReceiverStream::new(receiver))
                .await
                .map(Response::into_inner)
        };
        Self {
            requests,
            answers: stream::once(call).try_flatten().boxed(),
        }
    }

    fn send(&self, sequence: u64, batch: &Batch) {
        let request = SubmitStreamRequest {
            sequence,
            submissions: batch.submissions.clone(),
        };
        // A stream that has ended says so among the answers, and then everything pending is sent again.
        let _ = self.requests.try_send(request);
    }
}

impl<'a> Sender<'a> {
    /// A sender that has not connected yet.
    pub(super) fn new(mesh: &'a Mesh) -> Result<Self, Failure> {
        let client = mesh.intake()?;
        Ok(Self {
            mesh,
            link: Link::open(&client),
            client,
            sequence: 0,
            pending: BTreeMap::new(),
            refused: VecDeque::new(),
            again_at: Instant::now(),
            heard_at: Instant::now(),
            answered: false,
            broken: 0,
        })
    }

    /// Sends everything and waits for every answer.
    pub(super) async fn drive(
        mut self,
        batches: &mut Batches,
        tally: &mut Tally,
    ) -> Result<(), Failure> {
        let mut more = true;
        while more || !self.pending.is_empty() || !self.refused.is_empty() {
            let room = self.pending.len() < IN_FLIGHT;
            tokio::select! {
                next = batches.next(), if more && room && self.refused.is_empty() => match next {
                    Some(Next::Batch(batch)) => self.send(batch),
                    Some(Next::Bad(bad)) => tally.bad(&bad),
                    None => more = false,
                },
                answer = self.link.answers.next(), if !self.pending.is_empty() => match answer {
                    Some(Ok(answer)) => self.settle(answer, tally)?,
                    Some(Err(status)) => self.reconnect(status).await?,
                    None => self.reconnect(Status::unavailable("it has ended the stream")).await?,
                },
                () = sleep_until(self.again_at), if room && !self.refused.is_empty() => {
                    if let Some(batch) = self.refused.pop_front() {
                        self.send(batch);
                    }
                },
                () = sleep_until(self.heard_at + self.mesh.timeout()), if !self.pending.is_empty() => {
                    self.reconnect(Status::deadline_exceeded("it does not answer")).await?;
                },
            }
        }
        Ok(())
    }

    fn send(&mut self, batch: Batch) {
        if self.pending.is_empty() {
            self.heard_at = Instant::now();
        }
        self.sequence += 1;
        self.link.send(self.sequence, &batch);
        self.pending.insert(self.sequence, batch);
    }

    fn settle(&mut self, answer: SubmitStreamResponse, tally: &mut Tally) -> Result<(), Failure> {
        (self.heard_at, self.answered, self.broken) = (Instant::now(), true, 0);
        let Some(batch) = self.pending.remove(&answer.sequence) else {
            return Err(Failure::Failed(format!(
                "intake answered batch {}, which it was not sent",
                answer.sequence
            )));
        };
        if answer.results.len() != batch.len() {
            let (got, sent) = (answer.results.len(), batch.len());
            return Err(Failure::Failed(format!(
                "intake answered {got} of {sent} submissions of a batch"
            )));
        }
        let settled = batch.len();
        let mut again = Batch::turned_away(batch.attempt + 1);
        let rows = batch.lines.into_iter().zip(batch.submissions);
        for ((line, submission), result) in rows.zip(answer.results) {
            match result.result {
                Some(Outcome::Receipt(receipt)) => tally.taken(&receipt),
                Some(Outcome::Rejection(no))
                    if is_passing(no.code.into()) && again.attempt < ATTEMPTS =>
                {
                    again.push(line, submission);
                }
                Some(Outcome::Rejection(no)) => tally.rejected(line, &no),
                None => tally.rejected(
                    line,
                    &Rejection {
                        message: "no result".to_owned(),
                        ..Default::default()
                    },
                ),
            }
        }
        tally.settled(settled - again.len());
        if !again.is_empty() {
            self.again_at = Instant::now() + wait(again.attempt);
            self.refused.push_back(again);
        }
        Ok(())
    }

    /// Waits as long as intake says and sends everything pending again, on a new stream; gives up where that is hopeless.
    async fn reconnect(&mut self, status: Status) -> Result<(), Failure> {
        self.broken += 1;
        let busy = status.code() == Code::ResourceExhausted;
        // A stream that broke on the way has a cause of its own, whatever its code.
        let passing = is_passing(status.code()) || status.source().is_some();
        if !passing || self.broken >= ATTEMPTS || !(self.answered || busy) {
            return Err(self.mesh.failure(Peer::Intake, status));
        }
        sleep(
            retry_after(&status)
                .unwrap_or_else(|| wait(self.broken))
                .min(LONGEST_WAIT),
        )
        .await;
        self.heard_at = Instant::now();
        self.link = Link::open(&self.client);
        for (sequence, batch) in &self.pending {
            self.link.send(*sequence, batch);
        }
        Ok(())
    }
}

/// Whether it may go away by waiting.
fn is_passing(code: Code) -> bool {
    matches!(
        code,
        Code::ResourceExhausted
            | Code::Unavailable
            | Code::DeadlineExceeded
            | Code::Aborted
            | Code::Cancelled
    )
}

/// How long to wait before the next attempt: twice as long each time.
fn wait(attempt: u32) -> Duration {
    FIRST_WAIT
        .saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1)))
        .min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_a_bound() {
        assert_eq!(
            [1, 2, 3].map(wait),
            [200, 400, 800].map(Duration::from_millis)
        );
        assert_eq!(wait(99), LONGEST_WAIT);
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        assert!(is_passing(Code::ResourceExhausted) && is_passing(Code::Unavailable));
        assert!(!is_passing(Code::InvalidArgument) && !is_passing(Code::Internal));
    }
}
