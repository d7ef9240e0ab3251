//! A panic costs one call.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use futures::FutureExt as _;
use http::{Request, Response};
use tonic::Status;
use tonic::body::Body;

use super::around::{Around, Routes, pass};
use crate::status::INTERNAL_MESSAGE;

/// Answers INTERNAL where a handler panics.
#[derive(Debug)]
pub struct CatchPanic;

impl Around for CatchPanic {
    async fn call<S: Routes>(&self, request: Request<Body>, next: S) -> Response<Body> {
        let path = request.uri().path().to_owned();
        // Unwind safe: the request's state is gone with its future, and what handlers share must survive a poisoned
        // lock anyway.
        match AssertUnwindSafe(pass(request, next)).catch_unwind().await {
            Ok(response) => response,
            Err(payload) => {
                tracing::error!(
                    method = path,
                    reason = literal(payload.as_ref()),
                    "handler panicked"
                );
                Status::internal(INTERNAL_MESSAGE).into_http()
            }
        }
    }
}

/// The message of a panic if it is a literal of the program; a formatted one may quote what must not be logged.
fn literal(payload: &(dyn Any + Send)) -> &'static str {
    payload
        .downcast_ref::<&'static str>()
        .copied()
        .unwrap_or("a formatted message, not logged")
}
