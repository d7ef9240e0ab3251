//! The states of a case, and the parts of it that come and go with them.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::command::SupervisionReason;
use crate::id::{ActorId, ClockClass, OfferNo, RuleId, TeamId, UnitId};
use crate::vocabulary::Lane;

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Taken in; nobody has looked at it yet.
    Accepted,
    /// The classifier is sure enough; it waits for a unit.
    Classified,
    /// A person must decide where it goes.
    Triage,
    /// In a team's queue, waiting to be signed for.
    Offered,
    /// A team has signed for it and works on it.
    Signed,
    /// Its team has set it aside with approval; the handling clock stands still.
    Suspended,
    /// No team has it: it was returned, transferred or let expire, and waits for the next unit.
    Returned,
    /// Its team reports that it is done; the citizen has not confirmed.
    Resolved,
    /// The citizen says it is not done; it waits to be offered again.
    Reopened,
    /// An inquiry that the knowledge base answered.
    Answered,
    /// Finished.
    Closed,
    /// Kept as part of another case's issue: it waits for that case's result.
    Merged,
    /// Taken back by the citizen.
    Withdrawn,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 13] = [
        Self::Accepted,
        Self::Classified,
        Self::Triage,
        Self::Offered,
        Self::Signed,
        Self::Suspended,
        Self::Returned,
        Self::Resolved,
        Self::Reopened,
        Self::Answered,
        Self::Closed,
        Self::Merged,
        Self::Withdrawn,
    ];

    /// The state's name in files, metrics and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Classified => "classified",
            Self::Triage => "triage",
            Self::Offered => "offered",
            Self::Signed => "signed",
            Self::Suspended => "suspended",
            Self::Returned => "returned",
            Self::Resolved => "resolved",
            Self::Reopened => "reopened",
            Self::Answered => "answered",
            Self::Closed => "closed",
            Self::Merged => "merged",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Whether somebody still has to do something about the case. A resolved one still waits for its callback.
    #[must_use]
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Closed | Self::Withdrawn)
    }

    /// Whether its result is still to come and it is not part of an issue: only such a case can be merged or have others
    /// merged into it.
    #[must_use]
    pub const fn is_before_result(self) -> bool {
        matches!(
            self,
            Self::Accepted
                | Self::Classified
                | Self::Triage
                | Self::Offered
                | Self::Signed
                | Self::Suspended
                | Self::Returned
                | Self::Reopened
        )
    }

    /// Whether a team owns the case: it counts towards that team's load.
    #[must_use]
    pub const fn is_owned(self) -> bool {
        matches!(self, Self::Offered | Self::Signed | Self::Suspended)
    }

    /// Whether the case waits to be offered to a unit.
    #[must_use]
    pub const fn awaits_offer(self) -> bool {
        matches!(
            self,
            Self::Classified | Self::Triage | Self::Returned | Self::Reopened
        )
    }
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// Which clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockKind {
    /// From acceptance to the first offer.
    Dispatch,
    /// From the first offer to the result.
    Handle,
    /// From the result, or the knowledge base's answer, to the citizen's word.
    Callback,
}

impl ClockKind {
    /// Every clock.
    pub const ALL: [Self; 3] = [Self::Dispatch, Self::Handle, Self::Callback];

    /// The clock's name in files, metrics and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dispatch => "dispatch",
            Self::Handle => "handle",
            Self::Callback => "callback",
        }
    }
}

/// When something is due, and when to warn of it. Computed from the city pack's clock class and calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// When to warn, not after `at`.
    pub warn_at: Timestamp,
    /// When it is overdue.
    pub at: Timestamp,
}

/// A clock that runs beside the states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// When it warns and runs out.
    pub due: Due,
    /// It has warned.
    pub warned: bool,
    /// It has run out: supervision knows.
    pub overdue: bool,
    /// It stands still since then.
    pub paused_at: Option<Timestamp>,
}

impl Clock {
    /// A clock that runs.
    #[must_use]
    pub const fn started(due: Due) -> Self {
        Self {
            due,
            warned: false,
            overdue: false,
            paused_at: None,
        }
    }

    /// When it next wants attention; `None` while it stands still and after it has run out.
    #[must_use]
    pub fn next_alarm(&self) -> Option<Timestamp> {
        match (self.paused_at, self.overdue, self.warned) {
            (Some(_), _, _) | (_, true, _) => None,
            (None, false, true) => Some(self.due.at),
            (None, false, false) => Some(self.due.warn_at.min(self.due.at)),
        }
    }

