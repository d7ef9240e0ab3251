//! The proofs against the enumeration of a small universe.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::witness::time_of;
use super::*;
use crate::city::testing::small_pack;
use crate::rules::{Choice, Condition, Guard, Lead, Outcome, PlaceChoice, Rule, Sample};
use crate::vocabulary::{Kind, Urgency};

// What the rules ask about, and one value for everything that they cannot tell apart.
const CATEGORIES: [&str; 3] = ["housing", "housing.heating", "noise"];
const SOME_CATEGORIES: [&str; 4] = ["housing", "housing.heating", "noise", "streets"];
const AREAS: [&str; 3] = ["01", "01001", "02"];
const SOME_AREAS: [Option<&str>; 4] = [Some("01"), Some("01001"), Some("02"), None];
const KINDS: [Kind; 2] = [Kind::Praise, Kind::Help];
const SOME_KINDS: [Kind; 3] = [Kind::Praise, Kind::Help, Kind::Complaint];
const HOURS: [Option<&str>; 3] = [None, Some("22:00-06:00"), Some("09:00-18:00")];
const SOME_MINUTES: [u16; 3] = [0, 8 * 60, 12 * 60];
const WORDS: [&str; 4] = ["燃气", "燃气泄漏", "gas", "gas leak"];
const GUARDS: [Option<&str>; 5] = [None, None, None, None, Some("urgency == 'urgent'")];

fn choices<T: Clone + std::fmt::Debug + 'static>(values: Vec<T>) -> BoxedStrategy<Choice<T>> {
    let some = |least| subsequence(values.clone(), least..=2.min(values.len()));
    prop_oneof![
        3 => Just(Choice::default()),
        3 => some(1).prop_map(|any| Choice { any_of: any.into(), none_of: Box::default() }),
        1 => some(1).prop_map(|none| Choice { any_of: Box::default(), none_of: none.into() }),
        1 => (some(1), some(1)).prop_map(|(any, none)| Choice { any_of: any.into(), none_of: none.into() }),
    ]
    .boxed()
}

fn ids<T: std::str::FromStr<Err: std::fmt::Debug>>(words: &[&str]) -> Vec<T> {
    words.iter().map(|word| word.parse().unwrap()).collect()
}

fn conditions() -> impl Strategy<Value = Condition> {
    let known = prop_oneof![4 => Just(None), 1 => any::<bool>().prop_map(Some)];
    let place = (known, choices(ids(&AREAS)));
    let rest = (
        select(&HOURS[..]),
        choices(WORDS.map(Arc::from).to_vec()),
        select(&GUARDS[..]),
    );
    (
        choices(ids(&CATEGORIES)),
        place,
        choices(KINDS.to_vec()),
        rest,
    )
        .prop_map(
            |(category, (known, areas), kind, (hours, keywords, guard))| Condition {
                category,
                place: PlaceChoice { known, areas },
                kind,
                hours: hours.map(|hours| hours.parse().unwrap()),
                keywords,
                guard: guard.map(|guard| Guard::parse(guard).unwrap()),
                ..Condition::default()
            },
        )
}

/// Rules over the small pack; every third one means a department that no district has.
fn rules() -> impl Strategy<Value = Vec<Rule>> {
    vec((conditions(), 0..3_u8), 1..9).prop_map(|parts| {
        let rule = |(number, (when, lead)): (usize, (Condition, u8))| Rule {
            id: format!("r{number}").parse().unwrap(),
            description: String::new(),
            when,
            then: Outcome {
                lead: match lead {
                    0 => Lead::Department("housing".parse().unwrap()),
                    1 => Lead::Subdistrict,
                    _ => Lead::Unit("dept-hotline".parse().unwrap()),
                },
                helpers: Arc::default(),
                inform: Arc::default(),
                lane: None,
                clock: None,
                skills: None,
                languages: None,
            },
        };
        parts.into_iter().enumerate().map(rule).collect()
    })
}

fn compiled(rules: Vec<Rule>) -> RuleSet {
    let pack = small_pack();
    let (backstop, general) = (pack.rules.backstop().clone(), "general".parse().unwrap());
    RuleSet::new(rules, backstop, &pack.areas, &pack.taxonomy, general)
}

/// Whether a rule alone, its guard aside, matches.
struct Alone(RuleSet);

impl Alone {
    fn of(rule: &Rule) -> Self {
        let mut rule = rule.clone();
        rule.when.guard = None;
        Self(compiled(vec![rule]))
    }

    fn matches(&self, sample: &Sample) -> bool {
        self.0.decide(&sample.facts()).rule.is_some()
    }
}

