//! The rules of the city packs that ship with Swiftline can be proved, with little work; so can many more.

use std::collections::BTreeMap;
use std::path::Path;

use swiftline_domain::city::CityPack;
use swiftline_domain::rules::{FindingKind, LintReport, RuleSet, lint};

fn pack(city: &str) -> CityPack {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../k8s/cities")
        .join(city);
    let read = |folder: &Path, names: &[&str]| {
        let files = names.iter().filter_map(|name| {
            let text = std::fs::read_to_string(folder.join(name)).ok()?;
            Some(((*name).to_owned(), text))
        });
        Ok::<BTreeMap<_, _>, String>(files.collect())
    };
    CityPack::load(&folder, read).unwrap_or_else(|error| panic!("{error}"))
}

fn told(report: &LintReport) -> String {
    let lines = report.findings.iter().map(|finding| format!("{finding}\n"));
    format!("{}{:?}", lines.collect::<String>(), report.proofs)
}

fn count(report: &LintReport, kind: FindingKind) -> usize {
    let findings = report.findings.iter();
    findings.filter(|finding| finding.kind == kind).count()
}

#[test]
fn lint_of_the_packs_is_exact_and_little_work() {
    for city in ["beijing", "nyc"] {
        let pack = pack(city);
        let report = lint(&pack, &pack.rules);
        let undecided = count(&report, FindingKind::Undecided);
        assert_eq!(undecided, 0, "{city}:\n{}", told(&report));
        let proofs = &report.proofs;
        assert_eq!(
            proofs.cells,
            proofs.covered + proofs.without_rule + proofs.without_unit
        );
        // Beijing's rules need some 1,600 parts, a tenth of a second.
        assert!(proofs.parts < 20_000, "{city}:\n{}", told(&report));
    }
}

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    fn some<'v>(&mut self, values: &[&'v str], most: usize) -> Vec<&'v str> {
        let count = 1 + self.roll(most);
        let mut some: Vec<&str> = (0..count)
            .map(|_| values[self.roll(values.len())])
            .collect();
        some.sort_unstable();
        some.dedup();
        some
    }
}

/// Rules as a large city might write: a category each, often a place, now and then anything else; those that ask more stand
/// before those that ask less.
fn many_rules(pack: &CityPack, count: usize) -> RuleSet {
    let mut dice = Dice(1);
    let categories: Vec<&str> = pack.taxonomy.iter().map(|one| one.id.as_str()).collect();
    let areas: Vec<&str> = pack.areas.iter().map(|one| one.id.as_str()).collect();
    let words: Vec<String> = (0..400).map(|word| format!("词{word}号")).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let dimensions: [(&str, usize, &[&str]); 8] = [
        (
            "kind",
            30,
            &["consultation", "help", "complaint", "report", "praise"],
        ),
        ("urgency", 15, &["normal", "urgent", "emergency"]),
        ("channel", 8, &["phone", "web", "app", "wechat", "api"]),
        ("line", 8, &["general", "enterprise", "foreign_language"]),
        ("language", 8, &["zh", "en", "ja", "ko", "fr"]),
        ("reporter", 8, &["resident", "enterprise", "visitor"]),
        (
            "day",
            8,
            &["workday", "weekend", "holiday", "extreme_weather"],
        ),
        ("keywords", 25, &words),
    ];
    let mut rules: Vec<(usize, String)> = (0..count)
        .map(|number| {
            let mut asks = vec![format!("category: {{any_of: {:?}}}", dice.some(&categories, 3))];
            if dice.roll(100) < 50 {
                asks.push(format!("place: {{any_of: {:?}}}", dice.some(&areas, 3)));
            }
            for (name, percent, values) in dimensions {
                if dice.roll(100) < percent {
                    let list = if dice.roll(5) == 0 { "none_of" } else { "any_of" };
                    asks.push(format!("{name}: {{{list}: {:?}}}", dice.some(values, 3)));
                }
            }
            if dice.roll(100) < 12 {
                let from = dice.roll(24);
                asks.push(format!("hours: \"{from:02}:00-{:02}:30\"", (from + 8) % 24));
            }
            if dice.roll(100) < 3 {
                asks.push("guard: \"minute < 30\"".to_owned());
            }
            let when = asks.join(", ");
            (asks.len(), format!("  - {{id: r{number}, description: x, when: {{{when}}}, then: {{lead: {{by_place: district}}}}}}\n"))
        })
        .collect();
    rules.sort_by_key(|(asks, _)| std::cmp::Reverse(*asks));
    let texts: Vec<String> = rules.into_iter().map(|(_, text)| text).collect();
    read_in_pieces(pack, &texts)
}

/// Reads rules in pieces, for a file has a bound.
fn read_in_pieces(pack: &CityPack, texts: &[String]) -> RuleSet {
    let backstop = pack.rules.backstop();
    let mut rules = Vec::new();
    for texts in texts.chunks(2_000) {
        let text = format!(
            "rules:\n{}backstop: {{lead: {{by_place: district}}, otherwise: {{unit: {}}}}}\n",
            texts.concat(),
            backstop.otherwise
        );
        let read = RuleSet::read(pack, "rules.yaml", &text);
        let read = read.unwrap_or_else(|errors| panic!("{errors}"));
        rules.extend_from_slice(read.rules());
    }
    let general = "general".parse().expect("an id");
    RuleSet::new(
        rules,
        backstop.clone(),
        &pack.areas,
        &pack.taxonomy,
        general,
    )
}

#[test]
fn a_thousand_rules_are_decided() {
    let pack = pack("beijing");
    let report = lint(&pack, &many_rules(&pack, 1_000));
    assert_eq!(count(&report, FindingKind::Undecided), 0);
    assert_eq!(report.proofs.undecided, 0);
}
