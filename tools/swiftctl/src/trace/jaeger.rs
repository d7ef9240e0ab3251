//! Jaeger: the API of its own page finds traces by an attribute, that of version 3 gives them whole and exact.
//!
//! Version 3 alone would not do: over HTTP most releases pass over the attribute and give the newest traces of a service.
//! It is asked only where the page's API is not there. Where version 3 is not there, what the page's API found is
//! shown, in its microseconds.

use std::collections::BTreeMap;

use serde::Deserialize;
use swiftline_proto::trace::v1::Span;

use super::legacy::Page;
use super::otlp::Traces;
use super::web::Web;
use super::{CASE_NUMBER, Found, MAX_TRACES, Question, unreadable};
use crate::failure::Failure;

const JAEGER: &str = "Jaeger";

/// Whose spans name a case; Jaeger is asked for one service at a time.
const SERVICES: [&str; 4] = ["intake", "classifier", "router", "feedback"];

/// What wraps an answer of version 3.
#[derive(Debug, Deserialize)]
struct Wrapped {
    result: Traces,
}

/// Whether this is the address of a Jaeger: it can name its services.
pub(super) async fn is_at(web: &Web) -> bool {
    #[derive(Deserialize)]
    struct Services {
        #[serde(rename = "data")]
        _data: Option<Vec<String>>,
        #[serde(rename = "total")]
        _total: u64,
    }
    let answer = web.get("/api/services", &[]).await;
    answer.is_ok_and(|answer| answer.json::<Services>(JAEGER).is_ok())
}

/// Every span of the traces that have a span with this case's number.
///
/// # Errors
/// When Jaeger is not there, refuses, or answers what cannot be read.
pub(super) async fn find(web: &Web, question: &Question<'_>) -> Result<Found, Failure> {
    let mut traces: BTreeMap<String, Vec<Span>> = BTreeMap::new();
    let mut found = Found::default();
    for service in SERVICES {
        let Some(page) = by_page(web, question, service).await? else {
            return by_version_3(web, question).await;
        };
        let page = page.traces();
        found.more |= page.len() > MAX_TRACES;
        traces.extend(page);
    }
    found.more |= traces.len() > MAX_TRACES;
    // The newest: they say where it stands.
    let mut newest: Vec<(String, Vec<Span>)> = traces.into_iter().collect();
    newest.sort_by_key(|(_, spans)| spans.iter().map(|span| span.start_unix_ns).max());
    for (id, rough) in newest.into_iter().rev().take(MAX_TRACES) {
        found.spans.extend(exact(web, &id).await?.unwrap_or(rough));
    }
    Ok(found)
}

/// What the page's API finds for a service; `None` where there is no such API any more.
async fn by_page(
    web: &Web,
    question: &Question<'_>,
    service: &str,
) -> Result<Option<Page>, Failure> {
    let tags = format!("{{\"{CASE_NUMBER}\":\"{}\"}}", question.case);
    let answer = web
        .get(
            "/api/traces",
            &[
                ("service", service),
                ("tags", &tags),
                ("start", &question.from.as_microsecond().to_string()),
                ("end", &question.to.as_microsecond().to_string()),
                ("limit", &(MAX_TRACES + 1).to_string()),
            ],
        )
        .await?;
    // What Jaeger does not know it answers with its page.
    let is_page = answer.status.is_success() && answer.body.trim_ascii_start().starts_with(b"<");
    if answer.is_missing() || is_page {
        return Ok(None);
    }
    answer.json(JAEGER).map(Some)
}

/// The spans of a trace by version 3; `None` where it does not have it.
async fn exact(web: &Web, id: &str) -> Result<Option<Vec<Span>>, Failure> {
    let answer = web.get(&format!("/api/v3/traces/{id}"), &[]).await?;
    let Ok(Wrapped { result }) = answer.json(JAEGER) else {
        return Ok(None);
    };
    let spans = result.spans();
    let spans = spans.map_err(|reason| unreadable(JAEGER, &reason))?;
    Ok(Some(spans).filter(|spans| !spans.is_empty()))
}

/// What version 3 finds; whatever else it gives is left out.
async fn by_version_3(web: &Web, question: &Question<'_>) -> Result<Found, Failure> {
    let attributes = format!("{{\"{CASE_NUMBER}\":\"{}\"}}", question.case);
    let (from, to) = (question.from.to_string(), question.to.to_string());
    let mut found = Found::default();
    for service in SERVICES {
        let answer = web
            .get(
                "/api/v3/traces",
                &[
                    ("query.serviceName", service),
                    ("query.attributes", &attributes),
                    ("query.startTimeMin", &from),
                    ("query.startTimeMax", &to),
                    ("query.searchDepth", &(MAX_TRACES + 1).to_string()),
                ],
            )
            .await?;
        // None found is 404 as well; Jaeger then says so in JSON.
        if answer.is_missing() && answer.body.trim_ascii_start().starts_with(b"{") {
            continue;
        }
        let spans = answer.json::<Wrapped>(JAEGER)?.result.spans();
        let mut spans = spans.map_err(|reason| unreadable(JAEGER, &reason))?;
        found.keep_of_case(question.case, &mut spans);
    }
    Ok(found)
}
