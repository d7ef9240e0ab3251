//! A small city of uneven teams: what the choice promises, and that the simpler ways do not keep it.

use std::fmt::Write as _;

use swiftline_domain::city::testing::small_pack_files;

use super::*;

const OFFICES: [&str; 2] = ["st-hekou", "st-shiqiao"];

/// Two offices with eight teams of capacities 10 to 80, each below a district with one team of 200.
fn city() -> CityPack {
    let mut files = small_pack_files();
    let teams = files.get_mut("teams.yaml").unwrap();
    *teams = teams.replace("capacity: 20,", "capacity: 200,");
    let of_offices = |line: &&str| OFFICES.iter().any(|office| line.contains(office));
    let others: Vec<&str> = teams.lines().filter(|line| !of_offices(line)).collect();
    // Somebody has to have the skills that the taxonomy speaks of.
    let mut text = others.join("\n").replace("[gas]", "[gas, heating]");
    for office in OFFICES {
        for n in 1..=8 {
            let _ = write!(
                text,
                "\n  - {{id: {office}-{n}, unit: {office}, name: {{zh: 组}}, capacity: {n}0, hours: always}}"
            );
        }
    }
    *teams = text + "\n";
    CityPack::parse(&files).unwrap_or_else(|errors| panic!("{errors}"))
}

fn conditions() -> Conditions {
    Conditions {
        seed: 17,
        routers: 4,
        refresh_s: 0.5,
        handling_s: 60.0,
        utilisation: 0.8,
        steady: 5.0,
        surge: None,
        now: Timestamp::UNIX_EPOCH,
    }
}

fn run(policy: Policy, conditions: &Conditions) -> Report {
    let pack = city();
    let units: Vec<&Unit> = OFFICES.iter().filter_map(|id| pack.units.get(id)).collect();
    simulate(&pack, &units, policy, conditions)
}

#[test]
fn in_the_steady_state_the_loads_are_even_within_a_tenth() {
    let ours = run(Policy::Ours, &conditions());
    assert!(ours.steady.moment <= 1.1, "{ours:?}");
    assert!(ours.steady.long_run <= 1.05, "{ours:?}");
    assert!(ours.choices.decisions > 2_000, "{ours:?}");
    assert_eq!(ours.choices.full_as_seen, 0, "{ours:?}");
    for simpler in [
        Policy::PlainTwo,
        Policy::RandomBySize,
        Policy::RoundRobin,
        Policy::Random,
    ] {
        let report = run(simpler, &conditions());
        assert!(
            report.steady.moment > ours.steady.moment,
            "{simpler:?} {report:?}"
        );
    }
}

#[test]
fn a_surge_fills_the_unit_then_spills_and_passes() {
    let conditions = Conditions {
        steady: 0.5,
        surge: Some(Surge {
            district: UnitId::new("dongshan").unwrap(),
            factor: 10.0,
            lasts: 0.25,
        }),
        ..conditions()
    };
    let surge = run(Policy::Ours, &conditions).surge.unwrap();
    assert_eq!(surge.choices.full_as_seen, 0, "{surge:?}");
    assert!(surge.choices.spilled > 0, "{surge:?}");
    assert!(surge.evenness.moment <= 1.1, "{surge:?}");
    assert!(surge.peak > 1.0, "{surge:?}");
    assert!(
        surge.recovery > 0.0 && surge.recovery < MAX_RECOVERY,
        "{surge:?}"
    );
    let in_turn = run(Policy::RoundRobin, &conditions).surge.unwrap();
    assert!(in_turn.choices.full_as_seen > 0, "{in_turn:?}");
    assert_eq!(in_turn.choices.spilled, 0, "{in_turn:?}");
}

#[test]
fn the_same_seed_gives_the_same_report() {
    let conditions = Conditions {
        steady: 0.5,
        ..conditions()
    };
    let again = run(Policy::Ours, &conditions);
    assert_eq!(run(Policy::Ours, &conditions), again);
    let other = Conditions {
        seed: 18,
        ..conditions
    };
    assert_ne!(run(Policy::Ours, &other), again);
}
