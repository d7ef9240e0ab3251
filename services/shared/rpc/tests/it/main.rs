//! Real servers and clients on loopback ports.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(unreachable_pub, reason = "a test binary has no outside")]

mod calling;
mod harness;
mod serving;
mod tls;
mod tracing;
