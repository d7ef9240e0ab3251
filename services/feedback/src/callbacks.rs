//! What the citizen says to the result.

use swiftline_domain::case::{
    Callback, CallbackVia, Case, CloseReason, Command, ReopenReason, State,
};
use swiftline_domain::id::ActorId;
use swiftline_domain::number::CaseNumber;

use crate::Engine;
use crate::change::Step;
use crate::error::FeedbackError;
use crate::reopen::asks_for_reopening;

const RECORD: Step = Step {
    name: "record callback",
    effects: false,
};

const CLOSE: Step = Step {
    name: "close",
    effects: false,
};

impl Engine {
    /// Records the answers of a callback. "Solved" closes the case in the same commit, and so does the last of the calls that
    /// reached nobody; before it the case is to be called again. "Not solved" has it reopened: at once
    /// if the router is there, else by the follow-up; the case is answered as it stands.
    pub(crate) async fn record_callback(
        &self,
        number: CaseNumber,
        callback: Callback,
        via: CallbackVia,
        actor: &ActorId,
    ) -> Result<Case, FeedbackError> {
        let changed = self
            .cases
            .change(number, RECORD, |case, now| {
                let gives_up = !callback.reached
                    && case.state == State::Resolved
                    && case.attempts + 1 >= self.callbacks.attempts;
                let again = jiff::SignedDuration::from_millis(
                    i64::try_from(self.callbacks.again_ms).unwrap_or(i64::MAX),
                );
                let again_at = now.saturating_add(again).unwrap_or(now);
                let mut commands = vec![Command::RecordCallback {
                    callback,
                    via,
                    again_at: (!callback.reached && !gives_up).then_some(again_at),
                }];
                let ends = match (callback.solved, gives_up) {
                    (Some(true), _) => Some(CloseReason::Confirmed),
                    (_, true) => Some(CloseReason::Unreachable),
                    _ => None,
                };
                commands.extend(ends.map(|reason| Command::Close { reason }));
                Ok(commands)
            })
            .await?;
        self.metrics.callback(callback);
        tell_who(number, actor, "callback recorded");
        if !asks_for_reopening(&changed.case) {
            return Ok(changed.case);
        }
        match self.reopener.at_once(&changed.case).await {
            Ok(reopened) => Ok(reopened),
            Err(error) => {
                let (case, reason) = (number.to_string(), error.to_string());
                tracing::warn!(case, reason, "reopening left to the follow-up");
                Ok(changed.case)
            }
        }
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