    pub(super) fn pause(&mut self, now: Timestamp) {
        self.paused_at = Some(now);
    }

    /// Runs on, later by as long as it stood still.
    pub(super) fn resume(&mut self, now: Timestamp) {
        if let Some(paused_at) = self.paused_at.take() {
            let stood = now.duration_since(paused_at).max(SignedDuration::ZERO);
            self.due.warn_at = self
                .due
                .warn_at
                .saturating_add(stood)
                .unwrap_or(Timestamp::MAX);
            self.due.at = self.due.at.saturating_add(stood).unwrap_or(Timestamp::MAX);
        }
    }
}

/// The clocks of a case; absent until started, absent again when stopped in time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clocks {
    /// See [`ClockKind::Dispatch`].
    pub dispatch: Option<Clock>,
    /// See [`ClockKind::Handle`].
    pub handle: Option<Clock>,
    /// See [`ClockKind::Callback`].
    pub callback: Option<Clock>,
}

impl Clocks {
    /// The clock of this kind.
    #[must_use]
    pub const fn get(&self, kind: ClockKind) -> Option<&Clock> {
        match kind {
            ClockKind::Dispatch => self.dispatch.as_ref(),
            ClockKind::Handle => self.handle.as_ref(),
            ClockKind::Callback => self.callback.as_ref(),
        }
    }

    pub(super) const fn get_mut(&mut self, kind: ClockKind) -> Option<&mut Clock> {
        match kind {
            ClockKind::Dispatch => self.dispatch.as_mut(),
            ClockKind::Handle => self.handle.as_mut(),
            ClockKind::Callback => self.callback.as_mut(),
        }
    }
}

/// To whom a case is given, and why: what a routing decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// The unit that is to handle it.
    pub unit: UnitId,
    /// The team of the unit that is asked to sign.
    pub team: TeamId,
    /// The lane of the team's queue.
    pub lane: Lane,
    /// The class of its clocks.
    pub clock: ClockClass,
    /// The units that help the lead, each with a part of its own.
    pub helpers: Vec<UnitId>,
    /// The units that are told and have nothing to do.
    pub inform: Vec<UnitId>,
    /// The rule that decided; `None` for the backstop or a person.
    pub rule: Option<RuleId>,
    /// The digest of the rule set that decided; empty when a person decided.
    pub rules_digest: String,
    /// How the team was chosen.
    pub choice: TeamChoice,
    /// The teams that were weighed and what spoke for or against each; at most [`MAX_CONSIDERED`].
    pub considered: Vec<ConsideredTeam>,
}

/// The most teams that an assignment tells of.
pub const MAX_CONSIDERED: usize = 6;

/// How a team came to be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TeamChoice {
    /// It has the least load for its capacity among the teams that fit.
    LeastLoaded,
    /// The unit that the rule names had no team with room; this is a sibling's or the district's.
    Spill,
    /// Nobody on duty fits; this team is asked when its hours begin.
    OffDuty,
    /// A person chose.
    Manual,
}

/// One team that was weighed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsideredTeam {
    /// The team.
    pub team: TeamId,
    /// Its open orders when it was weighed.
    pub load: u32,
    /// The orders that it can have open at once.
    pub capacity: u32,
    /// What spoke for or against it.
    pub verdict: Verdict,
}

/// What spoke for or against a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It was asked.
    Chosen,
    /// Another has less load for its capacity.
    Busier,
    /// It has as many orders as it can have.
    Full,
    /// Its hours are not now.
    OffDuty,
    /// It lacks a wanted skill.
    LacksSkill,
    /// It does not speak the language.
    LacksLanguage,
    /// It has returned this case, let it expire or handed it on.
    AskedBefore,
    /// It serves other places.
    Elsewhere,
}

/// What supervision looks after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Supervision {
    /// Why.
    pub reason: SupervisionReason,
    /// Since when.
    pub since: Timestamp,
}

/// An order in a team's queue or hands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Its number, the fencing token.
    pub no: OfferNo,
    /// To whom, and why.
    pub assignment: Assignment,
    /// When it was made.
    pub offered_at: Timestamp,
    /// When it expires unless it is signed for.
    pub sign_by: Timestamp,
    /// Who signed, and when.
    pub signed: Option<(ActorId, Timestamp)>,
}
