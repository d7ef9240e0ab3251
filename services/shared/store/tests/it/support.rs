//! What the tests share: servers, cases, and one test on both kinds of server.

use std::collections::BTreeSet;
use std::sync::{Arc, Weak};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use redis::cluster::ClusterClient;
use redis::{Client, Cmd, Value};
use swiftline_domain::case::{Assignment, Case, Command, Due, TeamChoice};
use swiftline_domain::classification::Classification;
use swiftline_domain::id::{ClockClass, TeamId, UnitId};
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_domain::vocabulary::{Kind, Urgency};
use swiftline_proto::types::v1::Complaint;
use swiftline_store::{CaseCommit, Delivery, IdempotencyKey, Log, NewCase, Store, StoreSettings};
use swiftline_telemetry::TraceContext;
use swiftline_testkit::redis::{Fsync, RedisCluster, RedisServer};
use tokio::sync::Mutex;

pub(crate) const WITHIN: Duration = Duration::from_secs(20);
pub(crate) const PARTITIONS: u8 = 4;

/// Makes each test run on one Redis and on a cluster.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod single {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name($crate::support::Redis::single().await).await; })+
        }
        mod cluster {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name($crate::support::Redis::cluster().await).await; })+
        }
    };
}
pub(crate) use on_both;

enum Keep {
    Single(Arc<RedisServer>),
    Cluster(Arc<RedisCluster>),
}

/// A server that tests running at the same time share, each with a namespace of its own.
pub(crate) struct Redis(Keep);

static SINGLE: Mutex<Weak<RedisServer>> = Mutex::const_new(Weak::new());
static CLUSTER: Mutex<Weak<RedisCluster>> = Mutex::const_new(Weak::new());

impl Redis {
    pub(crate) async fn single() -> Self {
        let mut shared = SINGLE.lock().await;
        if let Some(server) = shared.upgrade() {
            return Self(Keep::Single(server));
        }
        let server = Arc::new(RedisServer::start(Fsync::No).await.unwrap());
        *shared = Arc::downgrade(&server);
        Self(Keep::Single(server))
    }

    pub(crate) async fn cluster() -> Self {
        let mut shared = CLUSTER.lock().await;
        if let Some(cluster) = shared.upgrade() {
            return Self(Keep::Cluster(cluster));
        }
        let cluster = Arc::new(RedisCluster::start(Fsync::No).await.unwrap());
        *shared = Arc::downgrade(&cluster);
        Self(Keep::Cluster(cluster))
    }

    pub(crate) fn settings(&self) -> StoreSettings {
        match &self.0 {
            Keep::Single(server) => settings(&server.url()),
            Keep::Cluster(cluster) => settings(&cluster.url()),
        }
    }

    pub(crate) async fn store(&self) -> Store {
        Store::connect(&self.settings()).await.unwrap()
    }

    /// Runs a command at every master.
    pub(crate) async fn everywhere(&self, words: &str) {
        match &self.0 {
            Keep::Single(server) => server.command::<Value>(words).await.map(|_| ()).unwrap(),
            Keep::Cluster(cluster) => {
                for node in cluster.nodes() {
                    node.command::<Value>(words).await.unwrap();
                }
            }
        }
    }

    /// Runs a command past the store, where its key is.
    pub(crate) async fn raw(&self, cmd: &Cmd) -> Value {
        match &self.0 {
            Keep::Single(server) => {
                let client = Client::open(server.url()).unwrap();
                let mut raw = client.get_multiplexed_async_connection().await.unwrap();
                cmd.query_async(&mut raw).await.unwrap()
            }
            Keep::Cluster(cluster) => {
                let url = cluster.url();
                let client = ClusterClient::new(url.split(',')).unwrap();
                let mut raw = client.get_async_connection().await.unwrap();
                cmd.query_async(&mut raw).await.unwrap()
            }
        }
    }
}

/// Settings for a server at this address, with a namespace that nobody else has.
pub(crate) fn settings(url: &str) -> StoreSettings {
    StoreSettings {
        url: url.to_owned(),
        cluster: url.contains(','),
        namespace: format!("t{:016x}", rand::random::<u64>()),
        partitions: PARTITIONS,
        connect_wait_ms: 10_000,
        max_deliveries: 2,
        ..StoreSettings::default()
    }
}

/// A moment of the test's own time.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

