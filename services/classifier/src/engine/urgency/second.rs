//! A second opinion: a trained model of how pressing a message is, for what no list of words foresees.
//!
//! A message is parted into [`pieces`], about a sentence each, so that one sentence is heard in a long letter. The piece that
//! sounds worst speaks for the message; the more pieces, the worse it must sound, for among many sentences of a harmless letter
//! one is always the worst. [`OperatingPoint`] says from which score the model raises a message; it is chosen when the model
//! is made, on messages that had been left out, and stands in the model's file, so that another model brings its own.
//!
//! The model never lowers what the words say.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use swiftline_domain::vocabulary::{Language, Urgency};

use super::super::judges::{Observe, Said};
use super::text::Break;
use crate::model::{Fields, Model, ModelKind, Prediction, Scratch};

/// A sentence longer than this ends at its next comma: fifty Chinese characters, thirty English words.
const PIECE_BYTES: usize = 150;

/// From which scores a model raises a message. Scores are the model's own, before calibration, and may be negative.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OperatingPoint {
    /// An emergency from here.
    pub emergency: f32,
    /// Urgent from here.
    pub urgent: f32,
    /// The same where the words found a cue and took it back, or the citizen only asks, suggests or praises.
    pub emergency_in_doubt: f32,
    /// The same for urgent.
    pub urgent_in_doubt: f32,
    /// Taken off the scores of a message of `n` pieces, times `ln n`.
    pub of_many: f32,
}

impl OperatingPoint {
    /// As metrics of a model's header.
    #[must_use]
    pub fn to_metrics(self) -> [(&'static str, f64); 5] {
        [
            ("at_emergency", self.emergency),
            ("at_emergency_in_doubt", self.emergency_in_doubt),
            ("at_of_many", self.of_many),
            ("at_urgent", self.urgent),
            ("at_urgent_in_doubt", self.urgent_in_doubt),
        ]
        .map(|(name, score)| (name, f64::from(score)))
    }

    /// The one in a header's metrics; `None` when a part is missing.
    #[must_use]
    pub fn of_metrics(metrics: &BTreeMap<String, f64>) -> Option<Self> {
        let score = |name: &str| metrics.get(name).map(|score| *score as f32);
        Some(Self {
            emergency: score("at_emergency")?,
            urgent: score("at_urgent")?,
            emergency_in_doubt: score("at_emergency_in_doubt")?,
            urgent_in_doubt: score("at_urgent_in_doubt")?,
            of_many: score("at_of_many")?,
        })
    }

    /// How pressing a message is by this opinion.
    #[must_use]
    pub fn urgency(&self, opinion: &Opinion, in_doubt: bool) -> Urgency {
        let off = self.of_many * opinion.log_pieces;
        let (emergency, urgent) = match in_doubt {
            true => (self.emergency_in_doubt, self.urgent_in_doubt),
            false => (self.emergency, self.urgent),
        };
        if opinion.emergency - off >= emergency {
            Urgency::Emergency
        } else if opinion.pressing - off >= urgent {
            Urgency::Urgent
        } else {
            Urgency::Normal
        }
    }
}

/// What a model of urgency makes of a message.
#[derive(Debug, Clone, PartialEq)]
pub struct Opinion<'a> {
    /// How much the worst piece sounds like an emergency, as a score.
    pub emergency: f32,
    /// How little the worst piece sounds ordinary, as a score.
    pub pressing: f32,
    /// The logarithm of the number of pieces.
    pub log_pieces: f32,
    /// The piece that sounds worst, and what the model says of it.
    pub worst: &'a str,
    /// What the model says of that piece.
    pub said: Prediction,
}

/// A model of urgency that takes part.
#[derive(Debug)]
pub(in crate::engine) struct Second {
    model: Arc<Model>,
    at: OperatingPoint,
}

/// A second opinion that may be asked for.
pub(in crate::engine) struct Asked<'a> {
    pub(in crate::engine) second: &'a Second,
    pub(in crate::engine) scratch: &'a mut Scratch,
    pub(in crate::engine) observer: Option<&'a dyn Observe>,
}

impl Second {
    /// The model's, when it is one of urgency and says from where it raises.
    pub(in crate::engine) fn new(model: &Arc<Model>) -> Option<Self> {
        let header = model.header();
        places(model)?;
        (header.kind == ModelKind::Urgency).then_some(())?;
        Some(Self {
            model: Arc::clone(model),
            at: OperatingPoint::of_metrics(&header.metrics)?,
        })
    }

    pub(in crate::engine) const fn model(&self) -> &Arc<Model> {
        &self.model
    }

    pub(in crate::engine) fn reads(&self, language: Language) -> bool {
        self.model.header().language == language.as_str()
    }
}

