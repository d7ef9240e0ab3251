//! The workflow from the first use of a store to a rollback, and its log.

mod properties;
mod refusals;
mod tampering;

use jiff::Timestamp;

use super::*;
use crate::id::{ActorId, AreaId};
use crate::rules::RulesDigest;

const BOUNDS: CanaryBounds = CanaryBounds {
    max_return_permille: 100,
    max_triage_permille: 50,
    min_decided: 20,
};

fn digest(name: &str) -> RulesDigest {
    RulesDigest::of(name)
}

fn by(actor: &str) -> By {
    By {
        actor: ActorId::new(actor).unwrap(),
        at: "2026-03-01T08:00:00Z".parse().unwrap(),
        reason: "为了测试".to_owned(),
    }
}

fn lint(errors: u64) -> ReportRef {
    ReportRef {
        digest: digest("lint"),
        errors,
        warnings: 3,
    }
}

fn propose(name: &str) -> Command {
    Command::Propose {
        digest: digest(name),
        base: None,
        rules: 7,
        lint: lint(0),
    }
}

fn replay(name: &str, against: &str) -> Command {
    Command::RecordReplay {
        digest: digest(name),
        against: digest(against),
        report: digest("replay"),
        complaints: 1_000,
        moved: 12,
    }
}

fn approve(name: &str) -> Command {
    Command::Approve {
        digest: digest(name),
        lint: digest("lint"),
        replay: digest("replay"),
    }
}

fn activate(name: &str, expected: &str) -> Command {
    Command::Activate {
        digest: digest(name),
        expected_active: digest(expected),
        in_flight: InFlight::ReevaluateWaiting,
    }
}

fn roll_back(to: Option<&str>, expected: &str) -> Command {
    Command::Rollback {
        digest: to.map(digest),
        expected_active: digest(expected),
        in_flight: InFlight::Keep,
    }
}

fn start_canary(name: &str) -> Command {
    Command::StartCanary {
        digest: digest(name),
        districts: vec![AreaId::new("01").unwrap()],
        bounds: BOUNDS,
    }
}

/// A workflow and its log.
#[derive(Debug, Clone, Default)]
struct Office {
    workflow: Workflow,
    log: Vec<Entry>,
}

impl Office {
    /// `pack` is in force.
    fn open() -> Self {
        let mut office = Self::default();
        let digest = digest("pack");
        office.does(PACK_ACTOR, Command::Bootstrap { digest });
        office
    }

    /// `pack` is in force, and this version, proposed by amal and approved by bo, could be.
    fn with_approved(name: &str) -> Self {
        let mut office = Self::open();
        office.approve(name, "pack");
        office
    }

    fn approve(&mut self, name: &str, active: &str) {
        self.does("amal", propose(name));
        self.does("amal", replay(name, active));
        self.does("bo", approve(name));
    }

    fn tries(&mut self, actor: &str, command: Command) -> Result<(), Refusal> {
        let entry = self.workflow.decide(command, by(actor))?;
        self.workflow.evolve(&entry);
        self.log.push(entry);
        Ok(())
    }

    #[track_caller]
    fn does(&mut self, actor: &str, command: Command) {
        let done = self.tries(actor, command.clone());
        assert_eq!(done, Ok(()), "{command:?}");
    }

    fn status(&self, name: &str) -> Status {
        self.workflow.version(&digest(name)).unwrap().status
    }

    fn active(&self) -> &RulesDigest {
        self.workflow.active().unwrap()
    }

    fn lines(&self) -> Vec<String> {
        self.log.iter().map(Entry::line).collect()
    }
}

fn verify_lines(lines: &[String]) -> Result<Head, Tampered> {
    verify(lines.iter().map(String::as_bytes))
}

#[test]
fn a_version_goes_from_proposal_to_activation() {
    let mut office = Office::open();
    assert_eq!(office.active(), &digest("pack"));
    office.does("amal", propose("a"));
    assert_eq!(office.status("a"), Status::Proposed);
    let version = office.workflow.version(&digest("a")).unwrap();
    assert_eq!(version.base, Some(digest("pack")));
    office.does("amal", replay("a", "pack"));
    office.does("bo", approve("a"));
    assert_eq!(office.status("a"), Status::Approved);
    office.does("amal", activate("a", "pack"));
    assert_eq!(office.active(), &digest("a"));
    assert_eq!(office.status("a"), Status::Active);
    assert_eq!(office.status("pack"), Status::Former);
    let newest = office.workflow.activations().last().unwrap();
    assert_eq!(newest.replaces, Some(digest("pack")));
    assert!(!newest.rollback);
}

