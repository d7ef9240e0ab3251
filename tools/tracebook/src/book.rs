//! The spans that are kept, by trace and by case.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::trace::v1::{Span as OtlpSpan, span::SpanKind, status::StatusCode};
use swiftline_proto::trace::v1::{Link, Span};

/// The attribute that ties a span to a case.
const CASE_NUMBER: &str = "swiftline.case.number";

type TraceId = [u8; 16];

/// How many spans came, and how many of them are no longer kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Received since the start.
    pub received: u64,
    /// No longer kept.
    pub forgotten: u64,
}

struct Kept {
    service: Arc<str>,
    span: OtlpSpan,
}

#[derive(Default)]
struct Trace {
    spans: Vec<Kept>,
    cases: BTreeSet<String>,
}

/// The spans that are kept.
pub struct Book {
    limit: usize,
    kept: usize,
    counts: Counts,
    traces: HashMap<TraceId, Trace>,
    /// Traces in the order of their first span, for forgetting the oldest.
    order: VecDeque<TraceId>,
    by_case: HashMap<String, Vec<TraceId>>,
}

impl Book {
    /// A book that keeps at most about `limit` spans; 0 only counts.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            kept: 0,
            counts: Counts::default(),
            traces: HashMap::new(),
            order: VecDeque::new(),
            by_case: HashMap::new(),
        }
    }

    /// What was received so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Takes in what a service exported.
    pub fn record(&mut self, request: ExportTraceServiceRequest) {
        for resource_spans in request.resource_spans {
            let attributes = resource_spans
                .resource
                .map(|r| r.attributes)
                .unwrap_or_default();
            let service: Arc<str> = attribute(&attributes, "service.name")
                .unwrap_or_default()
                .into();
            for span in resource_spans
                .scope_spans
                .into_iter()
                .flat_map(|scope| scope.spans)
            {
                self.counts.received += 1;
                if self.limit > 0 {
                    self.keep(Kept {
                        service: service.clone(),
                        span,
                    });
                }
            }
        }
        while self.kept > self.limit {
            self.forget_oldest();
        }
    }

    fn keep(&mut self, kept: Kept) {
        // A span with a malformed trace id belongs to no trace: it counts as received and cannot be found.
        let Ok(id) = TraceId::try_from(kept.span.trace_id.as_slice()) else {
            return;
        };
        let trace = self.traces.entry(id).or_insert_with(|| {
            self.order.push_back(id);
            Trace::default()
        });
        if let Some(case) = attribute(&kept.span.attributes, CASE_NUMBER)
            && trace.cases.insert(case.clone())
        {
            self.by_case.entry(case).or_default().push(id);
        }
        trace.spans.push(kept);
        self.kept += 1;
    }

    fn forget_oldest(&mut self) {
        let Some(id) = self.order.pop_front() else {
            return;
        };
        let Some(trace) = self.traces.remove(&id) else {
            return;
        };
        self.kept -= trace.spans.len();
        self.counts.forgotten += trace.spans.len() as u64;
        for case in trace.cases {
            if let Some(ids) = self.by_case.get_mut(&case) {
                ids.retain(|other| *other != id);
                if ids.is_empty() {
                    self.by_case.remove(&case);
                }
            }
        }
    }

    /// Every span of the traces that have a span with this case number, in order of their start.
    #[must_use]
    pub fn by_case(&self, number: &str) -> Vec<Span> {
        let mut spans: Vec<Span> = self
            .by_case
            .get(number)
            .into_iter()
            .flatten()
            .filter_map(|id| self.traces.get(id))
            .flat_map(|trace| &trace.spans)
            .map(view)
            .collect();
        spans.sort_by_key(|span| (span.start_unix_ns, span.end_unix_ns));
        spans
    }
}

fn view(kept: &Kept) -> Span {
    let span = &kept.span;
    let failed = span
        .status
        .as_ref()
        .filter(|s| s.code() == StatusCode::Error);
    Span {
        trace_id: hex(&span.trace_id),
        span_id: hex(&span.span_id),
        parent_span_id: hex(&span.parent_span_id),
        service: kept.service.to_string(),
        name: span.name.clone(),
        kind: kind_name(span.kind()).to_owned(),
        start_unix_ns: span.start_time_unix_nano,
        end_unix_ns: span.end_time_unix_nano,
        error: failed
            .map(|s| {
                if s.message.is_empty() {
                    "error".to_owned()
                } else {
                    s.message.clone()
                }
            })
            .unwrap_or_default(),
        attributes: span
            .attributes
            .iter()
            .map(|pair| (pair.key.clone(), text(pair.value.as_ref())))
            .collect(),
        links: span
            .links
            .iter()
            .map(|link| Link {
                trace_id: hex(&link.trace_id),
                span_id: hex(&link.span_id),
            })
            .collect(),
    }
}

