//! From an entry of the log to a delivery.

use prost::Message as _;
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_proto::types::v1::Commit;
use swiftline_telemetry::TraceContext;

use super::{Delivery, EntryKind, Group};
use crate::reply::RawEntry;

/// What an entry is to a group.
pub(super) enum Decoded {
    /// To be handled.
    Ours(Box<Delivery>),
    /// For another group, or of a kind that this group does not handle.
    NotOurs,
    /// Cannot be read. Handling it later would not help.
    Bad(String),
}

pub(super) fn decode(
    group: Group,
    partition: Partition,
    attempts: u32,
    mut raw: RawEntry,
) -> Decoded {
    // A redriven letter is for the group that gave it up, whatever its kind.
    let only = raw.take("g");
    if !only.is_empty() && only != group.as_str().as_bytes() {
        return Decoded::NotOurs;
    }
    let word = raw.take("k");
    let mut kinds = EntryKind::ALL.into_iter();
    let Some(kind) = kinds.find(|kind| kind.as_str().as_bytes() == word) else {
        let word = String::from_utf8_lossy(&word);
        return Decoded::Bad(format!("unknown kind {word:?}"));
    };
    if only.is_empty() && !group.wants(kind) {
        return Decoded::NotOurs;
    }
    let number: CaseNumber = match raw.text("c").parse() {
        Ok(number) => number,
        Err(error) => return Decoded::Bad(format!("the case number {error}")),
    };
    let commit = match Commit::decode(raw.take("e").as_slice()) {
        Ok(commit) => commit,
        Err(error) => return Decoded::Bad(format!("undecodable commit: {error}")),
    };
    if commit.case_number.parse() != Ok(number) {
        return Decoded::Bad("the commit is of another case".to_owned());
    }
    let Some(trace) = TraceContext::parse(&commit.trace_parent) else {
        return Decoded::Bad("the commit has no traceparent".to_owned());
    };
    Decoded::Ours(Box::new(Delivery {
        partition,
        id: raw.id,
        kind,
        number,
        commit,
        trace,
        attempts,
    }))
}
