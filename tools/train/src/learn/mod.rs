//! From labelled messages to a model.

mod chance;
mod cross;
mod space;
mod svm;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use swiftline_classifier::model::{
    Calibration, Fields, Header, Lexicon, LexiconError, Model, ModelError, ModelKind, Parts,
    Reader, Recipe,
};

pub(crate) use chance::Chance;
pub(crate) use cross::{Answer, cross_validate};
use space::Space;
pub(crate) use svm::Freedom;

/// A labelled message.
#[derive(Debug, Clone)]
pub(crate) struct Doc {
    /// The line above the message; empty where there is none.
    pub(crate) subject: String,
    /// The message.
    pub(crate) detail: String,
    /// Counts of keys instead of a text: a correction whose text was dropped.
    pub(crate) features: Vec<(u64, u16)>,
    /// Words that a person or program parted it into, for lexicons; empty otherwise.
    pub(crate) words: Vec<String>,
    /// How many characters its head has, where it is not the recipe's.
    pub(crate) head: Option<u16>,
    /// By its place in the labels.
    pub(crate) label: usize,
    /// How much it counts in learning: 1 for an ordinary message.
    pub(crate) weight: f32,
    /// Messages of one group tell the same and never stand on both sides of a split.
    pub(crate) group: usize,
}

impl Doc {
    /// A message as it was written.
    pub(crate) fn new(subject: &str, detail: &str, label: usize) -> Self {
        Self {
            subject: subject.to_owned(),
            detail: detail.to_owned(),
            features: Vec::new(),
            words: Vec::new(),
            head: None,
            label,
            weight: 1.0,
            group: 0,
        }
    }

    pub(crate) fn fields(&self) -> Fields<'_> {
        Fields {
            subject: &self.subject,
            detail: &self.detail,
        }
    }
}

/// How a model is made: data, so that a better way is another value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) name: String,
    pub(crate) kind: ModelKind,
    pub(crate) language: String,
    pub(crate) labels: Vec<String>,
    pub(crate) recipe: Recipe,
    /// An n-gram that fewer messages have is no feature.
    pub(crate) fewest: u32,
    /// At most so many n-grams are features: after learning with all, those with the largest weights, and what the model says
    /// with them is learned anew. What is left out was mostly noise, so the model gets better, besides smaller (recursive
    /// feature elimination: Guyon et al., Machine Learning 46, 2002).
    pub(crate) most: Option<usize>,
    /// A word that fewer parted messages have is not in the lexicon.
    pub(crate) fewest_words: u32,
    /// What a message on the wrong side costs: larger fits closer.
    pub(crate) cost: f32,
    /// The model is the mean of machines that differ in how freely weights move, one for each of these; the first says which
    /// features are kept.
    pub(crate) freedoms: Vec<Freedom>,
    /// Decides every shuffle.
    pub(crate) seed: u64,
}

/// Why there is no model.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LearnError {
    #[error("there is nothing to learn from")]
    Nothing,
    #[error(transparent)]
    Lexicon(#[from] LexiconError),
    #[error(transparent)]
    Model(#[from] ModelError),
}

/// What is known of the model besides its weights.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) calibration: Calibration,
    pub(crate) confidence: Vec<u32>,
    pub(crate) metrics: BTreeMap<String, f64>,
}

impl Default for Known {
    fn default() -> Self {
        Self {
            calibration: Calibration::NONE,
            confidence: vec![0; 20],
            metrics: BTreeMap::new(),
        }
    }
}

