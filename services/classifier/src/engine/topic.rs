//! The category.
//!
//! What another system calls the complaint decides, where the pack maps it; the words then choose among the categories
//! below it (`Illegal Parking` with "blocked hydrant" is `parking.illegal.hydrant`). Else the words and the models decide:
//!
//! - a keyword weighs its units ([`super::phrases::units`]: a Han character 1, a Latin word 2), times `1 + ½ ln n` when it
//!   is said `n` times, divided by the number of categories that list it;
//! - a category's score `s` is the sum over its keywords; a keyword inside a longer one that was found does not count;
//! - where a model of groups has judged the message, a score is multiplied by `0.3 + 1.4 p`, with the probability `p` of the
//!   groups that the category is of: what the model holds impossible must be said loudly to be believed;
//! - a category's share is `s² / (D² + Σ s²)`: squaring makes the leader stand out, the doubt `D` keeps a single short word
//!   from looking certain;
//! - where a model of categories has judged it, the share is the mean of the model's probability and the words' share, the
//!   model counting as much as it knows of the message. The best share is the confidence.

use swiftline_domain::classification::{Evidence, EvidenceAbout, MAX_CANDIDATES};
use swiftline_domain::complaint::Complaint;
use swiftline_domain::id::CategoryId;
use swiftline_domain::vocabulary::Urgency;

use super::judges::Judgement;
use super::reading::{Keywords, Reading};

/// How sure another system's complaint type makes us.
const SOURCE_CONFIDENCE: f32 = 0.98;

/// What a category must score to be as likely as not when no other is in sight: one short word does, just.
const DOUBT: f32 = 1.5;

/// The most keywords shown for the category.
const MAX_WORDS: usize = 3;

/// What was decided.
#[derive(Debug)]
pub(super) struct Topic {
    pub(super) category: Option<CategoryId>,
    /// The category's; normal without one.
    pub(super) urgency: Urgency,
    pub(super) confidence: f32,
    pub(super) alternatives: Vec<(CategoryId, f32)>,
    pub(super) evidence: Vec<Evidence>,
}

pub(super) fn decide(
    keywords: &Keywords,
    complaint: &Complaint,
    reading: &Reading<'_>,
    judgement: &Judgement,
) -> Topic {
    let shares = mixed(shares(&plausible(reading.scores(), judgement)), judgement);
    let source_type = complaint
        .source
        .as_ref()
        .map(|source| source.complaint_type.as_str());
    match source_type.and_then(|source_type| keywords.of_source_type(source_type)) {
        Some((mapped, spelled)) => {
            let ancestor = &keywords.categories[mapped].0;
            let below = |category: &usize| keywords.categories[*category].0.is_within(ancestor);
            let category = shares
                .iter()
                .map(|(category, _)| *category)
                .find(below)
                .unwrap_or(mapped);
            let mut evidence = vec![speaks(spelled, SOURCE_CONFIDENCE)];
            let finds = reading.finds_for(category).into_iter().take(MAX_WORDS - 1);
            evidence.extend(finds.map(|find| speaks(find.word, find.weight)));
            // What is left is the others' to share.
            let others = shares
                .into_iter()
                .filter(|(other, _)| *other != category)
                .map(|(other, share)| (other, share * (1.0 - SOURCE_CONFIDENCE)));
            topic(keywords, (category, SOURCE_CONFIDENCE), others, evidence)
        }
        None => match shares.split_first() {
            Some((best, others)) => {
                let finds = reading.finds_for(best.0).into_iter().take(MAX_WORDS);
                let evidence = finds.map(|find| speaks(find.word, find.weight)).collect();
                topic(keywords, *best, others.iter().copied(), evidence)
            }
            None => Topic {
                category: None,
                urgency: Urgency::Normal,
                confidence: 0.0,
                alternatives: Vec::new(),
                evidence: Vec::new(),
            },
        },
    }
}

fn topic(
    keywords: &Keywords,
    (category, confidence): (usize, f32),
    others: impl Iterator<Item = (usize, f32)>,
    evidence: Vec<Evidence>,
) -> Topic {
    let (id, urgency) = &keywords.categories[category];
    Topic {
        category: Some(id.clone()),
        urgency: *urgency,
        confidence,
        alternatives: others
            .take(MAX_CANDIDATES)
            .map(|(other, share)| (keywords.categories[other].0.clone(), share))
            .collect(),
        evidence,
    }
}

fn shares(scores: &[(usize, f32)]) -> Vec<(usize, f32)> {
    let squares: f32 = scores.iter().map(|(_, score)| score * score).sum();
    let whole = DOUBT * DOUBT + squares;
    scores
        .iter()
        .map(|(category, score)| (*category, score * score / whole))
        .collect()
}

/// The scores as the model of groups lets them stand, the best first.
fn plausible(mut scores: Vec<(usize, f32)>, judgement: &Judgement) -> Vec<(usize, f32)> {
    for (category, score) in &mut scores {
        if let Some(likely) = judgement.plausible(*category) {
            *score *= 0.3 + 1.4 * likely;
        }
    }
    best_first(scores)
}

/// The words' shares and the probabilities of the model of categories as one, the best first.
fn mixed(by_words: Vec<(usize, f32)>, judgement: &Judgement) -> Vec<(usize, f32)> {
    let trust = judgement.trust();
    if trust == 0.0 {
        return by_words;
    }
    let mut all: Vec<(usize, f32)> = judgement
        .categories()
        .map(|(category, share)| (category, trust * share))
        .collect();
    for (category, share) in by_words {
        let share = (1.0 - trust) * share;
        match all.iter_mut().find(|(other, _)| *other == category) {
            Some((_, sum)) => *sum += share,
            None => all.push((category, share)),
        }
    }
    best_first(all)
}

fn best_first(mut shares: Vec<(usize, f32)>) -> Vec<(usize, f32)> {
    shares.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    shares
}

fn speaks(found: &str, weight: f32) -> Evidence {
    Evidence {
        about: EvidenceAbout::Category,
        found: found.to_owned(),
        weight,
    }
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn shares_lie_between_nothing_and_everything_and_keep_the_order() {
        assert_eq!(shares(&[]), []);
        let one = shares(&[(7, 2.0)]);
        assert!((0.6..0.7).contains(&one[0].1), "{one:?}");
        let two = shares(&[(7, 4.0), (3, 2.0)]);
        assert!(two[0].1 > two[1].1 && two[0].1 + two[1].1 < 1.0, "{two:?}");
        assert!(shares(&[(0, 1e18)])[0].1 <= 1.0);
    }
}
