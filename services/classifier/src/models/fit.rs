//! Whether a model knows the city: labels that the pack does not have cannot be routed.

use std::fmt;

use swiftline_domain::city::CityPack;

use crate::model::{Model, ModelKind};

/// So many of a hundred labels of a model of categories must be categories of the pack.
const KNOWN_CATEGORIES: usize = 90;

/// The same for units: letters are also answered by institutions that receive no orders.
const KNOWN_UNITS: usize = 30;

/// The most unknown labels that are named.
const NAMED: usize = 10;

/// Why a model does not fit the city.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unfit {
    what: &'static str,
    /// The labels that the pack does not have.
    unknown: Vec<String>,
    labels: usize,
    /// How many of a hundred must be known.
    wanted: usize,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            what,
            unknown,
            labels,
            wanted,
        } = self;
        let named = unknown.iter().take(NAMED).map(String::as_str);
        let named: Vec<&str> = named.collect();
        write!(
            f,
            "{} of its {labels} labels are no {what} of the city pack ({wanted} % must be): {}",
            unknown.len(),
            named.join(", ")
        )?;
        match unknown.len().saturating_sub(NAMED) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

/// Whether enough of the model's labels are the pack's. Groups, kinds and urgencies are no ids of a pack: those models always fit.
///
/// # Errors
/// With the labels that the pack does not have.
pub(crate) fn check(model: &Model, pack: &CityPack) -> Result<(), Unfit> {
    let has_category = |label: &str| pack.taxonomy.get(label).is_some();
    let has_unit = |label: &str| pack.units.get(label).is_some();
    let (what, has, wanted): (_, &dyn Fn(&str) -> bool, _) = match model.header().kind {
        ModelKind::Category => ("category", &has_category, KNOWN_CATEGORIES),
        ModelKind::Unit => ("unit", &has_unit, KNOWN_UNITS),
        ModelKind::Group | ModelKind::Kind | ModelKind::Urgency => return Ok(()),
    };
    let labels = model.labels();
    let unknown: Vec<String> = labels.iter().filter(|l| !has(l)).cloned().collect();
    if (labels.len() - unknown.len()) * 100 >= wanted * labels.len() {
        return Ok(());
    }
    Err(Unfit {
        what,
        unknown,
        labels: labels.len(),
        wanted,
    })
}
