//! Log lines: JSON for machines, text for people; both with the current trace and span.

use std::fmt;
use std::io::IsTerminal as _;

use serde::Serialize;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::{LogFormat, TraceContext};

/// Writes one event as one line.
pub(crate) struct LineFormat {
    format: LogFormat,
    service: &'static str,
    colours: bool,
}

impl LineFormat {
    pub(crate) fn new(format: LogFormat, service: &'static str) -> Self {
        Self {
            format,
            service,
            colours: std::io::stderr().is_terminal(),
        }
    }
}

impl<S, N> FormatEvent<S, N> for LineFormat
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = Line::default();
        event.record(&mut line);
        let at = jiff::Timestamp::now();
        let context = TraceContext::current();
        match self.format {
            LogFormat::Json => self.write_json(writer, event, &line, at, context.as_ref()),
            LogFormat::Text => self.write_text(writer, event, &line, at, context.as_ref()),
        }
    }
}

impl LineFormat {
    fn write_json(
        &self,
        mut writer: Writer<'_>,
        event: &Event<'_>,
        line: &Line,
        at: jiff::Timestamp,
        context: Option<&TraceContext>,
    ) -> fmt::Result {
        let object = JsonLine {
            timestamp: format!("{at:.6}"),
            level: event.metadata().level().as_str(),
            service: self.service,
            target: event.metadata().target(),
            message: &line.message,
            fields: &line.fields,
            trace_id: context.map(TraceContext::trace_id),
            span_id: context.map(TraceContext::span_id),
        };
        writeln!(
            writer,
            "{}",
            serde_json::to_string(&object).map_err(|_| fmt::Error)?
        )
    }

    fn write_text(
        &self,
        mut writer: Writer<'_>,
        event: &Event<'_>,
        line: &Line,
        at: jiff::Timestamp,
        context: Option<&TraceContext>,
    ) -> fmt::Result {
        let level = *event.metadata().level();
        let (on, off) = if self.colours {
            (colour(level), "\x1b[0m")
        } else {
            ("", "")
        };
        write!(
            writer,
            "{at:.3} {on}{level:>5}{off} {}: {}",
            self.service, line.message
        )?;
        for (name, value) in &line.fields {
            match value {
                Value::String(text) => write!(writer, " {name}={text}")?,
                other => write!(writer, " {name}={other}")?,
            }
        }
        if let Some(context) = context {
            write!(writer, " trace_id={}", context.trace_id())?;
        }
        writeln!(writer)
    }
}

fn colour(level: Level) -> &'static str {
    match level {
        Level::ERROR => "\x1b[31m",
        Level::WARN => "\x1b[33m",
        Level::INFO => "\x1b[32m",
        _ => "\x1b[2m",
    }
}

/// One line, in the order that is best to read.
#[derive(Serialize)]
struct JsonLine<'a> {
    timestamp: String,
    level: &'static str,
    service: &'static str,
    target: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Map::is_empty")]
    fields: &'a Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    span_id: Option<&'a str>,
}

/// An event's message and fields, values as JSON.
#[derive(Default)]
struct Line {
    message: String,
    fields: Map<String, Value>,
}

impl Line {
    fn put(&mut self, field: &Field, value: Value) {
        match (field.name(), value) {
            ("message", Value::String(text)) => self.message = text,
            (name, value) => {
                self.fields.insert(name.to_owned(), value);
            }
        }
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::fmt::MakeWriter;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[derive(Clone, Default)]
    struct Captured(Arc<Mutex<Vec<u8>>>);

    impl Write for Captured {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Captured {
        type Writer = Self;

        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    fn logged(format: LogFormat, log: impl FnOnce()) -> String {
        let captured = Captured::default();
        let lines = LineFormat {
            format,
            service: "intake",
            colours: false,
        };
        let layer = tracing_subscriber::fmt::layer()
            .event_format(lines)
            .with_writer(captured.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), log);
        String::from_utf8(captured.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn json_is_one_object_a_line_with_fields_and_trace() {
        let parent =
            TraceContext::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").unwrap();
        let text = logged(LogFormat::Json, || {
            let _guard = parent.to_context().attach();
            tracing::info!(
                case = "B1",
                waited_ms = 5_u64,
                ok = true,
                "two\nlines \"quoted\""
            );
        });
        assert_eq!(text.lines().count(), 1, "{text}");
        let line: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["message"], "two\nlines \"quoted\"");
        assert_eq!(
            (&line["level"], &line["service"]),
            (&"INFO".into(), &"intake".into())
        );
        assert_eq!(
            line["fields"],
            serde_json::json!({"case": "B1", "waited_ms": 5, "ok": true})
        );
        assert_eq!(line["trace_id"], parent.trace_id());
        assert_eq!(line["span_id"], parent.span_id());
        assert!(line["timestamp"].as_str().unwrap().ends_with('Z'));
        assert!(
            line["target"]
                .as_str()
                .unwrap()
                .starts_with("swiftline_telemetry")
        );
    }

    #[test]
    fn outside_a_span_there_are_no_ids() {
        let line: Value =
            serde_json::from_str(&logged(LogFormat::Json, || tracing::warn!("x"))).unwrap();
        assert!(line.get("trace_id").is_none() && line.get("fields").is_none());
    }

    #[test]
    fn text_is_for_people() {
        let text = logged(LogFormat::Text, || {
            tracing::warn!(team = "t1", "queue is long");
        });
        assert!(
            text.ends_with("  WARN intake: queue is long team=t1\n"),
            "{text}"
        );
    }
}