#[test]
fn what_became_of_the_orders_in_flight_is_kept_with_the_activation() {
    let mut office = Office::with_approved("a");
    office.does("amal", activate("a", "pack"));
    let activation = office.workflow.activations().last().unwrap().mark.seq;
    for moved in [1, 4] {
        let command = Command::RecordReevaluation {
            activation,
            looked_at: 9,
            moved,
            failed: 2,
        };
        office.does("router", command);
    }
    let newest = office.workflow.activations().last().unwrap();
    let report = newest.reevaluated.as_ref().unwrap();
    assert_eq!((report.looked_at, report.moved, report.failed), (9, 4, 2));
}

#[test]
fn an_activation_ends_the_trials_of_its_version_and_no_others() {
    let mut office = Office::with_approved("a");
    office.approve("b", "pack");
    let digest_a = digest("a");
    office.does(
        "amal",
        Command::StartShadow {
            digest: digest("b"),
        },
    );
    office.does("amal", start_canary("a"));
    assert_eq!(office.workflow.canary().unwrap().digest, digest_a);
    office.does("amal", activate("a", "pack"));
    assert_eq!(office.workflow.canary(), None);
    let past = office.workflow.last_canary().unwrap();
    assert_eq!(past.end, CanaryEnd::Promoted);
    assert_eq!(office.workflow.shadow().unwrap().digest, digest("b"));
    office.does("amal", activate("b", "a"));
    assert_eq!(office.workflow.shadow(), None);
}

#[test]
fn trials_end_by_hand_by_a_bound_and_by_a_rejection() {
    let mut office = Office::with_approved("a");
    let a = digest("a");
    office.does("amal", Command::StartShadow { digest: a.clone() });
    office.does("amal", Command::EndShadow { digest: a.clone() });
    assert_eq!(office.workflow.shadow(), None);

    office.does("amal", start_canary("a"));
    let breach = BOUNDS.breach(20, 0, 2).unwrap();
    let why = Ended::Bound(breach);
    office.does(
        "router",
        Command::EndCanary {
            digest: a.clone(),
            why,
        },
    );
    let past = office.workflow.last_canary().unwrap();
    assert_eq!(past.end, CanaryEnd::Stopped(why));
    assert_eq!(past.ended.by.as_str(), "router");

    office.does("amal", start_canary("a"));
    office.does("amal", Command::StartShadow { digest: a.clone() });
    office.does("bo", Command::Reject { digest: a });
    assert_eq!(office.status("a"), Status::Rejected);
    assert_eq!(office.workflow.shadow(), None);
    assert_eq!(office.workflow.canary(), None);
    let past = office.workflow.last_canary().unwrap();
    assert_eq!(past.end, CanaryEnd::Rejected);
}

#[test]
fn a_bound_counts_when_enough_was_decided() {
    assert_eq!(BOUNDS.breach(19, 19, 19), None);
    assert_eq!(BOUNDS.breach(20, 2, 1), None); // exactly at both bounds
    assert_eq!(BOUNDS.breach(20, 3, 2).unwrap().rate, RateKind::Return);
    let breach = BOUNDS.breach(20, 2, 2).unwrap();
    assert_eq!(breach.rate, RateKind::Triage);
    assert_eq!((breach.counted, breach.decided), (2, 20));
    assert_eq!(breach.bound_permille, 50);
}

#[test]
fn a_rollback_leads_back_and_never_to_what_was_left() {
    let mut office = Office::with_approved("a");
    office.does("amal", activate("a", "pack"));
    office.approve("b", "a");
    office.does("amal", activate("b", "a"));
    assert_eq!(office.workflow.before(), Some(&digest("a")));
    office.does("amal", roll_back(None, "b"));
    assert_eq!(office.active(), &digest("a"));
    assert!(office.workflow.activations().last().unwrap().rollback);
    assert_eq!(office.workflow.before(), Some(&digest("pack")));
    office.does("amal", roll_back(None, "a"));
    assert_eq!(office.active(), &digest("pack"));
    assert_eq!(office.workflow.before(), None);
    // What was left is reached by its name, and needs no new approval.
    office.does("amal", roll_back(Some("b"), "pack"));
    assert_eq!(office.workflow.before(), Some(&digest("pack")));
}

