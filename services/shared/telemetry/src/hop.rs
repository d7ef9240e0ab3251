//! Spans for the hot path, made directly with the OpenTelemetry API: about half the cost of a `tracing` span.
//!
//! ```
//! use swiftline_telemetry::{Operation, Tracer};
//! let tracer = Tracer::disabled();
//! let hop = tracer.message(Operation::Create, "{pNN}:log", "{p07}:log").case("07-0001234-8").start();
//! let travels_in_the_entry = hop.context();
//! hop.finish();
//! let next = tracer.message(Operation::Process, "{pNN}:log", "{p07}:log").parent(Some(&travels_in_the_entry)).start();
//! assert_eq!(next.context().trace_id(), travels_in_the_entry.trace_id());
//! ```

use std::borrow::Cow;
use std::time::SystemTime;

use opentelemetry::trace::{
    Link, Span as _, SpanBuilder, SpanKind, Status, TraceContextExt as _, Tracer as _,
};
use opentelemetry::{Array, Context, KeyValue, StringValue, Value};
use opentelemetry_sdk::trace::Span;

use crate::{TraceContext, Tracer, names};

/// What a messaging span is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// A message of a batch comes into being; its context travels in the message. PRODUCER.
    Create,
    /// Messages are handed to the log or queue. PRODUCER.
    Send,
    /// Messages are fetched. CLIENT.
    Receive,
    /// A message is worked on. CONSUMER.
    Process,
    /// Messages are acknowledged or returned. CLIENT.
    Settle,
}

impl Operation {
    /// `messaging.operation.name` and `.type`, which are the same for us.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Send => "send",
            Self::Receive => "receive",
            Self::Process => "process",
            Self::Settle => "settle",
        }
    }

    fn kind(self) -> SpanKind {
        match self {
            Self::Create | Self::Send => SpanKind::Producer,
            Self::Receive | Self::Settle => SpanKind::Client,
            Self::Process => SpanKind::Consumer,
        }
    }
}

/// A span being described. Without a parent it begins a new trace: the current context is *not* looked up.
#[must_use = "nothing is recorded until it is started"]
#[derive(Debug)]
pub struct HopBuilder<'a> {
    tracer: &'a Tracer,
    parent: Option<Context>,
    name: Cow<'static, str>,
    kind: SpanKind,
    start_time: Option<SystemTime>,
    attributes: Vec<KeyValue>,
    links: Vec<Link>,
}

impl<'a> HopBuilder<'a> {
    pub(crate) fn new(tracer: &'a Tracer, name: Cow<'static, str>, kind: SpanKind) -> Self {
        // eight: what a messaging span usually carries
        let attributes = Vec::with_capacity(8);
        Self {
            tracer,
            parent: None,
            name,
            kind,
            start_time: None,
            attributes,
            links: Vec::new(),
        }
    }

    pub(crate) fn message(
        tracer: &'a Tracer,
        operation: Operation,
        template: &str,
        destination: &str,
    ) -> Self {
        let mut builder = Self::new(
            tracer,
            format!("{} {template}", operation.as_str()).into(),
            operation.kind(),
        );
        builder.attributes.extend([
            KeyValue::new(names::MESSAGING_SYSTEM, names::REDIS),
            KeyValue::new(names::MESSAGING_OPERATION_NAME, operation.as_str()),
            KeyValue::new(names::MESSAGING_OPERATION_TYPE, operation.as_str()),
            KeyValue::new(names::MESSAGING_DESTINATION_NAME, destination.to_owned()),
        ]);
        if template != destination {
            builder.attributes.push(KeyValue::new(
                names::MESSAGING_DESTINATION_TEMPLATE,
                template.to_owned(),
            ));
        }
        builder
    }

    /// Goes on with the trace of `parent`; `None` begins a new one.
    pub fn parent(mut self, parent: Option<&TraceContext>) -> Self {
        self.parent = parent.map(TraceContext::to_context);
        self
    }

    /// Goes on with the trace that is current here, if there is one.
    pub fn parent_current(mut self) -> Self {
        self.parent = Some(Context::current());
        self
    }

    /// Points at a span of another trace, or at one of several causes.
    pub fn link(mut self, to: &TraceContext) -> Self {
        self.links.push(Link::with_context(to.span_context()));
        self
    }

    /// When it began, if not now.
    pub fn start_time(mut self, at: SystemTime) -> Self {
        self.start_time = Some(at);
        self
    }

    /// One attribute; the key should be a constant of [`names`].
    pub fn attribute(mut self, key: &'static str, value: impl Into<Value>) -> Self {
        self.attributes.push(KeyValue::new(key, value));
        self
    }

