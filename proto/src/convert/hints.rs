//! What helps the people who handle a case.

use swiftline_domain::classification::{GroupGuess, Hints, Similar, Translation};

use super::complaint::language;
use super::{ConvertError, case_number, id, wire};

/// `None` where there is nothing to say: most cases have none of it, and the log is long.
pub(super) fn to_wire(hints: &Hints) -> Option<wire::Hints> {
    let wire = wire::Hints {
        group: hints.group.as_ref().map(group),
        units: hints
            .units
            .iter()
            .map(|(unit, score)| wire::UnitScore {
                unit: unit.to_string(),
                score: *score,
            })
            .collect(),
        similar: hints
            .similar
            .iter()
            .map(|one| wire::SimilarCase {
                case_number: one.case.to_string(),
                score: one.score,
            })
            .collect(),
        answers: hints
            .answers
            .iter()
            .map(|(entry, score)| wire::AnswerScore {
                entry: entry.to_string(),
                score: *score,
            })
            .collect(),
        translation: hints.translation.as_ref().map(|one| wire::Translation {
            language: one.language.as_str().to_owned(),
            text: one.text.clone(),
            by: one.by.clone(),
        }),
    };
    (wire != wire::Hints::default()).then_some(wire)
}

fn group(guess: &GroupGuess) -> wire::GroupGuess {
    wire::GroupGuess {
        label: guess.label.clone(),
        confidence: guess.confidence,
        alternatives: guess
            .alternatives
            .iter()
            .map(|(label, score)| wire::LabelScore {
                label: label.clone(),
                score: *score,
            })
            .collect(),
    }
}

impl TryFrom<wire::Hints> for Hints {
    type Error = ConvertError;

    fn try_from(hints: wire::Hints) -> Result<Self, ConvertError> {
        Ok(Self {
            group: hints.group.map(|guess| GroupGuess {
                label: guess.label,
                confidence: guess.confidence,
                alternatives: guess
                    .alternatives
                    .into_iter()
                    .map(|one| (one.label, one.score))
                    .collect(),
            }),
            units: hints
                .units
                .iter()
                .map(|one| Ok((id(&one.unit, "units.unit")?, one.score)))
                .collect::<Result<_, ConvertError>>()?,
            similar: hints
                .similar
                .iter()
                .map(|one| {
                    Ok(Similar {
                        case: case_number(&one.case_number, "similar.case_number")?,
                        score: one.score,
                    })
                })
                .collect::<Result<_, ConvertError>>()?,
            answers: hints
                .answers
                .iter()
                .map(|one| Ok((id(&one.entry, "answers.entry")?, one.score)))
                .collect::<Result<_, ConvertError>>()?,
            translation: hints
                .translation
                .map(|one| {
                    Ok::<_, ConvertError>(Translation {
                        language: language(&one.language, "translation.language")?,
                        text: one.text,
                        by: one.by,
                    })
                })
                .transpose()?,
        })
    }
}
