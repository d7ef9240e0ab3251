//! A city pack: all that a city decides, read from the text of its files and checked as a whole.
//!
//! [`CityPack::parse`] takes the files' texts (this crate does no I/O) and answers with the pack or with every
//! error it found, each with file, line, column and what to write instead. A pack that parses is consistent: ids that
//! one part names exist in the other, every level-1 area has a backstop unit, every unit has a team.
//!
//! Data structures: one table per file, in the order of the file, keyed by id; the rules compiled ([`crate::rules`]).
//! A pack never changes; share it as `Arc<CityPack>`.

mod area;
mod callbacks;
mod clocks;
mod error;
mod knowledge;
mod load;
mod names;
mod outline;
mod profile;
pub(crate) mod reading;
mod resolve;
mod taxonomy;
mod team;
mod term;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
mod unit;
mod words;

pub use area::{Area, AreaKind, Areas, Landmark};
pub use callbacks::{CallbackTerms, Discontent};
pub use clocks::{ClockTerms, Clocks, Deadline, GENERAL};
pub use error::{MAX_ERRORS, PackError, PackErrors, error_kind};
pub use knowledge::{KnowledgeBase, KnowledgeEntry, KnowledgeSource, MIN_WORDINGS};
pub use load::LoadError;
pub use names::{Names, Words};
pub use outline::{Outlines, Polygon, Ring};
pub use profile::{City, FactSource, OfferTerms};
pub use reading::{KNOWLEDGE_FILE, OUTLINES_FILE, PACK_FILES, SCORES_FILE};
pub use resolve::{Resolved, Via};
pub use taxonomy::{Category, Taxonomy};
pub use team::{DUTY_HORIZON_DAYS, DutyHours, Team, Teams};
pub use term::{MAX_DAYS, Term, TermError};
pub use unit::{Unit, UnitClass, Units};

pub(crate) use words::words;

use std::sync::Arc;

use crate::calendar::Calendar;
use crate::rules::RuleSet;
use crate::scores::Formulas;

/// Everything a city decides.
#[derive(Debug, Clone)]
pub struct CityPack {
    /// What holds for the whole city.
    pub city: City,
    /// Its places.
    pub areas: Areas,
    /// Who may receive an order.
    pub units: Units,
    /// Who signs for orders.
    pub teams: Teams,
    /// What complaints can be about.
    pub taxonomy: Taxonomy,
    /// How long things may take.
    pub clocks: Clocks,
    /// Workdays, weekends, holidays, office hours.
    pub calendar: Calendar,
    /// Whose a complaint is, as the pack says; a mesh may have others in force.
    pub rules: Arc<RuleSet>,
    /// Where the areas are on the map.
    pub outlines: Outlines,
    /// What citizens ask, and what the city answers.
    pub knowledge: KnowledgeBase,
    /// How its units are scored; empty: they are not.
    pub scores: Formulas,
}
