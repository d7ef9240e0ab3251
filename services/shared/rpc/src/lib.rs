//! gRPC as every service speaks it: one stack for what is served, one channel for what is called, one way to fail.
//!
//! - [`server`]: [`server::stack`] puts tracing, metrics, panics, deadlines and load shedding around a service's routes.
//! - [`client`]: a [`Channel`] over several replicas that notices new and gone ones, and [`retry`].
//! - [`Breaker`]: leaves another system, gRPC or not, alone after failures in a row.
//! - [`tls`]: mutual TLS between the services, with certificates that change while they run.
//! - [`status`]: from a service's error to a `tonic::Status` with details, and back.
//!
//! # Invariants
//!
//! - Every call has one SERVER and, for each attempt, one CLIENT span, and is counted once, also when it is shed, panics,
//!   is cut by its deadline or cancelled by its caller.
//! - A request is sent again by the channel itself only if it certainly never left this process; all other repeating is
//!   [`retry`], which the caller chooses for calls that may be repeated.
//! - What a client may not know (messages of INTERNAL and UNKNOWN) is logged, never sent.

#![forbid(unsafe_code)]

mod breaker;
pub mod client;
mod observe;
pub mod server;
pub mod status;
pub mod tls;
mod wire;

pub use breaker::{Breaker, Pass};
pub use client::{Annotations, Channel, ClientError, ClientSettings, RetryPolicy, retry};
pub use server::{ServerSettings, ServerStack};
pub use status::{FieldViolation, RpcError, retry_delay, to_status, violations_of};
pub use tls::{Peer, Tls, TlsMode, TlsSettings};
pub use wire::Wire;

/// Metadata key by which a caller says how urgent a request is; see [`PRIORITY_EMERGENCY`].
pub const PRIORITY_KEY: &str = "swiftline-priority";

/// The value of [`PRIORITY_KEY`] that passes load shedding.
pub const PRIORITY_EMERGENCY: &str = "emergency";
