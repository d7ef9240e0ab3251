//! The demo's main job: a day from the first submission to the last check.

use std::sync::Arc;
use std::time::{Duration, Instant};

use owo_colors::OwoColorize;
use swiftline_domain::city::CityPack;
use swiftline_domain::number::CaseNumber;
use swiftline_proto::feedback::v1::feedback_client::FeedbackClient;
use swiftline_proto::feedback::v1::{
    GetRatesRequest, GetRatesResponse, HotIssue, RankScoresResponse,
};
use swiftline_proto::intake::v1::intake_client::IntakeClient;
use swiftline_store::StoreSettings;
use swiftline_swiftctl::waterfall;
use swiftline_testkit::mesh::Service;

use crate::check::{Findings, Promised, check};
use crate::day::Day;
use crate::desks::Desks;
use crate::doors::Doors;
use crate::progress::Progress;
use crate::rest::at_rest;
use crate::stage::{Stage, Struck};
use crate::submit::{Submitted, replay};
use crate::summary::{self, Outcome, heading};
use crate::surge::{self, Evening, Watch};
use crate::{Failure, PATIENCE, RunArgs, load_pack};

/// How long the mesh may take to come to rest after the last submission.
const REST_WITHIN: Duration = Duration::from_secs(180);
/// How long one attempt at a call may take.
const CALL_WITHIN: Duration = Duration::from_secs(60);
/// How many broken promises or refusals are printed one by one.
const SHOWN: usize = 10;
/// How many hot issues are shown.
const SHOWN_ISSUES: u32 = 5;

/// Runs the day; true when every promise was kept.
pub(crate) async fn run(args: RunArgs) -> Result<bool, Failure> {
    if !(0.1..=86_400.0).contains(&args.seconds) {
        return Err(format!("--seconds {} is outside 0.1 to 86400", args.seconds).into());
    }
    let pack = load_pack(&args.city)?;
    let day = Day::load(&args.day, args.complaints, &pack)?;
    let complaints = day.entries.len();
    anstream::println!(
        "{}: {} in {:.0} s, {complaints} complaints",
        pack.city.name.text().bold(),
        day.title,
        args.seconds
    );
    for bad in day.bad_rows.iter().take(SHOWN) {
        anstream::eprintln!("  {bad}");
    }
    let stage = Stage::set(&args.city, None).await?;
    let played = play(&stage, &pack, day, Duration::from_secs_f64(args.seconds)).await?;
    let struck = stage.strike().await?;
    conclude(&pack, played, &struck).await
}

