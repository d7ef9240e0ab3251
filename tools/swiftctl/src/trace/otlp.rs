//! OTLP as JSON, in the dialects of those who store it: ids in hex (the specification, Jaeger 2) or base64 (Tempo, Jaeger 1),
//! numbers as text or not, enums as names or numbers, and three names for the list of spans.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use swiftline_proto::trace::v1::{Link, Span};

/// Spans by who made them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Traces {
    #[serde(rename = "resourceSpans", alias = "batches")]
    resources: Vec<ResourceSpans>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ResourceSpans {
    resource: Resource,
    #[serde(alias = "instrumentationLibrarySpans")]
    scope_spans: Vec<ScopeSpans>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Resource {
    attributes: Vec<KeyValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ScopeSpans {
    spans: Vec<OtlpSpan>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct OtlpSpan {
    trace_id: String,
    span_id: String,
    parent_span_id: String,
    name: String,
    kind: Named,
    start_time_unix_nano: Number,
    end_time_unix_nano: Number,
    attributes: Vec<KeyValue>,
    links: Vec<OtlpLink>,
    status: Status,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct OtlpLink {
    trace_id: String,
    span_id: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Status {
    code: Named,
    message: String,
}

/// An enum, by its name or its number.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Named {
    Number(i64),
    Name(String),
}

impl Default for Named {
    fn default() -> Self {
        Self::Number(0)
    }
}

impl Named {
    fn is(&self, number: i64, name: &str) -> bool {
        match self {
            Self::Number(given) => *given == number,
            Self::Name(given) => given == name,
        }
    }
}

/// A 64-bit number, which JSON should have as text.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Number {
    Number(u64),
    Text(String),
}

impl Default for Number {
    fn default() -> Self {
        Self::Number(0)
    }
}

impl Number {
    fn read(&self) -> Result<u64, String> {
        match self {
            Self::Number(number) => Ok(*number),
            Self::Text(text) => text.parse().map_err(|_| format!("{text:?} is no time")),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct KeyValue {
    key: String,
    value: AnyValue,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct AnyValue {
    string_value: Option<String>,
    bool_value: Option<bool>,
    int_value: Option<serde_json::Value>,
    double_value: Option<f64>,
    array_value: Option<Values>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Values {
    values: Vec<AnyValue>,
}

impl AnyValue {
    /// In words, as the demo's receiver has it.
    fn text(&self) -> String {
        if let Some(text) = &self.string_value {
            return text.clone();
        }
        if let Some(values) = &self.array_value {
            let items: Vec<String> = values.values.iter().map(Self::text).collect();
            return items.join(",");
        }
        let number = self.int_value.as_ref().map(|number| match number {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        });
        number
            .or_else(|| self.bool_value.map(|is| is.to_string()))
            .or_else(|| self.double_value.map(|number| number.to_string()))
            .unwrap_or_default()
    }
}

impl Traces {
    /// The spans, with ids in lower-case hex.
    ///
    /// # Errors
    /// Says which id or time cannot be read.
    pub(super) fn spans(self) -> Result<Vec<Span>, String> {
        let mut spans = Vec::new();
        for resource in self.resources {
            let named = |pair: &&KeyValue| pair.key == "service.name";
            let service = resource.resource.attributes.iter().find(named);
            let service = service.map_or_else(String::new, |pair| pair.value.text());
            for span in resource.scope_spans.into_iter().flat_map(|one| one.spans) {
                spans.push(span.read(&service)?);
            }
        }
        Ok(spans)
    }
}

impl OtlpSpan {
    fn read(self, service: &str) -> Result<Span, String> {
        let error = if !self.status.code.is(2, "STATUS_CODE_ERROR") {
            String::new()
        } else if self.status.message.is_empty() {
            "error".to_owned()
        } else {
            self.status.message
        };
        let link = |link: &OtlpLink| {
            Ok(Link {
                trace_id: id(&link.trace_id)?,
                span_id: id(&link.span_id)?,
            })
        };
        let attributes = self.attributes.into_iter();
        Ok(Span {
            trace_id: id(&self.trace_id)?,
            span_id: id(&self.span_id)?,
            parent_span_id: id(&self.parent_span_id)?,
            service: service.to_owned(),
            kind: kind(&self.kind).to_owned(),
            name: self.name,
            start_unix_ns: self.start_time_unix_nano.read()?,
            end_unix_ns: self.end_time_unix_nano.read()?,
            error,
            attributes: attributes
                .map(|pair| (pair.key, pair.value.text()))
                .collect(),
            links: self.links.iter().map(link).collect::<Result<_, String>>()?,
        })
    }
}

fn kind(kind: &Named) -> &'static str {
    const KINDS: [(i64, &str, &str); 4] = [
        (2, "SPAN_KIND_SERVER", "SERVER"),
        (3, "SPAN_KIND_CLIENT", "CLIENT"),
        (4, "SPAN_KIND_PRODUCER", "PRODUCER"),
        (5, "SPAN_KIND_CONSUMER", "CONSUMER"),
    ];
    let known = KINDS
        .iter()
        .find(|(number, name, _)| kind.is(*number, name));
    known.map_or("INTERNAL", |(.., word)| word)
}

/// An id in lower-case hex: 8 or 16 bytes, told apart from base64 by its length. No id, or one of zeros only, is empty.
fn id(text: &str) -> Result<String, String> {
    let is_hex = matches!(text.len(), 16 | 32) && text.bytes().all(|b| b.is_ascii_hexdigit());
    let hex = if is_hex || text.is_empty() {
        text.to_ascii_lowercase()
    } else {
        let bytes = STANDARD.decode(text).unwrap_or_default();
        if !matches!(bytes.len(), 8 | 16) {
            return Err(format!("{text:?} is no id"));
        }
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let is_none = hex.bytes().all(|digit| digit == b'0');
    Ok(if is_none { String::new() } else { hex })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_in_hex_and_in_base64() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        for written in [trace, &trace.to_uppercase(), "S/kvNXezTaajzpKdDg5HNg=="] {
            assert_eq!(id(written).as_deref(), Ok(trace), "{written}");
        }
        for written in ["00f067aa0ba902b7", "APBnqgupArc="] {
            assert_eq!(id(written).as_deref(), Ok("00f067aa0ba902b7"));
        }
        for none in ["", "0000000000000000", "AAAAAAAAAAA="] {
            assert_eq!(id(none).as_deref(), Ok(""));
        }
        for wrong in ["x", "abc", "S/kvNXezTaajzpKdDg5HNg", "zzzzzzzzzzzzzzzz"] {
            assert_eq!(id(wrong), Err(format!("{wrong:?} is no id")));
        }
    }

    #[test]
    fn dialects_mean_the_same() {
        let strict = r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"router"}}]},
            "scopeSpans":[{"scope":{},"spans":[{"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"00f067aa0ba902b7","name":"route",
            "kind":4,"startTimeUnixNano":"17","endTimeUnixNano":"19","status":{"code":2,"message":"store"},
            "attributes":[{"key":"n","value":{"intValue":"5"}},{"key":"b","value":{"boolValue":true}},{"key":"d","value":{"doubleValue":0.5}},
            {"key":"a","value":{"arrayValue":{"values":[{"stringValue":"x"},{"stringValue":"y"}]}}}],
            "links":[{"traceId":"4bf92f3577b34da6a3ce929d0e0e4737","spanId":"00f067aa0ba902b8"}]}]}]}]}"#;
        let loose = strict
            .replace("resourceSpans", "batches")
            .replace("scopeSpans", "instrumentationLibrarySpans")
            .replace(
                "4bf92f3577b34da6a3ce929d0e0e4736",
                "S/kvNXezTaajzpKdDg5HNg==",
            )
            .replace("\"kind\":4", "\"kind\":\"SPAN_KIND_PRODUCER\"")
            .replace("\"code\":2", "\"code\":\"STATUS_CODE_ERROR\"")
            .replace("\"17\"", "17")
            .replace("\"5\"", "5");
        let read = |text: &str| {
            serde_json::from_str::<Traces>(text)
                .unwrap()
                .spans()
                .unwrap()
        };
        let spans = read(strict);
        assert_eq!(spans, read(&loose));
        let span = &spans[0];
        assert_eq!(
            (
                span.service.as_str(),
                span.kind.as_str(),
                span.error.as_str()
            ),
            ("router", "PRODUCER", "store")
        );
        assert_eq!((span.start_unix_ns, span.end_unix_ns), (17, 19));
        for (key, value) in [("n", "5"), ("b", "true"), ("d", "0.5"), ("a", "x,y")] {
            assert_eq!(span.attributes[key], value);
        }
        assert_eq!(span.links[0].span_id, "00f067aa0ba902b8");
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let read = |text: &str| serde_json::from_str::<Traces>(text).unwrap().spans();
        let bad =
            r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":"soon"}]}]}]}"#;
        assert_eq!(read(bad).unwrap_err(), "\"soon\" is no time");
        assert_eq!(read("{}"), Ok(vec![]));
    }
}
