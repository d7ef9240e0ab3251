//! The JSON of Jaeger's own page: a shape of its own, with times in microseconds.

use std::collections::BTreeMap;

use serde::Deserialize;
use swiftline_proto::trace::v1::{Link, Span};

/// Tags that say what OTLP says elsewhere.
const NO_ATTRIBUTES: [&str; 5] = [
    "error",
    "internal.span.format",
    "otel.status_code",
    "otel.status_description",
    "span.kind",
];

/// An answer.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Page {
    data: Option<Vec<Trace>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Trace {
    #[serde(rename = "traceID")]
    id: String,
    spans: Vec<PageSpan>,
    processes: BTreeMap<String, Process>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PageSpan {
    #[serde(rename = "spanID")]
    id: String,
    operation_name: String,
    references: Vec<Reference>,
    start_time: u64,
    duration: u64,
    tags: Vec<Tag>,
    #[serde(rename = "processID")]
    process: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Reference {
    ref_type: String,
    #[serde(rename = "traceID")]
    trace_id: String,
    #[serde(rename = "spanID")]
    span_id: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Tag {
    key: String,
    value: serde_json::Value,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Process {
    service_name: String,
}

impl Page {
    /// The traces, by their ids of 32 digits.
    pub(super) fn traces(self) -> BTreeMap<String, Vec<Span>> {
        let traces = self.data.unwrap_or_default().into_iter();
        traces
            .map(|trace| {
                let id = format!("{:0>32}", trace.id);
                let spans = trace.spans.iter();
                let spans = spans.map(|span| span.read(&id, &trace.processes)).collect();
                (id, spans)
            })
            .collect()
    }
}

impl PageSpan {
    fn read(&self, trace: &str, processes: &BTreeMap<String, Process>) -> Span {
        let process = processes.get(&self.process);
        let is_parent = |one: &&Reference| {
            one.ref_type == "CHILD_OF" && format!("{:0>32}", one.trace_id) == trace
        };
        let parent = self.references.iter().find(is_parent);
        let others = self.references.iter();
        let others = others.filter(|one| parent.is_none_or(|parent| !std::ptr::eq(*one, parent)));
        let is_error = self.tag("otel.status_code").as_deref() == Some("ERROR")
            || self.tag("error").as_deref() == Some("true");
        let error = self.tag("otel.status_description");
        let tags = self.tags.iter();
        Span {
            trace_id: trace.to_owned(),
            span_id: self.id.clone(),
            parent_span_id: parent.map_or_else(String::new, |parent| parent.span_id.clone()),
            service: process.map_or_else(String::new, |process| process.service_name.clone()),
            name: self.operation_name.clone(),
            kind: self
                .tag("span.kind")
                .unwrap_or_else(|| "internal".to_owned())
                .to_ascii_uppercase(),
            start_unix_ns: self.start_time.saturating_mul(1_000),
            end_unix_ns: self
                .start_time
                .saturating_add(self.duration)
                .saturating_mul(1_000),
            error: if is_error {
                error.unwrap_or_else(|| "error".to_owned())
            } else {
                String::new()
            },
            attributes: tags
                .filter(|tag| !NO_ATTRIBUTES.contains(&tag.key.as_str()))
                .map(|tag| (tag.key.clone(), text(&tag.value)))
                .collect(),
            links: others
                .map(|one| Link {
                    trace_id: format!("{:0>32}", one.trace_id),
                    span_id: one.span_id.clone(),
                })
                .collect(),
        }
    }

    fn tag(&self, key: &str) -> Option<String> {
        let tag = self.tags.iter().find(|tag| tag.key == key);
        tag.map(|tag| text(&tag.value))
    }
}

fn text(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read() {
        let page = r#"{"data":[{"traceID":"bf92f3577b34da6a3ce929d0e0e4736","spans":[{"traceID":"bf92f3577b34da6a3ce929d0e0e4736",
            "spanID":"00f067aa0ba902b7","operationName":"route","references":[
              {"refType":"CHILD_OF","traceID":"bf92f3577b34da6a3ce929d0e0e4736","spanID":"00f067aa0ba902b8"},
              {"refType":"FOLLOWS_FROM","traceID":"aa","spanID":"00f067aa0ba902b9"}],
            "startTime":17,"duration":2,"tags":[{"key":"span.kind","type":"string","value":"producer"},
              {"key":"error","type":"bool","value":true},{"key":"swiftline.offer.no","type":"int64","value":1}],
            "logs":[],"processID":"p1","warnings":null}],"processes":{"p1":{"serviceName":"router","tags":[]}},"warnings":null}],
            "total":0,"limit":0,"offset":0,"errors":null}"#;
        let traces = serde_json::from_str::<Page>(page).unwrap().traces();
        let span = &traces["0bf92f3577b34da6a3ce929d0e0e4736"][0];
        assert_eq!(
            (
                span.parent_span_id.as_str(),
                span.kind.as_str(),
                span.error.as_str()
            ),
            ("00f067aa0ba902b8", "PRODUCER", "error")
        );
        assert_eq!((span.start_unix_ns, span.end_unix_ns), (17_000, 19_000));
        assert_eq!(
            (span.service.as_str(), span.attributes.len()),
            ("router", 1)
        );
        assert_eq!(span.links[0].trace_id, format!("{:0>32}", "aa"));
        let none: Page = serde_json::from_str(r#"{"data":null,"total":0}"#).unwrap();
        assert!(none.traces().is_empty());
    }
}
