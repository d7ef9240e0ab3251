//! Which messages tell of the same thing: near-duplicates, and the same issue told by other people.
//!
//! Online, [`Sketcher`] makes a [`Sketch`] of each message, [`Online`] finds those of the last weeks that share a key with it,
//! scores them and remembers the new ones, all in Redis and bounded. Offline, [`mine`] groups a whole file into issues and
//! ranks them by heat.
//!
//! # The signature
//! Han letters by twos and words of other scripts, without names of places (which count by themselves) and what everybody
//! writes (greetings, thanks, "please solve"), are hashed once each into a 64-place `MinHash` (`minhash`). Two grades of likeness have their own keys:
//! - *near-duplicate* (resemblance from 0.6): 8 bands of 3 places;
//! - *same issue*: names of estates, roads and schools (`names`), cells of the map, and single places of the signature
//!   together with area and category.
//!
//! # The score
//! Resemblance, place, category and time are weighed in log odds (`score`); links are made from 0.5 on.
//!
//! # Invariants
//! - Classification never waits for likeness longer than its deadline, and never fails by it.
//! - A sketch holds hashes only; no text leaves the process.
//! - Sketches of the same message are the same in every process and version of Rust.

mod known;
mod letters;
pub mod mine;
mod minhash;
mod names;
mod online;
mod score;
mod settings;
mod sketch;

#[cfg(test)]
mod online_tests;
#[cfg(test)]
mod tests;

pub use online::{Online, Tally};
pub use score::OPERATING_POINT;
pub use settings::LikenessSettings;
pub use sketch::{Sketch, Sketcher, Told};
