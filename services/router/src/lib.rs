//! swiftline-router
