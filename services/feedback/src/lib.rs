//! swiftline-feedback
