//! swiftline-e2e
