//! W3C Trace Context: how a trace goes on in a header, in metadata, in a log entry.

use std::fmt;

use http::{HeaderMap, HeaderValue};
use opentelemetry::Context;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use tonic::metadata::MetadataMap;

/// Header and metadata key.
pub const TRACEPARENT: &str = "traceparent";

const LEN: usize = 55;

/// A position in a trace: `00-<trace id>-<span id>-<flags>`, the W3C `traceparent`.
///
/// Held as its text, inline: copying it costs no allocation and writing it into a log entry no formatting.
/// `tracestate` is not carried: nothing of ours uses it, and it would be an unbounded string in every log entry.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceContext([u8; LEN]);

impl TraceContext {
    /// Reads a `traceparent`. `None` if it is malformed, of version `ff`, or has a zero id; what follows the flags
    /// in a later version is ignored, as the specification asks.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().split('-');
        let version = hex(parts.next()?, 2)?;
        let trace = hex(parts.next()?, 32)?;
        let span = hex(parts.next()?, 16)?;
        let flags = hex(parts.next()?, 2)?;
        if version == 0xff || (version == 0 && parts.next().is_some()) {
            return None;
        }
        let flags = TraceFlags::new(u8::try_from(flags).ok()?);
        let span = SpanId::from(u64::try_from(span).ok()?);
        Self::of(&SpanContext::new(
            TraceId::from(trace),
            span,
            flags,
            true,
            TraceState::NONE,
        ))
    }

    /// An unsampled position that belongs to no real trace.
    pub(crate) const fn unsampled_ones() -> Self {
        Self(*b"00-11111111111111111111111111111111-1111111111111111-00")
    }

    /// The position of a span; `None` if its ids are zero.
    pub fn of(span: &SpanContext) -> Option<Self> {
        if !span.is_valid() {
            return None;
        }
        let mut text = *b"00-00000000000000000000000000000000-0000000000000000-00";
        write_hex(&mut text[3..35], &span.trace_id().to_bytes());
        write_hex(&mut text[36..52], &span.span_id().to_bytes());
        if span.is_sampled() {
            text[54] = b'1';
        }
        Some(Self(text))
    }

    /// The span that is current here (of the RPC being served, or of the entered `tracing` span), if any.
    pub fn current() -> Option<Self> {
        Context::map_current(|context| Self::of(context.span().span_context()))
    }

    /// The `traceparent` text, 55 ASCII characters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default() // always ASCII: both constructors write hex digits only
    }

    /// The trace id, 32 hex digits.
    pub fn trace_id(&self) -> &str {
        &self.as_str()[3..35]
    }

    /// The span id, 16 hex digits.
    pub fn span_id(&self) -> &str {
        &self.as_str()[36..52]
    }

    /// Whether the trace is recorded.
    pub fn is_sampled(&self) -> bool {
        self.0[54] == b'1'
    }

    /// As the OpenTelemetry type, marked remote.
    pub fn span_context(&self) -> SpanContext {
        let trace = TraceId::from_hex(self.trace_id()).unwrap_or(TraceId::INVALID);
        let span = SpanId::from_hex(self.span_id()).unwrap_or(SpanId::INVALID);
        let flags = if self.is_sampled() {
            TraceFlags::SAMPLED
        } else {
            TraceFlags::NOT_SAMPLED
        };
        SpanContext::new(trace, span, flags, true, TraceState::NONE)
    }

    /// A context whose active span is this, as a remote parent.
    pub fn to_context(&self) -> Context {
        Context::new().with_remote_span_context(self.span_context())
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl AsRef<str> for TraceContext {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

/// Reads the caller's position from HTTP headers; one that is malformed counts as none.
pub fn extract(headers: &HeaderMap) -> Option<TraceContext> {
    headers
        .get(TRACEPARENT)?
        .to_str()
        .ok()
        .and_then(TraceContext::parse)
}

/// Writes a position into HTTP headers.
pub fn inject(context: &TraceContext, headers: &mut HeaderMap) {
    if let Ok(value) = HeaderValue::from_str(context.as_str()) {
        headers.insert(TRACEPARENT, value);
    }
}

/// Reads the caller's position from gRPC metadata.
pub fn extract_metadata(metadata: &MetadataMap) -> Option<TraceContext> {
    extract(metadata.as_ref())
}

/// Writes a position into gRPC metadata.
pub fn inject_metadata(context: &TraceContext, metadata: &mut MetadataMap) {
    inject(context, metadata.as_mut());
}

/// Lower-case hex of exactly `digits` digits.
fn hex(text: &str, digits: usize) -> Option<u128> {
    let good = text.len() == digits && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if good {
        u128::from_str_radix(text, 16).ok()
    } else {
        None
    }
}

fn write_hex(to: &mut [u8], bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (pair, byte) in to.chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn reads_what_it_writes() {
        let context = TraceContext::parse(SAMPLED).unwrap();
        assert_eq!(context.as_str(), SAMPLED);
        assert_eq!(TraceContext::of(&context.span_context()), Some(context));
        assert_eq!(
            (context.trace_id(), context.span_id()),
            (&SAMPLED[3..35], &SAMPLED[36..52])
        );
        assert!(context.is_sampled() && context.span_context().is_remote());
    }

    #[test]
    fn keeps_only_the_sampled_flag() {
        let context =
            TraceContext::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-02").unwrap();
        assert!(!context.is_sampled());
        assert!(context.as_str().ends_with("-00"));
    }

    #[test]
    fn a_later_version_may_say_more() {
        let later = format!("01{}-what-comes-next", &SAMPLED[2..]);
        assert_eq!(TraceContext::parse(&later).unwrap().as_str(), SAMPLED);
    }

    #[test]
    fn refuses_what_is_not_a_traceparent() {
        let bad = [
            "",
            "00",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ];
        for text in bad {
            assert_eq!(TraceContext::parse(text), None, "{text}");
        }
    }

    #[test]
    fn travels_in_headers_and_metadata() {
        let context = TraceContext::parse(SAMPLED).unwrap();
        let mut metadata = MetadataMap::new();
        inject_metadata(&context, &mut metadata);
        assert_eq!(metadata.get(TRACEPARENT).unwrap(), SAMPLED);
        assert_eq!(extract_metadata(&metadata), Some(context));
        assert_eq!(extract(&HeaderMap::new()), None);
    }

    #[test]
    fn nothing_is_current_outside_a_span() {
        assert_eq!(TraceContext::current(), None);
        let context = TraceContext::parse(SAMPLED).unwrap();
        let _guard = context.to_context().attach();
        assert_eq!(TraceContext::current(), Some(context));
    }
}
