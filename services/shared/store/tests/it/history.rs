//! Four workers, random commands, shared cases: what is in the store is what the events say, each exactly once.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use swiftline_domain::case::{
    Callback, CallbackVia, Case, Claim, CloseReason, Command, DecidedBy, Event, Outcome,
    ReopenReason, ReturnReason, TriageReason,
};
use swiftline_domain::id::{ActorId, TeamId};
use swiftline_domain::number::CaseNumber;
use swiftline_proto::convert::to_timestamp;
use swiftline_store::{CaseCommit, Committed, Group, Store};

use crate::support::{
    Redis, accept, any_trace, at, classify, due, offer, on_both, read, read_nothing,
};

on_both!(random_histories_are_kept_exactly);

const WORKERS: u64 = 4;
/// Commits that each worker makes.
const COMMITS: usize = 75;
/// Tries that must be enough for them, most of which the case refuses or another worker overtakes.
const TRIES: i64 = 10_000;

async fn random_histories_are_kept_exactly(redis: Redis) {
    let store = redis.store().await;
    let mut numbers = Vec::new();
    for partition in store.partitions() {
        numbers.extend(accept(&store, partition, 1).await);
    }
    let workers = (0..WORKERS).map(|seed| tokio::spawn(work(store.clone(), numbers.clone(), seed)));
    for worker in workers.collect::<Vec<_>>() {
        assert_eq!(worker.await.unwrap(), COMMITS);
    }
    let done = COMMITS * usize::try_from(WORKERS).unwrap();

    let mut committed = 0;
    let mut journeys = BTreeMap::new();
    for number in &numbers {
        let journey = store.journey(*number).await.unwrap();
        assert_eq!(
            store.load(*number).await.unwrap().unwrap().case,
            replay(*number, &journey)
        );
        committed += journey.len() - 1;
        journeys.insert(*number, journey);
    }
    assert_eq!(
        committed, done,
        "every commit that was answered is kept, and no other"
    );

    let log = store.log(Group::Feedback);
    let mut logged: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for delivery in read(&log, committed + numbers.len()).await {
        logged
            .entry(delivery.number)
            .or_default()
            .push(delivery.commit);
    }
    read_nothing(&log).await;
    assert_eq!(logged, journeys, "the log tells the same, in order");
}

/// The case as its events make it.
fn replay(number: CaseNumber, journey: &[swiftline_proto::types::v1::Commit]) -> Case {
    let mut case = Case::accept(number, at(0)).0;
    for commit in &journey[1..] {
        let now = to_timestamp(commit.at.unwrap(), "at").unwrap();
        for event in commit.events.clone() {
            case.evolve(&Event::try_from(event).unwrap(), now);
        }
        assert_eq!(case.version.0, commit.version);
    }
    case
}

/// Tries commands on cases; says how many commits were done.
async fn work(store: Store, numbers: Vec<CaseNumber>, seed: u64) -> usize {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut done = 0;
    for tick in 0..TRIES {
        if done == COMMITS {
            break;
        }
        let number = numbers[rng.random_range(0..numbers.len())];
        let mut case = store.load(number).await.unwrap().unwrap().case;
        let before = case.version;
        let now = at(1 + tick) + SignedDuration::from_nanos(rng.random_range(0..1_000_000_000));
        let Ok(event) = case.apply(command(&mut rng, &case, now), now) else {
            continue;
        };
        let commit = CaseCommit {
            before,
            case,
            events: vec![event],
            at: now,
            trace: any_trace(),
            effects: rng.random(),
        };
        // Some answers are lost: the commit is sent again.
        let tries = if rng.random_ratio(1, 4) { 2 } else { 1 };
        let mut answer = Committed::Missing;
        for _ in 0..tries {
            answer = store
                .commit(number.partition(), vec![commit.clone()])
                .await
                .unwrap()[0];
        }
        match answer {
            Committed::Done => done += 1,
            Committed::Stale { .. } => {} // another worker was faster
            Committed::Missing => panic!("{number} is missing"),
        }
    }
    done
}

fn command(rng: &mut StdRng, case: &Case, now: jiff::Timestamp) -> Command {
    let team = ["a", "b", "c", "d"][rng.random_range(0..4)];
    let actor = ActorId::new("someone").unwrap();
    let owner = case.owner().map_or(TeamId::new(team).unwrap(), |offer| {
        offer.assignment.team.clone()
    });
    let claim = Claim {
        team: owner,
        offer: case.newest_offer(),
        actor,
    };
    match rng.random_range(0..15) {
        0 | 1 => classify(now),
        2 => Command::SendToTriage {
            reason: TriageReason::NoPlace,
            by: DecidedBy::default(),
        },
        3..=5 => offer(team, now),
        6 | 7 => Command::Sign(claim),
        8 => Command::Return {
            claim,
            reason: ReturnReason::WrongUnit,
            note: "not ours".to_owned(),
        },
        9 => Command::Suspend {
            claim,
            reason: "waiting for parts".to_owned(),
            approved_by: ActorId::new("somebody-else").unwrap(),
            until: None,
        },
        10 => Command::Resume {
            claim: Some(claim),
            handle: None,
        },
        11 => Command::Resolve {
            claim,
            outcome: Outcome::Solved,
            note: String::new(),
            callback: due(now, 60),
        },
        12 => Command::RecordCallback {
            callback: Callback {
                reached: true,
                solved: Some(false),
                ..Callback::default()
            },
            via: CallbackVia::Phone,
            again_at: None,
            comment: String::new(),
        },
        13 => Command::Recall {
            offer: case.newest_offer(),
            rules_digest: "digest".to_owned(),
        },
        _ if rng.random() => Command::Reopen {
            reason: ReopenReason::NotSolved,
        },
        _ => Command::Close {
            reason: CloseReason::Confirmed,
        },
    }
}
