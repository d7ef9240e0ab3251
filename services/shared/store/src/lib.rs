//! swiftline-store
