//! The compiled rules decide as the written ones say.

use std::sync::Arc;

use jiff::civil::time;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::*;
use crate::calendar::{DailyHours, Moment};
use crate::city::testing::small_pack;
use crate::city::{Areas, CityPack};
use crate::id::{AreaId, CategoryId};
use crate::vocabulary::{Channel, DayClass, DayTag, Kind, Language, Line, ReporterType, Urgency};

const NOON: Moment = Moment {
    day: DayClass::Workday,
    extreme_weather: false,
    time: time(12, 0, 0, 0),
};

fn facts<'a>(category: Option<&'a CategoryId>, area: Option<&'a AreaId>) -> Facts<'a> {
    Facts {
        category,
        area,
        kind: Kind::Complaint,
        urgency: Urgency::Normal,
        channel: Channel::Phone,
        line: Line::General,
        reporter: ReporterType::Resident,
        language: Language::CHINESE,
        moment: NOON,
        text: "",
    }
}

fn category(id: &str) -> CategoryId {
    id.parse().unwrap()
}

fn area(id: &str) -> AreaId {
    id.parse().unwrap()
}

fn winner(pack: &CityPack, facts: &Facts<'_>) -> String {
    pack.rules
        .decide(facts)
        .rule
        .map_or("backstop".to_owned(), |rule| rule.to_string())
}

#[test]
fn the_first_rule_that_matches_decides() {
    let pack = small_pack();
    let (gas, light, noise) = (
        category("utilities.gas"),
        category("streets.light"),
        category("noise"),
    );
    let (hekou, linqian, shiqiao) = (area("01001"), area("01002"), area("02001"));
    let decision = pack.rules.decide(&facts(Some(&gas), Some(&hekou)));
    assert_eq!(decision.rule.unwrap().as_str(), "gas-leak");
    assert_eq!(
        (decision.lane, decision.clock.as_str()),
        (Urgency::Emergency, "emergency")
    );
    assert_eq!(decision.skills[0].as_str(), "gas");
    let thanks = Facts {
        kind: Kind::Praise,
        ..facts(Some(&gas), Some(&hekou))
    };
    assert_eq!(winner(&pack, &thanks), "backstop");
    assert_eq!(
        winner(&pack, &facts(Some(&light), Some(&hekou))),
        "street-lights"
    );
    assert_eq!(
        winner(&pack, &facts(Some(&light), Some(&linqian))),
        "the-rest-of-housing"
    );
    assert_eq!(
        winner(&pack, &facts(Some(&light), Some(&shiqiao))),
        "the-rest-of-housing"
    );
    assert_eq!(winner(&pack, &facts(Some(&light), None)), "no-place");
    let night = Moment {
        time: time(23, 0, 0, 0),
        ..NOON
    };
    let loud = Facts {
        moment: night,
        ..facts(Some(&noise), Some(&shiqiao))
    };
    assert_eq!(winner(&pack, &loud), "night-noise");
    assert_eq!(
        winner(&pack, &facts(Some(&noise), Some(&shiqiao))),
        "the-rest-of-housing"
    );
    let smell = Facts {
        text: "楼道里燃气泄漏了",
        ..facts(None, None)
    };
    assert_eq!(winner(&pack, &smell), "gas-words");
}

#[test]
fn what_a_rule_leaves_open_comes_from_the_category_and_the_complaint() {
    let pack = small_pack();
    let (boiler, hekou) = (category("housing.heating.boiler"), area("01001"));
    let urgent = Facts {
        urgency: Urgency::Urgent,
        ..facts(Some(&boiler), Some(&hekou))
    };
    let decision = pack.rules.decide(&urgent);
    assert_eq!(decision.rule.unwrap().as_str(), "the-rest-of-housing");
    assert_eq!(
        (decision.lane, decision.clock.as_str()),
        (Urgency::Urgent, "utility")
    );
    assert_eq!(decision.skills[0].as_str(), "heating");
    let unknown = pack.rules.decide(&facts(None, Some(&hekou)));
    assert_eq!(unknown.rule, None);
    assert_eq!(unknown.lead, Lead::District);
    assert_eq!(
        (unknown.clock.as_str(), unknown.skills.len()),
        ("general", 0)
    );
}

