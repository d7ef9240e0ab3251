//! Whatever people try, in whatever order, what must hold holds.

use proptest::prelude::*;
use proptest::sample::select;

use super::*;

const NAMES: &[&str] = &["pack", "a", "b", "c"];
const ACTORS: &[&str] = &["amal", "bo", "router"];

fn command() -> impl Strategy<Value = Command> {
    let any = || select(NAMES);
    let in_flight = || select(InFlight::ALL);
    prop_oneof![
        3 => (any(), 0..8_u64).prop_map(|(name, errors)| Command::Propose {
            digest: digest(name),
            base: None,
            rules: 1,
            lint: lint(errors / 7),
        }),
        4 => (any(), any()).prop_map(|(name, against)| replay(name, against)),
        4 => any().prop_map(approve),
        1 => any().prop_map(|name| Command::Reject { digest: digest(name) }),
        1 => any().prop_map(|name| Command::StartShadow { digest: digest(name) }),
        1 => any().prop_map(|name| Command::EndShadow { digest: digest(name) }),
        2 => any().prop_map(start_canary),
        1 => (any(), 0..60_u64).prop_map(|(name, returned)| Command::EndCanary {
            digest: digest(name),
            why: BOUNDS.breach(60, returned, 0).map_or(Ended::ByHand, Ended::Bound),
        }),
        4 => (any(), any(), in_flight()).prop_map(|(name, expected, in_flight)| Command::Activate {
            digest: digest(name),
            expected_active: digest(expected),
            in_flight,
        }),
        2 => (prop::option::of(any()), any()).prop_map(|(name, expected)| roll_back(name, expected)),
        1 => (0..20_u64, 0..4_u64).prop_map(|(activation, moved)| Command::RecordReevaluation {
            activation,
            looked_at: 3,
            moved,
            failed: 0,
        }),
    ]
}

fn tries() -> impl Strategy<Value = Vec<(&'static str, Command)>> {
    prop::collection::vec((select(ACTORS), command()), 1..80)
}

fn office_after(tries: &[(&'static str, Command)]) -> Office {
    let mut office = Office::open();
    for (actor, command) in tries {
        let _ = office.tries(actor, command.clone());
    }
    office
}

fn check(workflow: &Workflow) {
    let active: Vec<&Version> = workflow
        .versions()
        .filter(|version| version.status == Status::Active)
        .collect();
    assert_eq!(active.len(), 1);
    assert_eq!(Some(&active[0].digest), workflow.active());
    for version in workflow.versions() {
        let was_in_force = matches!(version.status, Status::Active | Status::Former);
        let packs = version.proposed.by.as_str() == PACK_ACTOR;
        assert!(!was_in_force || packs || version.approval.is_some());
        if let Some(approval) = &version.approval {
            assert_ne!(approval.mark.by, version.proposed.by);
        }
    }
    if let Some(canary) = workflow.canary() {
        let status = workflow.version(&canary.digest).unwrap().status;
        assert!(
            matches!(status, Status::Approved | Status::Former),
            "{status}"
        );
    }
    if let Some(shadow) = workflow.shadow() {
        let status = workflow.version(&shadow.digest).unwrap().status;
        assert!(
            !matches!(status, Status::Rejected | Status::Active),
            "{status}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn nothing_is_in_force_that_nobody_else_approved(tries in tries()) {
        let mut office = Office::open();
        for (actor, command) in tries {
            let before = office.clone();
            match office.tries(actor, command) {
                Ok(()) => check(&office.workflow),
                Err(_) => prop_assert_eq!(&office.workflow, &before.workflow),
            }
        }
    }

    #[test]
    fn a_log_says_what_its_writer_knows_at_every_step(tries in tries()) {
        let mut writer = Office::open();
        let mut reader = Workflow::default();
        for (actor, command) in tries {
            let known = reader.head().entries as usize;
            for entry in &writer.log[known..] {
                prop_assert_eq!(&reader.follow_line(entry.line().as_bytes()).unwrap(), entry);
            }
            prop_assert_eq!(&reader, &writer.workflow);
            let _ = writer.tries(actor, command);
        }
    }

    #[test]
    fn one_change_anywhere_is_found(
        tries in tries(),
        at in any::<prop::sample::Index>(),
        byte in any::<prop::sample::Index>(),
        new in any::<u8>(),
        how in 0..4,
    ) {
        let mut lines: Vec<Vec<u8>> =
            office_after(&tries).lines().into_iter().map(String::into_bytes).collect();
        let true_lines = lines.clone();
        let at = at.index(lines.len());
        match how {
            0 => {
                let byte = byte.index(lines[at].len());
                lines[at][byte] = new;
            }
            1 if at + 1 < lines.len() => { lines.remove(at); }
            2 => { let other = byte.index(lines.len()); lines.swap(at, other); }
            _ => { let copy = lines[at].clone(); lines.insert(at, copy); }
        }
        let verdict = verify(lines.iter().map(Vec::as_slice));
        prop_assert_eq!(verdict.is_ok(), lines == true_lines);
    }
}

/// The properties mean something only if the tries get somewhere.
#[test]
fn the_tries_come_far() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut names = std::collections::BTreeSet::new();
    for _ in 0..200 {
        let tries = tries().new_tree(&mut runner).unwrap().current();
        names.extend(
            office_after(&tries)
                .log
                .iter()
                .map(|entry| entry.action.name()),
        );
    }
    assert_eq!(names.len(), 11, "{names:?}");
}
