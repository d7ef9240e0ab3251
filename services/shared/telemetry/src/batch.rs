//! The queue between the application and the exporter, and the count of what it loses.
//!
//! The SDK's batch processor logs its drops but does not count them, and allocates all of its queue at once; this one
//! counts exactly and holds only what is there. Pushing costs one short lock.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use opentelemetry::Context;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use prometheus_client::metrics::counter::Counter;
use tokio::sync::{Notify, mpsc};

/// What became of the sampled spans of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpanCounts {
    /// Spans that ended.
    pub ended: u64,
    /// Spans that the receiver took.
    pub exported: u64,
    /// Spans lost: queue full, export failed or refused, or too late.
    pub dropped: u64,
}

/// The counters behind [`SpanCounts`], as the metrics registry shows them.
#[derive(Debug, Clone, Default)]
pub(crate) struct SpanCounters {
    pub(crate) ended: Counter,
    pub(crate) exported: Counter,
    pub(crate) dropped: Counter,
}

impl SpanCounters {
    pub(crate) fn read(&self) -> SpanCounts {
        // `ended` last: it is counted first, so the sum of the others never exceeds it
        let (exported, dropped) = (self.exported.get(), self.dropped.get());
        SpanCounts {
            ended: self.ended.get(),
            exported,
            dropped,
        }
    }
}

/// What the exporter is asked to do beside its work; the sender of the reply is dropped when it is done.
#[derive(Debug)]
pub(crate) enum Request {
    /// Send all that is queued now.
    Flush(Vec<std::sync::mpsc::Sender<()>>),
    /// Send what can be sent until the deadline, count the rest as dropped, end.
    Close {
        deadline: Instant,
        done: std::sync::mpsc::Sender<()>,
    },
}

/// The bounded queue.
#[derive(Debug)]
pub(crate) struct SpanQueue {
    state: Mutex<State>,
    pub(crate) wake: Notify,
    pub(crate) counters: SpanCounters,
    limit: usize,
    batch: usize,
}

#[derive(Debug)]
struct State {
    /// Whole batches: the exporter takes one by pointer, so the lock is never held for long.
    full: VecDeque<Vec<SpanData>>,
    filling: Vec<SpanData>,
    len: usize,
    closed: bool,
}

impl SpanQueue {
    pub(crate) fn new(limit: usize, batch: usize, counters: SpanCounters) -> Self {
        let state = State {
            full: VecDeque::new(),
            filling: Vec::with_capacity(batch),
            len: 0,
            closed: false,
        };
        Self {
            state: Mutex::new(state),
            wake: Notify::new(),
            counters,
            limit,
            batch,
        }
    }

    /// Takes a finished span, or counts it as dropped.
    pub(crate) fn push(&self, span: SpanData) {
        self.counters.ended.inc();
        let mut state = self.lock();
        if state.closed || state.len >= self.limit {
            drop(state); // the span is freed outside the lock
            self.counters.dropped.inc();
            return;
        }
        state.len += 1;
        state.filling.push(span);
        if state.filling.len() >= self.batch {
            let full = std::mem::replace(&mut state.filling, Vec::with_capacity(self.batch));
            state.full.push_back(full);
            drop(state);
            self.wake.notify_one();
        }
    }

    /// The oldest full batch; with `partial`, else the one being filled.
    pub(crate) fn take(&self, partial: bool) -> Option<Vec<SpanData>> {
        let mut state = self.lock();
        let batch = match state.full.pop_front() {
            Some(batch) => batch,
            None if partial && !state.filling.is_empty() => {
                std::mem::replace(&mut state.filling, Vec::with_capacity(self.batch))
            }
            None => return None,
        };
        state.len -= batch.len();
        Some(batch)
    }

    /// From now on every span that ends is dropped.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner) // the state is whole between any two statements above
    }
}

/// Hands finished spans to the queue.
#[derive(Debug, Clone)]
pub(crate) struct BatchProcessor {
    pub(crate) queue: Arc<SpanQueue>,
    pub(crate) requests: mpsc::UnboundedSender<Request>,
}

impl BatchProcessor {
    /// Waits until the exporter has dropped its reply sender.
    fn ask(
        &self,
        request: impl FnOnce(std::sync::mpsc::Sender<()>) -> Request,
        timeout: Duration,
    ) -> OTelSdkResult {
        let (done, wait) = std::sync::mpsc::channel();
        if self.requests.send(request(done)).is_err() {
            return Err(OTelSdkError::AlreadyShutdown);
        }
        match wait.recv_timeout(timeout) {
            Err(std::sync::mpsc::RecvTimeoutError::Timeout) => Err(OTelSdkError::Timeout(timeout)),
            _ => Ok(()),
        }
    }

    /// Sends what can be sent within `timeout`; blocks that long at most and a little.
    pub(crate) fn close(&self, timeout: Duration) -> OTelSdkResult {
        self.queue.close();
        let deadline = Instant::now() + timeout;
        self.ask(
            |done| Request::Close { deadline, done },
            timeout + CLOSE_SLACK,
        )
    }
}

/// The exporter ends by itself at the deadline; this is for its thread to be scheduled.
const CLOSE_SLACK: Duration = Duration::from_millis(500);

/// A flush that takes longer is given up (the exporter goes on).
const FLUSH_LIMIT: Duration = Duration::from_secs(30);

impl SpanProcessor for BatchProcessor {
    fn on_start(&self, _span: &mut Span, _context: &Context) {}

    fn on_end(&self, span: SpanData) {
        self.queue.push(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.ask(|done| Request::Flush(vec![done]), FLUSH_LIMIT)
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        match self.close(timeout) {
            Err(OTelSdkError::AlreadyShutdown) => Ok(()), // Telemetry::shutdown did it
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::InstrumentationScope;
    use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status};
    use opentelemetry_sdk::trace::{SpanEvents, SpanLinks};
    use std::time::SystemTime;

    use super::*;

    fn span() -> SpanData {
        SpanData {
            span_context: SpanContext::NONE,
            parent_span_id: SpanId::INVALID,
            parent_span_is_remote: false,
            span_kind: SpanKind::Internal,
            name: "x".into(),
            start_time: SystemTime::UNIX_EPOCH,
            end_time: SystemTime::UNIX_EPOCH,
            attributes: Vec::new(),
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: Status::Unset,
            instrumentation_scope: InstrumentationScope::default(),
        }
    }

    fn queue(limit: usize, batch: usize) -> SpanQueue {
        SpanQueue::new(limit, batch, SpanCounters::default())
    }

    #[test]
    fn gives_whole_batches_first_and_the_rest_when_asked() {
        let queue = queue(10, 3);
        (0..5).for_each(|_| queue.push(span()));
        assert_eq!(queue.take(false).map(|batch| batch.len()), Some(3));
        assert!(queue.take(false).is_none());
        assert_eq!(queue.take(true).map(|batch| batch.len()), Some(2));
        assert!(queue.take(true).is_none());
    }

    #[test]
    fn a_full_queue_drops_and_counts() {
        let queue = queue(4, 2);
        (0..7).for_each(|_| queue.push(span()));
        let counts = queue.counters.read();
        assert_eq!((counts.ended, counts.dropped), (7, 3));
        queue.take(false);
        queue.push(span());
        assert_eq!(queue.counters.read().dropped, 3, "there is room again");
    }

    #[test]
    fn a_closed_queue_drops_and_counts() {
        let queue = queue(4, 2);
        queue.close();
        queue.push(span());
        assert_eq!(
            queue.counters.read(),
            SpanCounts {
                ended: 1,
                exported: 0,
                dropped: 1
            }
        );
    }
}