/// What is known when the mesh has come to rest.
struct Played {
    submitted: Submitted,
    rates: GetRatesResponse,
    ranking: Option<RankScoresResponse>,
    hot: Vec<HotIssue>,
    evening: Evening,
    bad_rows: usize,
    answers: std::collections::BTreeMap<String, swiftline_domain::id::UnitId>,
    /// From the first submission until every complaint was routed.
    routed_after: Duration,
    cpu: Vec<(&'static str, f64)>,
}

async fn play(
    stage: &Stage,
    pack: &CityPack,
    day: Day,
    lasting: Duration,
) -> Result<Played, Failure> {
    let doors = Doors::to(
        &stage.mesh.url(Service::Intake),
        &stage.mesh.url(Service::Router),
        &stage.mesh.url(Service::Feedback),
        CALL_WITHIN,
        None,
    )?;
    let progress = Arc::new(Progress::new((day.entries.len() + surge::BURST) as u64));
    let desks = Desks::new(&doors, PATIENCE, Arc::clone(&progress));
    let at_work = desks.open(pack.teams.iter().map(|team| team.id.clone()));
    let begun = Instant::now();
    let watch = Watch {
        store: StoreSettings {
            url: stage.redis.url(),
            ..StoreSettings::default()
        },
        doors: doors.clone(),
        pack,
        progress: Arc::clone(&progress),
    };
    let rest = async {
        let submitted = replay(
            IntakeClient::new(doors.intake.clone()),
            day.entries,
            lasting,
            PATIENCE,
            std::future::pending(),
            Arc::clone(&progress),
        )
        .await;
        at_rest(REST_WITHIN, &doors.router, || true).await?;
        let routed_after = begun.elapsed();
        at_rest(REST_WITHIN, &doors.router, || desks.idle()).await?;
        let evening = watch.evening().await?;
        at_rest(REST_WITHIN, &doors.router, || desks.idle()).await?;
        Ok::<_, Failure>((submitted, routed_after, evening))
    };
    let (submitted, routed_after, evening) = tokio::select! {
        done = rest => done?,
        () = progress.report() => unreachable!("the report goes on until the day is over"),
    };
    drop(at_work);
    progress.finish();
    for (code, count, message) in desks.refused() {
        anstream::eprintln!("  desks were refused {count} times with {code:?}, such as: {message}");
    }
    let ranking = surge::ranking(&doors.feedback, pack).await?;
    let hot = surge::hot_issues(&doors.feedback, SHOWN_ISSUES).await?;
    let rates = FeedbackClient::new(doors.feedback.clone())
        .get_rates(GetRatesRequest::default())
        .await?
        .into_inner();
    let mut cpu: Vec<_> = swiftline_testkit::mesh::SERVICES
        .iter()
        .map(|service| (service.as_str(), stage.mesh.get(*service).cpu_seconds()))
        .collect();
    cpu.push(("redis", stage.redis.cpu_seconds()));
    Ok(Played {
        submitted,
        rates,
        ranking,
        hot,
        evening,
        bad_rows: day.bad_rows.len(),
        answers: day.answers,
        routed_after,
        cpu,
    })
}

async fn conclude(pack: &CityPack, played: Played, struck: &Struck) -> Result<bool, Failure> {
    let Played {
        submitted,
        rates,
        ranking,
        hot,
        evening,
        bad_rows,
        answers,
        routed_after,
        cpu,
    } = played;
    let mut promised = Promised::new();
    let receipts = submitted.receipts.iter();
    for (key, receipt) in receipts.chain(&evening.submitted.receipts) {
        promised.insert(key.clone(), receipt.case_number.parse::<CaseNumber>()?);
    }
    let store = StoreSettings {
        url: struck.redis.url(),
        ..StoreSettings::default()
    };
    let findings = check(&store, pack, &promised, &answers).await?;
    let spans = struck.spans_said()?;
    let total = findings.total();
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let complaints_per_s = submitted.receipts.len() as f64 / routed_after.as_secs_f64();
    let outcome = Outcome {
        accepted: promised.len() as u64,
        routed: findings.routed,
        offered: total.offered,
        triage: findings.triage,
        signed: total.signed,
        returned: total.returned,
        resolved: total.resolved,
        lost: findings.lost.len(),
        duplicated: findings.duplicated.len(),
        spans_expected: spans.ended,
        spans_received: struck.tracebook.counts().received,
        spans_dropped: spans.dropped,
        submit_p50_ms: round(submitted.latency_ms(0.5)),
        submit_p99_ms: round(submitted.latency_ms(0.99)),
        complaints_per_s: round(complaints_per_s),
        rejected: submitted.refused.len() + evening.submitted.refused.len(),
        surge_alarm_s: evening
            .alarm
            .as_ref()
            .map(|(_, after)| round(after.as_secs_f64())),
        bad_rows,
    };
    anstream::println!(
        "{}\n{}",
        heading("what the teams did"),
        summary::districts(pack, &findings)
    );
    anstream::println!(
        "{}\n{}",
        heading("what the citizens say"),
        summary::rates(pack, &rates)
    );
    if let Some(ranking) = &ranking {
        let title = format!("who is good at it: {}", ranking.name);
        anstream::println!("{}\n{}", heading(&title), summary::ranking(ranking));
    }
    anstream::println!("{}\n{}", heading("what many tell"), summary::hot(&hot));
    anstream::println!("{}\n{}", heading("a surge"), summary::surge(pack, &evening));
    show(&outcome, &findings, &submitted, struck, &cpu);
    let whole = outcome.lost == 0 && outcome.duplicated == 0 && evening.alarm.is_some();
    anstream::println!("\n{}", serde_json::to_string(&outcome)?);
    Ok(whole)
}

fn show(
    outcome: &Outcome,
    findings: &Findings,
    submitted: &Submitted,
    struck: &Struck,
    cpu: &[(&'static str, f64)],
) {
    if let Some(number) = findings.example {
        let spans = struck.tracebook.by_case(&number.to_string());
        anstream::println!(
            "{}\n{}",
            heading(&format!(
                "one complaint, {number}, from submission to callback"
            )),
            waterfall::render(&spans)
        );
    }
    anstream::println!("{}", heading("in figures"));
    anstream::println!(
        "  {} accepted, case number after {} ms (median), {} ms (99 of 100); {} refused; {} rows unreadable",
        outcome.accepted,
        outcome.submit_p50_ms,
        outcome.submit_p99_ms,
        outcome.rejected,
        outcome.bad_rows
    );
    anstream::println!(
        "  {} routed, {} of them wait for a person to decide",
        outcome.routed,
        outcome.triage
    );
    if findings.right.1 > 0 {
        let (right, all) = findings.right;
        anstream::println!(
            "  {right} of {all} went first to the unit that the rules name for them"
        );
    }
    anstream::println!(
        "  {} spans ended, {} received, {} dropped",
        outcome.spans_expected,
        outcome.spans_received,
        outcome.spans_dropped
    );
    let cpu: Vec<String> = cpu
        .iter()
        .map(|(name, seconds)| format!("{name} {seconds:.1}"))
        .collect();
    anstream::println!("  CPU seconds: {}", cpu.join(", "));
    for (key, status) in submitted.refused.iter().take(SHOWN) {
        anstream::println!("  refused: {key}: {}", status.message());
    }
    for broken in findings.lost.iter().take(SHOWN) {
        anstream::println!("  {} {broken}", "lost".red());
    }
    for broken in findings.duplicated.iter().take(SHOWN) {
        anstream::println!("  {} {broken}", "doubled".red());
    }
    if outcome.lost + outcome.duplicated == 0 {
        anstream::println!(
            "  {}: all {} cases read back from the store, each once, each with one owner or none",
            "checked".green(),
            findings.cases
        );
    }
}

fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
