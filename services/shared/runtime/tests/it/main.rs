//! A service in this process, and one as a process.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(unreachable_pub, reason = "a test binary has no outside")]

mod harness;
mod process;
mod service;
