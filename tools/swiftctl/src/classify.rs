//! `classify`: what messages are about, and why.

mod row;

use std::io::{BufRead, BufReader, BufWriter, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use clap::{Args, ValueHint};
use serde::Serialize;
use swiftline_classifier::engine::{Classify as _, Engine, Reason};
use swiftline_classifier::models::BuiltIn;
use swiftline_domain::city::CityPack;
use swiftline_domain::complaint::Complaint;
use swiftline_proto::classifier::v1::{self as wire, ExplainRequest};

use crate::connect::{Mesh, Peer};
use crate::failure::Failure;
use crate::output::{Out, Screen, cell, clean};
use crate::rules::pack::PackArg;
use crate::words::count;
use row::{Told, read};

/// Messages that are classified together.
const BATCH: usize = 256;

/// Reasons of each sort where nobody says how many.
const REASONS: u32 = 5;

/// Arguments of `classify`.
#[derive(Debug, Args)]
#[command(after_help = "\
With --offline and --input, classifies the messages of a file with the classifier's own engine and models, without servers. \
A line is a JSON object with `text`, or with `subject` and `detail`; `lat` and `lon` say where, `complaint_type` and \
`descriptor` what another system called it, `id` is repeated as `key`. Each line has its answer, in order: group (the \
training label, for Chinese), category, kind, urgency, language, place, confidence (calibrated: of the group where there is \
one, else of the category), alternatives, and more. A line that cannot be read is answered with `error`; the exit code is \
then 2.

With --text, says what one message is and which words, n-grams and names decided.

Examples:
  swiftctl classify --offline --city beijing --input messages.jsonl > classified.jsonl
  swiftctl classify --offline --city beijing --text '小区停水两天了，家里有老人'
  swiftctl classify --text 'There has been no heat since Friday'      the mesh's own models")]
pub(crate) struct ClassifyArgs {
    /// Without servers, with the models that are built in
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    pack: PackArg,
    /// JSON lines; `-` is standard input
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "text", requires = "offline")]
    input: Option<PathBuf>,
    /// One message
    #[arg(long, value_name = "TEXT", required_unless_present = "input")]
    text: Option<String>,
    /// With --text: so many reasons of each sort, 1 to 100
    #[arg(long, value_name = "N", default_value_t = REASONS, value_parser = clap::value_parser!(u32).range(1..=100))]
    reasons: u32,
}

/// What a message is, and why.
#[derive(Debug, Serialize)]
struct Explained {
    #[serde(flatten)]
    told: Told,
    reasons: Vec<ReasonView>,
}

/// One thing that decided.
#[derive(Debug, Serialize)]
struct ReasonView {
    about: String,
    of: String,
    found: String,
    what: String,
    weight: f32,
}

impl From<Reason> for ReasonView {
    fn from(reason: Reason) -> Self {
        Self {
            about: reason.about.as_str().to_owned(),
            of: reason.of,
            found: reason.found,
            what: reason.what.as_str().to_owned(),
            weight: reason.weight,
        }
    }
}

impl From<wire::Reason> for ReasonView {
    fn from(reason: wire::Reason) -> Self {
        let wire::Reason {
            about,
            of,
            found,
            what,
            weight,
        } = reason;
        Self {
            about,
            of,
            found,
            what,
            weight,
        }
    }
}

/// Whether it can be done without the mesh.
pub(crate) fn is_offline(args: &ClassifyArgs) -> bool {
    args.offline
}

/// Classifies without servers.
///
/// # Errors
/// When the pack or the file is wrong, or some lines are bad.
pub(crate) fn run_offline(args: &ClassifyArgs, out: &Out) -> Result<(), Failure> {
    let pack = args.pack.load()?;
    let engine = engine(&pack)?;
    match (&args.input, &args.text) {
        (Some(file), _) if file.as_os_str() == "-" => {
            classify_all(&engine, &pack, std::io::stdin().lock())
        }
        (Some(file), _) => {
            let opened = std::fs::File::open(file)
                .map_err(|error| Failure::Given(format!("{}: {error}", file.display())))?;
            classify_all(&engine, &pack, BufReader::new(opened))
        }
        (None, Some(text)) => {
            let complaint = row::complaint(text.clone());
            let (what, reasons) = engine.explain(&complaint, args.reasons as usize);
            let explained = Explained {
                told: Told::new("text".to_owned(), &what, &pack),
                reasons: reasons.into_iter().map(ReasonView::from).collect(),
            };
            out.one(&explained, |screen| draw(&explained, screen))
        }
        (None, None) => Err(Failure::Given("say --input or --text".to_owned())),
    }
}

