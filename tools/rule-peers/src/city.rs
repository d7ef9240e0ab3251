//! The city that rules and inputs speak of: what values each dimension has, and which lie in which.

use swiftline_domain::vocabulary::{Channel, DayClass, Kind, Line, ReporterType, Urgency};

/// What a rule can ask about. Hours stand apart: see [`crate::rules::Rule::hours`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimension {
    /// What the complaint is about, a tree of three levels.
    Category,
    /// Where it is, a tree of two levels.
    Place,
    /// What the citizen wants.
    Kind,
    /// How pressing it is.
    Urgency,
    /// The way it came in.
    Channel,
    /// Which hotline was called.
    Line,
    /// Who asks.
    Reporter,
    /// What sort of day it is.
    Day,
}

impl Dimension {
    /// All, those with the most values first.
    pub const ALL: [Self; 8] = [
        Self::Category,
        Self::Place,
        Self::Kind,
        Self::Urgency,
        Self::Channel,
        Self::Line,
        Self::Reporter,
        Self::Day,
    ];

    /// The key in `rules.yaml`, and the name of the field in the peers' rules.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Category => "category",
            Self::Place => "place",
            Self::Kind => "kind",
            Self::Urgency => "urgency",
            Self::Channel => "channel",
            Self::Line => "line",
            Self::Reporter => "reporter",
            Self::Day => "day",
        }
    }

    /// Whether a complaint may lack it.
    #[must_use]
    pub fn may_be_unknown(self) -> bool {
        matches!(self, Self::Category | Self::Place)
    }
}

/// The values of one dimension. A value is named by its place in `words`.
#[derive(Debug, Clone, Default)]
pub struct Values {
    /// What each is called.
    pub words: Vec<String>,
    /// Each value, then what it lies in, up to the top.
    pub lineages: Vec<Vec<u16>>,
}

impl Values {
    fn add(&mut self, word: String, parent: Option<u16>) -> u16 {
        let value = self.words.len() as u16;
        let above = parent.map(|parent| self.lineages[parent as usize].clone());
        self.lineages
            .push([vec![value], above.unwrap_or_default()].concat());
        self.words.push(word);
        value
    }

    fn flat(words: &[&str]) -> Self {
        let mut values = Self::default();
        for word in words {
            values.add((*word).to_owned(), None);
        }
        values
    }

    /// How far below the top a value is: 0, 1 or 2.
    #[must_use]
    pub fn depth(&self, value: u16) -> usize {
        self.lineages[value as usize].len() - 1
    }

    /// What it lies in; `None` at the top.
    #[must_use]
    pub fn parent(&self, value: u16) -> Option<u16> {
        self.lineages[value as usize].get(1).copied()
    }

    /// The values in which no other lies.
    #[must_use]
    pub fn leaves(&self) -> Vec<u16> {
        let all = 0..self.words.len() as u16;
        let is_leaf = |value: &u16| !all.clone().any(|below| self.parent(below) == Some(*value));
        all.clone().filter(is_leaf).collect()
    }
}

/// Values for every dimension.
#[derive(Debug, Clone)]
pub struct City {
    values: [Values; 8],
}

/// Districts of the city.
pub const DISTRICTS: usize = 17;
const SUBDISTRICTS_EACH: usize = 20;

impl City {
    /// The city: 233 leaves of categories under 14 tops, 17 districts of 20 subdistricts, the domain's vocabularies.
    #[must_use]
    pub fn new() -> Self {
        Self {
            values: Dimension::ALL.map(|dimension| match dimension {
                Dimension::Category => categories(),
                Dimension::Place => places(),
                Dimension::Kind => Values::flat(Kind::WORDS),
                Dimension::Urgency => Values::flat(Urgency::WORDS),
                Dimension::Channel => Values::flat(Channel::WORDS),
                Dimension::Line => Values::flat(Line::WORDS),
                Dimension::Reporter => Values::flat(ReporterType::WORDS),
                Dimension::Day => Values::flat(DayClass::WORDS),
            }),
        }
    }

    /// The values of a dimension.
    #[must_use]
    pub fn values(&self, dimension: Dimension) -> &Values {
        &self.values[dimension as usize]
    }
}

impl Default for City {
    fn default() -> Self {
        Self::new()
    }
}

/// Every other branch is a leaf, the others have three to five leaves below.
fn categories() -> Values {
    let mut values = Values::default();
    for top in 0..14 {
        let top_word = format!("field-{top:02}");
        let top_value = values.add(top_word.clone(), None);
        for branch in 0..5 + top % 4 {
            let branch_word = format!("{top_word}.branch-{branch}");
            let branch_value = values.add(branch_word.clone(), Some(top_value));
            if branch % 2 == 1 {
                continue;
            }
            for leaf in 0..3 + (top + branch / 2) % 3 {
                values.add(format!("{branch_word}.matter-{leaf}"), Some(branch_value));
            }
        }
    }
    values
}

fn places() -> Values {
    let mut values = Values::default();
    for district in 1..=DISTRICTS {
        let above = values.add(format!("{district:02}"), None);
        for subdistrict in 1..=SUBDISTRICTS_EACH {
            values.add(format!("{district:02}{subdistrict:03}"), Some(above));
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_city_has_the_size_that_is_claimed() {
        let city = City::new();
        let categories = city.values(Dimension::Category);
        assert_eq!(categories.leaves().len(), 233);
        assert_eq!(city.values(Dimension::Place).leaves().len(), 340);
        assert!(
            categories
                .leaves()
                .iter()
                .all(|leaf| categories.depth(*leaf) > 0)
        );
    }
}
