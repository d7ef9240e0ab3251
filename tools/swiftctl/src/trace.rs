//! `trace`: what every service did for a case. It asks whoever keeps the spans: the demo's receiver, Jaeger or Tempo.

mod jaeger;
mod legacy;
mod otlp;
mod tempo;
mod web;

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use clap::{Args, ValueEnum};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use swiftline_domain::number::CaseNumber;
use swiftline_proto::trace::v1::{ByCaseRequest, Link, Span};
use tonic::Code;

use crate::connect::{Mesh, Peer};
use crate::failure::Failure;
use crate::output::{Out, clean};
use crate::waterfall;
use crate::words::some;

use web::Web;

/// The attribute that ties a span to a case.
const CASE_NUMBER: &str = "swiftline.case.number";
/// The most traces of a case that are fetched: a case that comes back again and again has a few dozen.
const MAX_TRACES: usize = 100;
/// Clocks differ: what has just happened may be in our future.
const AHEAD: SignedDuration = SignedDuration::from_secs(60);
/// The port for spans of OTLP: nobody answers questions of Jaeger or Tempo there.
const OTLP_PORT: &str = ":4317";

/// Arguments of `trace`.
#[derive(Debug, Args)]
#[command(after_help = "\
The machine's part (submit, classify, route, offer) is one trace; each human wait (sign, result, callback) begins a \
trace of its own that is linked to the one before. All are shown, in order.

Examples:
  swiftctl trace 07-0001234-8
  swiftctl trace 07-0001234-8 --traces http://tempo.tracing:3200 --backend tempo --since 30d
  swiftctl --output json trace 07-0001234-8 | jq -r '[.service, .name, .duration_us] | @tsv'")]
pub(crate) struct TraceArgs {
    /// The case's number
    #[arg(value_name = "CASE")]
    case: CaseNumber,
    /// What keeps the spans at --traces [default: whichever answers there]
    #[arg(long, value_enum, env = "SWIFTCTL_TRACES_BACKEND")]
    backend: Option<Backend>,
    /// How far back Jaeger and Tempo look, such as 24h or 30d; the demo's receiver shows what it has
    #[arg(long, value_name = "TIME", default_value = "7d", value_parser = crate::cli::long_duration)]
    since: Duration,
    /// Show traces, too, in which somebody only looked at the case
    #[arg(long)]
    all: bool,
    /// Whose traces, where one Tempo serves several (X-Scope-OrgID)
    #[arg(long, value_name = "ID", env = "SWIFTCTL_TRACES_TENANT")]
    tenant: Option<String>,
}

/// What keeps spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Backend {
    /// The demo's receiver, by gRPC
    Tracebook,
    /// Jaeger's query service, by HTTP (port 16686)
    Jaeger,
    /// Tempo, by HTTP (port 3200)
    Tempo,
}

impl Backend {
    const fn name(self) -> &'static str {
        match self {
            Self::Tracebook => "the demo's receiver",
            Self::Jaeger => "Jaeger",
            Self::Tempo => "Tempo",
        }
    }
}

/// What is looked for, and when it may have happened.
struct Question<'a> {
    case: &'a str,
    from: Timestamp,
    to: Timestamp,
}

/// What was found.
#[derive(Debug, Default)]
struct Found {
    spans: Vec<Span>,
    /// There are more traces than were fetched.
    more: bool,
    /// What the user should know of them.
    notes: Vec<String>,
}

impl Found {
    /// Takes over the traces in which a span names the case.
    fn keep_of_case(&mut self, case: &str, spans: &mut Vec<Span>) {
        let names = |span: &&Span| {
            span.attributes
                .get(CASE_NUMBER)
                .is_some_and(|at| at == case)
        };
        let of_case: HashSet<String> = spans
            .iter()
            .filter(names)
            .map(|span| span.trace_id.clone())
            .collect();
        let here: HashSet<String> = self.spans.iter().map(|one| one.trace_id.clone()).collect();
        spans.retain(|span| of_case.contains(&span.trace_id) && !here.contains(&span.trace_id));
        self.spans.append(spans);
    }
}

/// Calls that only look at a case: a trace that begins with one tells nothing of the complaint's way.
const LOOKS: [&str; 3] = [
    "swiftline.intake.v1.Intake/GetCase",
    "swiftline.intake.v1.Intake/GetJourney",
    "swiftline.router.v1.Router/Explain",
];

/// Takes out the traces in which somebody only looked at the case, and says how many; none when there are no others.
fn without_looks(spans: &mut Vec<Span>) -> usize {
    let trace = |span: &Span| span.trace_id.clone();
    let all: HashSet<String> = spans.iter().map(trace).collect();
    let looks = |span: &&Span| LOOKS.contains(&span.name.as_str());
    let looked: HashSet<String> = spans.iter().filter(looks).map(trace).collect();
    if looked.len() == all.len() {
        return 0;
    }
    spans.retain(|span| !looked.contains(&span.trace_id));
    looked.len()
}

fn unreadable(store: &str, reason: &str) -> Failure {
    Failure::Failed(format!("{store} answered what cannot be read: {reason}"))
}

#[derive(Debug, Serialize)]
struct SpanView<'a> {
    trace_id: &'a str,
    span_id: &'a str,
    parent_span_id: Option<String>,
    service: &'a str,
    name: &'a str,
    kind: Option<String>,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    duration_us: u64,
    error: Option<String>,
    attributes: BTreeMap<&'a str, &'a str>,
    links: Vec<LinkView<'a>>,
}

