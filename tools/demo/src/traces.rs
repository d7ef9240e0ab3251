//! Whether the traces of cases are whole: every span that another one names as its parent is there, and every service spoke.

use std::collections::HashSet;
use std::time::Duration;

use serde::Serialize;
use swiftline_domain::number::CaseNumber;
use swiftline_proto::trace::v1::traces_client::TracesClient;
use swiftline_proto::trace::v1::{ByCaseRequest, Span};
use swiftline_testkit::wait::wait_until;
use tonic::transport::{Channel, Endpoint};

use crate::Failure;

/// Spans travel in batches: how long the last ones may take.
const LAST_SPANS_WITHIN: Duration = Duration::from_secs(20);
/// Those who take part in every case.
const EVERY_CASE: [&str; 3] = ["intake", "classifier", "router"];

/// A case whose trace has a hole.
#[derive(Debug, Serialize)]
pub(crate) struct Torn {
    /// The case.
    pub case: String,
    /// What is missing.
    pub missing: String,
    /// When a span beside the hole began, seconds since 1970; absent: there is none.
    pub at: Option<f64>,
}

/// Looks at the traces of these cases; answers those that are torn, after the last spans had time to come.
pub(crate) async fn torn(
    receiver: &str,
    cases: impl Iterator<Item = CaseNumber>,
) -> Result<Vec<Torn>, Failure> {
    let channel = Endpoint::from_shared(receiver.to_owned())?.connect_lazy();
    let mut client = TracesClient::new(channel);
    let mut suspects: Vec<String> = cases.map(|number| number.to_string()).collect();
    let mut torn = Vec::new();
    wait_until(LAST_SPANS_WITHIN, async || {
        torn = look(&mut client, &suspects).await.ok()?;
        suspects = torn.iter().map(|one| one.case.clone()).collect();
        torn.is_empty().then_some(())
    })
    .await;
    // Once more, for the failure that the waiting has hidden.
    look(&mut client, &suspects).await
}

async fn look(client: &mut TracesClient<Channel>, cases: &[String]) -> Result<Vec<Torn>, Failure> {
    let mut torn = Vec::new();
    for case in cases {
        let request = ByCaseRequest {
            case_number: case.clone(),
        };
        let spans = client.by_case(request).await?.into_inner().spans;
        torn.extend(hole(&spans).map(|(missing, at)| Torn {
            case: case.clone(),
            missing,
            at,
        }));
    }
    Ok(torn)
}

/// What is missing, and when a span beside the hole began.
fn hole(spans: &[Span]) -> Option<(String, Option<f64>)> {
    #[expect(clippy::cast_precision_loss, reason = "a moment, to the microsecond")]
    let began = |span: &Span| span.start_unix_ns as f64 / 1e9;
    let known: HashSet<&str> = spans.iter().map(|span| span.span_id.as_str()).collect();
    let orphan = spans
        .iter()
        .find(|span| !span.parent_span_id.is_empty() && !known.contains(&*span.parent_span_id));
    if let Some(span) = orphan {
        let missing = format!("the parent of {} {}", span.service, span.name);
        return Some((missing, Some(began(span))));
    }
    let silent = EVERY_CASE
        .into_iter()
        .find(|service| !spans.iter().any(|span| span.service == *service))?;
    Some((format!("every span of {silent}"), spans.first().map(began)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(service: &str, id: &str, parent: &str) -> Span {
        Span {
            service: service.to_owned(),
            name: "work".to_owned(),
            span_id: id.to_owned(),
            parent_span_id: parent.to_owned(),
            start_unix_ns: 2_500_000_000,
            ..Span::default()
        }
    }

    #[test]
    fn a_whole_trace_has_no_hole() {
        let spans = [
            span("intake", "a", ""),
            span("classifier", "b", "a"),
            span("router", "c", "b"),
        ];
        assert_eq!(hole(&spans), None);
    }

    #[test]
    fn a_parent_that_never_came_is_a_hole() {
        let spans = [
            span("intake", "a", ""),
            span("classifier", "b", "a"),
            span("router", "c", "gone"),
        ];
        let expected = ("the parent of router work".to_owned(), Some(2.5));
        assert_eq!(hole(&spans), Some(expected));
    }

    #[test]
    fn a_service_that_said_nothing_is_a_hole() {
        let spans = [span("intake", "a", ""), span("classifier", "b", "a")];
        let expected = ("every span of router".to_owned(), Some(2.5));
        assert_eq!(hole(&spans), Some(expected));
        assert_eq!(hole(&[]), Some(("every span of intake".to_owned(), None)));
    }
}
