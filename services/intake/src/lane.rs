//! A lane: gathers the submissions of all calls and writes them together.
//!
//! While nothing is under way the first submission is written at once, alone: waiting would only cost time. While a write
//! is under way, what arrives gathers until that write ends, the batch is full or `linger_us` are over. So batches grow
//! with the load, and several calls share one fsync.
//!
//! A lane is one task that polls its writes itself: nothing is detached, and when its entries are gone it finishes
//! what it has and ends.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures::future::join_all;
use futures::stream::{FuturesUnordered, StreamExt as _};
use jiff::Timestamp;
use prost::Message as _;
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_proto::convert::timestamp;
use swiftline_proto::intake::v1::Receipt;
use swiftline_proto::types::v1 as wire;
use swiftline_store::seal::Keyring;
use swiftline_store::{Accepted, Contact, IdempotencyKey, NewCase, Store, StoreError};
use swiftline_telemetry::{Hop, Operation, TraceContext, Tracer, names};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::AcceptSettings;
use crate::check::Checked;
use crate::error::IntakeError;
use crate::metrics::{Metrics, Outcome};

/// Places in a lane beyond both high-water marks, for emergencies; when they are taken too, an emergency waits.
const EMERGENCY_PLACES: usize = 1_024;

/// What a lane needs of the store.
pub(crate) trait CaseLog: Clone + Send + Sync + 'static {
    fn partition_for(&self, key: &IdempotencyKey) -> Partition;
    fn random_partition(&self) -> Partition;
    fn mint(
        &self,
        partition: Partition,
        n: usize,
    ) -> impl Future<Output = Result<Vec<CaseNumber>, StoreError>> + Send;
    fn accept(
        &self,
        partition: Partition,
        cases: Vec<NewCase>,
    ) -> impl Future<Output = Result<Vec<Accepted>, StoreError>> + Send;
}

impl CaseLog for Store {
    fn partition_for(&self, key: &IdempotencyKey) -> Partition {
        self.partition_for(key)
    }

    fn random_partition(&self) -> Partition {
        self.random_partition()
    }

    async fn mint(&self, partition: Partition, n: usize) -> Result<Vec<CaseNumber>, StoreError> {
        self.mint(partition, n).await
    }

    async fn accept(
        &self,
        partition: Partition,
        cases: Vec<NewCase>,
    ) -> Result<Vec<Accepted>, StoreError> {
        self.accept(partition, cases).await
    }
}

/// What a submission is answered with.
pub(crate) type Answer = Result<Receipt, IntakeError>;

/// A submission on its way.
pub(crate) struct Pending {
    /// What is submitted.
    pub(crate) checked: Checked,
    /// The span that its own is a child of; `None` begins a new trace.
    pub(crate) parent: Option<TraceContext>,
    /// The call that brought it, where that is not its parent.
    pub(crate) call: Option<TraceContext>,
    /// When it came, for its span.
    pub(crate) came: SystemTime,
    /// Where the answer goes.
    pub(crate) answer: oneshot::Sender<Answer>,
}

/// The way into a lane.
pub(crate) type Entry = mpsc::Sender<Pending>;

/// See the module.
pub(crate) struct Lane<L> {
    arrivals: mpsc::Receiver<Pending>,
    writer: Writer<L>,
    max_batch: usize,
    linger: Duration,
    writes_in_flight: usize,
}

impl<L: CaseLog> Lane<L> {
    /// A lane, and the way into it.
    pub(crate) fn new(
        settings: &AcceptSettings,
        log: L,
        keyring: Option<Keyring>,
        tracer: Tracer,
        metrics: Metrics,
    ) -> (Entry, Self) {
        // both marks may meet in one lane; what is admitted never waits here
        let places = settings.high_water + settings.stream_high_water + EMERGENCY_PLACES;
        let (entry, arrivals) = mpsc::channel(places);
        let lane = Self {
            arrivals,
            writer: Writer(Arc::new(Parts {
                log,
                keyring,
                tracer,
                metrics,
            })),
            max_batch: settings.max_batch,
            linger: Duration::from_micros(settings.linger_us),
            writes_in_flight: settings.writes_in_flight,
        };
        (entry, lane)
    }

    /// Writes what arrives until every entry is gone and all is answered.
    pub(crate) async fn run(mut self) {
        let mut writes = FuturesUnordered::new();
        loop {
            while writes.len() >= self.writes_in_flight {
                writes.next().await;
            }
            let Some(batch) = self.gather(&mut writes).await else {
                break;
            };
            writes.push(self.writer.clone().write(batch));
        }
        while writes.next().await.is_some() {}
    }

    /// The next batch; `None` when there will be no more.
    async fn gather<F: Future<Output = ()>>(
        &mut self,
        writes: &mut FuturesUnordered<F>,
    ) -> Option<Vec<Pending>> {
        let mut batch = Vec::with_capacity(self.max_batch.min(64));
        while batch.is_empty() {
            tokio::select! {
                count = self.arrivals.recv_many(&mut batch, self.max_batch) => if count == 0 { return None },
                Some(()) = writes.next(), if !writes.is_empty() => {}
            }
        }
        let until = Instant::now() + self.linger;
        while batch.len() < self.max_batch && !writes.is_empty() {
            let room = self.max_batch - batch.len();
            tokio::select! {
                count = self.arrivals.recv_many(&mut batch, room) => if count == 0 { break },
                Some(()) = writes.next() => {}
                () = tokio::time::sleep_until(until) => break,
            }
        }
        Some(batch)
    }
}

/// Writes batches; clones share everything.
struct Writer<L>(Arc<Parts<L>>);

