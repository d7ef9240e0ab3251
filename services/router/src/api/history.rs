//! The calls that look back: replay and suggestions.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use jiff::Timestamp;
use swiftline_proto::convert::{ConvertError, id};
use swiftline_proto::router::v1 as wire;
use swiftline_proto::router::v1::replay_request::Rules as ReplayOf;
use swiftline_proto::router::v1::replay_response::Step as WireStep;
use swiftline_rpc::to_status;

use super::rules::Replies;
use crate::engine::Engine;
use crate::error::Error;
use crate::rules::{By, Replayed, Step, Suggested, Text};

/// Rules that suggestions are made for when nothing is said, and at most.
const SUGGESTIONS: (usize, usize) = (10, 100);
/// What the log says of a replay that was asked for.
const ASKED: &str = "asked for";

/// Replays the past under other rules.
///
/// # Errors
/// When the request is wrong, or there are no such rules.
pub(super) async fn replay(
    engine: &Arc<Engine>,
    request: wire::ReplayRequest,
) -> Result<Replies<wire::ReplayResponse>, Error> {
    let by = By {
        actor: id(&request.actor, "actor")?,
        reason: ASKED.to_owned(),
    };
    let since = since(request.since, engine.clock.now())?;
    let candidate = match request.rules {
        Some(ReplayOf::Text(text)) => engine.check(Text::new(text)?).await?,
        Some(ReplayOf::Digest(digest)) => engine.check_version(&digest).await?,
        None => return Err(ConvertError::new("rules", "is required: a text or a digest").into()),
    };
    let steps = Arc::clone(engine).replay(candidate, since, by);
    Ok(Box::pin(steps.map(|step| match step {
        Ok(step) => Ok(wire::ReplayResponse {
            step: Some(step_of(step)),
        }),
        Err(error) => Err(to_status(&error)),
    })))
}

fn step_of(step: Step) -> WireStep {
    match step {
        Step::Progress { complaints, share } => {
            WireStep::Progress(wire::ReplayProgress { complaints, share })
        }
        Step::Done(shown) => WireStep::Result(result_of(*shown)),
    }
}

fn result_of(shown: Replayed) -> wire::ReplayResult {
    wire::ReplayResult {
        report: Some(wire::Report {
            digest: shown.report.to_string(),
            json: shown.json,
        }),
        against: shown.against.to_string(),
        complaints: shown.complaints,
        moved: shown.moved,
        skipped: shown.skipped,
    }
}

/// What returned orders say about the rules.
///
/// # Errors
/// When the request is wrong or the store is away.
pub(super) async fn suggest(
    engine: &Engine,
    request: wire::SuggestRequest,
) -> Result<wire::SuggestResponse, Error> {
    let since = since(request.since, engine.clock.now())?;
    let (some, most) = SUGGESTIONS;
    let limit = match usize::try_from(request.limit).unwrap_or(most) {
        0 => some,
        limit => limit.min(most),
    };
    let Suggested {
        suggestions,
        digest,
        cases,
    } = engine.suggest(since, limit).await?;
    let as_json = |one| serde_json::to_string(one);
    let suggestions: Result<_, _> = suggestions.iter().map(as_json).collect();
    Ok(wire::SuggestResponse {
        suggestions: suggestions.map_err(|error| Error::Failed {
            what: "suggestion",
            reason: error.to_string(),
        })?,
        digest,
        cases,
    })
}

/// The moment so long ago.
fn since<D>(length: Option<D>, now: Timestamp) -> Result<Timestamp, ConvertError>
where
    Duration: TryFrom<D>,
{
    let length = length.and_then(|length| Duration::try_from(length).ok());
    let length = length.filter(|length| !length.is_zero());
    let length = length
        .ok_or_else(|| ConvertError::new("since", "is required: a positive length of time"))?;
    Ok(now.checked_sub(length).unwrap_or(Timestamp::MIN))
}
