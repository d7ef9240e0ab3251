//! The log, followed to its end, and added to.

use std::sync::Arc;

use jiff::Timestamp;
use swiftline_domain::city::CityPack;
use swiftline_runtime::Readiness;
use swiftline_store::{Appended, MAX_BATCH, Store, StoreError};
use tokio::sync::watch;

use super::error::ModelsError;
use super::in_force::InForce;
use super::journal::{Action, By, Facts, Journal, Step};
use super::metrics::ModelsMetrics;
use super::store::Broken;

/// How often an entry is made anew when others add theirs in between: people change models a few times a week.
const ATTEMPTS: usize = 8;

/// What this replica knows of the models' log, and makes of it.
pub(crate) struct Registry {
    pub(super) store: Store,
    pub(super) pack: Arc<CityPack>,
    pub(super) in_force: InForce,
    pub(super) metrics: ModelsMetrics,
    /// The name of this replica among its peers.
    pub(super) replica: String,
    health: Readiness,
    followed: tokio::sync::Mutex<Arc<Journal>>,
    /// Taken by whoever swaps models.
    pub(super) serving: tokio::sync::Mutex<Broken>,
    /// One file at a time is taken in: it is held in memory until it is complete.
    pub(super) pushing: tokio::sync::Mutex<()>,
    view: watch::Sender<View>,
}

/// What the log says and what of it this replica cannot serve, at a moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct View {
    /// What the log says.
    pub(crate) journal: Arc<Journal>,
    /// What this replica cannot serve, and why.
    pub(crate) troubles: Arc<[String]>,
}

/// A step that somebody wants to take.
#[derive(Debug, Clone)]
pub(super) struct Wish<'a> {
    pub(super) action: Action,
    pub(super) name: &'a str,
    pub(super) digest: &'a str,
    pub(super) facts: Option<Facts>,
}

impl Registry {
    /// Nothing followed yet. `replica` is the name of this replica among its peers; empty = a new one. What goes wrong is
    /// noted in `health`.
    #[must_use]
    pub(crate) fn new(
        store: Store,
        pack: Arc<CityPack>,
        in_force: InForce,
        metrics: ModelsMetrics,
        replica: &str,
        health: Readiness,
    ) -> Self {
        let replica = if replica.is_empty() {
            format!("{:016x}", rand::random::<u64>())
        } else {
            replica.to_owned()
        };
        metrics.serves(&in_force.snapshot(), 0);
        Self {
            store,
            pack,
            in_force,
            metrics,
            replica,
            health,
            followed: tokio::sync::Mutex::default(),
            serving: tokio::sync::Mutex::default(),
            pushing: tokio::sync::Mutex::default(),
            view: watch::Sender::new(View::default()),
        }
    }

    /// The models in force here.
    pub(crate) const fn in_force(&self) -> &InForce {
        &self.in_force
    }

    /// What is counted.
    pub(crate) const fn metrics(&self) -> &ModelsMetrics {
        &self.metrics
    }

    /// What was known when the log was last looked at.
    #[must_use]
    pub(super) fn view(&self) -> View {
        self.view.borrow().clone()
    }

    /// Wakes whenever the view changes.
    pub(super) fn watch(&self) -> watch::Receiver<View> {
        self.view.subscribe()
    }

    pub(super) fn see(&self, view: View) {
        self.health.note("models", &view.troubles.join("; "));
        self.view.send_if_modified(|before| {
            let entries = |view: &View| view.journal.entries();
            let changed = entries(before) != entries(&view) || before.troubles != view.troubles;
            *before = view;
            changed
        });
    }

    /// Reads the log to its end; what it then says. What comes after an entry that cannot be followed is not followed
    /// either: that is said beside.
    ///
    /// # Errors
    /// When the store is away.
    pub(super) async fn catch_up(&self) -> Result<(Arc<Journal>, String), StoreError> {
        let mut followed = self.followed.lock().await;
        loop {
            let from = followed.entries();
            let lines = self.store.models().entries(from, MAX_BATCH).await?;
            if lines.is_empty() {
                return Ok((Arc::clone(&followed), String::new()));
            }
            let journal = Arc::make_mut(&mut followed);
            let mut lines = lines.iter();
            if let Err(trouble) = lines.try_for_each(|line| journal.follow(line)) {
                return Ok((Arc::clone(&followed), trouble));
            }
        }
    }

    /// Reads the log to its end, for somebody who wants to add to it.
    ///
    /// # Errors
    /// When the store is away or the log cannot be followed.
    pub(super) async fn whole_log(&self) -> Result<Arc<Journal>, ModelsError> {
        match self.catch_up().await? {
            (journal, trouble) if trouble.is_empty() => Ok(journal),
            (_, trouble) => Err(ModelsError::Log(trouble)),
        }
    }

