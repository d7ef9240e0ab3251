//! Traces, metrics and logs, the same for every service.
//!
//! [`install`] (or [`Telemetry::detached`] where a process holds several services) gives a [`Telemetry`], its owner, and
//! [`Instruments`], the cheap handles that code passes on: a [`Tracer`], the [`Metrics`] registry and the RPC families.
//!
//! # How spans travel
//!
//! A finished span goes into a bounded queue in memory; one thread of its own, with a small runtime of its own, sends
//! batches by OTLP/gRPC. The application never waits for it: a full queue loses the newest spans and counts them.
//!
//! # Invariants
//!
//! - `swiftline_spans_ended_total = exported + dropped + still queued`, at any time; after [`Telemetry::shutdown`] nothing is queued.
//! - Nothing here is global but the log subscriber: tracers and registries are handed over explicitly.
//! - All attribute and metric names are constants in [`names`].
//! - Only opaque ids: no name, phone number, address or complaint text may become an attribute, a label or a log field.

#![forbid(unsafe_code)]

mod batch;
mod export;
pub mod hop;
mod install;
mod logs;
pub mod metrics;
pub mod names;
mod process;
pub mod propagation;
mod settings;
mod tracer;

pub use batch::SpanCounts;
pub use hop::{Hop, HopBuilder, Operation};
pub use install::{Instruments, Telemetry, TelemetryError, install};
pub use metrics::{Metrics, RpcMetrics};
pub use opentelemetry::KeyValue;
pub use opentelemetry::trace::SpanKind;
pub use propagation::TraceContext;
pub use settings::{LogFormat, TelemetrySettings};
pub use tracer::Tracer;
