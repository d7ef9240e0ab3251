//! Real servers and clients on loopback ports.

#![expect(unreachable_pub, reason = "a test binary has no outside")]

mod calling;
mod harness;
mod serving;
mod tracing;