#[test]
fn what_the_pack_lacks_counts_as_not_known() {
    let pack = small_pack();
    let (gone, nowhere) = (category("gone"), area("99"));
    assert_eq!(
        winner(&pack, &facts(Some(&gone), Some(&nowhere))),
        "no-place"
    );
}

#[test]
fn an_explanation_names_what_failed_in_each_rule_before_the_winner() {
    let pack = small_pack();
    let (light, linqian) = (category("streets.light"), area("01002"));
    let told: Vec<(String, Option<Dimension>)> = pack
        .rules
        .explain(&facts(Some(&light), Some(&linqian)))
        .into_iter()
        .map(|considered| (considered.rule.to_string(), considered.failed))
        .collect();
    let failed = |rule: &str, dimension| (rule.to_owned(), Some(dimension));
    assert_eq!(
        told,
        [
            failed("gas-leak", Dimension::Category),
            failed("gas-words", Dimension::Keywords),
            failed("street-lights", Dimension::Place),
            failed("night-noise", Dimension::Category),
            failed("no-place", Dimension::Place),
            ("the-rest-of-housing".to_owned(), None),
        ]
    );
}

/// A condition tested word for word as it is written, slowly.
fn holds(when: &Condition, facts: &Facts<'_>, areas: &Areas) -> bool {
    fn fits<T>(choice: &Choice<T>, test: impl Fn(&T) -> bool) -> bool {
        (choice.any_of.is_empty() || choice.any_of.iter().any(&test))
            && !choice.none_of.iter().any(&test)
    }
    fits(&when.category, |id| {
        facts
            .category
            .is_some_and(|category| category.is_within(id))
    }) && fits(&when.place.areas, |id| {
        facts
            .area
            .is_some_and(|area| areas.is_within(area.as_str(), id.as_str()))
    }) && when
        .place
        .known
        .is_none_or(|known| known == facts.area.is_some())
        && fits(&when.kind, |kind| *kind == facts.kind)
        && fits(&when.urgency, |urgency| *urgency == facts.urgency)
        && fits(&when.channel, |channel| *channel == facts.channel)
        && fits(&when.line, |line| *line == facts.line)
        && fits(&when.language, |language| *language == facts.language)
        && fits(&when.reporter, |reporter| *reporter == facts.reporter)
        && fits(&when.day, |day| match day {
            DayTag::Workday => facts.moment.day == DayClass::Workday,
            DayTag::Weekend => facts.moment.day == DayClass::Weekend,
            DayTag::Holiday => facts.moment.day == DayClass::Holiday,
            DayTag::ExtremeWeather => facts.moment.extreme_weather,
        })
        && when
            .hours
            .is_none_or(|hours| hours.contains(facts.moment.time))
        && fits(&when.keywords, |word| facts.text.contains(word.as_ref()))
}

/// Some values to have and some others not to have; often none of either, so that rules match now and then.
fn choices<T: Clone + std::fmt::Debug + 'static>(values: Vec<T>) -> BoxedStrategy<Choice<T>> {
    let most = values.len().min(3);
    let some = subsequence(values.clone(), 1..=most);
    let few = subsequence(values, 1..=1.min(most));
    prop_oneof![
        4 => Just(Choice { any_of: Box::default(), none_of: Box::default() }),
        2 => some.prop_map(|any| Choice { any_of: any.into(), none_of: Box::default() }),
        1 => few.prop_map(|none| Choice { any_of: Box::default(), none_of: none.into() }),
    ]
    .boxed()
}

/// Chinese words, which need not stand alone: the naive search is right for them.
const WORDS: [&str; 4] = ["燃气", "燃气泄漏", "路灯", "暖气不热"];

fn conditions(pack: &CityPack) -> impl Strategy<Value = Condition> + use<> {
    let categories = pack
        .taxonomy
        .iter()
        .map(|category| category.id.clone())
        .collect();
    let areas: Vec<AreaId> = pack.areas.iter().map(|area| area.id.clone()).collect();
    let hours: Vec<Option<DailyHours>> = vec![
        None,
        None,
        Some("22:00-06:00".parse().unwrap()),
        Some("09:00-18:00".parse().unwrap()),
    ];
    let known = prop_oneof![4 => Just(None), 1 => any::<bool>().prop_map(Some)];
    let who = (
        choices(Kind::ALL.to_vec()),
        choices(Urgency::ALL.to_vec()),
        choices(Channel::ALL.to_vec()),
        choices(Line::ALL.to_vec()),
        choices(vec![Language::CHINESE, Language::ENGLISH]),
        choices(ReporterType::ALL.to_vec()),
    );
    let when = (choices(DayTag::ALL.to_vec()), select(hours));
    let words = choices(WORDS.map(Arc::from).to_vec());
    (choices(categories), known, choices(areas), who, when, words).prop_map(
        |(
            category,
            known,
            areas,
            (kind, urgency, channel, line, language, reporter),
            (day, hours),
            keywords,
        )| {
            let place = PlaceChoice { known, areas };
            Condition {
                category,
                place,
                kind,
                urgency,
                channel,
                line,
                language,
                reporter,
                day,
                hours,
                keywords,
                guard: None,
            }
        },
    )
}