pub(crate) fn trace(n: u64) -> TraceContext {
    TraceContext::parse(&format!("00-{:032x}-{:016x}-01", u128::from(n) + 1, n + 1)).unwrap()
}

pub(crate) fn any_trace() -> TraceContext {
    trace(rand::random::<u64>() >> 1)
}

pub(crate) fn key(text: &str) -> Option<IdempotencyKey> {
    Some(IdempotencyKey::new(text).unwrap())
}

pub(crate) fn team(name: &str) -> TeamId {
    TeamId::new(name).unwrap()
}

pub(crate) fn new_case(number: CaseNumber, key: Option<IdempotencyKey>) -> NewCase {
    NewCase {
        key,
        number,
        complaint: Complaint {
            text: format!("the lamp before house {number} is dark"),
            ..Complaint::default()
        },
        contact: None,
        accepted_at: at(0),
        trace: any_trace(),
    }
}

/// Takes `n` complaints into a partition.
pub(crate) async fn accept(store: &Store, partition: Partition, n: usize) -> Vec<CaseNumber> {
    let numbers = store.mint(partition, n).await.unwrap();
    let cases = numbers
        .iter()
        .map(|number| new_case(*number, None))
        .collect();
    let accepted = store.accept(partition, cases).await.unwrap();
    accepted
        .into_iter()
        .map(|accepted| accepted.number)
        .collect()
}

/// A commit of one command on a case as the store has it.
pub(crate) fn step(mut case: Case, command: Command, now: Timestamp) -> CaseCommit {
    let before = case.version;
    let event = case.apply(command, now).unwrap();
    CaseCommit {
        before,
        case,
        events: vec![event],
        at: now,
        trace: any_trace(),
        effects: false,
    }
}

pub(crate) async fn load(store: &Store, number: CaseNumber) -> Case {
    store.load(number).await.unwrap().unwrap().case
}

pub(crate) fn classify(now: Timestamp) -> Command {
    let classification = Classification {
        category: None,
        kind: Kind::Complaint,
        urgency: Urgency::Normal,
        language: "en".parse().unwrap(),
        place: None,
        place_candidates: Vec::new(),
        confidence: 0.5,
        alternatives: Vec::new(),
        evidence: Vec::new(),
        model: "test".to_owned(),
        hints: swiftline_domain::classification::Hints::default(),
    };
    Command::Classify {
        classification: Box::new(classification),
        dispatch: due(now, 3_600),
    }
}

pub(crate) fn offer(team: &str, now: Timestamp) -> Command {
    let assignment = Assignment {
        unit: UnitId::new("unit").unwrap(),
        team: TeamId::new(team).unwrap(),
        lane: Urgency::Normal,
        clock: ClockClass::new("general").unwrap(),
        rule: None,
        rules_digest: String::new(),
        helpers: Vec::new(),
        inform: Vec::new(),
        choice: TeamChoice::LeastLoaded,
        considered: Vec::new(),
    };
    let sign_by = now + SignedDuration::from_secs(600);
    Command::Offer {
        assignment: Box::new(assignment),
        sign_by,
        handle: due(now, 86_400),
    }
}

pub(crate) fn due(now: Timestamp, seconds: i64) -> Due {
    let at = now + SignedDuration::from_secs(seconds);
    Due {
        warn_at: at - SignedDuration::from_secs(seconds / 4),
        at,
    }
}

/// Reads until `n` entries have come.
pub(crate) async fn read(log: &Log, n: usize) -> Vec<Delivery> {
    let mut all = Vec::new();
    let begun = std::time::Instant::now();
    while all.len() < n && begun.elapsed() < WITHIN {
        all.extend(log.read(100).await.unwrap());
    }
    assert_eq!(all.len(), n, "entries read");
    all
}

/// Reads once more than there is: an empty batch says that nothing is left.
pub(crate) async fn read_nothing(log: &Log) {
    let more = log.read(100).await.unwrap();
    assert!(more.is_empty(), "unexpected: {more:?}");
}

/// Takes `each` complaints into every partition.
pub(crate) async fn accept_everywhere(store: &Store, each: usize) -> BTreeSet<CaseNumber> {
    let mut numbers = BTreeSet::new();
    for partition in store.partitions() {
        numbers.extend(accept(store, partition, each).await);
    }
    numbers
}
