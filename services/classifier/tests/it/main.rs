//! The classifier as it runs: a real Redis, real gRPC on free ports, a router of the test's own.

mod faults;
mod flow;
mod poison;
mod rig;
mod router;
mod start;