/// Learns a model from these messages; its bytes and itself.
pub(crate) fn train(
    plan: &Plan,
    docs: &[&Doc],
    known: &Known,
) -> Result<(Vec<u8>, Model), LearnError> {
    let lexicon = lexicon(plan, docs)?;
    let mut reader = Reader::new(&plan.recipe, &lexicon);
    let counted: Vec<Vec<(u64, u16)>> = docs
        .iter()
        .map(|doc| match doc.features.is_empty() {
            true => reader.features(doc.fields(), doc.head),
            false => doc.features.clone(),
        })
        .collect();
    let mut space = Space::new(&plan.recipe, &counted, plan.fewest);
    if space.keys.is_empty() {
        return Err(LearnError::Nothing);
    }
    if let Some(most) = plan.most.filter(|most| *most < space.keys.len()) {
        let first = plan.freedoms.get(..1).unwrap_or_default();
        let linear = weigh(plan, docs, &counted, &space, first);
        space = space.of(&linear.heaviest(plan.labels.len(), most));
    }
    let linear = weigh(plan, docs, &counted, &space, &plan.freedoms);
    let parts = Parts {
        header: Header {
            name: plan.name.clone(),
            kind: plan.kind,
            language: plan.language.clone(),
            labels: plan.labels.clone(),
            recipe: plan.recipe.clone(),
            calibration: known.calibration.clone(),
            trained_on: label_mix(plan, docs),
            confidence: known.confidence.clone(),
            metrics: known.metrics.clone(),
            features: 0,
            lexicon: 0,
        },
        keys: space.keys,
        idf: space.idf,
        weights: linear.weights,
        biases: linear.biases,
        lexicon: lexicon.clone(),
    };
    Ok(parts.to_bytes()?)
}

/// The weights of the features of this space.
fn weigh(
    plan: &Plan,
    docs: &[&Doc],
    counted: &[Vec<(u64, u16)>],
    space: &Space<'_>,
    freedoms: &[Freedom],
) -> svm::Linear {
    let rows: Vec<_> = counted.iter().map(|features| space.row(features)).collect();
    let labels: Vec<usize> = docs.iter().map(|doc| doc.label).collect();
    let costs: Vec<f32> = docs.iter().map(|doc| plan.cost * doc.weight).collect();
    let machine = |freedom: &Freedom| {
        let problem = svm::Problem {
            rows: &rows,
            labels: &labels,
            costs: &costs,
            classes: plan.labels.len(),
            idf: &space.idf,
            freedom: *freedom,
        };
        svm::train(&problem, plan.seed)
    };
    svm::Linear::mean(freedoms.iter().map(machine))
}

/// Distinct groups of messages a label.
fn label_mix(plan: &Plan, docs: &[&Doc]) -> Vec<u32> {
    let mut mix = vec![0; plan.labels.len()];
    let distinct: BTreeSet<_> = docs.iter().map(|doc| (doc.label, doc.group)).collect();
    for (label, _) in distinct {
        mix[label] += 1;
    }
    mix
}

/// The words that enough of the parted messages have.
fn lexicon(plan: &Plan, docs: &[&Doc]) -> Result<Lexicon, LexiconError> {
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for doc in docs {
        for word in doc.words.iter().collect::<BTreeSet<_>>() {
            *counts.entry(word).or_insert(0) += 1;
        }
    }
    let words = counts
        .into_iter()
        .filter(|(_, count)| *count >= plan.fewest_words);
    Lexicon::new(words.map(|(word, _)| word), plan.recipe.spelling)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;
    use swiftline_classifier::model::Scratch;

    #[test]
    fn a_model_of_few_features_still_tells_its_labels_apart() {
        let docs = testing::docs();
        let docs: Vec<&Doc> = docs.iter().collect();
        let features = |most: Option<usize>| {
            let plan = Plan {
                most,
                ..testing::plan()
            };
            let (bytes, model) = train(&plan, &docs, &Known::default()).unwrap();
            assert_eq!(bytes, train(&plan, &docs, &Known::default()).unwrap().0);
            let mut scratch = Scratch::new();
            for doc in &docs {
                let told = model.predict(doc.fields(), &mut scratch);
                assert_eq!(told.label, doc.label, "{}", doc.detail);
            }
            model.header().features
        };
        let all = features(None);
        assert!(all > 12, "{all}");
        assert_eq!(features(Some(12)), 12);
        assert_eq!(features(Some(1_000)), all);
    }
}
