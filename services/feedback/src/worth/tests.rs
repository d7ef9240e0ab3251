use swiftline_domain::id::UnitId;
use swiftline_proto::types::v1::{self as wire, event as e};

use super::*;

fn commit(events: Vec<Event>) -> Commit {
    let event = |event| wire::Event { event: Some(event) };
    Commit {
        events: events.into_iter().map(event).collect(),
        ..Commit::default()
    }
}

fn counted(event: Event) -> Vec<(String, Counter)> {
    let (worth, _) = worth(&commit(vec![event])).unwrap();
    let named = |(unit, counter): (UnitId, Counter)| (unit.to_string(), counter);
    worth.counts.units.into_iter().map(named).collect()
}

fn called_back(reached: bool, answers: [Option<bool>; 3]) -> Event {
    let [contacted, solved, satisfied] = answers;
    Event::CalledBack(e::CalledBack {
        unit: "u".into(),
        callback: Some(wire::Callback {
            reached,
            contacted,
            solved,
            satisfied,
        }),
        ..Default::default()
    })
}

#[test]
fn what_a_unit_does_with_an_order_is_counted_for_it() {
    let unit = || "u".to_owned();
    let assignment = wire::Assignment {
        unit: unit(),
        ..Default::default()
    };
    let offer = wire::Offer {
        assignment: Some(assignment),
        ..Default::default()
    };
    let offered = e::Offered {
        offer: Some(offer),
        handle: None,
    };
    let events = [
        (Event::Offered(offered), Counter::Offered),
        (
            Event::Signed(e::Signed {
                unit: unit(),
                ..Default::default()
            }),
            Counter::Signed,
        ),
        (
            Event::Returned(e::Returned {
                unit: unit(),
                ..Default::default()
            }),
            Counter::Returned,
        ),
        (
            Event::Expired(e::Expired {
                unit: unit(),
                ..Default::default()
            }),
            Counter::Expired,
        ),
        (
            Event::Transferred(e::Transferred {
                unit: unit(),
                ..Default::default()
            }),
            Counter::Transferred,
        ),
        (
            Event::Resolved(e::Resolved {
                unit: unit(),
                ..Default::default()
            }),
            Counter::Resolved,
        ),
        (
            Event::Reopened(e::Reopened {
                unit: unit(),
                ..Default::default()
            }),
            Counter::Reopened,
        ),
    ];
    for (event, counter) in events {
        assert_eq!(counted(event), [(unit(), counter)]);
    }
}

fn counted_for_rules(event: Event) -> Vec<RuleCount> {
    worth(&commit(vec![event])).unwrap().0.counts.rules
}

/// An event of each kind that counts for rules, decided by this rule of this set.
fn decided(rule: &str, rules_digest: &str) -> [(Event, RuleCounter); 5] {
    let by = || {
        Some(DecidedBy {
            rule: rule.into(),
            rules_digest: rules_digest.into(),
        })
    };
    let unit = || "u".to_owned();
    let assignment = wire::Assignment {
        unit: unit(),
        rule: rule.into(),
        rules_digest: rules_digest.into(),
        ..Default::default()
    };
    let offer = wire::Offer {
        assignment: Some(assignment),
        ..Default::default()
    };
    [
        (
            Event::Offered(e::Offered {
                offer: Some(offer),
                handle: None,
            }),
            RuleCounter::Offered,
        ),
        (
            Event::Returned(e::Returned {
                unit: unit(),
                by: by(),
                ..Default::default()
            }),
            RuleCounter::Returned,
        ),
        (
            Event::Transferred(e::Transferred {
                unit: unit(),
                by: by(),
                ..Default::default()
            }),
            RuleCounter::Transferred,
        ),
        (
            Event::Expired(e::Expired {
                unit: unit(),
                by: by(),
                ..Default::default()
            }),
            RuleCounter::Expired,
        ),
        (
            Event::SentToTriage(e::SentToTriage {
                by: by(),
                ..Default::default()
            }),
            RuleCounter::Triage,
        ),
    ]
}

#[test]
fn what_becomes_of_an_order_is_counted_for_the_rule_behind_it() {
    for rule in ["heat", ""] {
        for (event, counter) in decided(rule, "digest") {
            let expected = RuleCount {
                digest: "digest".into(),
                rule: rule.parse().ok(),
                counter,
            };
            assert_eq!(counted_for_rules(event), [expected]);
        }
    }
}

#[test]
fn what_a_person_decided_counts_for_no_rule() {
    for (event, _) in decided("", "") {
        assert_eq!(counted_for_rules(event), []);
    }
    // As versions before this one wrote it.
    let event = Event::SentToTriage(e::SentToTriage::default());
    assert_eq!(counted_for_rules(event), []);
}

#[test]
fn only_a_handling_clock_is_the_units() {
    let overrun = |clock: ClockKind, unit: &str| {
        counted(Event::Overrun(e::Overrun {
            clock: to_wire(clock),
            unit: unit.into(),
        }))
    };
    assert_eq!(
        overrun(ClockKind::Handle, "u"),
        [("u".to_owned(), Counter::Overdue)]
    );
    assert_eq!(overrun(ClockKind::Dispatch, ""), []);
    assert_eq!(overrun(ClockKind::Callback, "u"), []);
}

