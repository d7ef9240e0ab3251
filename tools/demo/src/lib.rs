//! swiftline-demo