fn rule_sets() -> impl Strategy<Value = RuleSet> {
    let pack = small_pack();
    vec(conditions(&pack), 1..12).prop_map(move |conditions| {
        let rules = conditions
            .into_iter()
            .enumerate()
            .map(|(number, when)| Rule {
                id: format!("rule-{number}").parse().unwrap(),
                description: String::new(),
                when,
                then: Outcome {
                    lead: Lead::District,
                    lane: None,
                    clock: None,
                    skills: None,
                    languages: None,
                    helpers: Arc::default(),
                    inform: Arc::default(),
                },
            });
        let backstop = pack.rules.backstop().clone();
        RuleSet::new(
            rules.collect(),
            backstop,
            &pack.areas,
            &pack.taxonomy,
            "general".parse().unwrap(),
        )
    })
}

#[derive(Debug, Clone)]
struct Complaint {
    category: Option<CategoryId>,
    area: Option<AreaId>,
    rest: Facts<'static>,
}

fn complaints() -> impl Strategy<Value = Complaint> {
    let pack = small_pack();
    let categories: Vec<_> = pack
        .taxonomy
        .iter()
        .map(|category| category.id.clone())
        .collect();
    let areas: Vec<_> = pack.areas.iter().map(|area| area.id.clone()).collect();
    let texts = vec!["", "楼道里燃气泄漏", "燃气费", "路灯和暖气不热", "no heat"];
    let who = (
        select(Kind::ALL),
        select(Urgency::ALL),
        select(Channel::ALL),
        select(Line::ALL),
        select(ReporterType::ALL),
        select(vec![
            Language::CHINESE,
            Language::ENGLISH,
            Language::UNDETERMINED,
        ]),
    );
    let moment = (select(DayClass::ALL), 0_i8..24, 0_i8..60, any::<bool>());
    let place = (
        proptest::option::of(select(categories)),
        proptest::option::of(select(areas)),
    );
    (place, who, moment, select(texts)).prop_map(
        |(
            (category, area),
            (kind, urgency, channel, line, reporter, language),
            (day, hour, minute, extreme_weather),
            text,
        )| {
            let moment = Moment {
                day,
                extreme_weather,
                time: time(hour, minute, 0, 0),
            };
            let rest = Facts {
                kind,
                urgency,
                channel,
                line,
                reporter,
                language,
                moment,
                text,
                ..facts(None, None)
            };
            Complaint {
                category,
                area,
                rest,
            }
        },
    )
}

proptest! {
    #[test]
    fn decides_as_the_first_rule_of_a_naive_reader(rules in rule_sets(), complaint in complaints()) {
        let areas = small_pack().areas;
        let facts = Facts {
            category: complaint.category.as_ref(),
            area: complaint.area.as_ref(),
            ..complaint.rest
        };
        let naive = rules.rules().iter().find(|rule| holds(&rule.when, &facts, &areas));
        let decision = rules.decide(&facts);
        prop_assert_eq!(decision.rule.as_ref(), naive.map(|rule| &rule.id));

        let told = rules.explain(&facts);
        let winner = told.last().filter(|last| last.failed.is_none());
        prop_assert_eq!(winner.map(|last| &last.rule), decision.rule.as_ref());
        let losers = told.len() - usize::from(winner.is_some());
        prop_assert!(told[..losers].iter().all(|considered| considered.failed.is_some()));
        for (rule, considered) in rules.rules().iter().zip(&told) {
            prop_assert_eq!(&rule.id, &considered.rule);
            prop_assert_eq!(holds(&rule.when, &facts, &areas), considered.failed.is_none());
        }
    }
}
