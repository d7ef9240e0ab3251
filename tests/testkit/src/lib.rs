//! swiftline-testkit
