//! Calling another service: one [`Channel`] over all its replicas.
//!
//! tonic's own balanced channel hands a request to an endpoint whose connection attempt has just failed, and a server
//! that says GOAWAY costs the requests after it: one dead address would fail part of the calls while others live. So
//! each address has a task here that keeps one connection; only live connections are chosen from, by the power of two
//! choices over the calls in flight; and a request that hyper hands back unsent goes to another connection.

mod channel;
mod connection;
mod dial;
mod pool;
mod resolve;
mod retry;
mod settings;

pub use channel::{Annotations, Channel, ClientError};
pub use dial::{Greeting, dial};
pub use retry::{RetryPolicy, retry};
pub use settings::ClientSettings;