#[test]
fn the_answers_of_a_citizen_who_was_reached_are_counted() {
    let unit = || "u".to_owned();
    assert_eq!(
        counted(called_back(true, [Some(true), Some(true), Some(true)])),
        [
            (unit(), Counter::Reached),
            (unit(), Counter::Contacted),
            (unit(), Counter::Solved),
            (unit(), Counter::Satisfied),
        ]
    );
    assert_eq!(
        counted(called_back(true, [Some(false), Some(false), None])),
        [(unit(), Counter::Reached)]
    );
    assert_eq!(counted(called_back(false, [None; 3])), []);
}

#[test]
fn what_becomes_of_an_answer_is_counted_for_its_entry_and_for_no_unit() {
    let entry = || "heating-season".to_owned();
    let said = |reached, solved| {
        let callback = wire::Callback {
            reached,
            solved,
            ..wire::Callback::default()
        };
        Event::CalledBack(e::CalledBack {
            callback: Some(callback),
            entry: entry(),
            ..Default::default()
        })
    };
    let answered = Event::Answered(e::Answered {
        entry: entry(),
        callback: None,
    });
    let reopened = Event::Reopened(e::Reopened {
        entry: entry(),
        ..Default::default()
    });
    let cases = [
        (answered, Some(AnswerCounter::Answered), false),
        (
            said(true, Some(true)),
            Some(AnswerCounter::Confirmed),
            false,
        ),
        (
            said(true, Some(false)),
            Some(AnswerCounter::NotSolved),
            true,
        ),
        (said(true, None), None, false),
        (said(false, None), None, false),
        (reopened, Some(AnswerCounter::Reopened), false),
    ];
    for (event, counter, may_reopen) in cases {
        let (worth, _) = worth(&commit(vec![event])).unwrap();
        let answers = counter.map(|counter| (entry().parse().unwrap(), counter));
        let counts = Counts {
            answers: answers.into_iter().collect(),
            ..Counts::default()
        };
        let expected = Worth {
            counts,
            may_reopen,
            moves_issue: false,
        };
        assert_eq!(worth, expected);
    }
}

#[test]
fn an_issue_is_looked_at_when_a_case_joins_it_and_when_its_first_one_ends() {
    let moves = |event, leads_issue| {
        let commit = Commit {
            leads_issue,
            ..commit(vec![event])
        };
        worth(&commit).unwrap().0.moves_issue
    };
    let resolved = || {
        Event::Resolved(e::Resolved {
            unit: "u".into(),
            ..e::Resolved::default()
        })
    };
    assert!(moves(Event::Merged(e::Merged::default()), false));
    assert!(moves(resolved(), true) && !moves(resolved(), false));
    assert!(moves(Event::Withdrawn(e::Withdrawn {}), true));
    assert!(!moves(Event::Resumed(e::Resumed::default()), true));
}

#[test]
fn only_discontent_may_reopen() {
    let wants = |event| worth(&commit(vec![event])).unwrap().0.may_reopen;
    assert!(wants(called_back(true, [None, Some(false), Some(true)])));
    assert!(wants(called_back(true, [None, Some(true), Some(false)])));
    assert!(!wants(called_back(true, [None, Some(true), Some(true)])));
    assert!(!wants(called_back(true, [None; 3])));
    assert!(!wants(called_back(false, [None; 3])));
}

#[test]
fn the_rest_counts_nothing() {
    let events = vec![
        Event::Accepted(e::Accepted::default()),
        Event::Classified(e::Classified::default()),
        Event::SentToTriage(e::SentToTriage::default()),
        Event::Suspended(e::Suspended::default()),
        Event::Resumed(e::Resumed::default()),
        Event::Closed(e::Closed::default()),
        Event::Reopened(e::Reopened::default()),
        Event::Merged(e::Merged::default()),
        Event::Withdrawn(e::Withdrawn {}),
        Event::Warned(e::Warned::default()),
        Event::Recalled(e::Recalled::default()),
        Event::Asked(e::Asked::default()),
        Event::Extended(e::Extended::default()),
        Event::RequestDeclined(e::RequestDeclined::default()),
        Event::Noted(e::Noted::default()),
        Event::PartOffered(e::PartOffered::default()),
        Event::PartSigned(e::PartSigned::default()),
        Event::PartEnded(e::PartEnded::default()),
        Event::Joined(e::Joined::default()),
        Event::Separated(e::Separated::default()),
        Event::Supervised(e::Supervised::default()),
        Event::Released(e::Released::default()),
    ];
    let names: Vec<&str> = events.iter().map(convert::event_name).collect();
    let (worth, named) = worth(&commit(events)).unwrap();
    assert_eq!(worth.counts, Counts::default());
    assert!(!worth.may_reopen);
    assert_eq!(named, names);
}

#[test]
fn what_cannot_be_counted_names_its_field() {
    let error = worth(&commit(vec![Event::Signed(e::Signed::default())])).unwrap_err();
    assert_eq!(error.to_string(), "signed.unit: is empty");
    let error = worth(&commit(vec![Event::Answered(e::Answered::default())])).unwrap_err();
    assert_eq!(error.to_string(), "answered.entry: is empty");
    let error = worth(&commit(vec![Event::Offered(e::Offered::default())])).unwrap_err();
    let words = error.to_string();
    assert!(words.starts_with("offered.offer.assignment: "), "{words}");
    for (event, _) in decided("no rule", "digest") {
        let error = worth(&commit(vec![event])).unwrap_err().to_string();
        assert!(error.contains(".rule: contains ' '"), "{error}");
    }
    let unknown = Commit {
        events: vec![wire::Event { event: None }],
        ..Commit::default()
    };
    assert!(
        worth(&unknown)
            .unwrap_err()
            .to_string()
            .contains("does not know")
    );
}
