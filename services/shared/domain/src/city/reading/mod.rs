//! Reads a pack's files in the order in which they refer to each other and gathers every error.

mod areas;
mod calendar;
mod callbacks;
mod clocks;
mod doc;
mod ids;
mod knowledge;
mod names;
mod outlines;
mod profile;
mod scores;
mod taxonomy;
mod teams;
mod units;
mod yaml;

use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) use doc::{Doc, Fields, suggest};
pub(crate) use ids::Ids;
pub(crate) use yaml::{At, Node, Value, parse};

use super::{City, CityPack, KnowledgeBase, Outlines, PackError, PackErrors, Teams, error_kind};
use crate::id::{FunctionId, Skill};
use crate::scores::Formulas;
use names::Tongues;

/// The files of a pack that must be there, in the order in which they are read.
pub const PACK_FILES: [&str; 8] = [
    "city.yaml",
    "areas.yaml",
    "units.yaml",
    "teams.yaml",
    "clocks.yaml",
    "taxonomy.yaml",
    "calendar.yaml",
    "rules.yaml",
];

/// The file of a pack's map, which may be left out.
pub const OUTLINES_FILE: &str = "outlines.geojson";

/// The file of a pack's answers, which may be left out.
pub const KNOWLEDGE_FILE: &str = "knowledge.yaml";

/// The file of a pack's score formulas, which may be left out: the city then scores nobody.
pub const SCORES_FILE: &str = "scores.yaml";

/// What has been read so far, for those that read after.
pub(crate) struct Known {
    pub(crate) areas: Ids,
    pub(crate) units: Ids,
    pub(crate) functions: Ids,
    pub(crate) classes: Ids,
    pub(crate) categories: Ids,
    pub(crate) teams: Option<Teams>,
}

impl Known {
    /// All that a pack declares.
    pub(crate) fn of(pack: &CityPack) -> Self {
        let areas = pack.areas.iter().map(|area| area.id.as_str());
        let units = pack.units.iter().map(|unit| unit.id.as_str());
        let functions = pack.units.iter().filter_map(|unit| unit.function.as_ref());
        let categories = pack.taxonomy.iter().map(|category| category.id.as_str());
        Self {
            areas: Ids::known("area", "areas.yaml", areas),
            units: Ids::known("unit", "units.yaml", units),
            functions: Ids::known("function", "units.yaml", functions.map(FunctionId::as_str)),
            classes: Ids::known(
                "class of clocks",
                "clocks.yaml",
                pack.clocks.iter().map(|terms| terms.id.as_str()),
            ),
            categories: Ids::known("category", "taxonomy.yaml", categories),
            teams: Some(pack.teams.clone()),
        }
    }

    /// A skill that some team of the city has; reports one that nobody has.
    pub(crate) fn skill(&self, doc: &mut Doc<'_>, node: &Node) -> Option<Skill> {
        let skill: Skill = doc.id(node)?;
        let Some(teams) = &self.teams else {
            return Some(skill);
        };
        if teams.iter().any(|team| team.skills.contains(&skill)) {
            return Some(skill);
        }
        let skills = teams
            .iter()
            .flat_map(|team| team.skills.iter().map(Skill::as_str));
        let hint =
            suggest(skill.as_str(), skills).unwrap_or_else(|| "; teams.yaml lists them".to_owned());
        let reason = format!("no team has the skill {:?}{hint}", skill.as_str());
        doc.error_of(error_kind::UNKNOWN_SKILL, node.at, reason);
        None
    }
}

impl CityPack {
    /// Reads and checks a pack. `files` maps the names in [`PACK_FILES`], [`OUTLINES_FILE`], [`KNOWLEDGE_FILE`] and
    /// [`SCORES_FILE`] to the files' texts; other names are ignored.
    ///
    /// # Errors
    /// Everything that is wrong with the pack, with file, line, column and what to write instead.
    pub fn parse(files: &BTreeMap<String, String>) -> Result<Self, PackErrors> {
        let mut errors = Vec::new();
        match read(files, &mut errors) {
            Some(pack) if errors.is_empty() => Ok(pack),
            _ => Err(PackErrors::new(errors)),
        }
    }
}

