//! Whether the units that rules name have teams that can do what the rules want.

use std::collections::HashMap;
use std::sync::Arc;

use super::finding::FindingKind;
use super::places::{Answerers, Desk};
use super::space::Dim;
use super::{Fate, Linter};
use crate::city::{CityPack, Team, Unit};
use crate::id::Skill;
use crate::vocabulary::Language;

/// How many units a message names.
const SHOWN: usize = 5;

pub(super) fn check(linter: &mut Linter<'_>) {
    let mut staff = Staff {
        answerers: Answerers::new(linter.space.pack, linter.rules.backstop()),
        skills: HashMap::new(),
        languages: HashMap::new(),
    };
    for rule in 0..linter.regions.len() {
        if linter.fates[rule] == Fate::Lives {
            check_rule(linter, rule, &mut staff);
        }
    }
}

/// What was found out of units, kept because many rules ask the same.
struct Staff<'p> {
    answerers: Answerers<'p>,
    /// The units with a team that has all these skills, by the number of the unit.
    skills: HashMap<Arc<[Skill]>, HashMap<&'p str, bool>>,
    /// The units with a team that speaks one of these languages.
    languages: HashMap<Arc<[Language]>, HashMap<&'p str, bool>>,
}

fn check_rule<'p>(linter: &mut Linter<'p>, rule: usize, staff: &mut Staff<'p>) {
    let rules = linter.rules;
    let then = &rules.rules()[rule].then;
    let region = &linter.regions[rule];
    let desks = staff.answerers.desks(&then.lead, &linter.space, region);
    check_teams(linter, rule, &desks);
    let pack = linter.space.pack;
    if let Some(skills) = then.skills.as_ref().filter(|list| !list.is_empty()) {
        let able = |team: &Team| team.has_skills(skills);
        let known = staff.skills.entry(Arc::clone(skills)).or_default();
        let lacking = lacking(pack, &desks, known, able);
        let words: Vec<&str> = skills.iter().map(Skill::as_str).collect();
        let what = format!("no team with the skills [{}]", words.join(", "));
        let advice = "give a team of it these skills in teams.yaml, or want others";
        report(
            linter,
            rule,
            FindingKind::LacksSkill,
            &lacking,
            &what,
            advice,
        );
    }
    if let Some(languages) = then.languages.as_ref().filter(|list| !list.is_empty()) {
        let able = |team: &Team| languages.iter().any(|one| team.speaks(*one));
        let known = staff.languages.entry(Arc::clone(languages)).or_default();
        let lacking = lacking(pack, &desks, known, able);
        let words: Vec<&str> = languages.iter().map(Language::as_str).collect();
        let what = format!("no team that speaks one of [{}]", words.join(", "));
        let advice = "add one to a team of it in teams.yaml, or want others";
        report(
            linter,
            rule,
            FindingKind::LacksLanguage,
            &lacking,
            &what,
            advice,
        );
    }
    super::duty::check(linter, rule, &desks);
}

/// Whether there are teams, and whether they can have any order open.
fn check_teams(linter: &mut Linter<'_>, rule: usize, desks: &[Desk<'_>]) {
    let without = |able: fn(&Team) -> bool| -> Vec<Desk<'_>> {
        let found = desks.iter().map(|desk| Desk {
            unit: desk.unit,
            places: without_team(linter, desk, able),
        });
        found.filter(|desk| !desk.places.is_empty()).collect()
    };
    let none = without(|_| true);
    let powerless = without(|team| team.capacity > 0);
    if !none.is_empty() {
        let what = "no team that serves such a place";
        let advice = "give it one in teams.yaml, or let another unit lead";
        report(linter, rule, FindingKind::NoTeam, &none, what, advice);
    } else if !powerless.is_empty() {
        let what = "only teams of capacity 0 for such a place";
        let advice = "give one of them capacity in teams.yaml, or let another unit lead";
        report(
            linter,
            rule,
            FindingKind::NoCapacity,
            &powerless,
            what,
            advice,
        );
    }
}

/// The desks whose unit has no able team; `known` keeps what was found out of units.
fn lacking<'p>(
    pack: &'p CityPack,
    desks: &[Desk<'p>],
    known: &mut HashMap<&'p str, bool>,
    able: impl Fn(&Team) -> bool,
) -> Vec<Desk<'p>> {
    let mut can = |unit: &'p Unit| {
        *known
            .entry(unit.id.as_str())
            .or_insert_with(|| pack.teams.of_unit(unit.id.as_str()).any(&able))
    };
    let lacking = desks.iter().filter(|desk| !can(desk.unit));
    lacking
        .map(|desk| Desk {
            unit: desk.unit,
            places: desk.places.clone(),
        })
        .collect()
}

/// The places of a desk for which its unit has no such team.
fn without_team(linter: &Linter<'_>, desk: &Desk<'_>, able: fn(&Team) -> bool) -> Vec<usize> {
    let pack = linter.space.pack;
    let teams = || {
        pack.teams
            .of_unit(desk.unit.id.as_str())
            .filter(|team| able(team))
    };
    if teams().any(|team| team.areas.is_empty()) {
        return Vec::new();
    }
    let unserved = |place: &usize| {
        let place = pack.areas.iter().nth(*place).map(|area| &area.id);
        !teams().any(|team| team.serves(place, &pack.areas))
    };
    desk.places.iter().copied().filter(unserved).collect()
}

/// Says that units lack something, if a complaint for one of them reaches the rule.
fn report(
    linter: &mut Linter<'_>,
    rule: usize,
    kind: FindingKind,
    desks: &[Desk<'_>],
    what: &str,
    advice: &str,
) {
    if desks.is_empty() {
        return;
    }
    let mut region = linter.regions[rule].clone();
    let has = |place| desks.iter().any(|desk| desk.places.contains(&place));
    linter.space.keep(&mut region, Dim::Place, has);
    let Some(free) = linter.reaching(rule, &region) else {
        return;
    };
    let message = format!(
        "rule {:?} sends orders to {} has {what}; {advice}",
        linter.id(rule),
        names(desks)
    );
    let witness = linter.space.sample(&free);
    linter.find(kind, rule, message).witness = Some(witness);
}

/// Units by their ids, as `units "a", "b" and 3 more, each of which`.
pub(super) fn names(desks: &[Desk<'_>]) -> String {
    let shown: Vec<String> = desks
        .iter()
        .take(SHOWN)
        .map(|desk| format!("{:?}", desk.unit.id.as_str()))
        .collect();
    let shown = shown.join(", ");
    match desks.len() {
        1 => format!("unit {shown}, which"),
        count if count <= SHOWN => format!("units {shown}, each of which"),
        count => format!("units {shown} and {} more, each of which", count - SHOWN),
    }
}
