//! All that decided, with weights: more than a classification keeps.

use swiftline_domain::classification::{Classification, EvidenceAbout};
use swiftline_domain::complaint::Complaint;

use super::Engine;
use super::pad::Pad;
use super::reading::Reading;

/// One thing that spoke for or against an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// Which question it answers.
    pub about: Question,
    /// What it speaks for: a category, a group, a unit; the answer itself for the other questions.
    pub of: String,
    /// What was found: an n-gram of a model, a word or name of the pack, an outline, a rule of the engine.
    pub found: String,
    /// What sort of thing that is.
    pub what: What,
    /// Larger is more; negative speaks against. Comparable within one question and sort.
    pub weight: f32,
}

/// What is decided about a complaint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// The group of departments.
    Group,
    /// The category.
    Category,
    /// Who has answered such messages.
    Unit,
    /// What the citizen wants.
    Kind,
    /// How soon somebody must act.
    Urgency,
    /// The language.
    Language,
    /// The place.
    Place,
}

/// What sort of thing speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// An n-gram of a model's vocabulary; its weight is its part of the lead over the next label.
    Ngram,
    /// A keyword of the pack or of the engine's own lists.
    Word,
    /// A place's name, or the outline that coordinates lie in.
    Place,
}

impl Question {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Category => "category",
            Self::Unit => "unit",
            Self::Kind => "kind",
            Self::Urgency => "urgency",
            Self::Language => "language",
            Self::Place => "place",
        }
    }
}

impl What {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ngram => "ngram",
            Self::Word => "word",
            Self::Place => "place",
        }
    }
}

impl Engine {
    /// What the complaint is, and what spoke for it: at most `limit` n-grams of each model and `limit` keywords of each of
    /// the categories in question, the weightiest first.
    pub(super) fn explain_one(
        &self,
        complaint: &Complaint,
        limit: usize,
    ) -> (Classification, Vec<Reason>) {
        let in_force = self.in_force.load();
        let mut pad = Pad::new(&self.keywords);
        let what = self.read(complaint, &in_force, &mut pad, &mut ());
        let mut reasons = self.keyword_reasons(&what, &mut pad, limit);
        let judges = &in_force.judges;
        reasons.extend(judges.explain(complaint, what.language, limit, &mut pad.scratch));
        reasons.extend(what.evidence.iter().filter_map(|one| {
            let (about, of) = match one.about {
                // Told above, and more of it.
                EvidenceAbout::Category => return None,
                EvidenceAbout::Kind => (Question::Kind, what.kind.to_string()),
                EvidenceAbout::Urgency => (Question::Urgency, what.urgency.to_string()),
                EvidenceAbout::Language => (Question::Language, what.language.to_string()),
                EvidenceAbout::Place => (
                    Question::Place,
                    what.place
                        .as_ref()
                        .map(ToString::to_string)
                        .unwrap_or_default(),
                ),
            };
            Some(Reason {
                about,
                of,
                found: one.found.clone(),
                what: match about {
                    Question::Place => What::Place,
                    _ => What::Word,
                },
                weight: one.weight,
            })
        }));
        (what, reasons)
    }

    /// The keywords found for the category and its alternatives.
    fn keyword_reasons(&self, what: &Classification, pad: &mut Pad, limit: usize) -> Vec<Reason> {
        let reading = Reading::new(&self.keywords, &mut pad.words);
        let others = what.alternatives.iter().map(|(category, _)| category);
        let in_question = what.category.iter().chain(others);
        let found = in_question.flat_map(|id| {
            let ordinal = self
                .keywords
                .categories
                .iter()
                .position(|(one, _)| one == id);
            let finds = ordinal.map(|ordinal| reading.finds_for(ordinal));
            finds.into_iter().flatten().take(limit).map(|find| Reason {
                about: Question::Category,
                of: id.to_string(),
                found: find.word.to_string(),
                what: What::Word,
                weight: find.weight,
            })
        });
        found.collect()
    }
}
