//! Folds notes into documents and looks for surges, one replica at a time.
//!
//! The lease saves work; that each note is folded once is seen to by the store: documents and cursor are put in one step by
//! who has seen the newest revision, and whoever has not throws its view away and reads everything anew.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use prost::Message as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use swiftline_domain::city::CityPack;
use swiftline_domain::insight::grid::Grid;
use swiftline_domain::insight::hour::{Hour, Slot};
use swiftline_domain::insight::issues::{Issues, Told};
use swiftline_domain::insight::surge::{Change, Detector, Now, Watch};
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_proto::feedback::v1::InsightNote;
use swiftline_runtime::CancellationToken;
use swiftline_store::{Folded, InsightDocument, InsightState, Store, StoreError};

use super::alarms;
use super::board::{Board, Read, day_number, read};
use super::documents::{
    Alarm, CITY_LIFETIME, HOURS_DAYS, HOURS_LIFETIME, SURGES, day_name, hours_name, issues_name,
    read_day, read_hours, write_day, write_hours,
};
use super::metrics::InsightMetrics;
use super::settings::InsightSettings;

const JOB: &str = "fold";
/// The lease lasts this many rounds, and so long at least.
const LEASE_ROUNDS: u64 = 5;
const LEAST_LEASE_MS: u64 = 5_000;
/// Notes of a partition that are folded together.
const BATCH: usize = 256;
/// Notes stay readable for so long after they were folded: they are the evidence of alarms.
const EVIDENCE_HOURS: i64 = 24;
/// Lists of documents read at once.
const CHUNK: usize = 12;

/// The task.
pub(crate) struct Keeper {
    store: Store,
    pack: Arc<CityPack>,
    settings: InsightSettings,
    metrics: InsightMetrics,
    /// A name that no other process has.
    replica: String,
}

/// Up to where notes are in the documents.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Cursor {
    /// Who wrote it, and which turn of theirs: two puts are never the same bytes.
    by: String,
    turn: u64,
    /// By partition.
    at: BTreeMap<u8, String>,
}

impl Cursor {
    /// As it is stored.
    pub(super) fn read(state: &InsightState) -> Result<Self, StoreError> {
        if state.cursor.is_empty() {
            return Ok(Self::default());
        }
        serde_json::from_slice(&state.cursor)
            .map_err(|error| super::corrupt("the cursor of insight", error))
    }

    /// The same place, as this writer writes it in a turn of its own.
    pub(super) fn by(mut self, writer: &str) -> Result<Vec<u8>, StoreError> {
        writer.clone_into(&mut self.by);
        self.turn += 1;
        json(&self)
    }
}

/// What the keeper knows while it has the lease.
struct Held {
    revision: u64,
    cursor: Cursor,
    board: Board,
    /// What is usual, and the hour for which it was learned.
    detector: Option<Detector>,
    learned: Option<Hour>,
    watch: Watch,
    alarms: Vec<Alarm>,
}

impl Keeper {
    pub(crate) fn new(
        store: Store,
        pack: Arc<CityPack>,
        settings: InsightSettings,
        metrics: InsightMetrics,
    ) -> Self {
        Self {
            store,
            pack,
            settings,
            metrics,
            replica: uuid::Uuid::new_v4().to_string(),
        }
    }

    /// Runs until `stop`; the lease is given up then.
    pub(crate) async fn run(&self, stop: &CancellationToken) {
        let (mut held, mut is_away) = (None, false);
        let every = Duration::from_millis(self.settings.every_ms);
        while !stop.is_cancelled() {
            match self.round(&mut held).await {
                Ok(()) => is_away = false,
                Err(error) => {
                    held = None;
                    if !std::mem::replace(&mut is_away, true) {
                        let reason = error.to_string();
                        tracing::warn!(reason, "notes cannot be folded now");
                    }
                }
            }
            tokio::select! {
                () = tokio::time::sleep(every) => {}
                () = stop.cancelled() => {}
            }
        }
        // Best effort: it ends by itself.
        let _ = self.store.insight().drop_lease(JOB, &self.replica).await;
    }

