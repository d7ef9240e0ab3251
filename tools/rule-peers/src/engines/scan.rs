//! A plain scan: the rules as they were generated, tried in order.
//!
//! It is given values as numbers and the lineage of each in a table: it has nothing to look up, and shows what can be
//! had without an index and without an engine.

use crate::Engine;
use crate::generate::World;
use crate::rules::Input;

/// The scan.
#[derive(Debug)]
pub struct Scan<'w>(pub &'w World);

impl Engine for Scan<'_> {
    type Decision = usize;

    fn decide(&mut self, input: &Input) -> usize {
        let Self(world) = *self;
        let found = world
            .rules
            .iter()
            .position(|rule| rule.matches(input, &world.city));
        // The last rule matches everything.
        found.unwrap_or(world.rules.len() - 1)
    }

    fn rule(&self, decision: &usize) -> usize {
        *decision
    }
}