/// Asks the mesh what one message is.
///
/// # Errors
/// When the text is wrong, or the classifier is not there.
pub(crate) async fn run(args: ClassifyArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let complaint = row::complaint(args.text.unwrap_or_default());
    let request = mesh.request(ExplainRequest {
        complaint: Some(complaint.into()),
        limit: args.reasons,
    });
    let answer = mesh
        .call(Peer::Classifier, mesh.classifier()?.explain(request))
        .await?;
    let what = answer.classification.unwrap_or_default();
    let explained = Explained {
        told: Told::of_wire("text".to_owned(), what),
        reasons: answer.reasons.into_iter().map(ReasonView::from).collect(),
    };
    out.one(&explained, |screen| draw(&explained, screen))
}

/// The engine with the models that are built in.
///
/// # Errors
/// When a model that is built in cannot be read.
pub(crate) fn engine(pack: &CityPack) -> Result<Engine, Failure> {
    let models = BuiltIn::all()
        .map_err(|error| Failure::Given(format!("a model that is built in: {error}")))?;
    let models: Vec<_> = models
        .into_iter()
        .map(|one| Arc::clone(&one.model))
        .collect();
    Ok(Engine::with_models(pack, &models))
}

/// Classifies line by line; every line has its answer.
fn classify_all(engine: &Engine, pack: &CityPack, input: impl BufRead) -> Result<(), Failure> {
    let begun = Instant::now();
    let mut stdout = BufWriter::new(std::io::stdout().lock());
    let (mut good, mut bad) = (0_u64, 0_u64);
    let mut lines = input.lines().enumerate();
    loop {
        let mut batch = Vec::with_capacity(BATCH);
        for (number, line) in lines.by_ref().take(BATCH) {
            let line = line.map_err(|error| Failure::Given(format!("the input: {error}")))?;
            batch.push(read(number + 1, &line));
        }
        if batch.is_empty() {
            break;
        }
        let readable = batch.iter().filter_map(|row| row.as_ref().ok());
        let complaints: Vec<Complaint> = readable.map(|row| row.complaint.clone()).collect();
        let mut told = engine.classify(&complaints).into_iter();
        for row in batch {
            match row {
                Ok(row) => {
                    good += 1;
                    let Some(what) = told.next() else { break };
                    write(&mut stdout, &Told::new(row.key, &what, pack))?;
                }
                Err(unreadable) => {
                    bad += 1;
                    eprintln!("{}", clean(&unreadable.to_string()));
                    write(&mut stdout, &unreadable)?;
                }
            }
        }
    }
    stdout.flush().map_err(Failure::Output)?;
    eprintln!(
        "{} messages classified in {:.1} s",
        count(good),
        begun.elapsed().as_secs_f64()
    );
    match bad {
        0 => Ok(()),
        bad => Err(Failure::Given(format!(
            "{} of {} lines could not be read",
            count(bad),
            count(bad + good)
        ))),
    }
}

fn write(out: &mut impl std::io::Write, line: &impl Serialize) -> Result<(), Failure> {
    serde_json::to_writer(&mut *out, line).map_err(|error| Failure::Output(error.into()))?;
    out.write_all(b"\n").map_err(Failure::Output)
}

fn draw(explained: &Explained, screen: &Screen) -> String {
    let reasons = explained.reasons.iter().map(|reason| {
        vec![
            cell(&reason.about),
            cell(&reason.of),
            cell(&reason.what),
            cell(&reason.found),
            cell(&format!("{:+.2}", reason.weight)),
        ]
    });
    let table = screen.table(&["QUESTION", "FOR", "WHAT", "FOUND", "WEIGHT"], reasons);
    format!("{}\n{table}", explained.told.draw(screen))
}
