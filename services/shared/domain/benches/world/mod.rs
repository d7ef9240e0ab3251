//! A generated city of 17 districts with 20 subdistricts each and 270 categories, its rules, and what comes in.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::civil::Time;
use swiftline_domain::city::CityPack;
use swiftline_domain::rules::Sample;
use swiftline_domain::vocabulary::{Channel, DayClass, Kind, Line, ReporterType, Urgency};

/// How many complaints are decided in one round.
const INPUTS: usize = 4_096;
const DISTRICTS: usize = 17;
const SUBDISTRICTS: usize = 20;
const FIELDS: usize = 30;
const MATTERS: usize = 8;
const UNITS: usize = 60;

const FIXED: [(&str, &str); 3] = [
    (
        "city.yaml",
        "
id: bench
name: {en: Bench}
time_zone: Asia/Shanghai
default_language: en
languages: [en]
sources: [{what: everything, origin: generated, licence: CC0}]
triage: {min_confidence: 0.35}
offers:
  sign_within: {emergency: 10m, urgent: 30m, normal: 4h}
  max_hops: 3
unit_classes: [district, department]
",
    ),
    (
        "clocks.yaml",
        "
classes:
  - {id: general, dispatch: 24h, handle: 15d, callback: 3d, working_time: true}
warn_at: 0.8
",
    ),
    (
        "calendar.yaml",
        "
weekend: [saturday, sunday]
office_hours: \"09:00-18:00\"
holidays: [{date: 2026-10-01, name: {en: National Day}}]
make_up_workdays: []
",
    ),
];

/// A small generator of numbers (xorshift64*), the same on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % bound
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<'a, T>(&mut self, values: &'a [T]) -> &'a T {
        &values[self.below(values.len())]
    }
}

/// The pack with so many rules, the last of which matches everything.
pub(crate) fn pack(rules: usize) -> CityPack {
    let (mut areas, mut units, mut teams) = (
        "areas:\n".to_owned(),
        "units:\n".to_owned(),
        "teams:\n".to_owned(),
    );
    let mut unit = |id: &str, rest: &str| {
        let _ = writeln!(units, "  - {{id: {id}, {rest}, name: {{en: {id}}}}}");
        let _ = writeln!(
            teams,
            "  - {{id: {id}-a, unit: {id}, name: {{en: {id}}}, capacity: 9, hours: always}}"
        );
    };
    for district in 1..=DISTRICTS {
        let id = format!("{district:02}");
        let _ = writeln!(
            areas,
            "  - {{id: \"{id}\", kind: district, name: {{en: D{id}}}}}"
        );
        for subdistrict in 1..=SUBDISTRICTS {
            let _ = writeln!(
                areas,
                "  - {{id: \"{id}{subdistrict:03}\", kind: subdistrict, parent: \"{id}\", name: {{en: S{id}{subdistrict}}}}}"
            );
        }
        unit(
            &format!("district-{id}"),
            &format!("class: district, area: \"{id}\""),
        );
    }
    (0..UNITS).for_each(|number| unit(&format!("unit-{number}"), "class: department"));
    let mut taxonomy = "categories:\n".to_owned();
    for id in categories() {
        let _ = writeln!(taxonomy, "  - {{id: {id}, name: {{en: {id}}}}}");
    }
    let mut files: BTreeMap<String, String> = FIXED
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect();
    let generated = [
        ("areas", areas),
        ("units", units),
        ("teams", teams),
        ("taxonomy", taxonomy),
        ("rules", rules_text(rules)),
    ];
    files.extend(generated.map(|(name, text)| (format!("{name}.yaml"), text)));
    CityPack::parse(&files).expect("a generated pack is valid")
}

fn categories() -> impl Iterator<Item = String> {
    (0..FIELDS).flat_map(|field| {
        let matters = (0..MATTERS).map(move |matter| format!("field-{field:02}.matter-{matter}"));
        std::iter::once(format!("field-{field:02}")).chain(matters)
    })
}

fn rules_text(rules: usize) -> String {
    let mut random = Random(12_345);
    let mut text = "rules:\n".to_owned();
    for number in 1..=rules {
        let asked = if number < rules {
            condition(&mut random)
        } else {
            String::new()
        };
        let unit = random.below(UNITS);
        let _ = writeln!(
            text,
            "  - id: rule-{number:05}\n    description: Generated."
        );
        let _ = writeln!(text, "{asked}    then: {{lead: {{unit: unit-{unit}}}}}");
    }
    text + "backstop: {lead: {by_place: district}, otherwise: {unit: unit-0}}\n"
}

/// Nearly always a category, mostly a place, then what else a city asks.
fn condition(random: &mut Random) -> String {
    let mut asked = Vec::new();
    if random.chance(92) {
        let all: Vec<String> = categories().collect();
        asked.push(format!("category: {{any_of: [{}]}}", random.pick(&all)));
    }
    if random.chance(85) {
        let district = 1 + random.below(DISTRICTS);
        let subdistrict = 1 + random.below(SUBDISTRICTS);
        asked.push(if random.chance(55) {
            format!("place: {{any_of: [\"{district:02}\"]}}")
        } else {
            format!("place: {{any_of: [\"{district:02}{subdistrict:03}\"]}}")
        });
    }
    for (dimension, words, percent) in [
        ("kind", Kind::WORDS, 30),
        ("urgency", Urgency::WORDS, 15),
        ("channel", Channel::WORDS, 8),
        ("line", Line::WORDS, 8),
        ("reporter", ReporterType::WORDS, 10),
        ("day", DayClass::WORDS, 12),
    ] {
        if random.chance(percent) {
            let list = if random.chance(25) {
                "none_of"
            } else {
                "any_of"
            };
            asked.push(format!("{dimension}: {{{list}: [{}]}}", random.pick(words)));
        }
    }
    if random.chance(12) {
        asked.push(format!(
            "hours: \"{}\"",
            random.pick(&["08:00-20:00", "22:00-06:00", "09:00-18:00"])
        ));
    }
    if asked.is_empty() {
        asked.push("line: {any_of: [merged]}".to_owned());
    }
    format!("    when: {{{}}}\n", asked.join(", "))
}

/// Complaints of every sort; category and place are known of nearly all.
pub(crate) fn samples(pack: &CityPack) -> Vec<Sample> {
    let mut random = Random(54_321);
    let categories: Vec<_> = pack
        .taxonomy
        .iter()
        .map(|category| category.id.clone())
        .collect();
    let areas: Vec<_> = pack.areas.iter().map(|area| area.id.clone()).collect();
    let sample = |_| Sample {
        category: random.chance(96).then(|| random.pick(&categories).clone()),
        place: random.chance(96).then(|| random.pick(&areas).clone()),
        kind: *random.pick(Kind::ALL),
        urgency: *random.pick(Urgency::ALL),
        channel: *random.pick(Channel::ALL),
        line: *random.pick(Line::ALL),
        reporter: *random.pick(ReporterType::ALL),
        day: *random.pick(DayClass::ALL),
        time: Time::constant(random.below(24) as i8, random.below(60) as i8, 0, 0),
        ..Sample::ordinary(pack)
    };
    (0..INPUTS).map(sample).collect()
}
