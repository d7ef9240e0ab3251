//! Rules and inputs as plain data, before any engine sees them, and what they mean.

use crate::city::{City, Dimension};

/// What a rule asks of one dimension: some value of `any_of` (when there are any) and none of `none_of`. A value stands for
/// all that lies in it. What is not known lies in nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Of what.
    pub dimension: Dimension,
    /// One of these; empty = not asked.
    pub any_of: Vec<u16>,
    /// None of these.
    pub none_of: Vec<u16>,
}

impl Ask {
    /// Whether it holds for a value.
    #[must_use]
    pub fn holds(&self, value: Option<u16>, city: &City) -> bool {
        let values = city.values(self.dimension);
        let lineage: &[u16] = value.map_or(&[], |value| &values.lineages[value as usize]);
        let among = |wanted: &[u16]| wanted.iter().any(|value| lineage.contains(value));
        (self.any_of.is_empty() || among(&self.any_of)) && !among(&self.none_of)
    }

    /// Every value for which it holds, `None` for not known: what an engine without trees needs.
    #[must_use]
    pub fn allowed(&self, city: &City) -> Vec<Option<u16>> {
        let count = city.values(self.dimension).words.len() as u16;
        let unknown = self.dimension.may_be_unknown().then_some(None);
        (0..count)
            .map(Some)
            .chain(unknown)
            .filter(|value| self.holds(*value, city))
            .collect()
    }
}

/// Whole hours of the day, from the first up to but without the second; over midnight when the second is the smaller.
pub type Hours = (u8, u8);

/// Whether an hour from 0 to 23 is within.
#[must_use]
pub fn within((from, to): Hours, hour: u8) -> bool {
    if from < to {
        (from..to).contains(&hour)
    } else {
        hour >= from || hour < to
    }
}

/// A rule: two to four things asked, or none for the catch-all at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// `rule-00001` and so on.
    pub id: String,
    /// At most one for each dimension, in the order of [`Dimension::ALL`].
    pub asks: Vec<Ask>,
    /// When.
    pub hours: Option<Hours>,
    /// Words of which the text must have one; empty = not asked. Only our engine is given such rules.
    pub keywords: Vec<String>,
    /// The unit that leads.
    pub unit: String,
}

impl Rule {
    /// What it asks of a dimension.
    #[must_use]
    pub fn ask(&self, dimension: Dimension) -> Option<&Ask> {
        self.asks.iter().find(|ask| ask.dimension == dimension)
    }

    /// Whether it matches, keywords aside.
    #[must_use]
    pub fn matches(&self, input: &Input, city: &City) -> bool {
        self.asks
            .iter()
            .all(|ask| ask.holds(input.value(ask.dimension), city))
            && self.hours.is_none_or(|hours| within(hours, input.hour))
    }
}

/// What is known of one complaint.
#[derive(Debug, Clone)]
pub struct Input {
    /// One value for each of [`Dimension::ALL`]; only category and place may be unknown.
    pub values: [Option<u16>; 8],
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// What the citizen said, in lower case.
    pub text: String,
}

impl Input {
    /// The value of a dimension.
    #[must_use]
    pub fn value(&self, dimension: Dimension) -> Option<u16> {
        self.values[dimension as usize]
    }
}
