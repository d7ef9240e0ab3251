//! Refusing early what could not be served in time.
//!
//! ```text
//! ordinary:  a free place → served | room in the queue → waits queue_wait_ms | refused
//! emergency: a free place → served | a reserved place → served | waits for a reserved place until its deadline
//! streaming: a free stream place, held to the last byte → served | refused
//! health and reflection: served
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::{HeaderValue, Request, Response};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::body::Body;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use super::around::{Around, Routes, pass};
use super::{Class, Classes, ServerSettings};
use crate::observe::code_in;
use crate::status::ERROR_DOMAIN;
use crate::{PRIORITY_EMERGENCY, PRIORITY_KEY};

/// gRPC's own hint to wait, in milliseconds, for clients that do not read details.
const PUSHBACK: &str = "grpc-retry-pushback-ms";

/// `ErrorInfo.reason` of a refusal.
const REASON: &str = "OVERLOADED";

/// Limits what is worked on at the same time.
#[derive(Debug, Clone)]
pub struct Shed {
    classes: Option<Classes>,
    places: Arc<Semaphore>,
    reserve: Arc<Semaphore>,
    streams: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    queue_limit: usize,
    queue_wait: Duration,
    retry_after: Duration,
}

impl Shed {
    pub(crate) fn new(settings: &ServerSettings) -> Self {
        let places = |count: usize| Arc::new(Semaphore::new(count.min(Semaphore::MAX_PERMITS)));
        Self {
            classes: None,
            places: places(settings.concurrency_limit),
            reserve: places(settings.emergency_reserve),
            streams: places(settings.stream_limit),
            waiting: Arc::default(),
            queue_limit: settings.queue_limit,
            queue_wait: Duration::from_millis(settings.queue_wait_ms),
            retry_after: Duration::from_millis(settings.retry_after_ms),
        }
    }

    pub(crate) fn with_classes(self, classes: Classes) -> Self {
        Self {
            classes: Some(classes),
            ..self
        }
    }

    fn class(&self, path: &str) -> Class {
        self.classes
            .as_ref()
            .map_or(Class::Ordinary, |classes| classes.of(path))
    }

    /// A place, at once or after waiting; `None`: refused.
    async fn place(&self, emergency: bool) -> Option<OwnedSemaphorePermit> {
        if let Ok(place) = self.places.clone().try_acquire_owned() {
            return Some(place);
        }
        if emergency {
            return self.reserve.clone().acquire_owned().await.ok();
        }
        let _waiting = Waiting::enter(&self.waiting, self.queue_limit)?;
        tokio::time::timeout(self.queue_wait, self.places.clone().acquire_owned())
            .await
            .ok()?
            .ok()
    }

    fn refusal(&self) -> Response<Body> {
        let mut details = ErrorDetails::new();
        details.set_retry_info(Some(self.retry_after));
        details.set_error_info(REASON, ERROR_DOMAIN, std::collections::HashMap::new());
        let status = Status::with_error_details(
            Code::ResourceExhausted,
            "overloaded, try again later",
            details,
        );
        let mut response = status.into_http();
        if let Ok(ms) = HeaderValue::from_str(&self.retry_after.as_millis().to_string()) {
            response.headers_mut().insert(PUSHBACK, ms);
        }
        response
    }
}

impl Around for Shed {
    async fn call<S: Routes>(&self, request: Request<Body>, next: S) -> Response<Body> {
        match self.class(request.uri().path()) {
            Class::Infrastructure => pass(request, next).await,
            Class::Streaming => {
                let Ok(place) = self.streams.clone().try_acquire_owned() else {
                    return self.refusal();
                };
                let response = pass(request, next).await;
                if code_in(response.headers()).is_some() {
                    return response; // ended before it began
                }
                response.map(|body| {
                    Body::new(Held {
                        body,
                        _place: place,
                    })
                })
            }
            Class::Ordinary => {
                let emergency = request
                    .headers()
                    .get(PRIORITY_KEY)
                    .is_some_and(|value| value == PRIORITY_EMERGENCY);
                let Some(_place) = self.place(emergency).await else {
                    return self.refusal();
                };
                pass(request, next).await
            }
        }
    }
}

/// One of the places in the queue.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn enter(waiting: &'a AtomicUsize, limit: usize) -> Option<Self> {
        let enter = |count: usize| (count < limit).then_some(count + 1);
        waiting
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, enter)
            .ok()
            .map(|_| Self(waiting))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

pin_project_lite::pin_project! {
    /// A stream that keeps its place.
    struct Held {
        #[pin]
        body: Body,
        _place: OwnedSemaphorePermit,
    }
}

impl http_body::Body for Held {
    type Data = bytes::Bytes;
    type Error = Status;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<bytes::Bytes>, Status>>> {
        self.project().body.poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}
