//! Intake as it runs: real gRPC on a free port, a real Redis.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod archive;
mod bad_input;
mod faults;
mod preview;
mod privacy;
mod rig;
mod start;
mod submit;
