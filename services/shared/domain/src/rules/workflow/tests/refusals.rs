//! Each thing that the workflow refuses.

mod trials;

use super::*;

#[track_caller]
fn refused(office: &Office, actor: &str, command: Command) -> Refusal {
    let before = office.workflow.clone();
    let mut office = office.clone();
    let refusal = office.tries(actor, command).unwrap_err();
    assert_eq!(office.workflow, before);
    refusal
}

fn actor(name: &str) -> ActorId {
    ActorId::new(name).unwrap()
}

fn a() -> RulesDigest {
    digest("a")
}

/// `pack` is in force, `a` proposed by amal.
fn proposed() -> Office {
    let mut office = Office::open();
    office.does("amal", propose("a"));
    office
}

/// `a` is in force instead of `pack`.
fn activated() -> Office {
    let mut office = Office::with_approved("a");
    office.does("amal", activate("a", "pack"));
    office
}

#[test]
fn reasons_that_do_not_fit() {
    let long = "长".repeat(MAX_REASON_CHARS + 1);
    let cases = [
        ("", "is missing"),
        ("  ", "is missing"),
        (long.as_str(), "is too long"),
        ("a\nb", "has a line feed or another control character"),
    ];
    for (reason, wrong) in cases {
        let mut by = by("amal");
        by.reason = reason.to_owned();
        let refusal = Office::open().workflow.decide(propose("a"), by);
        assert_eq!(refusal, Err(Refusal::Reason(wrong)));
    }
    let mut longest = by("amal");
    longest.reason = "长".repeat(MAX_REASON_CHARS);
    let entry = Office::open().workflow.decide(propose("a"), longest);
    assert!(entry.is_ok());
}

#[test]
fn the_pack_comes_first_once_and_does_nothing_else() {
    let empty = Office::default();
    let bootstrap = || Command::Bootstrap { digest: a() };
    assert_eq!(
        refused(&empty, "amal", propose("a")),
        Refusal::NotBootstrapped
    );
    assert_eq!(
        refused(&empty, "amal", roll_back(Some("a"), "b")),
        Refusal::NotBootstrapped
    );
    assert_eq!(refused(&empty, "amal", bootstrap()), Refusal::PackActor);
    let open = Office::open();
    let active = digest("pack");
    assert_eq!(
        refused(&open, PACK_ACTOR, bootstrap()),
        Refusal::Bootstrapped { active }
    );
    assert_eq!(refused(&open, PACK_ACTOR, propose("a")), Refusal::PackActor);
}

#[test]
fn what_was_never_proposed() {
    let open = Office::open();
    let unknown = || Refusal::Unknown { digest: a() };
    let commands = [
        replay("a", "pack"),
        replay("pack", "a"),
        approve("a"),
        Command::Reject { digest: a() },
        Command::StartShadow { digest: a() },
        start_canary("a"),
        activate("a", "pack"),
        roll_back(Some("a"), "pack"),
        Command::Propose {
            digest: digest("b"),
            base: Some(a()),
            rules: 1,
            lint: lint(0),
        },
    ];
    for command in commands {
        assert_eq!(refused(&open, "amal", command), unknown());
    }
    let seq = 0;
    let report = |activation| Command::RecordReevaluation {
        activation,
        looked_at: 0,
        moved: 0,
        failed: 0,
    };
    assert!(open.workflow.decide(report(seq), by("router")).is_ok());
    assert_eq!(
        refused(&open, "router", report(1)),
        Refusal::NoActivation { seq: 1 }
    );
}

#[test]
fn a_text_that_was_proposed_before() {
    let refusal = refused(&proposed(), "bo", propose("a"));
    let expected = Refusal::AlreadyProposed {
        digest: a(),
        by: actor("amal"),
        status: Status::Proposed,
    };
    assert_eq!(refusal, expected);
    assert_eq!(refusal.kind(), RefusalKind::AlreadyDone);
    let refusal = refused(&Office::open(), "bo", propose("pack"));
    assert!(matches!(
        refusal,
        Refusal::AlreadyProposed {
            status: Status::Active,
            ..
        }
    ));
}

#[test]
fn more_versions_than_can_be_kept() {
    let mut office = proposed();
    let version = office.workflow.version(&a()).unwrap().clone();
    for name in 2..MAX_VERSIONS {
        let digest = digest(&name.to_string());
        office.workflow.versions.insert(digest, version.clone());
    }
    assert_eq!(
        refused(&office, "amal", propose("b")),
        Refusal::TooManyVersions
    );
}

#[test]
fn approvals_that_prove_nothing() {
    let mut office = proposed();
    let own = Refusal::OwnProposal { by: actor("amal") };
    assert_eq!(
        refused(&office, "bo", approve("a")),
        Refusal::NotReplayed { digest: a() }
    );
    office.does("amal", replay("a", "pack"));
    assert_eq!(refused(&office, "amal", approve("a")), own);
    let other = digest("other");
    let names = |lint: &str, replay: &str| Command::Approve {
        digest: a(),
        lint: digest(lint),
        replay: digest(replay),
    };
    let (seen, newest) = (other.clone(), digest("lint"));
    let refusal = refused(&office, "bo", names("other", "replay"));
    assert_eq!(refusal, Refusal::OtherLint { seen, newest });
    let (seen, newest) = (other, digest("replay"));
    let refusal = refused(&office, "bo", names("lint", "other"));
    assert_eq!(refusal, Refusal::OtherReplay { seen, newest });
    office.does("bo", approve("a"));
    let refusal = refused(&office, "cy", approve("a"));
    assert_eq!(
        refusal,
        Refusal::AlreadyApproved {
            digest: a(),
            by: actor("bo")
        }
    );
}

