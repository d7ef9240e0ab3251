//! swiftline-bench
