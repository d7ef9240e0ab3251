//! Asking the router: what to send together, and what its answer means.

use std::future::Future;

use opentelemetry::trace::FutureExt as _;
use opentelemetry::{Array, StringValue, Value};
use swiftline_proto::router::v1::route_result::Outcome;
use swiftline_proto::router::v1::router_client::RouterClient;
use swiftline_proto::router::v1::{RouteItem, RouteRequest, RouteResult};
use swiftline_rpc::{Annotations, Channel, ClientSettings};
use swiftline_telemetry::{TraceContext, names};
use tonic::{Code, Request, Status};

use crate::order::Order;

/// Room in a request for what is not an item.
const ENVELOPE_BYTES: usize = 1_024;

/// What became of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The router has committed it: offered, answered, sent to triage, or beyond routing already.
    Done(&'static str),
    /// Not now; ask again.
    Later,
    /// The case's record is gone: nobody can ever route it.
    Missing,
}

/// Why a call brought no answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The router, or the way to it, is not there or not able: a matter of waiting.
    Away(Code),
    /// The router fails on what it was sent: something in it may be at fault.
    Refused(Code),
}

/// The router, over however many replicas it has.
#[derive(Debug, Clone)]
pub(crate) struct Router {
    client: RouterClient<Channel>,
    channel: Channel,
    max_request_bytes: usize,
}

impl Router {
    pub(crate) fn new(channel: Channel, settings: &ClientSettings) -> Self {
        let client = RouterClient::new(channel.clone())
            .max_encoding_message_size(settings.max_request_bytes)
            .max_decoding_message_size(settings.max_response_bytes);
        Self {
            client,
            channel,
            max_request_bytes: settings.max_request_bytes,
        }
    }

    /// Waits until a replica is connected; whether one was within the time given.
    pub(crate) async fn ready(&self, within: std::time::Duration) -> bool {
        self.channel.live() > 0 || self.channel.ready(within).await
    }

    /// Parts orders into requests: within the limit of bytes, and those that are to be alone alone.
    pub(crate) fn requests(&self, orders: Vec<Order>) -> Vec<Vec<Order>> {
        let limit = self.max_request_bytes.saturating_sub(ENVELOPE_BYTES);
        let mut requests: Vec<Vec<Order>> = Vec::new();
        let (mut bytes, mut open) = (0, false);
        for order in orders {
            let joins = open && !order.alone && bytes + order.bytes <= limit;
            (bytes, open) = if joins {
                (bytes + order.bytes, true)
            } else {
                (order.bytes, !order.alone)
            };
            match requests.last_mut().filter(|_| joins) {
                Some(request) => request.push(order),
                None => requests.push(vec![order]),
            }
        }
        requests
    }

    /// Sends items; one answer an item, in order.
    pub(crate) async fn route(&self, items: Vec<RouteItem>) -> Result<Vec<Answer>, Failure> {
        let numbers: Vec<String> = items.iter().map(|item| item.case_number.clone()).collect();
        let alone = match items.as_slice() {
            [item] => TraceContext::parse(&item.trace_parent),
            _ => None,
        };
        let mut request = Request::new(RouteRequest { items });
        request.extensions_mut().insert(annotations(&numbers));
        let mut client = self.client.clone();
        let call = within(alone, async move { client.route(request).await });
        let results = call
            .await
            .map_err(|status| failure(&status))?
            .into_inner()
            .results;
        let fit = results.len() == numbers.len()
            && results
                .iter()
                .zip(&numbers)
                .all(|(result, number)| result.case_number == *number);
        if !fit {
            tracing::error!(
                items = numbers.len(),
                results = results.len(),
                "the router's answers do not fit the items"
            );
            return Err(Failure::Refused(Code::Internal));
        }
        Ok(results.iter().map(answer).collect())
    }
}

/// A single complaint's call belongs to its trace; the call of a batch belongs to many, so it has a trace of its own.
async fn within<F: Future>(parent: Option<TraceContext>, call: F) -> F::Output {
    let context = parent.map(|parent| parent.to_context()).unwrap_or_default();
    call.with_context(context).await
}

fn annotations(numbers: &[String]) -> Annotations {
    match numbers {
        [number] => Annotations::case(number),
        numbers => {
            let numbers = numbers
                .iter()
                .map(|number| StringValue::from(number.clone()))
                .collect();
            Annotations::default().with(names::CASE_NUMBERS, Value::Array(Array::String(numbers)))
        }
    }
}

fn answer(result: &RouteResult) -> Answer {
    match result.outcome {
        Some(Outcome::Offered(_)) => Answer::Done("offered"),
        Some(Outcome::Answered(_)) => Answer::Done("answered"),
        Some(Outcome::Triage(_)) => Answer::Done("triage"),
        Some(Outcome::Beyond(_)) => Answer::Done("beyond"),
        Some(Outcome::Missing(_)) => Answer::Missing,
        // An outcome that this version does not know is none.
        Some(Outcome::Retry(_)) | None => Answer::Later,
    }
}

fn failure(status: &Status) -> Failure {
    match status.code() {
        code @ (Code::InvalidArgument
        | Code::OutOfRange
        | Code::FailedPrecondition
        | Code::NotFound
        | Code::AlreadyExists
        | Code::Internal
        | Code::Unknown
        | Code::DataLoss) => Failure::Refused(code),
        code => Failure::Away(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waiting_may_mend_is_no_refusal() {
        for code in [
            Code::Unavailable,
            Code::DeadlineExceeded,
            Code::ResourceExhausted,
            Code::Unauthenticated,
        ] {
            assert_eq!(failure(&Status::new(code, "")), Failure::Away(code));
        }
        for code in [Code::InvalidArgument, Code::Internal, Code::OutOfRange] {
            assert_eq!(failure(&Status::new(code, "")), Failure::Refused(code));
        }
    }

    #[test]
    fn only_what_the_router_has_committed_is_done() {
        let result = |outcome| RouteResult {
            case_number: String::new(),
            outcome,
        };
        assert_eq!(
            answer(&result(Some(Outcome::Answered("entry".into())))),
            Answer::Done("answered")
        );
        assert_eq!(
            answer(&result(Some(Outcome::Triage(1)))),
            Answer::Done("triage")
        );
        assert_eq!(
            answer(&result(Some(Outcome::Beyond(5)))),
            Answer::Done("beyond")
        );
        assert_eq!(
            answer(&result(Some(Outcome::Retry("busy".into())))),
            Answer::Later
        );
        assert_eq!(
            answer(&result(Some(Outcome::Missing("gone".into())))),
            Answer::Missing
        );
        assert_eq!(answer(&result(None)), Answer::Later);
    }
}