    async fn round(&self, held: &mut Option<Held>) -> Result<(), StoreError> {
        let ttl = (self.settings.every_ms * LEASE_ROUNDS).max(LEAST_LEASE_MS);
        let ours = self.store.insight().take_lease(JOB, &self.replica, ttl);
        if !ours.await? {
            *held = None;
            return Ok(());
        }
        let mut view = match held.take() {
            Some(view) => view,
            None => self.load().await?,
        };
        let now = Timestamp::now();
        let folded = self.fold(&mut view).await?;
        let changes = self.look(&mut view, now).await;
        view.board.forget(now, self.today(now));
        if (folded || !changes.is_empty()) && !self.put(&mut view, !changes.is_empty()).await? {
            // Somebody else has folded: what we think is old.
            return Ok(());
        }
        self.tell(&view, &changes);
        if folded {
            self.forget_notes(&view, now).await?;
        }
        *held = Some(view);
        Ok(())
    }

    fn today(&self, now: Timestamp) -> i32 {
        day_number(self.pack.calendar.local(now).date())
    }

    /// Everything that is stored.
    async fn load(&self) -> Result<Held, StoreError> {
        let state = self.store.insight_state().await?;
        let cursor = Cursor::read(&state)?;
        let mut board = Board::default();
        let today = Hour::of(Timestamp::now()).0.div_euclid(24);
        let days: Vec<i64> = (today - HOURS_DAYS..=today + 1).collect();
        for days in days.chunks(CHUNK) {
            let names: Vec<String> = days.iter().map(|day| hours_name(*day)).collect();
            let documents = self.store.insight_documents(&names).await?;
            for (day, document) in days.iter().zip(documents) {
                if let Some(document) = document {
                    let hours = read_hours(&document).ok_or_else(|| corrupt(&hours_name(*day)))?;
                    board.hours.insert(*day, hours);
                }
            }
        }
        board.issues = super::load_issues(&self.store).await?;
        let alarms = super::load_alarms(&self.store).await?;
        let grid = Grid::of(&self.pack);
        let watch = alarms::watch(&grid, &alarms);
        let mut held = Held {
            revision: state.revision,
            cursor,
            board,
            detector: None,
            learned: None,
            watch,
            alarms,
        };
        self.remember(&mut held).await?;
        Ok(held)
    }

