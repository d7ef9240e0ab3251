//! Classifying so that one complaint that the engine cannot bear costs the others nothing.

use std::panic::{AssertUnwindSafe, catch_unwind};

use swiftline_domain::classification::Classification;
use swiftline_domain::complaint::Complaint;

use crate::engine::Classify;

/// One answer a complaint; `None` where the engine panicked. (The process's panic hook has logged where.)
pub(crate) fn classify(
    engine: &dyn Classify,
    complaints: &[Complaint],
) -> Vec<Option<Classification>> {
    if let Some(all) = attempt(engine, complaints) {
        return all.into_iter().map(Some).collect();
    }
    let alone = complaints.iter().map(std::slice::from_ref);
    alone
        .map(|one| attempt(engine, one).and_then(|mut told| told.pop()))
        .collect()
}

fn attempt(engine: &dyn Classify, complaints: &[Complaint]) -> Option<Vec<Classification>> {
    // Unwind safe: an engine only reads what it was made of, and drops the room that it was working in.
    let told = catch_unwind(AssertUnwindSafe(|| engine.classify(complaints))).ok()?;
    (told.len() == complaints.len()).then_some(told)
}
