//! Swiftline's rule engine beside others, on the same rules and the same inputs.
//!
//! [`generate::world`] makes a city, N rules and any number of inputs from a seed. Each engine in [`engines`] turns the same
//! [`rules::Rule`]s into its own form once and then decides input after input. `benches/decide.rs` measures them;
//! `tests/agree.rs` checks that they decide alike, for a fast wrong answer is no measure.
//!
//! **What is counted**: everything from the facts of one complaint to the rule that decides, on one thread. Building the
//! engine's own form of the input is part of it, as looking up ids is part of ours. The rules are compiled beforehand.
//!
//! **Fairness**: every peer gets the fastest form that we found for it, even where nobody would write rules that way;
//! each engine's module says which and what was slower.

pub mod city;
pub mod engines;
pub mod generate;
pub mod pack;
pub mod random;
pub mod rules;

use rules::Input;

/// Something that decides which rule applies.
pub trait Engine {
    /// What the engine gives back.
    type Decision;

    /// Decides for one input. This is what is measured.
    fn decide(&mut self, input: &Input) -> Self::Decision;

    /// The place of the deciding rule among the rules. Not measured.
    fn rule(&self, decision: &Self::Decision) -> usize;
}

/// Why an engine cannot take these rules.
#[derive(Debug)]
pub struct Unfit(pub String);

impl std::fmt::Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unfit {}
