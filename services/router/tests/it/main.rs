//! The router over real gRPC on a free port, against a real Redis, with the small city and a clock that tests move.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod answers;
mod bad_input;
mod deadlines;
mod desk;
mod faults;
mod handling;
mod issues;
mod operations;
mod rig;
mod route;
mod rules;
mod traces;
mod triage;
mod watch;
