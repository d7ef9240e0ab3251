//! swiftline-tracebook
