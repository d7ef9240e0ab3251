//! A small OTLP receiver that keeps spans in memory and answers which belong to a case.
//!
//! For the demo, for tests and for a laptop: one process, bounded memory, nothing to install. In a city, traces go to
//! a collector and on to Jaeger, Tempo or any other OTLP backend.
//!
//! **Invariants**
//! - What was received is counted even when it is no longer kept, so that counts can be compared with the senders'.
//! - Memory is bounded by [`Book::new`]'s limit; the oldest traces are forgotten first, each as a whole.

mod book;
mod serve;

pub use book::{Book, Counts};
pub use serve::{Tracebook, serve};
