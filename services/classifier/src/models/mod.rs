//! The models in force: built in, then followed and swapped while the service runs.
//!
//! ```text
//! in_force  the models of one moment, and what decides beside them     fit      whether a model knows the city
//! journal   what the log says (pure)                                   store    from digests to models
//! registry  the log, followed and added to                             follow   from the log to what is served; beats
//! steps     push, shadow, activate, rollback                           replica  what each replica serves
//! shadow    old and new side by side                                   status   how it all stands
//! api       the service `Models`                                       wire     its place in the classifier
//! ```
//!
//! **Invariants**
//! - A batch is judged by one snapshot; a swap delays none and mixes none.
//! - What cannot be loaded changes nothing: the last good model stays in force, and the replica says so. While Redis is
//!   silent the models that are built in serve.
//! - The log decides. An entry is added only by who has read all of it, so of two people one is first, and the other is told.
//! - A shadow neither slows nor fails a classification; what it misses is not counted.

mod api;
mod built_in;
mod error;
mod fit;
mod follow;
mod in_force;
mod journal;
mod metrics;
mod registry;
mod replica;
mod settings;
mod shadow;
mod status;
mod steps;
mod store;
mod wire;

pub use built_in::BuiltIn;
pub use in_force::{InForce, Serving};
pub use settings::ModelsSettings;

pub(crate) use wire::{Wiring, built_in_for, serve};