fn kind_name(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::Server => "SERVER",
        SpanKind::Client => "CLIENT",
        SpanKind::Producer => "PRODUCER",
        SpanKind::Consumer => "CONSUMER",
        SpanKind::Internal | SpanKind::Unspecified => "INTERNAL",
    }
}

fn attribute(attributes: &[KeyValue], key: &str) -> Option<String> {
    attributes
        .iter()
        .find(|pair| pair.key == key)
        .map(|pair| text(pair.value.as_ref()))
}

fn text(value: Option<&AnyValue>) -> String {
    match value.and_then(|v| v.value.as_ref()) {
        Some(any_value::Value::StringValue(s)) => s.clone(),
        Some(any_value::Value::BoolValue(b)) => b.to_string(),
        Some(any_value::Value::IntValue(n)) => n.to_string(),
        Some(any_value::Value::DoubleValue(n)) => n.to_string(),
        Some(any_value::Value::ArrayValue(items)) => items
            .values
            .iter()
            .map(|item| text(Some(item)))
            .collect::<Vec<_>>()
            .join(","),
        _ => String::new(),
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::resource::v1::Resource;
    use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans};

    use super::*;

    fn pair(key: &str, value: &str) -> KeyValue {
        KeyValue {
            key: key.into(),
            value: Some(AnyValue {
                value: Some(any_value::Value::StringValue(value.into())),
            }),
            ..KeyValue::default()
        }
    }

    fn span(trace: u8, id: u8, case: Option<&str>) -> OtlpSpan {
        OtlpSpan {
            trace_id: vec![trace; 16],
            span_id: vec![id; 8],
            name: format!("span {id}"),
            start_time_unix_nano: u64::from(id),
            attributes: case.map(|c| pair(CASE_NUMBER, c)).into_iter().collect(),
            ..OtlpSpan::default()
        }
    }

    fn export(spans: Vec<OtlpSpan>) -> ExportTraceServiceRequest {
        ExportTraceServiceRequest {
            resource_spans: vec![ResourceSpans {
                resource: Some(Resource {
                    attributes: vec![pair("service.name", "intake")],
                    ..Resource::default()
                }),
                scope_spans: vec![ScopeSpans {
                    spans,
                    ..ScopeSpans::default()
                }],
                ..ResourceSpans::default()
            }],
        }
    }

    #[test]
    fn finds_whole_traces_by_a_case_that_one_span_names() {
        let mut book = Book::new(100);
        book.record(export(vec![
            span(1, 2, Some("07-0000001-0")),
            span(1, 1, None),
            span(2, 3, None),
        ]));
        let found = book.by_case("07-0000001-0");
        let names: Vec<_> = found.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, ["span 1", "span 2"]);
        assert_eq!(found[0].service, "intake");
        assert!(book.by_case("07-0000002-0").is_empty());
    }

    #[test]
    fn forgets_the_oldest_trace_whole_and_still_counts_it() {
        let mut book = Book::new(2);
        book.record(export(vec![span(1, 1, Some("a")), span(1, 2, Some("a"))]));
        book.record(export(vec![span(2, 3, Some("a"))]));
        assert_eq!(
            book.counts(),
            Counts {
                received: 3,
                forgotten: 2
            }
        );
        assert_eq!(book.by_case("a").len(), 1);
    }

    #[test]
    fn a_book_without_room_only_counts() {
        let mut book = Book::new(0);
        book.record(export(vec![span(1, 1, Some("a"))]));
        assert_eq!(book.counts().received, 1);
        assert!(book.by_case("a").is_empty());
    }

    #[test]
    fn a_malformed_trace_id_is_counted_and_does_no_harm() {
        let mut book = Book::new(10);
        book.record(export(vec![OtlpSpan {
            trace_id: vec![1, 2],
            ..span(1, 1, Some("a"))
        }]));
        assert_eq!(book.counts().received, 1);
        assert!(book.by_case("a").is_empty());
    }
}
