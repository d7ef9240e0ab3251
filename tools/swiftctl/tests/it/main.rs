//! The built `swiftctl` against servers that answer what each test tells them.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

mod archive;
mod audit;
mod calls;
mod case;
mod desk;
mod errors;
mod fake;
mod import;
mod issues;
mod knowledge;
mod model;
mod offline;
mod operations;
mod pack;
mod query;
mod route;
mod rules_files;
mod rules_history;
mod rules_mesh;
mod score;
mod stores;
mod submit;
mod swiftctl;
mod trace;
