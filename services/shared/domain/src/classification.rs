//! What the classifier makes of a complaint, and why.

use serde::{Deserialize, Serialize};

use crate::id::{AreaId, CategoryId, EntryId, UnitId};
use crate::number::CaseNumber;
use crate::vocabulary::{Kind, Language, Urgency};

/// What is known of a complaint beyond its words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Classification {
    /// The category, or `None` when nothing pointed to one.
    pub category: Option<CategoryId>,
    /// What the citizen wants.
    pub kind: Kind,
    /// How soon somebody must act.
    pub urgency: Urgency,
    /// The language of the text.
    pub language: Language,
    /// Where it is: the smallest area known; `None` when no place was found or several are as likely.
    pub place: Option<AreaId>,
    /// The areas that it may be in when `place` is `None` because several fit, or what the words say where the place is
    /// told by a point in another district; at most [`MAX_CANDIDATES`], never `place` itself.
    pub place_candidates: Vec<AreaId>,
    /// How sure the category is, 0 to 1.
    pub confidence: f32,
    /// The next best categories with their share, best first; at most [`MAX_CANDIDATES`].
    pub alternatives: Vec<(CategoryId, f32)>,
    /// What decided; at most [`MAX_EVIDENCE`].
    pub evidence: Vec<Evidence>,
    /// The version of the models and word lists that decided.
    pub model: String,
    /// What helps the people who handle it.
    pub hints: Hints,
}

/// Stands for the model where a person has said what a case is.
pub const BY_A_PERSON: &str = "person";

impl Classification {
    /// Whether a person has said what it is.
    #[must_use]
    pub fn is_by_a_person(&self) -> bool {
        self.model == BY_A_PERSON
    }
}

/// What helps the people who handle a case; rules do not look at it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Hints {
    /// The group of departments that a trained model holds responsible; `None` without a model for the language.
    pub group: Option<GroupGuess>,
    /// Who has answered such messages before, with their share, best first; at most [`MAX_CANDIDATES`].
    pub units: Vec<(UnitId, f32)>,
    /// Cases that tell of the same thing, best first; at most [`MAX_SIMILAR`].
    pub similar: Vec<Similar>,
    /// Entries of the knowledge base that may answer it, with their score from 0 to 1, best first; at most
    /// [`MAX_CANDIDATES`].
    pub answers: Vec<(EntryId, f32)>,
    /// The text in the city's language, when it was said in another and a translator is at hand.
    pub translation: Option<Translation>,
}

/// The group of departments that a model holds responsible.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupGuess {
    /// The label of the training data, such as `城乡建设`.
    pub label: String,
    /// How likely it is right, 0 to 1, calibrated.
    pub confidence: f32,
    /// The next best labels with their probability, best first; at most [`MAX_CANDIDATES`].
    pub alternatives: Vec<(String, f32)>,
}

/// A case that tells of the same thing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Similar {
    /// Its number.
    pub case: CaseNumber,
    /// How alike, 0 to 1.
    pub score: f32,
}

/// A text in the city's language. The original always stays where it is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Translation {
    /// Of the translation.
    pub language: Language,
    /// The translated text.
    pub text: String,
    /// What translated it, such as `libretranslate`.
    pub by: String,
}

impl std::fmt::Debug for Translation {
    /// Without the text, which is the citizen's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Translation")
            .field("language", &self.language)
            .field("chars", &self.text.chars().count())
            .field("by", &self.by)
            .finish()
    }
}

/// The most candidates that a classification keeps.
pub const MAX_CANDIDATES: usize = 3;
/// The most similar cases that a classification keeps.
pub const MAX_SIMILAR: usize = 5;
/// The most pieces of evidence that a classification keeps.
pub const MAX_EVIDENCE: usize = 8;

/// One reason for a decision. What was found is a word of the city pack, never a piece of the citizen's text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// What it speaks for.
    pub about: EvidenceAbout,
    /// The pack's word or the outline's area that was found.
    pub found: String,
    /// How much it weighed; larger is more. Comparable within one classification only.
    pub weight: f32,
}

/// What a piece of evidence speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceAbout {
    /// The category.
    Category,
    /// The kind.
    Kind,
    /// The urgency.
    Urgency,
    /// The place.
    Place,
    /// The language.
    Language,
}
