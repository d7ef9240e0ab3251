//! Feedback as it runs: real gRPC on free ports, a real Redis, a router that does what the test wants.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod answers;
mod archive;
mod bad_input;
mod callbacks;
mod calls;
mod counting;
mod faults;
mod gateway;
mod insight;
mod issues;
mod rates;
mod reopening;
mod results;
mod rig;
mod router;
mod scores;
mod start;
mod story;
mod traces;
