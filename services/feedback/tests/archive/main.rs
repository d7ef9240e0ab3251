//! The archive as it is used: files in a folder, a real Redis, work broken off between any two steps.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod compaction;
mod document;
mod erasing;
mod files;
mod forgetting;
mod golden;
mod killed;
mod made;
mod rig;
#[cfg(feature = "s3")]
mod s3;
