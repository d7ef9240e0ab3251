use std::collections::BTreeSet;
use std::sync::Mutex;

use jiff::Timestamp;
use swiftline_domain::city::testing::small_pack;
use swiftline_proto::intake::v1::Submission;
use tokio::sync::Semaphore;

use super::*;
use crate::check::check;
use crate::city::City;

/// A log that writes when it is allowed to, and remembers how much it was given at once.
#[derive(Clone)]
struct Fake(Arc<Inner>);

struct Inner {
    allowed: Semaphore,
    failure: Option<StoreError>,
    calls: Mutex<Vec<(Partition, usize)>>,
    next: Mutex<u64>,
}

impl Fake {
    fn new(allowed: usize, failure: Option<StoreError>) -> Self {
        Self(Arc::new(Inner {
            allowed: Semaphore::new(allowed),
            failure,
            calls: Mutex::default(),
            next: Mutex::default(),
        }))
    }

    fn sizes(&self) -> Vec<usize> {
        self.0
            .calls
            .lock()
            .unwrap()
            .iter()
            .map(|(_, size)| *size)
            .collect()
    }
}

impl CaseLog for Fake {
    fn partition_for(&self, key: &IdempotencyKey) -> Partition {
        let shown = format!("{key:?}");
        Partition(shown.bytes().last().unwrap() % 4)
    }

    fn random_partition(&self) -> Partition {
        Partition(9)
    }

    async fn mint(&self, partition: Partition, n: usize) -> Result<Vec<CaseNumber>, StoreError> {
        let mut next = self.0.next.lock().unwrap();
        let numbers = (0..n as u64).map(|i| CaseNumber::new(partition, *next + i).unwrap());
        let numbers = numbers.collect();
        *next += n as u64;
        Ok(numbers)
    }

    async fn accept(
        &self,
        partition: Partition,
        cases: Vec<NewCase>,
    ) -> Result<Vec<Accepted>, StoreError> {
        self.0.calls.lock().unwrap().push((partition, cases.len()));
        self.0.allowed.acquire().await.unwrap().forget();
        if let Some(failure) = &self.0.failure {
            return Err(failure.clone());
        }
        let accepted = cases.iter().map(|case| Accepted {
            number: case.number,
            accepted_at: case.accepted_at,
            duplicate: false,
        });
        Ok(accepted.collect())
    }
}

struct Rig {
    entry: Entry,
    log: Fake,
    running: tokio::task::JoinHandle<()>,
    registry: swiftline_telemetry::Metrics,
}

fn rig(log: Fake) -> Rig {
    let settings = AcceptSettings {
        lanes: 1,
        max_batch: 10,
        linger_us: 1_000,
        writes_in_flight: 2,
        high_water: 100,
        stream_high_water: 1_000,
        stream_batches: 1,
    };
    let registry = swiftline_telemetry::Metrics::new();
    let metrics = Metrics::new(&registry);
    let (entry, lane) = Lane::new(&settings, log.clone(), None, Tracer::disabled(), metrics);
    Rig {
        entry,
        log,
        running: tokio::spawn(lane.run()),
        registry,
    }
}

fn checked(key: &str) -> Checked {
    let submission = Submission {
        idempotency_key: key.into(),
        complaint: Some(wire::Complaint {
            text: "no heat".into(),
            channel: wire::Channel::Web.into(),
            ..wire::Complaint::default()
        }),
        ..Submission::default()
    };
    let city = City::of(&small_pack());
    check(submission, Timestamp::now(), &city, false)
        .ok()
        .unwrap()
}

impl Rig {
    async fn send(&self, checked: Checked) -> oneshot::Receiver<Answer> {
        self.send_with_parent(checked, None).await
    }

    async fn send_with_parent(
        &self,
        checked: Checked,
        parent: Option<TraceContext>,
    ) -> oneshot::Receiver<Answer> {
        let (answer, answered) = oneshot::channel();
        let pending = Pending {
            checked,
            parent,
            call: None,
            came: SystemTime::now(),
            answer,
        };
        self.entry.send(pending).await.ok().unwrap();
        answered
    }

    async fn send_many(&self, count: usize) -> Vec<oneshot::Receiver<Answer>> {
        let mut waiting = Vec::new();
        for _ in 0..count {
            waiting.push(self.send(checked("")).await);
        }
        waiting
    }
}

