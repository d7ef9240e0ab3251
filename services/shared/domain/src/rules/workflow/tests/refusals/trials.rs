//! Shadows and canaries that are refused.

use super::*;

#[test]
fn a_second_trial() {
    let mut office = Office::with_approved("a");
    office.approve("b", "pack");
    office.does("amal", start_canary("a"));
    office.does("amal", Command::StartShadow { digest: a() });
    let refusal = refused(&office, "bo", start_canary("b"));
    assert_eq!(refusal, Refusal::CanaryRuns { digest: a() });
    let shadow = Command::StartShadow {
        digest: digest("b"),
    };
    assert_eq!(
        refused(&office, "bo", shadow),
        Refusal::ShadowRuns { digest: a() }
    );
    let end = Command::EndShadow {
        digest: digest("b"),
    };
    assert_eq!(
        refused(&office, "bo", end),
        Refusal::NoShadow {
            digest: digest("b")
        }
    );
    let end = Command::EndCanary {
        digest: digest("b"),
        why: Ended::ByHand,
    };
    assert_eq!(
        refused(&office, "bo", end),
        Refusal::NoCanary {
            digest: digest("b")
        }
    );
}

#[test]
fn canaries_out_of_range() {
    let office = Office::with_approved("a");
    let start = |districts: Vec<AreaId>, bounds| Command::StartCanary {
        digest: a(),
        districts,
        bounds,
    };
    let area = |n: usize| AreaId::new(&n.to_string()).unwrap();
    let many = (0..=MAX_DISTRICTS).map(area).collect();
    let cases = [
        (vec![], "are missing"),
        (many, "are too many"),
        (vec![area(1), area(2), area(1)], "name one twice"),
    ];
    for (districts, wrong) in cases {
        let refusal = refused(&office, "bo", start(districts, BOUNDS));
        assert_eq!(refusal, Refusal::Districts(wrong));
    }
    let (mut high, mut higher, mut early) = (BOUNDS, BOUNDS, BOUNDS);
    high.max_return_permille = 1_001;
    higher.max_triage_permille = 1_001;
    early.min_decided = 0;
    for bounds in [high, higher, early] {
        let refusal = refused(&office, "bo", start(vec![area(1)], bounds));
        assert_eq!(refusal, Refusal::Bounds);
    }
    let largest: Vec<AreaId> = (0..MAX_DISTRICTS)
        .map(|n| AreaId::new(&format!("{n:064}")).unwrap())
        .collect();
    let entry = office.workflow.decide(start(largest, BOUNDS), by("bo"));
    assert!(entry.unwrap().line().len() < 32 * 1024);
}

#[test]
fn a_bound_that_was_not_passed() {
    let mut office = Office::with_approved("a");
    office.does("amal", start_canary("a"));
    let breach = BOUNDS.breach(20, 3, 0).unwrap();
    let calm = [
        Breach {
            counted: 2,
            ..breach
        },
        Breach {
            decided: 19,
            ..breach
        },
        Breach {
            bound_permille: 10,
            ..breach
        },
    ];
    for breach in calm {
        let why = Ended::Bound(breach);
        let end = Command::EndCanary { digest: a(), why };
        assert_eq!(refused(&office, "router", end), Refusal::NoBreach);
    }
}
