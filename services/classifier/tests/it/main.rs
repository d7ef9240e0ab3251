//! The classifier as it runs: a real Redis, real gRPC on free ports, a router of the test's own.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cities;
mod faults;
mod flow;
mod lessons;
mod models;
mod poison;
mod rig;
mod router;
mod start;