#[test]
fn a_rollback_passes_over_what_was_rejected() {
    let mut office = Office::with_approved("a");
    office.does("amal", activate("a", "pack"));
    office.approve("b", "a");
    office.does("amal", activate("b", "a"));
    office.does(
        "bo",
        Command::Reject {
            digest: digest("a"),
        },
    );
    assert_eq!(office.workflow.before(), Some(&digest("pack")));
}

#[test]
fn what_was_rejected_begins_anew_when_it_is_proposed_again() {
    let mut office = Office::with_approved("a");
    office.does(
        "bo",
        Command::Reject {
            digest: digest("a"),
        },
    );
    office.does("bo", propose("a"));
    let version = office.workflow.version(&digest("a")).unwrap();
    assert_eq!(version.status, Status::Proposed);
    assert_eq!(version.proposed.by.as_str(), "bo");
    assert_eq!((&version.approval, &version.replay), (&None, &None));
    assert_eq!(version.rejected, None);
}

#[test]
fn a_line_of_the_log_is_stable() {
    let office = Office::with_approved("a");
    let line = office.log[1].line();
    let (a, pack) = (digest("a"), digest("pack"));
    let (lint, previous) = (digest("lint"), &office.log[0].hash);
    let unsealed = format!(
        r#"{{"seq":1,"at":"2026-03-01T08:00:00Z","actor":"amal","action":{{"proposed":{{"digest":"{a}","base":"{pack}","rules":7,"lint":{{"digest":"{lint}","errors":0,"warnings":3}}}}}},"reason":"为了测试","previous":"{previous}""#
    );
    let hash = RulesDigest::of(&format!("{unsealed}}}"));
    assert_eq!(line, format!(r#"{unsealed},"hash":"{hash}"}}"#));
    assert_eq!(office.log[0].previous.as_str(), "0".repeat(64));
}

#[test]
fn every_action_survives_its_line() {
    let mut office = Office::with_approved("a");
    let a = digest("a");
    office.does("amal", Command::StartShadow { digest: a.clone() });
    office.does("amal", Command::EndShadow { digest: a.clone() });
    for why in [
        Ended::ByHand,
        Ended::Bound(BOUNDS.breach(50, 50, 0).unwrap()),
    ] {
        office.does("amal", start_canary("a"));
        office.does(
            "amal",
            Command::EndCanary {
                digest: a.clone(),
                why,
            },
        );
    }
    office.does("amal", activate("a", "pack"));
    let activation = office.workflow.activations().last().unwrap().mark.seq;
    let report = Command::RecordReevaluation {
        activation,
        looked_at: 1,
        moved: 1,
        failed: 0,
    };
    office.does("router", report);
    office.does("amal", roll_back(None, "a"));
    office.does("amal", Command::Reject { digest: a });
    let names: std::collections::BTreeSet<_> =
        office.log.iter().map(|entry| entry.action.name()).collect();
    assert_eq!(names.len(), 11, "{names:?}");
    for entry in &office.log {
        assert_eq!(&Entry::parse(entry.line().as_bytes()).unwrap(), entry);
        let named = serde_json::to_value(&entry.action).unwrap();
        assert!(named.get(entry.action.name()).is_some(), "{named}");
        assert_eq!(
            entry.action.digest().is_none(),
            entry.action.name() == "reevaluated"
        );
    }
    assert_eq!(
        verify_lines(&office.lines()).as_ref(),
        Ok(office.workflow.head())
    );
}

#[test]
fn by_is_what_an_entry_says() {
    let office = Office::open();
    let entry = &office.log[0];
    let By { actor, at, reason } = by(PACK_ACTOR);
    assert_eq!(
        (&entry.actor, &entry.at, &entry.reason),
        (&actor, &at, &reason)
    );
    let first: Timestamp = office.workflow.activations()[0].mark.at;
    assert_eq!(first, at);
}
