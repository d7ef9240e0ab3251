//! The built `swiftctl` against servers that answer what each test tells them.

mod case;
mod desk;
mod errors;
mod fake;
mod import;
mod offline;
mod operations;
mod submit;
mod swiftctl;
