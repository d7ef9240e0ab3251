//! A model that was made, and the card that tells of it.

use std::fmt::Write as _;

use swiftline_classifier::model::{Calibration, Model};

use crate::learn::{Answer, Known};

/// A model with what is known of it.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) bytes: Vec<u8>,
    pub(crate) model: Model,
    /// What it decides, in a sentence.
    pub(crate) purpose: String,
    /// What it learned from.
    pub(crate) data: String,
    /// What is peculiar to how it learned, in sentences; may be empty.
    pub(crate) method: String,
    /// How it was measured.
    pub(crate) protocol: String,
    /// The figures, in Markdown.
    pub(crate) report: String,
    /// What it must not be trusted with.
    pub(crate) limits: String,
}

impl Made {
    /// The card, in Markdown.
    pub(crate) fn card(&self, corrections: &usize) -> String {
        let header = self.model.header();
        let mut text = format!("# {}\n\n{}\n\n", header.name, self.purpose);
        // writing to a String cannot fail
        let _ = write!(
            text,
            "- Version: `{}`\n- SHA-256: `{}`\n- {} bytes, {} labels, {} features, {} nodes of its lexicon\n\
             - Rebuild, byte for byte: `cargo run --release -p swiftline-train -- fit {}`\n\n",
            self.model.version(),
            self.model.digest(),
            self.bytes.len(),
            header.labels.len(),
            header.features,
            header.lexicon,
            header.name,
        );
        let _ = write!(text, "## Data\n\n{}\n\n", self.data);
        if *corrections > 0 {
            let _ = write!(text, "With {corrections} corrections from the desk.\n\n");
        }
        let recipe = serde_json::to_string(&header.recipe).unwrap_or_default();
        let _ = write!(
            text,
            "## Method\n\nA linear support vector machine (one label against the rest, squared hinge loss, dual coordinate \
             descent) on counts of n-grams, each block of them brought to its own length. {}The recipe:\n\n```json\n{recipe}\n```\n\n",
            self.method
        );
        let _ = write!(
            text,
            "## Measured\n\n{}\n\n{}\n",
            self.protocol, self.report
        );
        let Calibration { temperature, steps } = &header.calibration;
        let _ = write!(
            text,
            "## Calibration\n\nScores are divided by {temperature:.4} before the softmax; the leader's probability then follows \
             {} steps learned by isotonic regression. Both were learned on answers about messages that had been left out.\n\n",
            steps.len()
        );
        let _ = write!(text, "## Limits\n\n{}\n", self.limits);
        text
    }
}

/// What was measured: in Markdown, the answers that calibration is learned from, and what goes into the header.
pub(crate) type Figures = (String, Vec<Answer>, Vec<(&'static str, f64)>);

/// What answers about messages that were left out tell of a model: calibration and the confidence to expect.
pub(crate) fn known(answers: &[Answer], metrics: &[(&str, f64)]) -> Known {
    let scores: Vec<Vec<f32>> = answers.iter().map(|answer| answer.scores.clone()).collect();
    let truth: Vec<usize> = answers.iter().map(|answer| answer.truth).collect();
    let mut known = Known {
        calibration: Calibration::learn(&scores, &truth),
        metrics: metrics
            .iter()
            .map(|(name, value)| ((*name).to_owned(), *value))
            .collect(),
        ..Known::default()
    };
    let bins = known.confidence.len();
    for (confidence, _) in with_confidence(&known.calibration, answers) {
        known.confidence[((confidence * bins as f32) as usize).min(bins - 1)] += 1;
    }
    known
}

/// Each answer's confidence and whether it is right.
pub(crate) fn with_confidence(calibration: &Calibration, answers: &[Answer]) -> Vec<(f32, bool)> {
    let one = |answer: &Answer| {
        let mut row = answer.scores.clone();
        calibration.apply(&mut row);
        let label = answer.label();
        (row[label], label == answer.truth)
    };
    answers.iter().map(one).collect()
}

/// The same with the calibration learned on the other half of the answers, so that it is not judged by what it learned.
pub(crate) fn with_honest_confidence(answers: &[Answer]) -> Vec<(f32, bool)> {
    let half = |odd: usize| -> Vec<Answer> {
        let of_half = answers
            .iter()
            .enumerate()
            .filter(|(place, _)| place % 2 == odd);
        of_half.map(|(_, answer)| answer.clone()).collect()
    };
    let halves = [half(0), half(1)];
    let judged = |learned: &[Answer], asked: &[Answer]| {
        with_confidence(&known(learned, &[]).calibration, asked)
    };
    let mut all = judged(&halves[0], &halves[1]);
    all.extend(judged(&halves[1], &halves[0]));
    all
}