    /// Reads again what was folded lately: the evidence of alarms.
    async fn remember(&self, held: &mut Held) -> Result<(), StoreError> {
        for partition in self.store.partitions() {
            let Some(end) = held.cursor.at.get(&partition.0).cloned() else {
                continue;
            };
            let mut at = String::new();
            'notes: loop {
                let notes = self.store.notes(partition, &at, BATCH).await?;
                for note in &notes {
                    if let Some(read) = self.read(&note.bytes) {
                        held.board.remember(&self.pack, &read);
                    }
                    if note.id == end {
                        break 'notes;
                    }
                }
                match notes.last() {
                    Some(last) if later(&end, &last.id) => at.clone_from(&last.id),
                    _ => break,
                }
            }
        }
        Ok(())
    }

    /// Folds one batch of each partition; whether there was anything.
    async fn fold(&self, held: &mut Held) -> Result<bool, StoreError> {
        let mut any = false;
        for partition in self.store.partitions() {
            let after = held
                .cursor
                .at
                .get(&partition.0)
                .cloned()
                .unwrap_or_default();
            let notes = self.store.notes(partition, &after, BATCH).await?;
            let Some(last) = notes.last() else { continue };
            any = true;
            held.cursor.at.insert(partition.0, last.id.clone());
            let mut read: Vec<Read> = notes
                .iter()
                .filter_map(|note| self.read(&note.bytes))
                .collect();
            if read.len() < notes.len() {
                let unread = notes.len() - read.len();
                tracing::warn!(
                    unread,
                    "notes that this version cannot read were passed over"
                );
            }
            self.load_days(held, &read).await?;
            let earlier = self.earlier(held, &read).await?;
            for note in &mut read {
                if let Some((told, _)) = &mut note.told {
                    let known = earlier.get(&told.case);
                    told.caller = known.and_then(|case| case.caller.clone());
                }
                held.board.take(&self.pack, note, &earlier);
            }
            self.metrics.notes.inc_by(read.len() as u64);
        }
        Ok(any)
    }

    fn read(&self, bytes: &[u8]) -> Option<Read> {
        read(&self.pack, InsightNote::decode(bytes).ok()?)
    }

    /// The days that these notes count in, as far as they are not held.
    async fn load_days(&self, held: &mut Held, notes: &[Read]) -> Result<(), StoreError> {
        let wanted: BTreeSet<_> = notes.iter().map(|note| note.date).collect();
        let missing = wanted
            .into_iter()
            .filter(|date| !held.board.days.contains_key(date));
        let missing: Vec<_> = missing.collect();
        let names: Vec<String> = missing.iter().map(|date| day_name(*date)).collect();
        let documents = self.store.insight_documents(&names).await?;
        for (date, document) in missing.into_iter().zip(documents) {
            let cells = match document {
                None => Default::default(),
                Some(document) => read_day(&document).ok_or_else(|| corrupt(&day_name(date)))?,
            };
            held.board.days.insert(date, cells);
        }
        Ok(())
    }

    /// What is known of cases that these are like and that are in no issue yet, and of these themselves: who called stands
    /// in the case and in no note.
    async fn earlier(
        &self,
        held: &Held,
        notes: &[Read],
    ) -> Result<HashMap<CaseNumber, Told>, StoreError> {
        let links = notes.iter().filter_map(|note| note.told.as_ref());
        let mut wanted: BTreeMap<Partition, BTreeSet<CaseNumber>> = BTreeMap::new();
        for (told, links) in links.filter(|(_, links)| !links.is_empty()) {
            let others = links.iter().map(|(case, _)| *case);
            let others = others.filter(|case| held.board.issues.get(*case).is_none());
            for case in others.chain(std::iter::once(told.case)) {
                wanted.entry(case.partition()).or_default().insert(case);
            }
        }
        let mut earlier = HashMap::new();
        let known: BTreeSet<Partition> = self.store.partitions().collect();
        for (partition, numbers) in wanted {
            if !known.contains(&partition) {
                continue;
            }
            let numbers: Vec<CaseNumber> = numbers.into_iter().collect();
            for stored in self
                .store
                .load_many(partition, &numbers)
                .await?
                .into_iter()
                .flatten()
            {
                let case = stored.case;
                let date = self.pack.calendar.local(case.accepted_at).date();
                let told = case.classification.map(|told| Told {
                    case: case.number,
                    day: day_number(date),
                    category: told.category,
                    area: told.place,
                    urgency: told.urgency,
                    caller: caller_key(stored.complaint.caller),
                });
                earlier.extend(told.map(|told| (case.number, told)));
            }
        }
        Ok(earlier)
    }

    /// Looks for surges; what has changed.
    async fn look(&self, held: &mut Held, now: Timestamp) -> Vec<Change> {
        let hour = Hour::of(now);
        if held.learned != Some(hour) {
            let grid = Grid::of(&self.pack);
            let history = held.board.history(&self.pack, &grid, hour);
            if history.hours().is_empty() {
                return Vec::new();
            }
            held.learned = Some(hour);
            let settings = self.settings.surges();
            // A large city takes most of a second.
            let learn = move || Detector::learn(grid, settings, &history);
            held.detector = tokio::task::spawn_blocking(learn).await.ok();
        }
        let Some(detector) = held
            .detector
            .as_ref()
            .filter(|detector| detector.history_days() >= self.settings.history_days)
        else {
            return Vec::new();
        };
        let counts = held.board.hour(detector.grid(), hour);
        let present = Now {
            hour,
            slot: Slot::of(&self.pack.calendar, hour),
            passed: hour.passed(now),
            counts: &counts,
        };
        let changes = held.watch.sweep(detector, &present);
        for change in &changes {
            alarms::apply(
                &mut held.alarms,
                &held.board,
                &self.pack,
                detector,
                change,
                now,
            );
        }
        changes
    }

    /// Writes what has changed; whether nobody else was first.
    async fn put(&self, held: &mut Held, alarms: bool) -> Result<bool, StoreError> {
        let changed = std::mem::take(&mut held.board.changed);
        let mut documents = Vec::new();
        for day in changed.hours {
            let hours = held.board.hours.get(&day);
            let bytes = hours.map(write_hours);
            documents.extend(bytes.map(|bytes| (hours_name(day), bytes, Some(HOURS_LIFETIME))));
        }
        for date in changed.days {
            let bytes = held.board.days.get(&date).map(write_day);
            documents.extend(bytes.map(|bytes| (day_name(date), bytes, Some(CITY_LIFETIME))));
        }
        for partition in changed.issues {
            documents.push((
                issues_name(partition),
                issues_of(&held.board.issues, partition)?,
                None,
            ));
        }
        if alarms {
            documents.push((SURGES.to_owned(), json(&held.alarms)?, None));
        }
        held.cursor.by.clone_from(&self.replica);
        held.cursor.turn += 1;
        let documents: Vec<InsightDocument<'_>> = documents
            .iter()
            .map(|(name, bytes, lifetime)| InsightDocument {
                name,
                bytes,
                lifetime: *lifetime,
            })
            .collect();
        let cursor = json(&held.cursor)?;
        match self
            .store
            .fold_insight(held.revision, &cursor, &documents)
            .await?
        {
            Folded::Done => {
                held.revision += 1;
                Ok(true)
            }
            Folded::Stale { revision } => {
                tracing::info!(revision, "another replica has folded notes");
                Ok(false)
            }
        }
    }

    /// Says in log and metrics what has changed; nothing but ids of the pack and counts.
    fn tell(&self, held: &Held, changes: &[Change]) {
        for change in changes {
            let grid = held.detector.as_ref().map(Detector::grid);
            let Some(grid) = grid else { continue };
            alarms::tell(grid, change);
            self.metrics.changed(change);
        }
        let open = held.alarms.iter().filter(|alarm| alarm.over.is_none());
        self.metrics.open.set(open.count() as i64);
        self.metrics
            .issues
            .set(held.board.issues.iter().len() as i64);
    }

    /// Notes that are folded and no longer evidence.
    async fn forget_notes(&self, held: &Held, now: Timestamp) -> Result<(), StoreError> {
        let old = now.as_millisecond() - EVIDENCE_HOURS * 3_600_000;
        let old = format!("{old}-0");
        for (partition, cursor) in &held.cursor.at {
            let before = if later(cursor, &old) { &old } else { cursor };
            self.store
                .forget_notes(Partition(*partition), before)
                .await?;
        }
        Ok(())
    }
}

fn issues_of(issues: &Issues, partition: Partition) -> Result<Vec<u8>, StoreError> {
    let of: Vec<_> = issues
        .iter()
        .filter(|issue| issue.id.partition() == partition)
        .collect();
    json(&of)
}

fn json<T: Serialize>(value: &T) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(value).map_err(|error| super::corrupt("a document of insight", error))
}

fn corrupt(name: &str) -> StoreError {
    super::corrupt(name, "it is no list of counts")
}

/// Tells callers of an issue apart: a digest of the pseudonym, so that a document has none, and tells nothing when the
/// pseudonym was taken out of its case. `None`: nobody knows.
fn caller_key(caller: u64) -> Option<String> {
    let mut digest = Sha256::new();
    digest.update(b"swiftline callers of issues");
    digest.update(caller.to_be_bytes());
    let digest = digest.finalize();
    (caller != 0).then(|| URL_SAFE_NO_PAD.encode(&digest[..9]))
}

/// Whether a stream's id is after another.
fn later(id: &str, than: &str) -> bool {
    let parts = |id: &str| -> Option<(u64, u64)> {
        let (time, number) = id.split_once('-')?;
        Some((time.parse().ok()?, number.parse().ok()?))
    };
    parts(id) > parts(than)
}
