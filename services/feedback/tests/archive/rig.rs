//! A Redis with cases, and an archiver.

use std::sync::Arc;

use jiff::Timestamp;
use swiftline_domain::case::{Case, Command, DecidedBy, Event, TriageReason};
use swiftline_domain::city::CityPack;
use swiftline_domain::city::testing::small_pack_files;
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_feedback::archive::{Archive, ArchiveMetrics, ArchiveSettings, Archiver};
use swiftline_feedback::{ScoreSettings, Scorer};
use swiftline_proto::types::v1 as wire;
use swiftline_store::{CaseCommit, Committed, NewCase, Store, StoreSettings};
use swiftline_telemetry::{Metrics, TraceContext};
use swiftline_testkit::redis::{Fsync, RedisServer};
use tempfile::TempDir;

/// Who calls every time: as it is stored, and as the archive has it.
pub(crate) const CALLER: u64 = u64::MAX - 6;

pub(crate) struct Rig {
    pub(crate) redis: RedisServer,
    pub(crate) store: Store,
    pub(crate) folder: TempDir,
}

pub(crate) fn store_settings(url: &str) -> StoreSettings {
    StoreSettings {
        url: url.to_owned(),
        partitions: 2,
        connect_wait_ms: 10_000,
        ..StoreSettings::default()
    }
}

/// Settings by which everything is ready at once, in small files.
pub(crate) fn settings(folder: &str) -> ArchiveSettings {
    ArchiveSettings {
        url: folder.to_owned(),
        every_ms: 10,
        linger_ms: 0,
        batch_entries: 7,
        closed_days: 0,
        compact_every_ms: 10,
        compact_files: 2,
        settled_ms: 0,
        keep_months: 0,
    }
}

pub(crate) fn archiver(store: &Store, archive: &Archive, settings: &ArchiveSettings) -> Archiver {
    let pack = Arc::new(CityPack::parse(&small_pack_files()).unwrap());
    let scorer = Scorer::new(store.clone(), pack, &ScoreSettings { live_months: 3 });
    let metrics = ArchiveMetrics::new(&Metrics::default());
    Archiver::new(store.clone(), archive.clone(), scorer, settings, metrics)
}

/// Later than anything in the tests.
pub(crate) fn later() -> Timestamp {
    Timestamp::now() + jiff::SignedDuration::from_hours(1)
}

impl Rig {
    pub(crate) async fn start() -> Self {
        let redis = RedisServer::start(Fsync::No).await.unwrap();
        let store = Store::connect(&store_settings(&redis.url())).await.unwrap();
        Self {
            redis,
            store,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self) -> &str {
        self.folder.path().to_str().unwrap()
    }

    pub(crate) fn archive(&self) -> Archive {
        Archive::open(self.path(), "small").unwrap()
    }

    pub(crate) fn archiver(&self, archive: &Archive) -> Archiver {
        archiver(&self.store, archive, &settings(self.path()))
    }

    /// Takes complaints in; every second is withdrawn after somebody looked at it.
    pub(crate) async fn cases(&self, partition: u8, n: usize) -> Vec<CaseNumber> {
        let partition = Partition(partition);
        let numbers = self.store.mint(partition, n).await.unwrap();
        let now = Timestamp::now();
        let new = |number: &CaseNumber| NewCase {
            key: None,
            number: *number,
            complaint: wire::Complaint {
                text: "the lamp is dark".into(),
                channel: wire::Channel::Phone.into(),
                line: wire::Line::General.into(),
                reporter: wire::ReporterType::Resident.into(),
                caller: CALLER,
                ..wire::Complaint::default()
            },
            contact: None,
            accepted_at: now,
            trace: trace(),
        };
        self.store
            .accept(partition, numbers.iter().map(new).collect())
            .await
            .unwrap();
        for number in numbers.iter().step_by(2) {
            let look = Command::SendToTriage {
                reason: TriageReason::NoPlace,
                by: DecidedBy::default(),
            };
            self.step(*number, vec![look, Command::Withdraw]).await;
        }
        numbers
    }

    /// Does this to a case.
    pub(crate) async fn step(&self, number: CaseNumber, commands: Vec<Command>) -> Committed {
        let mut case: Case = self.store.load(number).await.unwrap().unwrap().case;
        let (before, now) = (case.version, Timestamp::now());
        let events: Vec<Event> = commands
            .into_iter()
            .map(|command| case.apply(command, now).unwrap())
            .collect();
        let commit = CaseCommit {
            before,
            case,
            events,
            at: now,
            trace: trace(),
            effects: false,
        };
        self.store
            .commit(number.partition(), vec![commit])
            .await
            .unwrap()[0]
    }

    /// Every event of these cases by Redis: number, version, step, name.
    pub(crate) async fn told(
        &self,
        numbers: &[CaseNumber],
    ) -> Vec<(String, u64, usize, &'static str)> {
        let mut told = Vec::new();
        for number in numbers {
            for commit in self.store.journey(*number).await.unwrap() {
                for (step, event) in commit.events.iter().enumerate() {
                    let name = swiftline_proto::convert::event_name(event.event.as_ref().unwrap());
                    told.push((number.to_string(), commit.version, step, name));
                }
            }
        }
        told.sort();
        told
    }
}

fn trace() -> TraceContext {
    let id = rand_id();
    TraceContext::parse(&format!("00-{id:032x}-{:016x}-01", id as u64 | 1)).unwrap()
}

/// Different each time: a commit is known by its bytes.
fn rand_id() -> u128 {
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    u128::from(NEXT.fetch_add(1, Relaxed)) << 20 | u128::from(std::process::id())
}

/// Every event that the archive has, in the same form.
pub(crate) async fn archived(archive: &Archive) -> Vec<(String, u64, usize, String)> {
    let mut all = Vec::new();
    let now = swiftline_domain::archive::Month::of(Timestamp::now());
    for batch in archive
        .events(now.plus(-1)..=now.plus(1), &[])
        .await
        .unwrap()
    {
        let batch = batch.unwrap();
        for at in 0..batch.num_rows() {
            let row: swiftline_domain::archive::EventRow<'_> =
                swiftline_feedback::archive::row(&batch, at).unwrap();
            all.push((
                row.case_number.to_string(),
                u64::from(row.version),
                usize::from(row.step),
                row.event.to_owned(),
            ));
        }
    }
    all
}

/// Every case that the archive has, in its order.
pub(crate) async fn ended(archive: &Archive) -> Vec<String> {
    let mut all = Vec::new();
    let now = swiftline_domain::archive::Month::of(Timestamp::now());
    for batch in archive
        .cases(now.plus(-1)..=now.plus(1), &[])
        .await
        .unwrap()
    {
        let batch = batch.unwrap();
        for at in 0..batch.num_rows() {
            let row: swiftline_domain::archive::CaseRow<'_> =
                swiftline_feedback::archive::row(&batch, at).unwrap();
            assert_eq!((row.state, row.channel), ("withdrawn", "phone"));
            assert_eq!(row.caller, Some(CALLER.cast_signed()));
            all.push(row.case_number.to_string());
        }
    }
    all
}