/// All that the rules can tell apart, of these categories, places and kinds.
fn universe(categories: &[&str], areas: &[Option<&str>], kinds: &[Kind]) -> Vec<Sample> {
    let ordinary = Sample::ordinary(&small_pack());
    let mut samples = Vec::new();
    for (category, area) in categories
        .iter()
        .flat_map(|c| areas.iter().map(move |a| (c, a)))
    {
        for (kind, minute) in kinds.iter().flat_map(|k| SOME_MINUTES.map(|m| (*k, m))) {
            for words in 0..1 << WORDS.len() {
                let found = WORDS
                    .iter()
                    .enumerate()
                    .filter(|(at, _)| words >> at & 1 == 1);
                let text = found.map(|(_, word)| *word).collect::<Vec<_>>().join("。");
                samples.push(Sample {
                    category: Some(category.parse().unwrap()),
                    place: area.map(|area| area.parse().unwrap()),
                    kind,
                    time: time_of(minute),
                    text,
                    ..ordinary.clone()
                });
            }
        }
    }
    samples
}

const NEVER_REACHED: [FindingKind; 5] = [
    FindingKind::Unreachable,
    FindingKind::Shadowed,
    FindingKind::Empty,
    FindingKind::Duplicate,
    FindingKind::ConflictingDuplicate,
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_rule_is_said_to_be_dead_exactly_when_no_complaint_reaches_it(rules in rules()) {
        let set = compiled(rules.clone());
        let report = lint(&small_pack(), &set);
        let alone: Vec<Alone> = rules.iter().map(Alone::of).collect();
        let universe = universe(&SOME_CATEGORIES, &SOME_AREAS, &SOME_KINDS);
        let matches: Vec<Vec<bool>> = universe
            .iter()
            .map(|sample| alone.iter().map(|rule| rule.matches(sample)).collect())
            .collect();
        for (number, rule) in rules.iter().enumerate() {
            let finding = report.findings.iter().find(|finding| {
                finding.rule.as_ref() == Some(&rule.id) && NEVER_REACHED.contains(&finding.kind)
            });
            let solid_before = |row: &Vec<bool>| {
                (0..number).any(|other| row[other] && rules[other].when.guard.is_none())
            };
            let reached = matches.iter().any(|row| row[number] && !solid_before(row));
            let twice_guarded = rule.when.guard.is_some()
                && finding.is_some_and(|finding| NEVER_REACHED[3..].contains(&finding.kind));
            prop_assert_eq!(finding.is_none(), reached && !twice_guarded, "{:?}", rule);
            let Some(finding) = finding else { continue };
            let at = |id: &crate::id::RuleId| rules.iter().position(|rule| rule.id == *id).unwrap();
            let by: Vec<usize> = finding.by.iter().map(at).collect();
            if let Some(witness) = &finding.witness {
                prop_assert!(alone[number].matches(witness));
                prop_assert_eq!(&set.decide(&witness.facts()).rule, &Some(rules[by[0]].id.clone()));
            }
            let guards = rules.iter().any(|rule| rule.when.guard.is_some());
            let must_show = matches!(finding.kind, FindingKind::Unreachable | FindingKind::Shadowed);
            prop_assert!(finding.witness.is_some() || guards || !must_show, "{:?}", finding);
            for row in matches.iter().filter(|row| row[number]) {
                prop_assert!(by.iter().any(|other| row[*other]), "{:?}", finding);
            }
        }
        for finding in &report.findings {
            prop_assert!(finding.kind != FindingKind::Undecided);
        }
    }

    #[test]
    fn the_covered_cells_are_those_of_which_every_complaint_reaches_a_unit_that_is_meant(rules in rules()) {
        let pack = small_pack();
        let proofs = lint(&pack, &compiled(rules.clone())).proofs;
        let solid = rules.iter().filter(|rule| rule.when.guard.is_none()).cloned();
        let solid = compiled(solid.collect());
        let (mut without_rule, mut without_unit, mut covered) = (0, 0, 0);
        let leaves = ["housing.heating.boiler", "streets.light", "streets.pothole", "utilities.gas", "noise"];
        for leaf in leaves {
            for area in ["01001", "01002", "02001", "02002"] {
                for kind in Kind::ALL {
                    let decided: Vec<_> = universe(&[leaf], &[Some(area)], &[*kind])
                        .iter()
                        .map(|sample| solid.decide(&sample.facts()))
                        .collect();
                    if decided.iter().any(|decision| decision.rule.is_none()) {
                        without_rule += 1;
                    } else if decided.iter().any(|decision| matches!(decision.lead, Lead::Department(_))) {
                        without_unit += 1;
                    } else {
                        covered += 1;
                    }
                }
            }
        }
        prop_assert_eq!((proofs.without_rule, proofs.without_unit, proofs.covered), (without_rule, without_unit, covered));
        prop_assert_eq!(proofs.cells, 120);
        prop_assert_eq!(proofs.undecided, 0);
    }
}

#[test]
fn the_universe_leaves_the_urgency_to_the_guards() {
    assert!(
        universe(&["noise"], &[None], &[Kind::Help])
            .iter()
            .all(|sample| sample.urgency == Urgency::Normal)
    );
}
