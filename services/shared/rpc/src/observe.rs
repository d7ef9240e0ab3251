//! Watching one call to its end: the span and the metric of a call are finished when its last byte is.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body as HttpBody, Frame, SizeHint};
use opentelemetry::KeyValue;
use opentelemetry::trace::{Status as SpanStatus, TraceContextExt as _};
use swiftline_telemetry::{RpcMetrics, SpanKind, TraceContext, Tracer, names};
use tonic::body::Body;
use tonic::{Code, Status};

use crate::status::code_name;

/// Which side of the call is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Server,
    Client,
}

/// A running call; finished once, by its status, or as CANCELLED when dropped before.
#[derive(Debug)]
pub(crate) struct Call {
    side: Side,
    method: String,
    metrics: RpcMetrics,
    started: Instant,
    context: opentelemetry::Context,
    finished: bool,
}

impl Call {
    /// Starts the span. `path` is the request's: `/package.Service/Method`.
    pub(crate) fn start(
        side: Side,
        path: &str,
        parent: Option<&TraceContext>,
        tracer: &Tracer,
        metrics: &RpcMetrics,
    ) -> Self {
        let method = path.strip_prefix('/').unwrap_or(path).to_owned();
        let kind = if side == Side::Server {
            SpanKind::Server
        } else {
            SpanKind::Client
        };
        let span = tracer
            .span(method.clone(), kind)
            .parent(parent)
            .attribute(names::RPC_SYSTEM_NAME, names::GRPC)
            .attribute(names::RPC_METHOD, method.clone())
            .start();
        let context = span.into_context();
        Self {
            side,
            method,
            metrics: metrics.clone(),
            started: Instant::now(),
            context,
            finished: false,
        }
    }

    /// The context in which the call runs.
    pub(crate) fn context(&self) -> &opentelemetry::Context {
        &self.context
    }

    /// What travels on to the other side.
    pub(crate) fn trace(&self) -> Option<TraceContext> {
        TraceContext::of(self.context.span().span_context())
    }

    pub(crate) fn annotate(&self, attribute: KeyValue) {
        self.context.span().set_attribute(attribute);
    }

    /// Ends span and metric.
    pub(crate) fn finish(&mut self, code: Code) {
        if std::mem::replace(&mut self.finished, true) {
            return;
        }
        let (status, took, trace) = (code_name(code), self.started.elapsed(), self.trace());
        let span = self.context.span();
        span.set_attribute(KeyValue::new(names::RPC_STATUS_CODE, status));
        if self.is_error(code) {
            span.set_attribute(KeyValue::new(names::ERROR_TYPE, status));
            span.set_status(SpanStatus::error(""));
        }
        span.end();
        match self.side {
            Side::Server => self
                .metrics
                .served(&self.method, status, took, trace.as_ref()),
            Side::Client => self
                .metrics
                .called(&self.method, status, took, trace.as_ref()),
        }
    }

    /// For a client every code but OK is an error; for a server only those that are its own fault.
    fn is_error(&self, code: Code) -> bool {
        match self.side {
            Side::Client => code != Code::Ok,
            Side::Server => matches!(
                code,
                Code::Unknown
                    | Code::DeadlineExceeded
                    | Code::Unimplemented
                    | Code::Internal
                    | Code::Unavailable
                    | Code::DataLoss
            ),
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.finish(Code::Cancelled);
    }
}

/// The status in headers or trailers, if they hold one.
pub(crate) fn code_in(headers: &HeaderMap) -> Option<Code> {
    let value = headers.get(Status::GRPC_STATUS)?;
    Some(Code::from_bytes(value.as_bytes()))
}

pin_project_lite::pin_project! {
    /// A response body that finishes its [`Call`] with the status in the trailers, and keeps `held` until then.
    pub(crate) struct ObservedBody<H> {
        #[pin]
        inner: Body,
        call: Call,
        held: Option<H>,
        deadline: Option<Pin<Box<tokio::time::Sleep>>>,
    }
}

impl<H> ObservedBody<H> {
    pub(crate) fn new(
        inner: Body,
        call: Call,
        held: H,
        deadline: Option<Pin<Box<tokio::time::Sleep>>>,
    ) -> Self {
        Self {
            inner,
            call,
            held: Some(held),
            deadline,
        }
    }
}

impl<H> HttpBody for ObservedBody<H> {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = self.project();
        let frame = match this.inner.poll_frame(context) {
            Poll::Ready(frame) => frame,
            Poll::Pending => {
                let Some(deadline) = this.deadline.as_mut() else {
                    return Poll::Pending;
                };
                ready!(deadline.as_mut().poll(context));
                *this.deadline = None;
                Some(Err(Status::deadline_exceeded(
                    "the answer did not end in time",
                )))
            }
        };
        match &frame {
            Some(Ok(frame)) => {
                if let Some(trailers) = frame.trailers_ref() {
                    this.call.finish(code_in(trailers).unwrap_or(Code::Unknown));
                    *this.held = None;
                }
            }
            Some(Err(status)) => this.call.finish(status.code()),
            None => {
                // a gRPC answer without trailers was cut off
                this.call.finish(Code::Unknown);
                *this.held = None;
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
