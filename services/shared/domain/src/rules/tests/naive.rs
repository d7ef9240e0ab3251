//! The index and the explanation against a reader that takes every condition word for word.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::*;
use crate::calendar::DailyHours;
use crate::city::Areas;
use crate::id::RuleId;
use crate::vocabulary::DayTag;

/// Guards, and what they mean.
type Meaning = fn(&Facts<'_>) -> bool;
const GUARDS: [(&str, Meaning); 5] = [
    ("hour >= 8 && hour < 20", |facts| {
        (8..20).contains(&facts.moment.time.hour())
    }),
    ("text.contains('燃气')", |facts| {
        facts.text.contains("燃气")
    }),
    ("'extreme_weather' in day || kind == 'praise'", |facts| {
        facts.moment.extreme_weather || facts.kind == Kind::Praise
    }),
    ("category.startsWith('utilities') || place == ''", |facts| {
        facts.area.is_none()
            || facts
                .category
                .is_some_and(|id| id.as_str().starts_with("utilities"))
    }),
    // Fails at run time: no text here is a number.
    ("int(text) >= 0", |_| false),
];

/// The dimensions of a condition that do not hold, tested word for word as it is written, slowly.
fn failed(when: &Condition, facts: &Facts<'_>, areas: &Areas) -> Vec<Dimension> {
    Dimension::ALL
        .iter()
        .copied()
        .filter(|dimension| !holds(*dimension, when, facts, areas))
        .collect()
}

fn holds(dimension: Dimension, when: &Condition, facts: &Facts<'_>, areas: &Areas) -> bool {
    fn fits<T>(choice: &Choice<T>, test: impl Fn(&T) -> bool) -> bool {
        (choice.any_of.is_empty() || choice.any_of.iter().any(&test))
            && !choice.none_of.iter().any(&test)
    }
    let lies_in = |id: &AreaId| {
        let area = facts.area;
        area.is_some_and(|area| areas.is_within(area.as_str(), id.as_str()))
    };
    let is_of = |id: &CategoryId| {
        let category = facts.category;
        category.is_some_and(|category| category.is_within(id))
    };
    let moment = facts.moment;
    match dimension {
        Dimension::Category => fits(&when.category, is_of),
        Dimension::Place => {
            let known = when.place.known;
            known.is_none_or(|known| known == facts.area.is_some())
                && fits(&when.place.areas, lies_in)
        }
        Dimension::Kind => fits(&when.kind, |kind| *kind == facts.kind),
        Dimension::Urgency => fits(&when.urgency, |urgency| *urgency == facts.urgency),
        Dimension::Channel => fits(&when.channel, |channel| *channel == facts.channel),
        Dimension::Line => fits(&when.line, |line| *line == facts.line),
        Dimension::Language => fits(&when.language, |language| *language == facts.language),
        Dimension::Reporter => fits(&when.reporter, |reporter| *reporter == facts.reporter),
        Dimension::Day => fits(&when.day, |day| match day {
            DayTag::Workday => moment.day == DayClass::Workday,
            DayTag::Weekend => moment.day == DayClass::Weekend,
            DayTag::Holiday => moment.day == DayClass::Holiday,
            DayTag::ExtremeWeather => moment.extreme_weather,
        }),
        Dimension::Hours => when.hours.is_none_or(|hours| hours.contains(moment.time)),
        Dimension::Keywords => fits(&when.keywords, |word| facts.text.contains(word.as_ref())),
        Dimension::Guard => when.guard.as_ref().is_none_or(|guard| {
            let known = GUARDS.iter().find(|(source, _)| *source == guard.source());
            known.is_some_and(|(_, holds)| holds(facts))
        }),
    }
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
        Some("18:00-24:00".parse().unwrap()),
        Some("00:00-06:30".parse().unwrap()),
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
    let mut guards = vec![None; 20];
    guards.extend(GUARDS.map(|(source, _)| Guard::parse(source).ok()));
    let texts = (words, select(guards));
    (choices(categories), known, choices(areas), who, when, texts).prop_map(
        |(
            category,
            known,
            areas,
            (kind, urgency, channel, line, language, reporter),
            (day, hours),
            (keywords, guard),
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
                guard,
            }
        },
    )
}

fn rule_sets() -> impl Strategy<Value = RuleSet> {
    let pack = small_pack();
    let few_or_many = prop_oneof![3 => 0_usize..12, 1 => 12_usize..200];
    let conditions = few_or_many.prop_flat_map(move |count| vec(conditions(&pack), count));
    conditions.prop_map(rule_set)
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
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn decides_and_explains_as_a_naive_reader(
        rules in rule_sets(),
        complaints in vec(complaints(), 8),
        limit in 0_usize..12,
    ) {
        let areas = small_pack().areas;
        for complaint in complaints {
            let facts = Facts {
                category: complaint.category.as_ref(),
                area: complaint.area.as_ref(),
                ..complaint.rest
            };
            let naive: Vec<Vec<Dimension>> = rules
                .rules()
                .iter()
                .map(|rule| failed(&rule.when, &facts, &areas))
                .collect();
            let winner = naive.iter().position(Vec::is_empty);
            prop_assert_eq!(rules.winner(&facts), winner);
            let winner_id = winner.map(|winner| rules.rules()[winner].id.clone());
            prop_assert_eq!(&rules.decide(&facts).rule, &winner_id);

            let looked_at = winner.map_or(naive.len(), |winner| winner + 1);
            let told = rules.explain(&facts, limit);
            prop_assert_eq!(&told.winner, &winner_id);
            prop_assert_eq!(told.looked_at, looked_at);
            let told: Vec<(RuleId, Vec<Dimension>, bool)> = told
                .close
                .into_iter()
                .map(|near| {
                    let dimensions = near.failed.iter().map(|failure| failure.dimension);
                    (near.rule, dimensions.collect(), near.after)
                })
                .collect();
            let near = |at: usize| {
                (rules.rules()[at].id.clone(), naive[at].clone(), at >= looked_at)
            };
            let mut before: Vec<usize> = (0..winner.unwrap_or(looked_at)).collect();
            before.sort_by_key(|at| (naive[*at].len(), *at));
            before.truncate(limit);
            let after = (looked_at..naive.len()).filter(|at| naive[*at].is_empty());
            let mut close: Vec<usize> = after.take((limit / 2).max(limit - before.len())).collect();
            before.truncate(limit - close.len());
            close.extend(before);
            prop_assert_eq!(told, close.into_iter().map(near).collect::<Vec<_>>());
        }
    }
}
