//! The archive as a format: what its tables hold, how its files are named, and how a case and its events become rows.
//!
//! Two tables of Parquet files under one root, in Hive partitions that Spark, Trino, DuckDB, pyarrow and DataFusion find by
//! themselves:
//!
//! ```text
//! events/city=beijing/month=2026-11/p07-1794000000000.0-1794000600000.3.parquet     one row an event
//! cases/city=beijing/month=2026-11/p07-41-42.parquet                                one row a case that has ended
//! ```
//!
//! This module says everything about them that is not Parquet itself; nothing here reads or writes a file, so programs with
//! other versions of Arrow read by it as well.
//!
//! **Invariants**
//! - No text, note, contact or name of a person is in a row: ids of the city pack, case numbers, times, codes.
//! - A row is a pure function of a case's complaint and events, so that writing it again writes the same.
//! - Months are UTC, whatever the city's time zone: of the event for `events`, of the end of the case for `cases`.
//! - A file says what it covers ([`Coverage`]); what another file covers as well is not read twice ([`newest`]).

mod coverage;
mod fold;
mod layout;
mod row;
mod table;
#[cfg(test)]
mod tests;

pub use coverage::{Coverage, CoverageError, Position, Span, newest};
pub use fold::Facts;
pub use layout::{
    COVERS_KEY, GENERATION_KEY, Month, MonthError, SCHEMA_KEY, SCHEMA_VERSION, TABLE_KEY,
    month_dir, span_of_name, table_dir,
};
pub use row::{CaseRow, EventRow, RollupRow};
pub use table::{Cell, Column, Kind, Row, Table, Value};
