//! What only the whole mesh can show: a complaint's way from a citizen's words to the callback, its traces, and that no fault
//! loses or doubles anything. Four real processes, a real Redis, a real OTLP receiver, each test with its own.

#![expect(clippy::unwrap_used, reason = "tests")]

mod answers;
mod archive;
mod ctl;
mod desk;
mod faults;
mod handling;
mod journey;
mod letters;
mod load;
mod rules;
mod start;
mod tls;
mod town;
mod traces;
