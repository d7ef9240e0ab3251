//! Intake as it runs: real gRPC on a free port, a real Redis.

mod bad_input;
mod faults;
mod privacy;
mod rig;
mod start;
mod submit;