fn read(files: &BTreeMap<String, String>, errors: &mut Vec<PackError>) -> Option<CityPack> {
    let [city, areas, units, teams, clocks, taxonomy, calendar, rules] =
        PACK_FILES.map(|file| tree(file, files, errors));
    let mut known = Known {
        areas: Ids::new("area", "areas.yaml"),
        units: Ids::new("unit", "units.yaml"),
        functions: Ids::new("function", "units.yaml"),
        classes: Ids::new("class of clocks", "clocks.yaml"),
        categories: Ids::new("category", "taxonomy.yaml"),
        teams: None,
    };
    // A file that could not be read leaves `None`; the others are still checked as far as they go.
    macro_rules! part {
        ($tree:ident, $file:literal, $read:expr) => {
            $tree.and_then(|root| $read(&mut Doc::new($file, errors), &root))
        };
    }
    let city: Option<City> = part!(city, "city.yaml", profile::read);
    let tongues = Tongues::of(city.as_ref());
    let areas = part!(areas, "areas.yaml", |doc: &mut _, root: &_| areas::read(
        doc, root, &tongues, &mut known
    ));
    let before_units = errors.len();
    let units = part!(units, "units.yaml", |doc: &mut _, root: &_| units::read(
        doc, root, &tongues, &mut known
    ));
    if let (Some(areas), Some(units)) = (&areas, &units) {
        units::check_areas(&mut Doc::new("units.yaml", errors), units, areas, &known);
        // A unit that could not be read may be the one that seems to be missing.
        if errors.len() == before_units {
            units::check_backstops(&mut Doc::new("areas.yaml", errors), units, areas, &known);
        }
    }
    let before_teams = errors.len();
    let teams = part!(teams, "teams.yaml", |doc: &mut _, root: &_| teams::read(
        doc, root, &tongues, &known
    ));
    // A team that could not be read may be the one that seems to be missing or to lack a skill.
    if errors.len() == before_teams {
        known.teams = teams;
    }
    if let (Some(units), Some(teams)) = (&units, &known.teams) {
        teams::check_every_unit_has_one(&mut Doc::new("units.yaml", errors), units, teams, &known);
    }
    let clocks = part!(clocks, "clocks.yaml", |doc: &mut _, root: &_| clocks::read(
        doc, root, &mut known
    ));
    let taxonomy = part!(taxonomy, "taxonomy.yaml", |doc: &mut _, root: &_| {
        taxonomy::read(doc, root, &tongues, &mut known)
    });
    let zone = city.as_ref().map(|city| &city.time_zone);
    let calendar = part!(calendar, "calendar.yaml", |doc: &mut _, root: &_| {
        calendar::read(doc, root, &tongues, zone)
    });
    let rules_text = files.get("rules.yaml").map_or("", String::as_str);
    let rules = part!(rules, "rules.yaml", |doc: &mut _, root: &_| {
        crate::rules::reading::read(doc, root, rules_text, &known)
    });
    let outlines = match files.get(OUTLINES_FILE) {
        Some(text) => outlines::read(&mut Doc::new(OUTLINES_FILE, errors), text, &known),
        None => Some(Outlines::default()),
    };
    let knowledge = if files.contains_key(KNOWLEDGE_FILE) {
        let root = tree(KNOWLEDGE_FILE, files, errors);
        part!(root, "knowledge.yaml", |doc: &mut _, root: &_| {
            knowledge::read(doc, root, &tongues, &known)
        })
    } else {
        Some(KnowledgeBase::default())
    };
    let scores = if files.contains_key(SCORES_FILE) {
        let root = tree(SCORES_FILE, files, errors);
        part!(root, "scores.yaml", |doc: &mut _, root: &_| {
            scores::read(doc, root, &tongues, &known)
        })
    } else {
        Some(Formulas::default())
    };
    let (areas, taxonomy) = (areas?, taxonomy?);
    let rules = rules?.compile(&areas, &taxonomy);
    Some(CityPack {
        city: city?,
        units: units?,
        teams: known.teams?,
        clocks: clocks?,
        calendar: calendar?,
        outlines: outlines?,
        knowledge: knowledge?,
        scores: scores?,
        areas,
        taxonomy,
        rules: Arc::new(rules),
    })
}

fn tree(
    file: &'static str,
    files: &BTreeMap<String, String>,
    errors: &mut Vec<PackError>,
) -> Option<Node> {
    let Some(text) = files.get(file) else {
        Doc::new(file, errors).error(At::FILE, "is missing from the pack's folder");
        return None;
    };
    yaml::parse(file, text)
        .map_err(|error| errors.push(error))
        .ok()
}
