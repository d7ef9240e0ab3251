//! swiftline-swiftctl
