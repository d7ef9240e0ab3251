//! What the citizen says to the result.

use jiff::{SignedDuration, Timestamp};
use swiftline_domain::case::{
    Callback, CallbackVia, Case, CloseReason, Command, Refusal, ReopenReason, State,
};
use swiftline_domain::id::ActorId;
use swiftline_domain::number::CaseNumber;

use crate::Engine;
use crate::change::{Changed, Step};
use crate::error::FeedbackError;

const RECORD: Step = Step {
    name: "record callback",
    effects: false,
};

const CLOSE: Step = Step {
    name: "close",
    effects: false,
};

/// What came of asking a citizen.
#[derive(Debug, Clone)]
pub(crate) struct Word {
    pub(crate) callback: Callback,
    pub(crate) via: CallbackVia,
    /// The citizen's own; at most [`swiftline_domain::case::MAX_NOTE_CHARS`] characters.
    pub(crate) comment: String,
}

impl Engine {
    /// Records the answers of a callback. A contented citizen closes the case in the same commit, and so does the last of the
    /// calls that reached nobody; before it the case is to be called again. A discontent one has it reopened as the city pack
    /// says: at once if the router is there, else by the follow-up; the case is answered as it stands.
    pub(crate) async fn record_callback(
        &self,
        number: CaseNumber,
        word: &Word,
        actor: &ActorId,
    ) -> Result<Case, FeedbackError> {
        let record = |case: &Case, now| Ok(self.what_follows(case, word, now));
        let changed = self.record(number, word, actor, record).await?;
        Ok(changed.case)
    }

    /// The same for commands that depend on how the case stands: none, and nothing is recorded.
    pub(crate) async fn record(
        &self,
        number: CaseNumber,
        word: &Word,
        actor: &ActorId,
        decide: impl Fn(&Case, Timestamp) -> Result<Vec<Command>, Refusal>,
    ) -> Result<Changed, FeedbackError> {
        let changed = self.cases.change(number, RECORD, decide).await?;
        if !changed.committed {
            return Ok(changed);
        }
        self.metrics.callback(word.callback, word.via);
        tell_who(number, actor, "callback recorded");
        let Some(reason) = self.reopener.wanted(&changed.case) else {
            return Ok(changed);
        };
        match self.reopener.at_once(&changed.case, reason).await {
            Ok(case) => Ok(Changed { case, ..changed }),
            Err(error) => {
                let (case, reason) = (number.to_string(), error.to_string());
                tracing::warn!(case, reason, "reopening left to the follow-up");
                Ok(changed)
            }
        }
    }

    /// The word as a command, and what ends the case in the same commit.
    pub(crate) fn what_follows(&self, case: &Case, word: &Word, now: Timestamp) -> Vec<Command> {
        let callback = word.callback;
        let gives_up = !callback.reached
            && case.state == State::Resolved
            && case.attempts + 1 >= self.callbacks.attempts;
        let again =
            SignedDuration::from_millis(i64::try_from(self.callbacks.again_ms).unwrap_or(i64::MAX));
        let again_at = now.saturating_add(again).unwrap_or(now);
        let mut commands = vec![Command::RecordCallback {
            callback,
            via: word.via,
            again_at: (!callback.reached && !gives_up).then_some(again_at),
            comment: word.comment.clone(),
        }];
        let goes_back = self.pack.city.callbacks.reopens(case, &callback).is_some();
        let ends = match callback.solved {
            _ if goes_back => None,
            Some(true) => Some(CloseReason::Confirmed),
            _ => gives_up.then_some(CloseReason::Unreachable),
        };
        commands.extend(ends.map(|reason| Command::Close { reason }));
        commands
    }

    /// Finishes a case without an answer.
    pub(crate) async fn close(
        &self,
        number: CaseNumber,
        reason: CloseReason,
        actor: &ActorId,
    ) -> Result<Case, FeedbackError> {
        let close = |_: &Case, _| Ok(vec![Command::Close { reason }]);
        let changed = self.cases.change(number, CLOSE, close).await?;
        tell_who(number, actor, "closed");
        Ok(changed.case)
    }

    /// Has a case taken up again.
    pub(crate) async fn reopen(
        &self,
        number: CaseNumber,
        reason: ReopenReason,
        actor: &ActorId,
    ) -> Result<Case, FeedbackError> {
        let case = self.reopener.by_request(number, reason).await?;
        tell_who(number, actor, "reopened");
        Ok(case)
    }
}

/// Who decided is kept in the service's log: the case itself tells of teams only.
fn tell_who(number: CaseNumber, actor: &ActorId, what: &'static str) {
    let (case, actor) = (number.to_string(), actor.as_str());
    tracing::info!(case, actor, "{what}");
}
