//! What an operator of the mesh looks at, and the chores that keep it in view.

use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _};
use swiftline_domain::city::{Unit, UnitClass};
use swiftline_domain::id::TeamId;
use swiftline_runtime::CancellationToken;
use swiftline_store::{DeadLetter, GroupState, LetterId, QueueState};

use crate::balance::Loads as _;
use crate::engine::{CONCURRENT_EFFECTS, Engine};
use crate::error::Error;
use crate::metrics::{Looked, TeamQueue};

/// The most dead letters that are listed, or put back, at once.
pub(crate) const MAX_LETTERS: usize = 1_000;

/// The log's groups and the teams' queues.
#[derive(Debug)]
pub(crate) struct Queues {
    /// Each group in each partition.
    pub(crate) groups: Vec<GroupState>,
    /// Teams, in the order of the pack.
    pub(crate) teams: Vec<QueueState>,
}

impl Engine {
    /// The units of this class (`None`: all), of this unit and those below it (`None`: all).
    pub(crate) fn units(&self, class: Option<UnitClass>, top: Option<&Unit>) -> Vec<&Unit> {
        let units = self.pack().units.iter();
        units
            .filter(|unit| class.is_none_or(|class| unit.class == class))
            .filter(|unit| top.is_none_or(|top| self.is_below(unit, top)))
            .collect()
    }

    fn is_below(&self, unit: &Unit, top: &Unit) -> bool {
        self.above(unit).any(|unit| unit.id == top.id)
    }

    /// The unit itself and those above it.
    fn above<'a>(&'a self, unit: &'a Unit) -> impl Iterator<Item = &'a Unit> {
        let units = &self.pack().units;
        let parent = |unit: &&Unit| units.get(unit.parent.as_ref()?.as_str());
        std::iter::successors(Some(unit), parent).take(units.iter().len())
    }

    /// Looks at all loads anew.
    ///
    /// # Errors
    /// When the store is away.
    pub(crate) async fn look_at_loads(&self) -> Result<(), Error> {
        let book = &self.planner.loads;
        let look = book.begin_look();
        let loads = self.store.loads(book.teams()).await?;
        book.end_look(&look, &loads);
        Ok(())
    }

    /// The log's groups, and the queues of the teams that have something to do, or of all.
    ///
    /// # Errors
    /// When the store is away.
    pub(crate) async fn queues(&self, all_teams: bool) -> Result<Queues, Error> {
        let book = &self.planner.loads;
        let wanted = |team: &&TeamId| all_teams || book.load(team) > 0;
        let teams: Vec<TeamId> = book.teams().iter().filter(wanted).cloned().collect();
        let states = futures::stream::iter(teams)
            .map(async |team| self.store.queue_state(&team).await)
            .buffered(CONCURRENT_EFFECTS);
        let teams = states.try_collect().await?;
        let groups = self.store.group_states().await?;
        Ok(Queues { groups, teams })
    }

    /// What metrics show of queues, groups, and what waits for a person.
    async fn look(&self) -> Result<Looked, Error> {
        let Queues { groups, teams } = self.queues(false).await?;
        let backlog = self.store.backlog(self.clock.now()).await?;
        let teams = teams.into_iter().filter_map(|state| self.placed(state));
        Ok(Looked {
            groups,
            teams: teams.collect(),
            backlog,
        })
    }

    /// A queue with its team's unit and district; `None` for a team that the pack does not know.
    fn placed(&self, state: QueueState) -> Option<TeamQueue> {
        let pack = self.pack();
        let unit = pack
            .units
            .get(pack.teams.get(state.team.as_str())?.unit.as_str())?;
        let district = self.above(unit).find(|unit| unit.class.is_backstop());
        Some(TeamQueue {
            unit: unit.id.clone(),
            district: district.unwrap_or(unit).id.clone(),
            state,
        })
    }

    /// Dead letters: this one, or up to `limit` (0 = [`MAX_LETTERS`]).
    ///
    /// # Errors
    /// When the store is away.
    pub(crate) async fn letters(
        &self,
        id: Option<LetterId>,
        limit: usize,
    ) -> Result<Vec<DeadLetter>, Error> {
        let Some(id) = id else {
            let limit = match limit {
                0 => MAX_LETTERS,
                limit => limit.min(MAX_LETTERS),
            };
            return Ok(self.store.dead_letters(limit).await?);
        };
        let letter = self.store.dead_letter(id).await?;
        let unknown = || Error::Unknown {
            field: "id",
            what: "dead letter",
            id: id.to_string(),
        };
        Ok(vec![letter.ok_or_else(unknown)?])
    }

    /// Puts dead letters back: these, or all when none is named. Says how many.
    ///
    /// # Errors
    /// When the store is away; some may be back then.
    pub(crate) async fn redrive(&self, ids: &[LetterId]) -> Result<u64, Error> {
        if !ids.is_empty() {
            return Ok(self.store.redrive(ids).await?);
        }
        let mut redriven = 0;
        loop {
            let letters = self.store.dead_letters(MAX_LETTERS).await?;
            let ids: Vec<LetterId> = letters.iter().map(|letter| letter.id).collect();
            let back = self.store.redrive(&ids).await?;
            redriven += back;
            // None back: somebody else was faster, or there are none.
            if ids.len() < MAX_LETTERS || back == 0 {
                return Ok(redriven);
            }
        }
    }
}

/// Keeps the loads fresh until told to stop. Old loads do no harm, so a store that is away is only waited for.
pub(crate) async fn follow_loads(engine: &Engine, every: Duration, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(error) = engine.look_at_loads().await {
            tracing::debug!(reason = error.to_string(), "loads not refreshed");
        }
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Trims the log and refreshes what metrics show, until told to stop.
pub(crate) async fn keep_house(engine: &Engine, every: Duration, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            () = stop.cancelled() => return,
        }
        if let Err(error) = engine.store.trim().await {
            tracing::debug!(reason = error.to_string(), "log not trimmed");
        }
        match engine.look().await {
            Ok(looked) => engine.metrics.set_looked(looked),
            Err(error) => tracing::debug!(reason = error.to_string(), "queues not looked at"),
        }
    }
}
