//! swiftctl
fn main() {}
