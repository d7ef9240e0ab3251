//! Load on a mesh that runs elsewhere, with every promise checked afterwards: for rehearsals in which pods come and go.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use swiftline_config::Files;
use swiftline_domain::number::CaseNumber;
use swiftline_proto::intake::v1::intake_client::IntakeClient;
use swiftline_rpc::{Tls, TlsSettings};
use swiftline_store::StoreSettings;
use swiftline_telemetry::Metrics;
use tokio::io::AsyncReadExt as _;

use crate::check::{Findings, Promised, check};
use crate::day::Day;
use crate::desks::Desks;
use crate::doors::Doors;
use crate::progress::Progress;
use crate::rest::at_rest;
use crate::submit::{Submitted, replay};
use crate::traces::{self, Torn};
use crate::{Failure, LoadArgs, load_pack};

/// How long the mesh may take to come to rest.
const REST_WITHIN: Duration = Duration::from_secs(180);
/// How long one attempt at a call may take: whoever was cut off does not answer.
const CALL_WITHIN: Duration = Duration::from_secs(5);

/// What came of it: the last line that is printed.
#[derive(Debug, Serialize)]
struct Outcome {
    accepted: usize,
    /// Submissions that nobody took within the patience.
    refused: Vec<String>,
    /// Calls of desks that were refused: code, how often, one message.
    desks_refused: Vec<(String, u64, String)>,
    routed: u64,
    lost: Vec<String>,
    duplicated: Vec<String>,
    submit_p50_ms: f64,
    submit_p99_ms: f64,
    /// Cases whose trace has a hole; absent: nobody looked.
    torn: Option<Vec<Torn>>,
}

/// Sends, works, waits and checks; true when nothing was lost or doubled.
pub(crate) async fn load(args: LoadArgs) -> Result<bool, Failure> {
    if !(0.1..=10_000.0).contains(&args.rate) {
        return Err(format!("--rate {} is outside 0.1 to 10000", args.rate).into());
    }
    let store = store(&args.settings, args.cluster)?;
    let pack = load_pack(&args.city)?;
    let mut day = Day::made_up(args.complaints, &pack)?;
    let count = day.entries.len();
    #[expect(clippy::cast_precision_loss, reason = "a share")]
    for (nth, entry) in day.entries.iter_mut().enumerate() {
        entry.at = nth as f64 / count as f64;
    }
    #[expect(clippy::cast_precision_loss, reason = "a duration")]
    let lasting = Duration::from_secs_f64(count as f64 / args.rate);
    let patience = Duration::from_secs(args.patience);

    let tls = args.tls.as_deref().map(certificate).transpose()?.flatten();
    let doors = Doors::to(
        &args.intake,
        &args.router,
        &args.feedback,
        CALL_WITHIN,
        tls.as_ref(),
    )?;
    let progress = Arc::new(Progress::new(count as u64));
    let desks = Desks::new(&doors, patience, Arc::clone(&progress));
    let at_work = desks.open(pack.teams.iter().map(|team| team.id.clone()));
    let work = async {
        let submitted = replay(
            IntakeClient::new(doors.intake.clone()),
            day.entries,
            lasting,
            patience,
            input_ends(),
            Arc::clone(&progress),
        )
        .await;
        at_rest(REST_WITHIN, &doors.router, || true).await?;
        at_rest(REST_WITHIN, &doors.router, || desks.idle()).await?;
        Ok::<_, Failure>(submitted)
    };
    let submitted = tokio::select! {
        done = work => done?,
        () = progress.report() => unreachable!("the report goes on until the work is done"),
    };
    drop(at_work);
    progress.finish();

    let mut promised = Promised::new();
    for (key, receipt) in &submitted.receipts {
        promised.insert(key.clone(), receipt.case_number.parse::<CaseNumber>()?);
    }
    let findings = check(&store, &pack, &promised, &BTreeMap::new()).await?;
    let torn = match &args.tracebook {
        Some(receiver) => Some(traces::torn(receiver, promised.values().copied()).await?),
        None => None,
    };
    let whole = findings.lost.is_empty() && findings.duplicated.is_empty();
    let outcome = outcome(&submitted, &desks, findings, torn);
    anstream::println!("{}", serde_json::to_string(&outcome)?);
    Ok(whole)
}

fn outcome(
    submitted: &Submitted,
    desks: &Desks,
    findings: Findings,
    torn: Option<Vec<Torn>>,
) -> Outcome {
    let refused = submitted.refused.iter();
    let desks_refused = desks.refused().into_iter();
    Outcome {
        accepted: submitted.receipts.len(),
        refused: refused
            .map(|(key, status)| format!("{key}: {status}"))
            .collect(),
        desks_refused: desks_refused
            .map(|(code, count, message)| (format!("{code:?}"), count, message))
            .collect(),
        routed: findings.routed,
        lost: findings.lost,
        duplicated: findings.duplicated,
        submit_p50_ms: submitted.latency_ms(0.5),
        submit_p99_ms: submitted.latency_ms(0.99),
        torn,
    }
}

/// The store as the services' file of settings names it.
fn store(file: &Path, cluster: bool) -> Result<StoreSettings, Failure> {
    #[derive(Deserialize)]
    struct File {
        store: StoreSettings,
    }
    let unreadable = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let text = std::fs::read_to_string(file).map_err(|error| unreadable(&error))?;
    let read: File = toml::from_str(&text).map_err(|error| unreadable(&error))?;
    Ok(StoreSettings {
        cluster,
        ..read.store
    })
}

/// The certificate in the folder, named as in a Secret. Nobody looks at it again: a load is over before it expires.
fn certificate(folder: &Path) -> Result<Option<Tls>, Failure> {
    let [certificate, key, ca] = ["tls.crt", "tls.key", "ca.crt"].map(|name| folder.join(name));
    let settings = TlsSettings::mutual(&certificate, &key, &ca);
    Ok(Tls::load(&settings, &Files::new(), &Metrics::new())?)
}

/// Waits until standard input has ended.
async fn input_ends() {
    let mut sink = Vec::new();
    // An input that cannot be read has ended.
    let _ = tokio::io::stdin().read_to_end(&mut sink).await;
}
