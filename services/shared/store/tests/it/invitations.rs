use std::time::Duration;

use jiff::Timestamp;
use swiftline_domain::case::{CallbackVia, Case, Claim, Command, Outcome, ReopenReason};
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_store::{Hold, Store};

use crate::support::{Redis, accept, at, classify, due, load, offer, on_both, step, team};

on_both!(
    a_case_is_held_until_then_and_asked_about_once,
    what_an_operator_has_is_not_held,
    a_message_that_was_not_sent_gives_the_case_back,
    an_invitation_ends_with_its_result,
);

const P: Partition = Partition(0);
const LEASE: Duration = Duration::from_secs(60);

/// Commits these, each in its own second from `from` on.
async fn go(store: &Store, mut case: Case, from: i64, commands: Vec<Command>) -> Case {
    for (second, command) in (from..).zip(commands) {
        let commit = step(case, command, at(second));
        case = commit.case.clone();
        store.commit(P, vec![commit]).await.unwrap();
    }
    case
}

fn resolve(case: &Case, now: i64) -> Vec<Command> {
    let claim = Claim {
        team: team("a"),
        offer: case.newest_offer(),
        actor: "desk".parse().unwrap(),
    };
    vec![
        Command::Sign(claim.clone()),
        Command::Resolve {
            claim,
            outcome: Outcome::Solved,
            note: String::new(),
            callback: due(at(now), 3_600),
        },
    ]
}

/// A case that has been due for a call since the fourth second.
async fn resolved(store: &Store) -> Case {
    let number = accept(store, P, 1).await[0];
    let case = load(store, number).await;
    let case = go(store, case, 1, vec![classify(at(1)), offer("a", at(2))]).await;
    let commands = resolve(&case, 4);
    go(store, case, 3, commands).await
}

async fn calls(store: &Store, now: Timestamp) -> Vec<CaseNumber> {
    let english = "en".parse().unwrap();
    let claimed = store.claim_calls(P, english, now, LEASE, 10).await;
    claimed.unwrap()
}

async fn hold(store: &Store, case: &Case, via: CallbackVia, until: i64) -> Hold {
    store.hold_call(case, via, at(10), at(until)).await.unwrap()
}

fn held(until: i64, sent: bool) -> Hold {
    Hold::Held {
        until: at(until),
        via: CallbackVia::Sms,
        sent,
    }
}

async fn a_case_is_held_until_then_and_asked_about_once(redis: Redis) {
    let store = redis.store().await;
    let case = resolved(&store).await;
    let first = hold(&store, &case, CallbackVia::Sms, 500).await;
    assert_eq!(first, held(500, false));
    // Whoever asks meanwhile, in whichever way, learns of the first.
    let second = hold(&store, &case, CallbackVia::Link, 900).await;
    assert_eq!(second, held(500, false));
    store.call_invited(&case, at(500), true).await.unwrap();
    let third = hold(&store, &case, CallbackVia::Sms, 900).await;
    assert_eq!(third, held(500, true));
    // One that failed does not take back what another has sent.
    store.call_invited(&case, at(500), false).await.unwrap();
    assert_eq!(calls(&store, at(500)).await, []);
    assert_eq!(calls(&store, at(501)).await, [case.number]);
}

async fn what_an_operator_has_is_not_held(redis: Redis) {
    let store = redis.store().await;
    let case = resolved(&store).await;
    assert_eq!(calls(&store, at(9)).await, [case.number]);
    let refused = hold(&store, &case, CallbackVia::Sms, 500).await;
    assert_eq!(refused, Hold::Taken(at(69)));
    let closed = accept(&store, P, 1).await[0];
    let closed = load(&store, closed).await;
    let refused = hold(&store, &closed, CallbackVia::Sms, 500).await;
    assert_eq!(refused, Hold::NotWaiting);
}

async fn a_message_that_was_not_sent_gives_the_case_back(redis: Redis) {
    let store = redis.store().await;
    let case = resolved(&store).await;
    hold(&store, &case, CallbackVia::Sms, 500).await;
    // Of another invitation nothing is told.
    store.call_invited(&case, at(400), false).await.unwrap();
    assert_eq!(calls(&store, at(11)).await, []);
    store.call_invited(&case, at(500), false).await.unwrap();
    assert_eq!(calls(&store, at(11)).await, [case.number]);
    store.call_invited(&case, at(500), true).await.unwrap();
    let refused = hold(&store, &case, CallbackVia::Sms, 600).await;
    assert_eq!(refused, Hold::Taken(at(71)), "nothing is kept of it");
}

async fn an_invitation_ends_with_its_result(redis: Redis) {
    let store = redis.store().await;
    let case = resolved(&store).await;
    hold(&store, &case, CallbackVia::Sms, 500).await;
    store.call_invited(&case, at(500), true).await.unwrap();
    let reopen = Command::Reopen {
        reason: ReopenReason::Recurred,
    };
    let case = go(&store, case, 5, vec![reopen, offer("a", at(6))]).await;
    assert_eq!(
        hold(&store, &case, CallbackVia::Sms, 600).await,
        Hold::NotWaiting
    );
    let commands = resolve(&case, 8);
    let case = go(&store, case, 7, commands).await;
    let anew = hold(&store, &case, CallbackVia::Sms, 600).await;
    assert_eq!(anew, held(600, false));
}
