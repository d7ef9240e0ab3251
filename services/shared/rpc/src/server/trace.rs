//! One SERVER span and one observation for each call.

use http::{Request, Response};
use opentelemetry::trace::FutureExt as _;
use swiftline_telemetry::{Instruments, propagation};
use tonic::Code;
use tonic::body::Body;

use super::around::{Around, Routes, pass};
use crate::observe::{Call, ObservedBody, Side, code_in};

/// Continues the caller's trace and makes the span current for the handler.
#[derive(Debug)]
pub struct Trace(Instruments);

impl Trace {
    pub(crate) fn new(instruments: &Instruments) -> Self {
        Self(instruments.clone())
    }
}

impl Around for Trace {
    async fn call<S: Routes>(&self, request: Request<Body>, next: S) -> Response<Body> {
        let parent = propagation::extract(request.headers());
        let mut call = Call::start(
            Side::Server,
            request.uri().path(),
            parent.as_ref(),
            &self.0.tracer,
            &self.0.rpc,
        );
        let response = pass(request, next)
            .with_context(call.context().clone())
            .await;
        if response.status() != http::StatusCode::OK {
            call.finish(Code::Unknown); // not gRPC: the routes refuse content types this way
            return response;
        }
        if let Some(code) = code_in(response.headers()) {
            call.finish(code);
            return response;
        }
        response.map(|body| Body::new(ObservedBody::new(body, call, (), None)))
    }
}
