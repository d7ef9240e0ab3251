//! The door: every submission passes it, whichever call brings it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use swiftline_proto::intake::v1::{Receipt, Submission};
use swiftline_telemetry::TraceContext;
use tokio::sync::oneshot;

use crate::AcceptSettings;
use crate::admission::{Admission, Room};
use crate::check::{Checked, channel_of, check};
use crate::city::City;
use crate::error::IntakeError;
use crate::lane::{Answer, Entry, Pending};
use crate::metrics::{Metrics, Outcome};

/// What is known of a call beside its message.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Call {
    /// The span of the call.
    pub(crate) span: Option<TraceContext>,
    /// The caller says that it is an emergency.
    pub(crate) emergency: bool,
}

/// See the module.
pub(crate) struct Door {
    city: City,
    admission: Admission,
    lanes: Vec<Entry>,
    next_lane: AtomicUsize,
    can_seal: bool,
    retry_after: Duration,
    metrics: Metrics,
}

impl Door {
    pub(crate) fn new(
        settings: &AcceptSettings,
        retry_after: Duration,
        city: City,
        can_seal: bool,
        lanes: Vec<Entry>,
        metrics: Metrics,
    ) -> Self {
        Self {
            city,
            admission: Admission::new(settings),
            lanes,
            next_lane: AtomicUsize::new(0),
            can_seal,
            retry_after,
            metrics,
        }
    }

    /// Takes one submission; its span is a child of the call's unless the sender has one of its own.
    pub(crate) async fn submit(
        &self,
        submission: Option<Submission>,
        call: Call,
    ) -> Result<Receipt, IntakeError> {
        let checked = self.check(submission.unwrap_or_default(), call)?;
        let _room = self.room_for(&checked)?;
        let parent = checked.trace.or(call.span);
        self.hand_in(checked, parent, None)
            .await?
            .await
            .unwrap_or(Err(IntakeError::Stopping))
    }

    /// Takes a batch of a unary call: when there is no room for all of it, only what is an emergency comes in.
    pub(crate) async fn submit_batch(
        &self,
        submissions: Vec<Submission>,
        call: Call,
    ) -> Vec<Answer> {
        let checked: Vec<_> = submissions
            .into_iter()
            .map(|one| self.check(one, call))
            .collect();
        let good = checked.iter().filter(|one| one.is_ok()).count();
        let room = self.admission.try_enter(good);
        let admitted = checked.into_iter().map(|one| {
            let one = one?;
            if room.is_none() {
                self.room_for(&one)?;
            }
            Ok(one)
        });
        let admitted: Vec<_> = admitted.collect();
        self.hand_in_all(admitted, call).await
    }

    /// Takes a batch of a stream: waits for room, unless one of it is an emergency.
    pub(crate) async fn submit_patiently(
        &self,
        submissions: Vec<Submission>,
        call: Call,
    ) -> Vec<Answer> {
        let checked: Vec<_> = submissions
            .into_iter()
            .map(|one| self.check(one, call))
            .collect();
        let good = || checked.iter().flatten();
        let is_pressing = || call.emergency || good().any(|one| one.pressing);
        let _room = self.admission.enter(good().count(), is_pressing).await;
        self.hand_in_all(checked, call).await
    }

    fn check(&self, submission: Submission, call: Call) -> Result<Checked, IntakeError> {
        let channel = channel_of(&submission);
        let checked = check(submission, Timestamp::now(), &self.city, call.emergency)
            .map_err(IntakeError::Invalid);
        let checked = checked.and_then(|checked| {
            if checked.contact.is_some() && !self.can_seal {
                return Err(IntakeError::NoKeys);
            }
            Ok(checked)
        });
        if checked.is_err() {
            self.metrics
                .count(channel, call.emergency, Outcome::Rejected);
        }
        checked
    }

    /// Room for one submission: always for an emergency.
    fn room_for(&self, checked: &Checked) -> Result<Room, IntakeError> {
        if let Some(room) = self.admission.try_enter(1) {
            return Ok(room);
        }
        if checked.pressing {
            return Ok(Admission::pressing());
        }
        self.metrics.count(checked.channel, false, Outcome::Shed);
        Err(IntakeError::Overloaded {
            retry_after: self.retry_after,
        })
    }

    /// Hands a batch to the lanes and waits for the answers, in order. Each submission has a trace of its own, linked
    /// to the call that brought it.
    async fn hand_in_all(
        &self,
        submissions: Vec<Result<Checked, IntakeError>>,
        call: Call,
    ) -> Vec<Answer> {
        let mut waiting = Vec::with_capacity(submissions.len());
        for submission in submissions {
            waiting.push(match submission {
                Ok(checked) => {
                    let parent = checked.trace;
                    self.hand_in(checked, parent, call.span).await
                }
                Err(error) => Err(error),
            });
        }
        let mut answers = Vec::with_capacity(waiting.len());
        for one in waiting {
            answers.push(match one {
                Ok(answer) => answer.await.unwrap_or(Err(IntakeError::Stopping)),
                Err(error) => Err(error),
            });
        }
        answers
    }

    async fn hand_in(
        &self,
        checked: Checked,
        parent: Option<TraceContext>,
        call: Option<TraceContext>,
    ) -> Result<oneshot::Receiver<Answer>, IntakeError> {
        let (answer, answered) = oneshot::channel();
        let pending = Pending {
            checked,
            parent,
            call,
            came: SystemTime::now(),
            answer,
        };
        // in turn: a lane takes submissions of any partition, so all are equally busy
        let lane = self.next_lane.fetch_add(1, Ordering::Relaxed) % self.lanes.len();
        self.lanes[lane]
            .send(pending)
            .await
            .map_err(|_| IntakeError::Stopping)?;
        self.metrics.queued.inc();
        Ok(answered)
    }
}
