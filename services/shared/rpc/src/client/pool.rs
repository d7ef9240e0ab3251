//! The live connections, and the task that looks for replicas.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::RngExt as _;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::ClientSettings;
use super::connection::{Connection, keep};
use super::resolve::{Address, Target};
use crate::tls::Tls;

/// The connections that are up now.
#[derive(Debug)]
pub(crate) struct Pool {
    live: watch::Sender<Vec<Connection>>,
    ids: AtomicU64,
    /// Why the last attempt at a connection has failed; none since one was made.
    trouble: Mutex<Option<String>>,
}

impl Pool {
    pub(crate) fn new() -> Self {
        Self {
            live: watch::Sender::new(Vec::new()),
            ids: AtomicU64::new(0),
            trouble: Mutex::default(),
        }
    }

    /// Notes why there is no connection; whether that is news.
    pub(crate) fn trouble(&self, reason: &str) -> bool {
        let mut last = self.last_trouble();
        let is_news = last.as_deref() != Some(reason);
        if is_news {
            *last = Some(reason.to_owned());
        }
        is_news
    }

    /// Why no replica is connected, in words.
    pub(crate) fn why_empty(&self) -> String {
        match &*self.last_trouble() {
            Some(reason) => format!("no replica is connected: {reason}"),
            None => "no replica is connected".to_owned(),
        }
    }

    fn last_trouble(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn next_id(&self) -> u64 {
        self.ids.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn add(&self, connection: Connection) {
        *self.last_trouble() = None;
        self.live.send_modify(|live| live.push(connection));
    }

    pub(crate) fn remove(&self, id: u64) {
        self.live
            .send_modify(|live| live.retain(|connection| connection.id != id));
    }

    pub(crate) fn len(&self) -> usize {
        self.live.borrow().len()
    }

    /// The less loaded of two connections picked at random; `None` if none is up.
    pub(crate) fn pick(&self) -> Option<Connection> {
        let live = self.live.borrow();
        let open = |connection: &&Connection| !connection.sender.is_closed();
        if live.len() <= 1 {
            return live.first().filter(open).cloned();
        }
        let mut rng = rand::rng();
        let first = rng.random_range(0..live.len());
        let second = (first + rng.random_range(1..live.len())) % live.len();
        let (a, b) = (&live[first], &live[second]);
        match (open(&a), open(&b)) {
            (true, true) => Some(if b.load() < a.load() {
                b.clone()
            } else {
                a.clone()
            }),
            (true, false) => Some(a.clone()),
            (false, true) => Some(b.clone()),
            (false, false) => live.iter().find(open).cloned(),
        }
    }

    /// [`Self::pick`], waiting for a connection to come up; cancel safe.
    pub(crate) async fn pick_or_wait(&self) -> Connection {
        let mut changes = self.live.subscribe();
        loop {
            if let Some(connection) = self.pick() {
                return connection;
            }
            // The sender lives in `self`. One that is closed but not yet removed comes out soon: that is a change.
            let _ = changes.changed().await;
        }
    }
}

/// Looks up the targets again and again, and keeps one connection for each address found, until `stop`.
pub(crate) async fn follow(
    targets: Vec<Target>,
    pool: Arc<Pool>,
    settings: ClientSettings,
    tls: Option<Tls>,
    stop: CancellationToken,
) {
    let interval = Duration::from_millis(settings.resolve_interval_ms);
    let is_dynamic = targets.iter().any(Target::is_dynamic);
    let mut found: Vec<BTreeSet<Address>> = vec![BTreeSet::new(); targets.len()];
    let mut replicas: BTreeMap<Address, CancellationToken> = BTreeMap::new();
    let mut keepers = JoinSet::new();
    loop {
        for (target, known) in targets.iter().zip(&mut found) {
            match target.resolve().await {
                Ok(addresses) => *known = addresses,
                // what was known stays: a name server that is down must not take the mesh with it
                Err(reason) => {
                    tracing::warn!(reason, "cannot look up replicas, keeping those known");
                }
            }
        }
        let wanted: BTreeSet<&Address> = found.iter().flatten().collect();
        replicas.retain(|address, gone| {
            let keep = wanted.contains(address);
            if !keep {
                gone.cancel();
            }
            keep
        });
        for address in wanted {
            if !replicas.contains_key(address) {
                let gone = stop.child_token();
                keepers.spawn(keep(
                    address.clone(),
                    pool.clone(),
                    settings.clone(),
                    tls.clone(),
                    gone.clone(),
                ));
                replicas.insert(address.clone(), gone);
            }
        }
        while keepers.try_join_next().is_some() {} // forget those that have ended
        tokio::select! {
            () = tokio::time::sleep(interval), if is_dynamic => {}
            () = stop.cancelled() => break,
        }
    }
    while keepers.join_next().await.is_some() {} // calls in flight end by themselves
}