async fn receipt(answered: oneshot::Receiver<Answer>) -> Receipt {
    answered.await.unwrap().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_lone_submission_is_written_at_once() {
    let rig = rig(Fake::new(1, None));
    let before = Instant::now();
    receipt(rig.send(checked("")).await).await;
    assert_eq!(before.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn what_arrives_during_a_write_is_written_together() {
    let rig = rig(Fake::new(0, None));
    let first = rig.send(checked("")).await;
    tokio::task::yield_now().await;
    let rest = rig.send_many(25).await;
    rig.log.0.allowed.add_permits(10);
    receipt(first).await;
    for one in rest {
        receipt(one).await;
    }
    let sizes = rig.log.sizes();
    assert_eq!(sizes.iter().sum::<usize>(), 26);
    assert!(sizes.iter().all(|size| *size <= 10), "{sizes:?}");
    assert_eq!(sizes[0], 1);
    assert_eq!(sizes.len(), 4, "{sizes:?}");
}

#[tokio::test(start_paused = true)]
async fn a_slow_write_holds_up_the_next_for_the_linger_only() {
    let rig = rig(Fake::new(0, None));
    let _first = rig.send(checked("")).await;
    tokio::task::yield_now().await;
    let _second = rig.send(checked("")).await;
    let before = Instant::now();
    while rig.log.sizes().len() < 2 {
        tokio::time::sleep(Duration::from_micros(100)).await;
    }
    assert!(
        before.elapsed() <= Duration::from_millis(3),
        "{:?}",
        before.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn each_key_goes_to_its_partition_and_the_rest_together() {
    let rig = rig(Fake::new(0, None));
    let first = rig.send(checked("")).await;
    tokio::task::yield_now().await;
    let mut rest = rig.send_many(3).await;
    for key in ["a", "b", "a"] {
        rest.push(rig.send(checked(key)).await);
    }
    rig.log.0.allowed.add_permits(100);
    receipt(first).await;
    let mut numbers = BTreeSet::new();
    for one in rest {
        numbers.insert(receipt(one).await.case_number);
    }
    assert_eq!(numbers.len(), 6, "every submission has a number of its own");
    let calls = rig.log.0.calls.lock().unwrap().clone();
    assert!(calls.contains(&(Partition(9), 3)), "{calls:?}");
    let key = checked("a").key.unwrap();
    let of_a = rig.log.partition_for(&key);
    assert!(
        calls
            .iter()
            .any(|(partition, size)| *partition == of_a && *size >= 2),
        "{calls:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_is_told_to_everyone_in_the_batch() {
    let rig = rig(Fake::new(100, Some(StoreError::Unavailable("gone".into()))));
    let waiting = rig.send_many(3).await;
    for one in waiting {
        assert_eq!(one.await.unwrap(), Err(IntakeError::Unavailable));
    }
    let text = rig.registry.encode();
    let counted =
        r#"swiftline_submissions_total{channel="web",urgency="unknown",result="failed"} 3"#;
    assert!(text.contains(counted), "{text}");
}

#[tokio::test(start_paused = true)]
async fn contact_data_without_a_key_is_refused_alone() {
    let rig = rig(Fake::new(100, None));
    let with_contact = Checked {
        contact: Some(wire::Contact {
            name: "A".to_owned(),
            ..wire::Contact::default()
        }),
        ..checked("")
    };
    let refused = rig.send(with_contact).await;
    let taken = rig.send(checked("")).await;
    assert_eq!(refused.await.unwrap(), Err(IntakeError::NoKeys));
    receipt(taken).await;
}

#[tokio::test(start_paused = true)]
async fn a_receipt_names_the_trace_that_goes_on() {
    let rig = rig(Fake::new(100, None));
    let parent = TraceContext::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    let child = receipt(rig.send_with_parent(checked(""), parent).await).await;
    assert_eq!(child.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
    let root = receipt(rig.send(checked("")).await).await;
    assert_eq!(root.trace_id.len(), 32);
    assert_ne!(root.trace_id, child.trace_id);
}

#[tokio::test(start_paused = true)]
async fn a_lane_answers_all_before_it_ends() {
    let rig = rig(Fake::new(0, None));
    let waiting = rig.send_many(15).await;
    let Rig {
        entry,
        log,
        running,
        ..
    } = rig;
    drop(entry);
    log.0.allowed.add_permits(100);
    running.await.unwrap();
    for one in waiting {
        receipt(one).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_has_gone_disturbs_nobody() {
    let rig = rig(Fake::new(100, None));
    drop(rig.send(checked("")).await);
    receipt(rig.send(checked("")).await).await;
}