#[derive(Debug, Serialize)]
struct LinkView<'a> {
    trace_id: &'a str,
    span_id: &'a str,
}

impl<'a> From<&'a Span> for SpanView<'a> {
    fn from(span: &'a Span) -> Self {
        let link = |link: &'a Link| LinkView {
            trace_id: &link.trace_id,
            span_id: &link.span_id,
        };
        Self {
            trace_id: &span.trace_id,
            span_id: &span.span_id,
            parent_span_id: some(span.parent_span_id.clone()),
            service: &span.service,
            name: &span.name,
            kind: some(span.kind.to_ascii_lowercase()),
            start: time(span.start_unix_ns),
            end: time(span.end_unix_ns),
            duration_us: span.end_unix_ns.saturating_sub(span.start_unix_ns) / 1_000,
            error: some(span.error.clone()),
            attributes: span
                .attributes
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect(),
            links: span.links.iter().map(link).collect(),
        }
    }
}

fn time(unix_ns: u64) -> Option<Timestamp> {
    Timestamp::from_nanosecond(unix_ns.into()).ok()
}

/// Draws the traces of a case.
///
/// # Errors
/// When no span of it was kept, or whoever keeps them is not there or cannot be understood.
pub(crate) async fn run(args: &TraceArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let number = args.case.to_string();
    let web = Web::new(
        mesh.url(Peer::Traces),
        args.tenant.as_deref(),
        mesh.timeout(),
    )?;
    let backend = match args.backend {
        Some(backend) => backend,
        None => who_is_at(&web).await,
    };
    let now = Timestamp::now();
    let back = SignedDuration::try_from(args.since).unwrap_or(SignedDuration::MAX);
    let question = Question {
        case: &number,
        from: now.saturating_sub(back).unwrap_or(Timestamp::UNIX_EPOCH),
        to: now.saturating_add(AHEAD).unwrap_or(now),
    };
    let found = match backend {
        Backend::Tracebook => by_case(mesh, &number).await?,
        Backend::Jaeger => jaeger::find(&web, &question).await?,
        Backend::Tempo => tempo::find(&web, &question).await?,
    };
    if found.spans.is_empty() {
        return Err(none(args, backend, web.url()));
    }
    if found.more {
        anstream::eprintln!("only {MAX_TRACES} traces are shown, there are more");
    }
    for note in &found.notes {
        anstream::eprintln!("{}", clean(note));
    }
    let mut spans = found.spans;
    let looked = if args.all {
        0
    } else {
        without_looks(&mut spans)
    };
    if looked > 0 {
        anstream::eprintln!(
            "{looked} traces of somebody who looked at it are left out; --all shows them"
        );
    }
    spans.sort_by(|a, b| waterfall::order(a).cmp(&waterfall::order(b)));
    for span in &mut spans {
        for text in [&mut span.name, &mut span.service, &mut span.error] {
            *text = clean(text).replace('\n', " ");
        }
    }
    let rows: Vec<SpanView<'_>> = spans.iter().map(SpanView::from).collect();
    out.rows(&rows, |_| waterfall::render(&spans))
}

/// Who answers there: Tempo and Jaeger each have a cheap question that nobody else answers; else it is the demo's receiver.
async fn who_is_at(web: &Web) -> Backend {
    if web.url().ends_with(OTLP_PORT) {
        Backend::Tracebook
    } else if tempo::is_at(web).await {
        Backend::Tempo
    } else if jaeger::is_at(web).await {
        Backend::Jaeger
    } else {
        Backend::Tracebook
    }
}

/// What the demo's receiver has.
async fn by_case(mesh: &Mesh, number: &str) -> Result<Found, Failure> {
    let request = mesh.request(ByCaseRequest {
        case_number: number.to_owned(),
    });
    let mut client = mesh.traces()?;
    match mesh.call(Peer::Traces, client.by_case(request)).await {
        Ok(answer) => Ok(Found {
            spans: answer.spans,
            ..Found::default()
        }),
        Err(Failure::Refused { status, .. }) if status.code() == Code::Unimplemented => {
            Err(Failure::Failed(format!(
                "{} takes spans and shows none; ask Jaeger (port 16686) or Tempo (port 3200) with --traces",
                mesh.url(Peer::Traces)
            )))
        }
        Err(failure) => Err(failure),
    }
}

fn none(args: &TraceArgs, backend: Backend, url: &str) -> Failure {
    let case = args.case;
    Failure::Failed(match backend {
        Backend::Tracebook => format!(
            "no span of {case} has arrived; services send theirs every few seconds, and the receiver keeps only the newest"
        ),
        _ => format!(
            "{} at {url} has no span of {case} of the last {}; it may be older (--since), or the collector has kept a sample without it",
            backend.name(),
            crate::words::span(args.since)
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(trace: &str, name: &str) -> Span {
        Span {
            trace_id: trace.to_owned(),
            name: name.to_owned(),
            ..Span::default()
        }
    }

    #[test]
    fn who_only_looked_is_left_out_unless_nobody_did_more() {
        let submit = span("a", "swiftline.intake.v1.Intake/Submit");
        let look = span("b", LOOKS[0]);
        let mut spans = vec![submit.clone(), look.clone(), span("b", "redis")];
        assert_eq!(without_looks(&mut spans), 1);
        assert_eq!(spans, [submit]);
        let mut spans = vec![look.clone()];
        assert_eq!(without_looks(&mut spans), 0);
        assert_eq!(spans, [look]);
    }
}
