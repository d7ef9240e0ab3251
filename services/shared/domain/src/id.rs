//! Identifiers. Each is a newtype, so that a team can never be passed where a unit is wanted.
//!
//! Ids that a city chooses (units, teams, areas, categories, rules) are short strings from its city pack, shared by
//! reference count because every case carries several. Ids that Swiftline mints are numbers.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The longest id a city pack may use, in bytes: ids become Redis keys, metric labels and span attributes.
pub const MAX_ID_BYTES: usize = 64;

/// Why a text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The text is empty.
    #[error("is empty")]
    Empty,
    /// The text is longer than [`MAX_ID_BYTES`].
    #[error("is {0} bytes long, at most {MAX_ID_BYTES} are allowed")]
    TooLong(usize),
    /// The text has a character outside `a-z A-Z 0-9 . _ -`.
    #[error("contains {0:?}; only letters, digits, '.', '_' and '-' are allowed")]
    Character(char),
}

fn check(text: &str) -> Result<(), IdError> {
    if text.is_empty() {
        return Err(IdError::Empty);
    }
    if text.len() > MAX_ID_BYTES {
        return Err(IdError::TooLong(text.len()));
    }
    text.chars()
        .find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')))
        .map_or(Ok(()), |c| Err(IdError::Character(c)))
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks the text and makes the id.
            ///
            /// # Errors
            /// When the text is empty, too long, or has a character outside `a-z A-Z 0-9 . _ -`.
            pub fn new(text: &str) -> Result<Self, IdError> {
                check(text)?;
                Ok(Self(text.into()))
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::new(&text)
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

text_id! {
    /// A receiving unit (承办单位): a district, subdistrict, department, utility or agency.
    UnitId
}
text_id! {
    /// A team of a unit: whoever shares one queue and signs for orders.
    TeamId
}
text_id! {
    /// A place of the city's own list: a district or a subdistrict, by its official code where there is one.
    AreaId
}
text_id! {
    /// A category of the city's taxonomy. Dots make the tree: `housing.heat` is under `housing`.
    CategoryId
}
text_id! {
    /// A routing rule's stable name.
    RuleId
}
text_id! {
    /// An entry of the knowledge base.
    EntryId
}
text_id! {
    /// Why a case does not count for a score: an exclusion of the city's formula.
    ExclusionId
}
text_id! {
    /// A ranking of units, such as the city's subdistricts.
    RankingId
}
text_id! {
    /// A class of clocks (emergency, utility, general, …) from the city pack.
    ClockClass
}
text_id! {
    /// What a department of a district is for, such as `housing`: the same word in every district.
    FunctionId
}
text_id! {
    /// A skill that a rule may want and a team may have.
    Skill
}
text_id! {
    /// Who acted: a desk worker, an operator or a service, by an opaque id. Never a person's name.
    ActorId
}

impl CategoryId {
    /// Whether this category is `ancestor` itself or below it.
    #[must_use]
    pub fn is_within(&self, ancestor: &CategoryId) -> bool {
        self.0
            .strip_prefix(ancestor.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }
}

/// The number of an offer of one case: 1 for the first. It fences: only the newest offer can be signed.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
pub struct OfferNo(pub u32);

impl OfferNo {
    /// The number of the offer after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for OfferNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How many events a case has had. A commit names the version it saw, so that a stale one is refused.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
pub struct Version(pub u64);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_would_not_survive_as_a_key_or_label() {
        assert_eq!(UnitId::new(""), Err(IdError::Empty));
        assert_eq!(UnitId::new("a b"), Err(IdError::Character(' ')));
        assert_eq!(UnitId::new("{p01}"), Err(IdError::Character('{')));
        assert_eq!(UnitId::new(&"x".repeat(65)), Err(IdError::TooLong(65)));
        assert_eq!(
            UnitId::new("dept.water-2_a").unwrap().as_str(),
            "dept.water-2_a"
        );
    }

    #[test]
    fn a_category_is_within_itself_and_its_ancestors_only() {
        let leaf = CategoryId::new("housing.heat").unwrap();
        assert!(leaf.is_within(&CategoryId::new("housing").unwrap()));
        assert!(leaf.is_within(&leaf));
        assert!(!leaf.is_within(&CategoryId::new("house").unwrap()));
        assert!(!leaf.is_within(&CategoryId::new("hous").unwrap()));
        assert!(!CategoryId::new("housing").unwrap().is_within(&leaf));
    }
}
