//! `trace`: what every service did for a case.

use std::collections::BTreeMap;

use clap::Args;
use jiff::Timestamp;
use serde::Serialize;
use swiftline_domain::number::CaseNumber;
use swiftline_proto::trace::v1::{ByCaseRequest, Link, Span};

use crate::connect::{Mesh, Peer};
use crate::failure::Failure;
use crate::output::{Out, clean};
use crate::waterfall;
use crate::words::some;

/// Arguments of `trace`.
#[derive(Debug, Args)]
#[command(after_help = "\
The machine's part (submit, classify, route, offer) is one trace; each human wait (sign, result, callback) begins a \
trace of its own that is linked to the one before. All are shown, in order.

Examples:
  swiftctl trace 07-0001234-8
  swiftctl --output json trace 07-0001234-8 | jq -r '[.service, .name, .duration_us] | @tsv'")]
pub(crate) struct TraceArgs {
    /// The case's number
    #[arg(value_name = "CASE")]
    case: CaseNumber,
}

#[derive(Debug, Serialize)]
struct SpanView<'a> {
    trace_id: &'a str,
    span_id: &'a str,
    parent_span_id: Option<String>,
    service: &'a str,
    name: &'a str,
    kind: Option<String>,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    duration_us: u64,
    error: Option<String>,
    attributes: BTreeMap<&'a str, &'a str>,
    links: Vec<LinkView<'a>>,
}

#[derive(Debug, Serialize)]
struct LinkView<'a> {
    trace_id: &'a str,
    span_id: &'a str,
}

impl<'a> From<&'a Span> for SpanView<'a> {
    fn from(span: &'a Span) -> Self {
        let link = |link: &'a Link| LinkView {
            trace_id: &link.trace_id,
            span_id: &link.span_id,
        };
        Self {
            trace_id: &span.trace_id,
            span_id: &span.span_id,
            parent_span_id: some(span.parent_span_id.clone()),
            service: &span.service,
            name: &span.name,
            kind: some(span.kind.to_ascii_lowercase()),
            start: time(span.start_unix_ns),
            end: time(span.end_unix_ns),
            duration_us: span.end_unix_ns.saturating_sub(span.start_unix_ns) / 1_000,
            error: some(span.error.clone()),
            attributes: span
                .attributes
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect(),
            links: span.links.iter().map(link).collect(),
        }
    }
}

fn time(unix_ns: u64) -> Option<Timestamp> {
    Timestamp::from_nanosecond(unix_ns.into()).ok()
}

/// Draws the traces of a case.
///
/// # Errors
/// When no span of it was kept, or the receiver is not there.
pub(crate) async fn run(args: &TraceArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let request = mesh.request(ByCaseRequest {
        case_number: args.case.to_string(),
    });
    let mut spans = mesh
        .call(Peer::Traces, mesh.traces()?.by_case(request))
        .await?
        .spans;
    if spans.is_empty() {
        return Err(Failure::Failed(format!(
            "no span of {} has arrived; services send theirs every few seconds, and the receiver keeps only the newest",
            args.case
        )));
    }
    for span in &mut spans {
        for text in [&mut span.name, &mut span.service, &mut span.error] {
            *text = clean(text).replace('\n', " ");
        }
    }
    let rows: Vec<SpanView<'_>> = spans.iter().map(SpanView::from).collect();
    out.rows(&rows, |_| waterfall::render(&spans))
}