struct Parts<L> {
    log: L,
    keyring: Option<Keyring>,
    tracer: Tracer,
    metrics: Metrics,
}

impl<L> Clone for Writer<L> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<L: CaseLog> Writer<L> {
    /// Writes a batch, one store call for each partition, all at the same time.
    async fn write(self, batch: Vec<Pending>) {
        let log = &self.0.log;
        // one partition for all that may go anywhere: fewer calls
        let anywhere = log.random_partition();
        let mut groups: BTreeMap<Partition, Vec<Pending>> = BTreeMap::new();
        for pending in batch {
            let key = pending.checked.key.as_ref();
            let partition = key.map_or(anywhere, |key| log.partition_for(key));
            groups.entry(partition).or_default().push(pending);
        }
        join_all(
            groups
                .into_iter()
                .map(|(partition, group)| self.accept(partition, group)),
        )
        .await;
    }

    async fn accept(&self, partition: Partition, group: Vec<Pending>) {
        let parts = &self.0;
        parts.metrics.batch_size.observe(group.len() as f64);
        let numbers = match parts.log.mint(partition, group.len()).await {
            Ok(numbers) => numbers,
            Err(error) => {
                return self
                    .refuse_all(group.into_iter().map(Waiting::without_span), &error.into());
            }
        };
        let destination = format!("{{{partition}}}:log");
        let (mut cases, mut waiting) = (
            Vec::with_capacity(group.len()),
            Vec::with_capacity(group.len()),
        );
        for (mut pending, number) in group.into_iter().zip(numbers) {
            let contact = pending.checked.contact.take();
            match contact
                .map(|contact| self.to_be_sealed(&contact))
                .transpose()
            {
                Ok(contact) => {
                    let (contact, caller) = contact.unzip();
                    pending.checked.complaint.caller = caller.unwrap_or_default();
                    let (case, caller) = self.begin(pending, number, contact, &destination);
                    cases.push(case);
                    waiting.push(caller);
                }
                Err(error) => self.answer(Waiting::without_span(pending), Err(error)),
            }
        }
        match parts.log.accept(partition, cases).await {
            Ok(accepted) => {
                for (caller, accepted) in waiting.into_iter().zip(accepted) {
                    let receipt = caller.receipt(&accepted);
                    self.answer(caller, Ok(receipt));
                }
            }
            Err(error) => self.refuse_all(waiting.into_iter(), &error.into()),
        }
    }

    /// The contact data, and the caller's pseudonym.
    fn to_be_sealed(&self, contact: &wire::Contact) -> Result<(Contact, u64), IntakeError> {
        let keyring = self.0.keyring.clone().ok_or(IntakeError::NoKeys)?;
        let (caller, plain) = (keyring.caller(contact), contact.encode_to_vec());
        let sealed = Contact::new(move |number| keyring.seal(number, &plain));
        Ok((sealed, caller))
    }

    /// Starts the submission's span and parts what is stored from who waits.
    fn begin(
        &self,
        pending: Pending,
        number: CaseNumber,
        contact: Option<Contact>,
        destination: &str,
    ) -> (NewCase, Waiting) {
        let mut hop = self
            .0
            .tracer
            .message(Operation::Send, names::CASE_LOG, destination)
            .parent(pending.parent.as_ref())
            .start_time(pending.came)
            .case(&number.to_string());
        if let Some(call) = &pending.call {
            hop = hop.link(call);
        }
        let hop = hop.start();
        // in the milliseconds that the store keeps, so that a repeated key is answered with the very same time
        let now = Timestamp::now();
        let accepted_at = Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now);
        let case = NewCase {
            key: pending.checked.key,
            number,
            complaint: pending.checked.complaint,
            contact,
            accepted_at,
            trace: hop.context(),
        };
        let waiting = Waiting {
            channel: pending.checked.channel,
            pressing: pending.checked.pressing,
            hop: Some(hop),
            answer: pending.answer,
        };
        (case, waiting)
    }

    fn refuse_all(&self, waiting: impl Iterator<Item = Waiting>, error: &IntakeError) {
        for caller in waiting {
            self.answer(caller, Err(error.clone()));
        }
    }

    fn answer(&self, caller: Waiting, answer: Answer) {
        let metrics = &self.0.metrics;
        metrics.queued.dec();
        metrics.count(
            caller.channel,
            caller.pressing,
            match &answer {
                Ok(receipt) if receipt.duplicate => Outcome::Duplicate,
                Ok(_) => Outcome::Accepted,
                Err(IntakeError::NoKeys) => Outcome::Rejected,
                Err(_) => Outcome::Failed,
            },
        );
        if let Some(mut hop) = caller.hop {
            if answer.is_err() {
                hop.error("store");
            }
            hop.finish();
        }
        // a caller that has gone finds its case by its key
        let _ = caller.answer.send(answer);
    }
}

/// Who waits for an answer, and the span that ends with it.
struct Waiting {
    channel: &'static str,
    pressing: bool,
    hop: Option<Hop>,
    answer: oneshot::Sender<Answer>,
}

impl Waiting {
    fn without_span(pending: Pending) -> Self {
        Self {
            channel: pending.checked.channel,
            pressing: pending.checked.pressing,
            hop: None,
            answer: pending.answer,
        }
    }

    fn receipt(&self, accepted: &Accepted) -> Receipt {
        // the trace that follows an earlier case is that case's, not this attempt's
        let hop = self.hop.as_ref().filter(|_| !accepted.duplicate);
        Receipt {
            case_number: accepted.number.to_string(),
            accepted_at: Some(timestamp(accepted.accepted_at)),
            duplicate: accepted.duplicate,
            trace_id: hop
                .map(|hop| hop.context().trace_id().to_owned())
                .unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests;
