//! swiftline-intake