#[test]
fn an_approval_of_what_lint_found_wrong() {
    let mut office = Office::open();
    let command = Command::Propose {
        digest: a(),
        base: None,
        rules: 1,
        lint: lint(2),
    };
    office.does("amal", command);
    office.does("amal", replay("a", "pack"));
    let wrong = || Refusal::LintErrors {
        digest: a(),
        errors: 2,
    };
    assert_eq!(refused(&office, "bo", approve("a")), wrong());
    let shadow = Command::StartShadow { digest: a() };
    assert_eq!(refused(&office, "bo", shadow), wrong());
}

#[test]
fn an_approval_after_other_rules_came_into_force() {
    let mut office = Office::with_approved("b");
    office.does("amal", propose("a"));
    office.does("amal", replay("a", "pack"));
    office.does("amal", activate("b", "pack"));
    let expected = Refusal::ReplayOutdated {
        digest: a(),
        against: digest("pack"),
        active: digest("b"),
    };
    assert_eq!(refused(&office, "bo", approve("a")), expected);
    office.does("amal", replay("a", "b"));
    office.does("bo", approve("a"));
}

#[test]
fn the_packs_own_rules_need_no_approval() {
    let refusal = refused(&activated(), "bo", approve("pack"));
    assert_eq!(
        refusal,
        Refusal::WasActive {
            digest: digest("pack")
        }
    );
}

#[test]
fn what_was_not_approved() {
    let office = proposed();
    let expected = || Refusal::NotApproved {
        digest: a(),
        proposer: actor("amal"),
    };
    assert_eq!(refused(&office, "bo", activate("a", "pack")), expected());
    assert_eq!(refused(&office, "bo", start_canary("a")), expected());
    let mut office = office; // but it may decide beside the active one
    office.does("bo", Command::StartShadow { digest: a() });
}

#[test]
fn what_was_rejected() {
    let mut office = Office::with_approved("a");
    office.does("cy", Command::Reject { digest: a() });
    let commands = [
        approve("a"),
        activate("a", "pack"),
        roll_back(Some("a"), "pack"),
        start_canary("a"),
        Command::StartShadow { digest: a() },
        Command::Reject { digest: a() },
    ];
    for command in commands {
        let expected = Refusal::Rejected {
            digest: a(),
            by: actor("cy"),
        };
        assert_eq!(refused(&office, "bo", command), expected);
    }
}

#[test]
fn what_is_in_force() {
    let office = activated();
    let commands = [
        activate("a", "pack"),
        roll_back(Some("a"), "a"),
        start_canary("a"),
        Command::StartShadow { digest: a() },
    ];
    for command in commands {
        let expected = Refusal::AlreadyActive { digest: a() };
        assert_eq!(refused(&office, "bo", command), expected);
    }
    let refusal = refused(&office, "bo", Command::Reject { digest: a() });
    assert_eq!(refusal, Refusal::InForce { digest: a() });
}

#[test]
fn activations_and_rollbacks_are_told_apart() {
    let mut office = activated();
    let refusal = refused(&office, "bo", activate("pack", "a"));
    assert_eq!(
        refusal,
        Refusal::WasActive {
            digest: digest("pack")
        }
    );
    office.approve("b", "a");
    let expected = Refusal::NeverActive {
        digest: digest("b"),
        status: Status::Approved,
    };
    assert_eq!(refused(&office, "bo", roll_back(Some("b"), "a")), expected);
    let refusal = refused(&Office::open(), "bo", roll_back(None, "pack"));
    assert_eq!(refusal, Refusal::NothingBefore);
}

#[test]
fn an_activation_that_expects_another_active_version() {
    let mut office = activated();
    office.approve("b", "a");
    let expected = || Refusal::NotActive {
        expected: digest("pack"),
        active: a(),
    };
    let refusal = refused(&office, "bo", activate("b", "pack"));
    assert_eq!(refusal, expected());
    assert_eq!(refusal.kind(), RefusalKind::Stale);
    assert_eq!(refused(&office, "bo", roll_back(None, "pack")), expected());
}

#[test]
fn figures_that_do_not_add_up() {
    let office = activated();
    let activation = office.workflow.activations().last().unwrap().mark.seq;
    for (moved, failed) in [(4, 0), (2, 2), (u64::MAX, 1)] {
        let report = Command::RecordReevaluation {
            activation,
            looked_at: 3,
            moved,
            failed,
        };
        assert_eq!(refused(&office, "router", report), Refusal::Counts);
    }
    let report = Command::RecordReplay {
        digest: a(),
        against: a(),
        report: digest("replay"),
        complaints: 1,
        moved: 2,
    };
    assert_eq!(refused(&office, "bo", report), Refusal::Counts);
}

#[test]
fn every_refusal_says_what_to_do() {
    let refusals = [
        Refusal::Reason("is missing"),
        Refusal::NotBootstrapped,
        Refusal::NotReplayed { digest: a() },
        Refusal::NothingBefore,
        Refusal::NoActivation { seq: 3 },
        Refusal::Districts("are missing"),
        Refusal::Bounds,
    ];
    let kinds: std::collections::HashSet<_> = refusals.iter().map(Refusal::kind).collect();
    assert_eq!(kinds.len(), 3);
    for refusal in &refusals {
        let text = refusal.to_string();
        assert!(text.contains(';') || text.contains("are 0 to"), "{text}");
    }
}
