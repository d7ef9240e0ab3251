//! How a plan does on messages that the model has not seen.

use swiftline_classifier::model::Scratch;

use super::{Doc, Known, LearnError, Plan, train};

/// What was said of a message that was left out.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) fold: usize,
    pub(crate) truth: usize,
    /// The score of each label.
    pub(crate) scores: Vec<f32>,
}

impl Answer {
    /// The label with the best score.
    pub(crate) fn label(&self) -> usize {
        let better = |best: usize, other: usize| {
            if self.scores[other] > self.scores[best] {
                other
            } else {
                best
            }
        };
        (0..self.scores.len()).reduce(better).unwrap_or(0)
    }
}

/// Trains without each fold and asks about it. `folds` has for each message the fold it is tested in, if any; messages of
/// the groups that are tested, or that are `kept_out` of everything, are not learned from.
pub(crate) fn cross_validate(
    plan: &Plan,
    docs: &[Doc],
    folds: &[Option<usize>],
    kept_out: &dyn Fn(usize) -> bool,
    tell: &mut dyn FnMut(&str),
) -> Result<Vec<Answer>, LearnError> {
    let count = folds.iter().flatten().max().map_or(0, |last| last + 1);
    let mut answers = Vec::new();
    let mut scratch = Scratch::new();
    for fold in 0..count {
        tell(&format!("{}: fold {} of {count}", plan.name, fold + 1));
        let tested: Vec<usize> = (0..docs.len())
            .filter(|doc| folds[*doc] == Some(fold))
            .collect();
        let groups: std::collections::BTreeSet<usize> =
            tested.iter().map(|doc| docs[*doc].group).collect();
        let learned: Vec<&Doc> = docs
            .iter()
            .filter(|doc| !groups.contains(&doc.group) && !kept_out(doc.group))
            .collect();
        let (_, model) = train(plan, &learned, &Known::default())?;
        for doc in tested {
            let _ = model.predict(docs[doc].fields(), &mut scratch);
            answers.push(Answer {
                fold,
                truth: docs[doc].label,
                scores: scratch.scores().to_vec(),
            });
        }
    }
    Ok(answers)
}
