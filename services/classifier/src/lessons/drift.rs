//! What a model says of these days' messages beside what it said of the data that it was trained on.

use std::collections::BTreeMap;

use swiftline_proto::classifier::v1 as wire;
use swiftline_store::{CONFIDENCE_BINS, DriftCounts, Taught};

use crate::model::{Header, Model};

/// A share that is not counted as nothing: without it one message of a new label would be an infinite drift.
const LEAST_SHARE: f64 = 1e-4;

/// Labels that are told of, those that have changed most.
const LABELS: usize = 20;

const MILLION: f64 = 1e6;

/// The comparison; `counts` are all zero for a model that has judged nothing.
pub(super) fn of(model: &Model, counts: &DriftCounts, taught: Taught) -> wire::Drift {
    let header = model.header();
    let messages = counts.messages();
    let share = |n: u64| shares_of(n, messages);
    let trained = trained_bins(header);
    let trained_all: u64 = trained.iter().sum();
    wire::Drift {
        model: header.name.clone(),
        version: model.version(),
        messages,
        label_psi: label_psi(header, &counts.labels),
        confidence_psi: stability(&counts.bins, &trained),
        mean_confidence: shares_of(counts.confidence_millionths, messages) / MILLION,
        trained_mean_confidence: trained_mean(header),
        unsure_share: share(counts.unsure),
        labels: labels(header, counts),
        confidence_bins: counts.bins.iter().map(|n| share(*n)).collect(),
        trained_confidence_bins: trained.iter().map(|n| shares_of(*n, trained_all)).collect(),
        examples: taught.examples,
        agreed: taught.agreed,
    }
}

/// A header has bins twice as fine.
fn trained_bins(header: &Header) -> [u64; CONFIDENCE_BINS] {
    let mut bins = [0; CONFIDENCE_BINS];
    let fine = header.confidence.len().max(1);
    for (place, n) in header.confidence.iter().enumerate() {
        bins[place * CONFIDENCE_BINS / fine] += u64::from(*n);
    }
    bins
}

/// By the middles of the fine bins.
fn trained_mean(header: &Header) -> f64 {
    let fine = header.confidence.len() as f64;
    let all: f64 = header.confidence.iter().copied().map(f64::from).sum();
    let sum: f64 = header
        .confidence
        .iter()
        .enumerate()
        .map(|(place, n)| (place as f64 + 0.5) / fine * f64::from(*n))
        .sum();
    if all > 0.0 { sum / all } else { 0.0 }
}

fn label_psi(header: &Header, said: &BTreeMap<String, u64>) -> f64 {
    let said: Vec<u64> = header
        .labels
        .iter()
        .map(|label| said.get(label).copied().unwrap_or_default())
        .collect();
    let trained: Vec<u64> = header.trained_on.iter().copied().map(u64::from).collect();
    stability(&said, &trained)
}

/// The population stability index: the sum of (a − b) · ln(a / b) over the shares. Zero when either side has nothing.
fn stability(now: &[u64], then: &[u64]) -> f64 {
    let (all_now, all_then) = (now.iter().sum(), then.iter().sum());
    if all_now == 0 || all_then == 0 {
        return 0.0;
    }
    let share = |n: u64, all| shares_of(n, all).max(LEAST_SHARE);
    let pairs = now.iter().zip(then);
    let terms = pairs.map(|(a, b)| {
        let (a, b) = (share(*a, all_now), share(*b, all_then));
        (a - b) * (a / b).ln()
    });
    terms.sum()
}

fn labels(header: &Header, counts: &DriftCounts) -> Vec<wire::LabelShare> {
    let said: u64 = counts.labels.values().sum();
    let trained: u64 = header.trained_on.iter().copied().map(u64::from).sum();
    let all = header.labels.iter().zip(&header.trained_on);
    let mut all: Vec<wire::LabelShare> = all
        .map(|(label, before)| {
            let now = counts.labels.get(label).copied().unwrap_or_default();
            wire::LabelShare {
                label: label.clone(),
                share: shares_of(now, said),
                trained_share: shares_of(u64::from(*before), trained),
            }
        })
        .collect();
    let change = |one: &wire::LabelShare| (one.share - one.trained_share).abs();
    all.sort_by(|a, b| change(b).total_cmp(&change(a)));
    all.truncate(LABELS);
    all
}

fn shares_of(n: u64, all: u64) -> f64 {
    if all == 0 { 0.0 } else { n as f64 / all as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::parts;

    fn model(confidence: &[(usize, u32)]) -> Model {
        let mut parts = parts();
        parts.header.trained_on = vec![30, 10];
        for (bin, n) in confidence {
            parts.header.confidence[*bin] = *n;
        }
        parts.to_bytes().unwrap().1
    }

    fn counts(labels: &[(&str, u64)], bin: usize) -> DriftCounts {
        let labels = labels.iter().map(|(label, n)| ((*label).to_owned(), *n));
        let mut counts = DriftCounts {
            labels: labels.collect(),
            unsure: 1,
            ..DriftCounts::default()
        };
        counts.bins[bin] = counts.labels.values().sum();
        counts.confidence_millionths = counts.bins[bin] * 900_000;
        counts
    }

    #[test]
    fn the_same_mix_has_no_drift() {
        let model = model(&[(18, 15), (19, 25)]);
        let drift = of(
            &model,
            &counts(&[("water", 300), ("light", 100)], 9),
            Taught::default(),
        );
        assert!(drift.label_psi.abs() < 1e-9 && drift.confidence_psi.abs() < 1e-9);
        assert_eq!(drift.messages, 400);
        assert!((drift.mean_confidence - 0.9).abs() < 1e-9);
        assert!((drift.trained_mean_confidence - 0.95625).abs() < 1e-9);
        assert!((drift.unsure_share - 0.0025).abs() < 1e-9);
        assert_eq!(drift.trained_confidence_bins[9], 1.0);
    }

    #[test]
    fn another_mix_is_told_with_the_labels_that_changed_most() {
        let model = model(&[(19, 40)]);
        let drift = of(
            &model,
            &counts(&[("water", 100), ("light", 300)], 5),
            Taught::default(),
        );
        // (0.25 − 0.75) · ln(1/3) + (0.75 − 0.25) · ln 3
        assert!((drift.label_psi - 3_f64.ln()).abs() < 1e-9);
        assert!(drift.confidence_psi > 5.0);
        assert_eq!(
            (drift.labels[0].share, drift.labels[0].trained_share),
            (0.25, 0.75)
        );
    }

    #[test]
    fn without_messages_there_is_nothing_to_compare() {
        let drift = of(&model(&[]), &DriftCounts::default(), Taught::default());
        assert_eq!((drift.label_psi, drift.confidence_psi), (0.0, 0.0));
        assert_eq!(
            (drift.mean_confidence, drift.trained_mean_confidence),
            (0.0, 0.0)
        );
    }
}
