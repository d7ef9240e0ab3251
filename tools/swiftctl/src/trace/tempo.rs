//! Tempo: TraceQL finds the traces, then each is fetched by its id.

use serde::Deserialize;
use swiftline_proto::trace::v1::Span;

use super::otlp::Traces;
use super::web::Web;
use super::{Found, MAX_TRACES, Question, unreadable};
use crate::failure::Failure;

const TEMPO: &str = "Tempo";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Search {
    traces: Vec<Hit>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Hit {
    #[serde(rename = "traceID")]
    id: String,
}

/// The answer of version 2; that of version 1 is the trace itself.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ById {
    trace: Traces,
    status: serde_json::Value,
    message: String,
}

/// Whether this is the address of a Tempo: it has a path for just this question.
pub(super) async fn is_at(web: &Web) -> bool {
    let echo = web.get("/api/echo", &[]).await;
    echo.is_ok_and(|echo| echo.status.is_success() && echo.body.as_ref().starts_with(b"echo"))
}

/// Every span of the traces that have a span with this case's number.
///
/// # Errors
/// When Tempo is not there, refuses, or answers what cannot be read.
pub(super) async fn find(web: &Web, question: &Question<'_>) -> Result<Found, Failure> {
    let query = format!("{{ span.{} = \"{}\" }}", super::CASE_NUMBER, question.case);
    let (from, to) = (question.from.as_second(), question.to.as_second());
    let answer = web
        .get(
            "/api/search",
            &[
                ("q", &query),
                ("start", &from.to_string()),
                ("end", &to.to_string()),
                ("limit", &(MAX_TRACES + 1).to_string()),
                ("spss", "1"),
            ],
        )
        .await?;
    let hits = answer.json::<Search>(TEMPO)?.traces;
    let mut found = Found {
        more: hits.len() > MAX_TRACES,
        ..Found::default()
    };
    for hit in hits.into_iter().take(MAX_TRACES) {
        // Zeros in front are left out.
        let id = format!("{:0>32}", hit.id);
        found.spans.extend(trace(web, &id, &mut found.notes).await?);
    }
    Ok(found)
}

/// The spans of a trace; none when it has gone meanwhile.
async fn trace(web: &Web, id: &str, notes: &mut Vec<String>) -> Result<Vec<Span>, Failure> {
    let answer = web.get(&format!("/api/v2/traces/{id}"), &[]).await?;
    if !answer.is_missing() {
        let answer: ById = answer.json(TEMPO)?;
        // A number or a name, by version; 0 is complete.
        if answer.status == "PARTIAL" || answer.status == 1 {
            notes.push(format!("trace {id} is not whole: {}", answer.message));
        }
        return answer
            .trace
            .spans()
            .map_err(|reason| unreadable(TEMPO, &reason));
    }
    // A Tempo before 2.7 has no version 2.
    let answer = web.get(&format!("/api/traces/{id}"), &[]).await?;
    if answer.is_missing() {
        return Ok(Vec::new());
    }
    let spans = answer.json::<Traces>(TEMPO)?.spans();
    spans.map_err(|reason| unreadable(TEMPO, &reason))
}
