//! What `swiftctl` is made of, for the demo and the benchmark to use too.

pub mod import;
pub mod waterfall;
