//! swiftline-classifier
