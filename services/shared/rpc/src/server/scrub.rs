//! The last look at an error before it leaves.

use http::{HeaderValue, Request, Response};
use tonic::Status;
use tonic::body::Body;

use super::around::{Around, Routes, pass};
use crate::observe::code_in;
use crate::status::{INTERNAL_MESSAGE, code_name, is_internal};

/// `grpc-message` of [`INTERNAL_MESSAGE`], percent-encoded as the protocol wants it.
const ENCODED_MESSAGE: HeaderValue = HeaderValue::from_static("internal%20error");

/// Replaces the text of INTERNAL, UNKNOWN and DATA_LOSS, which may tell what is nobody's business.
#[derive(Debug)]
pub struct Scrub;

impl Around for Scrub {
    async fn call<S: Routes>(&self, request: Request<Body>, next: S) -> Response<Body> {
        let mut response = pass(request, next).await;
        let Some(code) = code_in(response.headers()).filter(|code| is_internal(*code)) else {
            return response;
        };
        if let Some(status) =
            Status::from_header_map(response.headers()).filter(|s| s.message() != INTERNAL_MESSAGE)
        {
            tracing::error!(
                code = code_name(code),
                reason = status.message(),
                "call failed"
            );
        }
        response
            .headers_mut()
            .insert(Status::GRPC_MESSAGE, ENCODED_MESSAGE);
        response.headers_mut().remove(Status::GRPC_STATUS_DETAILS);
        response
    }
}