impl Asked<'_> {
    /// How pressing the message is, and how sure that is, 0 to 1.
    pub(super) fn urgency(self, text: &str, in_doubt: bool) -> (Urgency, f32) {
        let Self {
            second: Second { model, at },
            scratch,
            observer,
        } = self;
        let Some(opinion) = opinion(model, text, scratch) else {
            return (Urgency::Normal, 0.0);
        };
        if let Some(observer) = observer {
            observer.judged(Said {
                model,
                fields: Fields::from(opinion.worst),
                label: opinion.said.label,
                confidence: opinion.said.confidence,
            });
        }
        (at.urgency(&opinion, in_doubt), opinion.said.confidence)
    }
}

/// What a model of urgency makes of a text; `None` when the text is empty or the model's labels are not the three urgencies.
#[must_use]
pub fn opinion<'a>(model: &Model, text: &'a str, scratch: &mut Scratch) -> Option<Opinion<'a>> {
    let (normal, emergency) = places(model)?;
    let (mut worst, mut pressing, mut count) = (None, f32::NEG_INFINITY, 0_u16);
    let said = model.predict_parts(text, piece_places(text), scratch, |piece, scores| {
        count = count.saturating_add(1);
        pressing = pressing.max(-scores[normal]);
        let sounds = scores[emergency];
        let is_worst = worst.as_ref().is_none_or(|(_, worst)| sounds > *worst);
        if is_worst {
            worst = Some((piece, sounds));
        }
        is_worst
    })?;
    let (piece, emergency) = worst?;
    Some(Opinion {
        emergency,
        pressing,
        log_pieces: libm::logf(f32::from(count)),
        worst: &text[piece],
        said,
    })
}

/// The places of "normal" and "emergency" among the model's labels, which must be the three urgencies.
fn places(model: &Model) -> Option<(usize, usize)> {
    let labels = model.labels();
    let place = |urgency: Urgency| labels.iter().position(|label| *label == urgency.as_str());
    place(Urgency::Urgent)?;
    Some((place(Urgency::Normal)?, place(Urgency::Emergency)?))
}

/// A text's sentences, the long ones parted at commas.
pub fn pieces(text: &str) -> impl Iterator<Item = &str> {
    piece_places(text).map(|place| &text[place])
}

/// Where they stand.
fn piece_places(text: &str) -> impl Iterator<Item = Range<usize>> {
    let ends = super::text::each_break(text).chain([Break {
        at: text.len(),
        sentence: true,
    }]);
    let mut start = 0;
    ends.filter_map(move |end| {
        let piece = text.get(start..end.at)?;
        if !end.sentence && piece.len() < PIECE_BYTES {
            return None;
        }
        // the mark that ended the one before begins the next
        let place = start..end.at;
        start = end.at;
        piece.chars().any(char::is_alphanumeric).then_some(place)
    })
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn long_sentences_are_parted_at_commas() {
        let all = |text| pieces(text).collect::<Vec<_>>();
        assert_eq!(
            all("停水了，三天。怎么办？！"),
            ["停水了，三天", "。怎么办"]
        );
        assert_eq!(all(""), Vec::<&str>::new());
        assert_eq!(all("?!"), Vec::<&str>::new());
        let long = format!("{}，{}，短", "水".repeat(60), "电".repeat(20));
        assert_eq!(all(&long).len(), 2);
        assert!(all(&long)[1].ends_with('短'));
    }

    #[test]
    fn an_operating_point_stands_in_the_metrics() {
        let at = OperatingPoint {
            emergency: 0.5,
            urgent: 0.25,
            emergency_in_doubt: 1.0,
            urgent_in_doubt: 0.75,
            of_many: 0.125,
        };
        let mut metrics: BTreeMap<String, f64> = at
            .to_metrics()
            .map(|(name, score)| (name.to_owned(), score))
            .into();
        assert_eq!(OperatingPoint::of_metrics(&metrics), Some(at));
        metrics.remove("at_urgent");
        assert_eq!(OperatingPoint::of_metrics(&metrics), None);
    }

    #[test]
    fn a_score_raises_from_its_point_and_many_pieces_count_less() {
        let at = OperatingPoint {
            emergency: 0.5,
            urgent: 0.0,
            emergency_in_doubt: 1.0,
            urgent_in_doubt: 0.5,
            of_many: 0.5,
        };
        let opinion = |emergency, pressing, pieces: f32| Opinion {
            emergency,
            pressing,
            log_pieces: pieces.ln(),
            worst: "",
            said: Prediction {
                label: 0,
                confidence: 1.0,
                margin: 0.0,
                known: 1.0,
            },
        };
        let told = |emergency, pressing, pieces, in_doubt| {
            at.urgency(&opinion(emergency, pressing, pieces), in_doubt)
        };
        assert_eq!(told(0.6, 0.6, 1.0, false), Urgency::Emergency);
        assert_eq!(told(0.6, 0.6, 1.0, true), Urgency::Urgent);
        assert_eq!(told(0.6, 0.6, 3.0, false), Urgency::Urgent);
        assert_eq!(told(-1.0, -0.1, 1.0, false), Urgency::Normal);
    }
}
