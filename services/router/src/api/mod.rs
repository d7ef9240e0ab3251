//! The edge: from messages to calls and back. Nothing is decided here.

mod convert;
mod convert_rules;
mod desk;
mod handling;
mod history;
mod operations;
mod router;
mod rules;

pub(crate) use desk::DeskApi;
pub(crate) use handling::HandlingApi;
pub(crate) use operations::OperationsApi;
pub(crate) use router::RouterApi;
pub(crate) use rules::RulesApi;

use swiftline_domain::case::Case;
use swiftline_proto::types::v1 as wire;
use swiftline_rpc::to_status;
use tonic::{Response, Status};

use crate::error::Error;

fn told(case: &Case) -> Option<wire::Case> {
    Some(case.into())
}

/// An answer, or the status that an error becomes.
fn answer<T, W>(
    result: Result<T, Error>,
    into: impl FnOnce(T) -> W,
) -> Result<Response<W>, Status> {
    result
        .map(|value| Response::new(into(value)))
        .map_err(|error| to_status(&error))
}
