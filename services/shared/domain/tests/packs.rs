//! The city packs that ship with Swiftline are valid and complete, their rules do what their tests expect, and nothing is
//! wrong with them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use swiftline_domain::city::{AreaKind, CityPack, UnitClass};
use swiftline_domain::rules::{RULE_TESTS_FILE, RuleTests, Severity, TestReport, format, lint};

#[path = "packs/agencies.rs"]
mod agencies;

const CITIES: [&str; 2] = ["beijing", "nyc"];

/// The fewest expected routes of a pack.
const FEWEST_TESTS: usize = 110;

/// What the departments of Beijing's districts are for.
const FUNCTIONS: [&str; 8] = [
    "urban-management",
    "enforcement",
    "housing",
    "market",
    "human-resources",
    "education",
    "health",
    "ecology",
];

fn folder(city: &str) -> PathBuf {
    let cities = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../k8s/cities");
    cities.join(city)
}

fn text(city: &str, file: &str) -> String {
    let path = folder(city).join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn pack(city: &str) -> CityPack {
    let read = |folder: &Path, names: &[&str]| {
        let files = names.iter().filter_map(|name| {
            let text = std::fs::read_to_string(folder.join(name)).ok()?;
            Some(((*name).to_owned(), text))
        });
        Ok::<BTreeMap<_, _>, String>(files.collect())
    };
    CityPack::load(&folder(city), read).unwrap_or_else(|error| panic!("{error}"))
}

fn tested(city: &str) -> TestReport {
    let pack = pack(city);
    let tests = RuleTests::read(&pack, RULE_TESTS_FILE, &text(city, RULE_TESTS_FILE))
        .unwrap_or_else(|error| panic!("{city}: {error}"));
    tests.run(&pack, &pack.rules)
}

#[test]
fn beijing_has_all_its_districts_and_subdistricts() {
    let pack = pack("beijing");
    assert_eq!(pack.city.id, "beijing");
    assert_eq!(pack.units.count(UnitClass::District), 17);
    assert_eq!(pack.areas.count(AreaKind::District), 17);
    assert_eq!(pack.areas.count(AreaKind::Subdistrict), 349);
}

#[test]
fn every_district_of_beijing_has_its_departments_below_it() {
    let pack = pack("beijing");
    let districts = pack.areas.iter().filter(|area| area.kind.level() == 1);
    for district in districts {
        let government = pack.units.of_area(district.id.as_str()).unwrap();
        for function in FUNCTIONS {
            let function = function.parse().unwrap();
            let department = pack.units.of_function(&district.id, &function).unwrap();
            assert_eq!(department.parent.as_ref(), Some(&government.id));
        }
    }
}

#[test]
fn new_york_has_its_boroughs_and_community_districts() {
    let pack = pack("nyc");
    assert_eq!(pack.city.id, "nyc");
    assert_eq!(pack.areas.count(AreaKind::Borough), 5);
    assert_eq!(pack.areas.count(AreaKind::CommunityDistrict), 59);
    assert_eq!(pack.units.count(UnitClass::Borough), 5);
}

#[test]
fn every_expected_route_of_the_packs_is_taken() {
    for city in CITIES {
        let report = tested(city);
        let failed: Vec<_> = report.cases.iter().filter(|case| !case.passed).collect();
        assert!(failed.is_empty(), "{city}: {failed:#?}");
        assert!(report.passed >= FEWEST_TESTS, "{city}: {}", report.passed);
    }
}

#[test]
fn every_rule_of_the_packs_decides_some_test() {
    for city in CITIES {
        assert_eq!(tested(city).untested, [], "{city}");
    }
}

#[test]
fn nothing_is_wrong_with_the_rules_of_the_packs() {
    for city in CITIES {
        let pack = pack(city);
        let report = lint(&pack, &pack.rules);
        let serious = |severity| severity != Severity::Info;
        let found: Vec<String> = report
            .findings
            .iter()
            .filter(|finding| serious(finding.severity))
            .map(ToString::to_string)
            .collect();
        assert_eq!(found, [""; 0], "{city}");
        let proofs = &report.proofs;
        assert_eq!(proofs.covered, proofs.cells, "{city}: {proofs:?}");
    }
}

#[test]
fn the_rules_of_the_packs_are_in_their_canonical_form() {
    for city in CITIES {
        let rules = text(city, "rules.yaml");
        assert!(format("rules.yaml", &rules).unwrap() == rules, "{city}");
    }
}

#[test]
fn rules_name_helpers_and_informed_units_that_are_not_the_lead() {
    for city in CITIES {
        for rule in pack(city).rules.rules() {
            let then = &rule.then;
            let beside = then.helpers.iter().chain(then.inform.iter());
            assert!(beside.clone().all(|lead| *lead != then.lead), "{}", rule.id);
            let distinct: BTreeSet<String> =
                beside.clone().map(|lead| format!("{lead:?}")).collect();
            assert_eq!(distinct.len(), beside.count(), "{}", rule.id);
        }
    }
}