    /// Adds an entry to the log, if nothing about its name has changed since `seen`; says what the log says then.
    ///
    /// # Errors
    /// When the step is not possible, somebody else was quicker, or the store is away.
    pub(super) async fn add(
        &self,
        wish: &Wish<'_>,
        by: &By,
        seen: &Journal,
    ) -> Result<Arc<Journal>, ModelsError> {
        let changed = seen.place(wish.name).changed;
        for _ in 0..ATTEMPTS {
            let mut journal = self.whole_log().await?;
            let newest = journal.place(wish.name).changed;
            if let Some((_, by)) = newest.filter(|newest| Some(newest) != changed.as_ref()) {
                let name = wish.name.to_owned();
                return Err(ModelsError::Overtaken { name, by });
            }
            let step = Step {
                at_ms: Timestamp::now().as_millisecond(),
                actor: by.actor.to_string(),
                reason: by.reason.clone(),
                action: wish.action,
                name: wish.name.to_owned(),
                digest: wish.digest.to_owned(),
                facts: wish.facts.clone(),
            };
            journal.check(&step)?;
            let line = step.line();
            let ledger = self.store.models();
            let at = journal.entries();
            if ledger.append(at, line.as_bytes(), None).await? == Appended::Done {
                let follow = Arc::make_mut(&mut journal).follow(line.as_bytes());
                follow.map_err(ModelsError::Log)?;
                tell_of(&step, at);
                self.look_now().await;
                return Ok(journal);
            }
        }
        Err(ModelsError::Contended)
    }

    /// Serves what is new at once; when that fails, the next look does.
    async fn look_now(&self) {
        if let Err(error) = self.keep_up().await {
            tracing::debug!(reason = error.to_string(), "models not looked at");
        }
    }
}

fn tell_of(step: &Step, entry: u64) {
    tracing::info!(
        entry,
        action = step.action.as_str(),
        model = step.name,
        digest = step.digest.get(..12),
        actor = step.actor,
        "models changed"
    );
}

#[cfg(test)]
mod tests {
    use swiftline_domain::city::testing::small_pack;
    use swiftline_store::StoreSettings;
    use swiftline_testkit::redis::{Fsync, RedisServer};

    use super::*;
    use crate::models::journal::Run;

    async fn registry(redis: &RedisServer) -> Registry {
        let settings = StoreSettings {
            url: redis.url(),
            ..StoreSettings::default()
        };
        Registry::new(
            Store::connect(&settings).await.unwrap(),
            Arc::new(small_pack()),
            InForce::new(Vec::new(), 1),
            ModelsMetrics::new(&swiftline_telemetry::Metrics::new()),
            "",
            Readiness::default(),
        )
    }

    fn by(actor: &str) -> By {
        By {
            actor: actor.parse().unwrap(),
            reason: "r".to_owned(),
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn who_decided_on_an_old_view_of_the_name_is_refused() {
        let redis = RedisServer::start(Fsync::No).await.unwrap();
        let (one, other) = (registry(&redis).await, registry(&redis).await);
        let digests = ["a", "b"].map(|digit| digit.repeat(64));
        let facts = Facts {
            version: "zh-1".into(),
            bytes: 7,
            labels: 2,
            examples: 9,
            macro_f1: 0.5,
        };
        let wish = |action, name, digest| Wish {
            action,
            name,
            digest,
            facts: (action == Action::Push).then(|| facts.clone()),
        };
        let nothing = Journal::default();
        for (name, digest) in [("zh", &digests[0]), ("en", &digests[1])] {
            let push = wish(Action::Push, name, digest);
            one.add(&push, &by("li"), &nothing).await.unwrap();
        }
        let seen = other.whole_log().await.unwrap();
        let shadow = wish(Action::Shadow, "zh", &digests[0]);
        one.add(&shadow, &by("li"), &seen).await.unwrap();
        let activate = wish(Action::Activate, "zh", &digests[0]);
        let refused = other.add(&activate, &by("wang"), &seen).await.unwrap_err();
        assert!(
            matches!(&refused, ModelsError::Overtaken { by, .. } if by == "li"),
            "{refused}"
        );
        // Another name is no matter.
        let activate = wish(Action::Activate, "en", &digests[1]);
        let journal = other.add(&activate, &by("wang"), &seen).await.unwrap();
        assert_eq!(journal.entries(), 4);
        let run = Run {
            digest: digests[0].clone(),
            began: 2,
        };
        assert_eq!(journal.place("zh").shadow, Some(run));
        // None of this can be loaded: it was never put into the store.
        let troubles = other.view().troubles;
        assert_eq!(troubles.len(), 2, "{troubles:?}");
        assert!(troubles[0].ends_with("cannot be loaded: it is not in the store"));
        assert_eq!(other.report().troubles, *troubles);
    }
}
