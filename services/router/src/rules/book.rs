//! The log of the workflow: followed to its end, and added to.
//!
//! Whoever adds knows the whole log, and the store takes an entry only in the place that it was made for. So of two who
//! change the rules at the same time one is first; the other sees what happened and decides again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use swiftline_domain::id::ActorId;
use swiftline_domain::rules::RulesDigest;
use swiftline_domain::rules::workflow::{self, Command, Entry, Workflow};
use swiftline_runtime::Readiness;
use swiftline_store::{Appended, Document, MAX_BATCH};
use tokio::sync::watch;

use super::error::RulesError;
use super::load::Served;
use super::replica::{Beat, CanaryBase, Progress};
use super::steps::By;
use crate::engine::Engine;
use crate::error::Error;

/// How often an entry is made anew when others add theirs in between: people change rules a few times a day.
const ATTEMPTS: usize = 8;

/// What this router knows of the rules' log, and makes of it.
pub(crate) struct RuleBook {
    /// The name of this router among its peers.
    pub(crate) replica: String,
    followed: tokio::sync::Mutex<Arc<Workflow>>,
    /// Taken by whoever swaps rules.
    pub(super) served: tokio::sync::Mutex<Served>,
    view: watch::Sender<View>,
    told: Mutex<Told>,
    health: Readiness,
}

/// What the log says and how far this router serves it, at a moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct View {
    /// What the log says.
    pub(crate) workflow: Arc<Workflow>,
    /// Why this router does not serve that; empty when it does.
    pub(crate) problem: Arc<str>,
}

/// What this router tells beside what it serves.
#[derive(Debug, Clone, Copy, Default)]
struct Told {
    in_flight: Option<Progress>,
    canary_base: Option<CanaryBase>,
}

impl RuleBook {
    /// Nothing followed yet. `replica` is the name of this router among its peers; empty = a new one. What goes wrong is
    /// noted in `health`.
    #[must_use]
    pub(crate) fn new(replica: &str, health: Readiness) -> Self {
        let replica = if replica.is_empty() {
            uuid::Uuid::now_v7().to_string()
        } else {
            replica.to_owned()
        };
        Self {
            replica,
            followed: tokio::sync::Mutex::default(),
            served: tokio::sync::Mutex::default(),
            view: watch::Sender::new(View::default()),
            told: Mutex::default(),
            health,
        }
    }

    /// What was known when the log was last looked at.
    #[must_use]
    pub(crate) fn view(&self) -> View {
        self.view.borrow().clone()
    }

    /// Wakes whenever the view changes, or this router has something to tell.
    pub(super) fn watch(&self) -> watch::Receiver<View> {
        self.view.subscribe()
    }

    pub(super) fn see(&self, view: View) {
        self.health.note("rules", &view.problem);
        self.view.send_if_modified(|before| {
            let head = |view: &View| view.workflow.head().entries;
            let changed = head(before) != head(&view) || before.problem != view.problem;
            *before = view;
            changed
        });
    }

    /// Tells the peers how far the work on orders in flight has come.
    pub(super) fn tell_progress(&self, progress: Progress) {
        self.told().in_flight = Some(progress);
    }

    /// Tells the peers what had been counted when the canary began.
    pub(super) fn tell_base(&self, base: CanaryBase) {
        self.told().canary_base = Some(base);
    }

    /// What had been counted when the canary that this entry began did so, as far as this router knows.
    pub(super) fn base(&self, started: u64) -> Option<CanaryBase> {
        self.told()
            .canary_base
            .filter(|base| base.started == started)
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// Reads the log to its end; what it then says.
    ///
    /// # Errors
    /// When the store is away, or the log is not what was written: what comes before that is followed.
    pub(crate) async fn catch_up(&self) -> Result<Arc<Workflow>, Error> {
        let mut followed = self.rules.followed.lock().await;
        loop {
            let from = followed.head().entries;
            let lines = self.store.rules().entries(from, MAX_BATCH).await?;
            if lines.is_empty() {
                return Ok(Arc::clone(&followed));
            }
            let workflow = Arc::make_mut(&mut followed);
            for line in &lines {
                workflow.follow_line(line).map_err(RulesError::Log)?;
            }
        }
    }

    /// The log as far as it can be followed.
    pub(super) async fn followed(&self) -> Arc<Workflow> {
        Arc::clone(&*self.rules.followed.lock().await)
    }

    /// Adds an entry to the log; says which, and what the log says then.
    ///
    /// # Errors
    /// When the workflow refuses, others are always faster, or the store is away.
    pub(crate) async fn add(
        &self,
        command: &Command,
        by: &By,
        document: Option<Document<'_>>,
    ) -> Result<(Entry, Arc<Workflow>), Error> {
        for _ in 0..ATTEMPTS {
            let mut workflow = self.catch_up().await?;
            let by = workflow::By {
                actor: by.actor.clone(),
                at: self.clock.now(),
                reason: by.reason.clone(),
            };
            let entry = workflow
                .decide(command.clone(), by)
                .map_err(RulesError::Refused)?;
            let line = entry.line();
            let added = self
                .store
                .rules()
                .append(entry.seq, line.as_bytes(), document)
                .await?;
            if added == Appended::Done {
                Arc::make_mut(&mut workflow).evolve(&entry);
                self.tell_of(&entry);
                self.look_now().await;
                return Ok((entry, workflow));
            }
        }
        Err(RulesError::Contended.into())
    }

    fn tell_of(&self, entry: &Entry) {
        let digest = entry.action.digest().map(RulesDigest::short);
        tracing::info!(
            entry = entry.seq,
            action = entry.action.name(),
            digest,
            actor = entry.actor.as_str(),
            "rules changed"
        );
    }

    /// Serves what is new at once; when that fails, the next look does.
    async fn look_now(&self) {
        if let Err(error) = self.keep_up().await {
            tracing::debug!(reason = error.to_string(), "rules not looked at");
        }
    }

    /// What this router tells its peers.
    #[must_use]
    pub(super) fn report(&self) -> Beat {
        let (view, rules) = (self.rules.view(), self.planner.rules());
        let told = *self.rules.told();
        let name = |rules: Option<&Arc<swiftline_domain::rules::RuleSet>>| {
            rules.map(|rules| rules.digest().to_string())
        };
        Beat {
            digest: rules.active().digest().to_string(),
            canary: name(rules.canary()).unwrap_or_default(),
            shadow: name(rules.shadow()).unwrap_or_default(),
            entries: view.workflow.head().entries,
            problem: view.problem.to_string(),
            in_flight: told.in_flight,
            canary_base: told.canary_base,
        }
    }

    /// In the name of the router itself.
    pub(super) fn itself(reason: String) -> By {
        By {
            actor: ActorId::new(ROUTER_ACTOR).expect("a constant that is an id"),
            reason,
        }
    }
}

/// Who acts when a router does something by itself.
pub(crate) const ROUTER_ACTOR: &str = "router";
