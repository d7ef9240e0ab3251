//! Classifications.

use swiftline_domain::classification::{Classification, Evidence, Hints};
use swiftline_domain::id::CategoryId;

use super::complaint::language;
use super::vocabulary::{required, to_wire};
use super::{ConvertError, hints, id, optional_id, text_of, wire};

impl From<&Evidence> for wire::Evidence {
    fn from(evidence: &Evidence) -> Self {
        Self {
            about: to_wire(evidence.about),
            found: evidence.found.clone(),
            weight: evidence.weight,
        }
    }
}

impl TryFrom<wire::Evidence> for Evidence {
    type Error = ConvertError;

    fn try_from(evidence: wire::Evidence) -> Result<Self, ConvertError> {
        Ok(Self {
            about: required(evidence.about, "about")?,
            found: evidence.found,
            weight: evidence.weight,
        })
    }
}

impl From<&Classification> for wire::Classification {
    fn from(what: &Classification) -> Self {
        Self {
            category: text_of(what.category.as_ref()),
            kind: to_wire(what.kind),
            urgency: to_wire(what.urgency),
            language: what.language.as_str().to_owned(),
            place: text_of(what.place.as_ref()),
            place_candidates: what
                .place_candidates
                .iter()
                .map(ToString::to_string)
                .collect(),
            confidence: what.confidence,
            alternatives: what.alternatives.iter().map(score).collect(),
            evidence: what.evidence.iter().map(wire::Evidence::from).collect(),
            model: what.model.clone(),
            hints: hints::to_wire(&what.hints),
        }
    }
}

fn score((category, score): &(CategoryId, f32)) -> wire::CategoryScore {
    wire::CategoryScore {
        category: category.to_string(),
        score: *score,
    }
}

impl TryFrom<wire::Classification> for Classification {
    type Error = ConvertError;

    fn try_from(what: wire::Classification) -> Result<Self, ConvertError> {
        Ok(Self {
            category: optional_id(&what.category, "category")?,
            kind: required(what.kind, "kind")?,
            urgency: required(what.urgency, "urgency")?,
            language: language(&what.language, "language")?,
            place: optional_id(&what.place, "place")?,
            place_candidates: what
                .place_candidates
                .iter()
                .map(|area| id(area, "place_candidates"))
                .collect::<Result<_, _>>()?,
            confidence: what.confidence,
            alternatives: what
                .alternatives
                .iter()
                .map(|one| Ok((id(&one.category, "alternatives.category")?, one.score)))
                .collect::<Result<_, ConvertError>>()?,
            evidence: what
                .evidence
                .into_iter()
                .map(|one| Evidence::try_from(one).map_err(|error| error.within("evidence")))
                .collect::<Result<_, _>>()?,
            model: what.model,
            hints: what
                .hints
                .map(|hints| Hints::try_from(hints).map_err(|error| error.within("hints")))
                .transpose()?
                .unwrap_or_default(),
        })
    }
}