    /// The case it is about: `swiftline.case.number` and, on a messaging span, the conversation id.
    pub fn case(mut self, number: &str) -> Self {
        let number = StringValue::from(number.to_owned());
        if self
            .attributes
            .first()
            .is_some_and(|first| first.key.as_str() == names::MESSAGING_SYSTEM)
        {
            self.attributes.push(KeyValue::new(
                names::MESSAGING_CONVERSATION_ID,
                number.clone(),
            ));
        }
        self.attribute(names::CASE_NUMBER, number)
    }

    /// The cases that a batch is about.
    pub fn cases<S: AsRef<str>>(self, numbers: impl IntoIterator<Item = S>) -> Self {
        let numbers = numbers
            .into_iter()
            .map(|number| StringValue::from(number.as_ref().to_owned()))
            .collect();
        self.attribute(names::CASE_NUMBERS, Value::Array(Array::String(numbers)))
    }

    /// The message's id in its log or queue.
    pub fn message_id(self, id: &str) -> Self {
        self.attribute(names::MESSAGING_MESSAGE_ID, id.to_owned())
    }

    /// How many messages the operation covers.
    pub fn batch(self, count: usize) -> Self {
        self.attribute(
            names::MESSAGING_BATCH_COUNT,
            i64::try_from(count).unwrap_or(i64::MAX),
        )
    }

    /// The consumer group.
    pub fn group(self, name: &str) -> Self {
        self.attribute(names::MESSAGING_CONSUMER_GROUP, name.to_owned())
    }

    /// Starts the span.
    pub fn start(self) -> Hop {
        let builder = SpanBuilder {
            name: self.name,
            span_kind: Some(self.kind),
            start_time: self.start_time,
            attributes: Some(self.attributes),
            links: Some(self.links),
            ..SpanBuilder::default()
        };
        let parent = self.parent.unwrap_or_default();
        Hop {
            span: self.tracer.sdk.build_with_context(builder, &parent),
            parent,
        }
    }
}

/// A running span; ends when finished or dropped.
#[must_use = "a span that is dropped at once measures nothing"]
#[derive(Debug)]
pub struct Hop {
    span: Span,
    parent: Context,
}

impl Hop {
    /// What travels on to the next hop: this span, or, after the tracer was shut down, its parent.
    pub fn context(&self) -> TraceContext {
        let parent = || TraceContext::of(self.parent.span().span_context());
        TraceContext::of(self.span.span_context())
            .or_else(parent)
            .unwrap_or(NOWHERE)
    }

    /// Whether attributes are worth computing.
    pub fn is_recording(&self) -> bool {
        self.span.is_recording()
    }

    /// Adds an attribute.
    pub fn set(&mut self, key: &'static str, value: impl Into<Value>) {
        self.span.set_attribute(KeyValue::new(key, value));
    }

    /// Adds the case number once it is known.
    pub fn set_case(&mut self, number: &str) {
        self.set(names::CASE_NUMBER, number.to_owned());
    }

    /// Adds a link once it is known.
    pub fn link(&mut self, to: &TraceContext) {
        self.span.add_link(to.span_context(), Vec::new());
    }

    /// Marks it failed; `error_type` is a low-cardinality class, never a message with data in it.
    pub fn error(&mut self, error_type: &'static str) {
        self.set(names::ERROR_TYPE, error_type);
        self.span.set_status(Status::error(""));
    }

    /// Ends it now.
    pub fn finish(mut self) {
        self.span.end();
    }

    /// Ends it at the time given.
    pub fn finish_at(mut self, end: SystemTime) {
        self.span.end_with_timestamp(end);
    }

    /// Gives the span to a context, to make it current with `opentelemetry::trace::FutureExt::with_context`; it ends
    /// with `context.span().end()` or with the last clone.
    pub fn into_context(self) -> Context {
        self.parent.with_span(self.span)
    }
}

/// Adds an attribute to the span that is current here: in a handler, the span of the RPC being served.
pub fn annotate_current(key: &'static str, value: impl Into<Value>) {
    Context::map_current(|context| context.span().set_attribute(KeyValue::new(key, value)));
}

/// [`annotate_current`] with the case number.
pub fn case_current(number: &str) {
    annotate_current(names::CASE_NUMBER, number.to_owned());
}

/// Stands in for a context when the tracer is shut down and there was no parent: unsampled, ids of ones.
const NOWHERE: TraceContext = TraceContext::unsampled_ones();
