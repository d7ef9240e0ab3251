//! What the classifier makes of a complaint, and why.

use serde::{Deserialize, Serialize};

use crate::id::{AreaId, CategoryId};
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
    /// The areas that it may be in when `place` is `None` because several fit; at most [`MAX_CANDIDATES`].
    pub place_candidates: Vec<AreaId>,
    /// How sure the category is, 0 to 1.
    pub confidence: f32,
    /// The next best categories with their share, best first; at most [`MAX_CANDIDATES`].
    pub alternatives: Vec<(CategoryId, f32)>,
    /// What decided; at most [`MAX_EVIDENCE`].
    pub evidence: Vec<Evidence>,
    /// The version of the model or word lists that decided.
    pub model: String,
}

/// The most candidates that a classification keeps.
pub const MAX_CANDIDATES: usize = 3;
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
