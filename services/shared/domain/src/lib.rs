//! The meaning of Swiftline, pure: what a case is and what may happen to it, what a city's rules, clocks and calendar say.
//!
//! No I/O, no clock, no randomness: time and chance come in as arguments, so everything here can be property-tested.
//!
//! **Invariants**
//! - A case changes only by [`case::Case::apply`], which answers with events or a [`case::Refusal`] that says why.
//! - A case has at most one owner (an unsettled offer) at any time; an older offer can never be signed, returned or resolved.
//! - The same events in the same order always give the same case.
//! - This crate depends on no other crate of ours.

pub mod archive;
pub mod calendar;
pub mod case;
pub mod city;
pub mod classification;
pub mod complaint;
pub mod id;
pub mod insight;
pub mod number;
pub mod rules;
pub mod scores;
pub mod vocabulary;
