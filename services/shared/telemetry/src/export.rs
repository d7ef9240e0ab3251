//! The thread that sends spans by OTLP/gRPC.
//!
//! It has a runtime of its own: so it can be started from anywhere, keeps sending while the application's runtime is
//! busy or gone, and can be waited for from inside that runtime. A batch that cannot be sent is dropped and counted,
//! not tried again: the queue is for bursts, not for outages.

use std::pin::pin;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry::Context;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use tokio::sync::mpsc;
use tonic::Status;
use tonic::transport::{Channel, Endpoint};

use crate::batch::{BatchProcessor, Request, SpanCounters, SpanQueue};
use crate::{TelemetryError, TelemetrySettings};

/// A failing receiver is logged once in this time.
const WARN_EVERY: Duration = Duration::from_secs(60);

/// Starts the exporter's thread; it ends on [`Request::Close`] or when the processor is dropped.
pub(crate) fn start(
    settings: &TelemetrySettings,
    resource: &Resource,
    counters: SpanCounters,
) -> Result<BatchProcessor, TelemetryError> {
    let timeout = Duration::from_millis(settings.export_timeout_ms);
    let endpoint = Endpoint::from_shared(settings.otlp_endpoint.clone())
        .map_err(|error| TelemetryError::Endpoint(error.to_string()))?
        .connect_timeout(timeout)
        .timeout(timeout);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| TelemetryError::Thread(error.to_string()))?;
    let queue = Arc::new(SpanQueue::new(
        settings.queue_size,
        settings.batch_size,
        counters,
    ));
    let (requests, inbox) = mpsc::unbounded_channel();
    let (thread_queue, resource) = (queue.clone(), ResourceAttributesWithSchema::from(resource));
    let interval = Duration::from_millis(settings.export_interval_ms);
    let work = move || {
        // The exporter's own calls must not become spans: they would never end.
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        runtime.block_on(async move {
            let client = TraceServiceClient::new(endpoint.connect_lazy());
            let sender = Sender {
                client,
                resource,
                timeout,
                last_warning: None,
            };
            Exporter {
                queue: thread_queue,
                inbox,
                pending: None,
                interval,
                sender,
            }
            .run()
            .await;
        });
    };
    thread::Builder::new()
        .name("spans".to_owned())
        .spawn(work)
        .map_err(|error| TelemetryError::Thread(error.to_string()))?;
    Ok(BatchProcessor { queue, requests })
}

struct Exporter {
    queue: Arc<SpanQueue>,
    inbox: mpsc::UnboundedReceiver<Request>,
    /// A request that arrived while a batch was being sent.
    pending: Option<Request>,
    interval: Duration,
    sender: Sender,
}

impl Exporter {
    async fn run(mut self) {
        let first = tokio::time::Instant::now() + self.interval;
        let mut tick = tokio::time::interval_at(first, self.interval);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            if let Some(request) = self.pending.take() {
                if self.answer(request).await {
                    return;
                }
                continue;
            }
            tokio::select! {
                () = self.queue.wake.notified() => self.drain(false, None).await,
                _ = tick.tick() => self.drain(true, None).await,
                request = next(&mut self.inbox, self.sender.timeout) => self.pending = Some(request),
            }
        }
    }

    /// Does what is asked; whether this was the end.
    async fn answer(&mut self, request: Request) -> bool {
        match request {
            Request::Flush(done) => {
                self.drain(true, None).await;
                if let Some(Request::Flush(later)) = &mut self.pending {
                    later.extend(done); // another flush cut in: both are answered when it is done
                }
                false
            }
            Request::Close { deadline, done } => {
                self.queue.close();
                self.drain(true, Some(deadline)).await;
                drop(done);
                true
            }
        }
    }

    /// Sends until nothing is left, or somebody asks for something.
    async fn drain(&mut self, partial: bool, deadline: Option<Instant>) {
        while self.pending.is_none() {
            let Some(batch) = self.queue.take(partial) else {
                return;
            };
            self.send(batch, deadline).await;
        }
    }

    /// Sends one batch, or gives it up at the deadline, be it one that arrives meanwhile.
    async fn send(&mut self, batch: Vec<SpanData>, deadline: Option<Instant>) {
        let mut tally = Tally {
            counters: &self.queue.counters,
            unsent: batch.len() as u64,
        };
        let limit = deadline.unwrap_or_else(|| Instant::now() + self.sender.timeout);
        if limit <= Instant::now() {
            return;
        }
        let timeout = self.sender.timeout;
        let mut sending = pin!(self.sender.send(batch, limit));
        let sent = tokio::select! {
            sent = &mut sending => Some(sent),
            request = next(&mut self.inbox, timeout), if deadline.is_none() => {
                let until = match &request {
                    Request::Close { deadline, .. } => (*deadline).min(limit),
                    Request::Flush(_) => limit,
                };
                self.pending = Some(request);
                tokio::time::timeout_at(until.into(), sending).await.ok()
            }
        };
        tally.sent(sent.unwrap_or_default());
    }
}

/// The next request; a processor that is gone without a word asks to close within `timeout`.
async fn next(inbox: &mut mpsc::UnboundedReceiver<Request>, timeout: Duration) -> Request {
    let close = || Request::Close {
        deadline: Instant::now() + timeout,
        done: std::sync::mpsc::channel().0,
    };
    inbox.recv().await.unwrap_or_else(close)
}

/// Counts a batch as sent or dropped, whatever way the sending ends.
struct Tally<'a> {
    counters: &'a SpanCounters,
    unsent: u64,
}

impl Tally<'_> {
    fn sent(&mut self, count: u64) {
        let count = count.min(self.unsent);
        self.counters.exported.inc_by(count);
        self.unsent -= count;
    }
}

impl Drop for Tally<'_> {
    fn drop(&mut self) {
        self.counters.dropped.inc_by(self.unsent);
    }
}

struct Sender {
    client: TraceServiceClient<Channel>,
    resource: ResourceAttributesWithSchema,
    timeout: Duration,
    last_warning: Option<Instant>,
}

impl Sender {
    /// Sends one batch; the number of spans that the receiver took.
    async fn send(&mut self, batch: Vec<SpanData>, deadline: Instant) -> u64 {
        let count = batch.len() as u64;
        let resource_spans = group_spans_by_resource_and_scope(batch, &self.resource);
        let call = self
            .client
            .export(ExportTraceServiceRequest { resource_spans });
        let refused = match tokio::time::timeout_at(deadline.into(), call).await {
            Ok(Ok(answer)) => {
                let partial = answer.into_inner().partial_success.unwrap_or_default();
                match u64::try_from(partial.rejected_spans) {
                    Ok(0) | Err(_) => return count,
                    Ok(rejected) => (
                        rejected.min(count),
                        Status::invalid_argument("the receiver refused some spans"),
                    ),
                }
            }
            Ok(Err(status)) => (count, status),
            Err(_) => (count, Status::deadline_exceeded("no answer in time")),
        };
        self.warn(refused.0, &refused.1);
        count - refused.0
    }

    fn warn(&mut self, dropped: u64, status: &Status) {
        if self
            .last_warning
            .is_none_or(|at| at.elapsed() >= WARN_EVERY)
        {
            self.last_warning = Some(Instant::now());
            tracing::warn!(
                dropped,
                code = ?status.code(),
                reason = status.message(),
                "spans lost, see swiftline_spans_dropped_total (said once a minute)"
            );
        }
    }
}
