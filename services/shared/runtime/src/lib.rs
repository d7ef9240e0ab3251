//! From `main` to the exit code: start, health, tasks, drain.
//!
//! A service's `main.rs` calls [`run_main`] with a function that builds a [`Service`]; a test builds the same service on
//! [`Listeners::loopback`] and runs it in place.
//!
//! # How a service ends
//!
//! SIGTERM or SIGINT (or the caller cancelling the token; or the end of an essential task) → health says NOT_SERVING →
//! `drain_delay_ms` for balancers to notice → the token passed to tasks and handlers is cancelled, the listener closes →
//! calls in flight and tasks end → spans are flushed → exit. All of it within `drain_timeout_ms`; a second signal exits at once.
//!
//! # Invariants
//!
//! - No task is detached: each has a name and a policy for its end, and the service waits for it.
//! - Nothing is global: the token, the readiness and the instruments are in the [`Context`] that is passed on.
//! - What is wrong with the configuration goes to stderr in plain lines, the rest to the log.
//! - Exit codes: 0 drained, 64 bad configuration, 70 internal, 75 a dependency is absent (try again later).

#![forbid(unsafe_code)]

mod city;
mod context;
mod error;
mod files;
mod health;
mod main_fn;
mod monitor;
mod panic_hook;
mod ready_file;
mod service;
mod settings;
mod signals;
mod task;

pub use city::CitySettings;
pub use context::{Context, Readiness};
pub use error::RunError;
pub use health::LIVENESS;
pub use main_fn::{Allocator, Program, run_main};
pub use service::{Listeners, Service};
pub use settings::{RuntimeSettings, ServiceSettings};
pub use swiftline_config::{EXIT_INTERNAL, EXIT_TEMPORARY, StartError};
pub use task::{TaskError, TaskPolicy};
pub use tokio_util::sync::CancellationToken;
