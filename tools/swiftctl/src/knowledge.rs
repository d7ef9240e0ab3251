//! `knowledge`: what the city answers to inquiries, and which answer a question finds.

use clap::{Args, Subcommand};
use serde::Serialize;
use swiftline_classifier::knowledge::{BEST, Hit, Knowledge, MOST};
use swiftline_domain::city::{CityPack, KnowledgeEntry};
use swiftline_domain::vocabulary::Language;
use swiftline_proto::classifier::v1::{self as wire, GetEntryRequest, SearchRequest};

use crate::connect::{Mesh, Peer};
use crate::failure::Failure;
use crate::output::{Out, Screen, cell};
use crate::rules::pack::PackArg;

/// Arguments of `knowledge`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  swiftctl knowledge search 'When does the heating season start?'
  swiftctl knowledge show --offline --city nyc heat-season")]
pub(crate) struct KnowledgeArgs {
    #[command(subcommand)]
    command: KnowledgeCommand,
}

#[derive(Debug, Subcommand)]
enum KnowledgeCommand {
    /// Finds the entries that answer a question, the best first, with a score from 0 to 1
    #[command(after_help = "\
An entry whose score reaches the pack's `knowledge.answer_from` is given as the answer without a person.

Examples:
  swiftctl knowledge search 'When does the heating season start?'
  swiftctl knowledge search --offline --city beijing '押金不退怎么办'
  swiftctl --output json knowledge search --offline --city nyc 'pay a parking ticket' | jq -r .answer")]
    Search(SearchArgs),
    /// Shows one entry
    #[command(after_help = "\
Example:
  swiftctl knowledge show --offline --city nyc heat-season --language en")]
    Show(ShowArgs),
}

/// Where the entries are.
#[derive(Debug, Args)]
struct Where {
    /// Look into a city pack here, without servers
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    pack: PackArg,
}

#[derive(Debug, Args)]
struct SearchArgs {
    #[command(flatten)]
    place: Where,
    /// The language of the text, such as zh or en [default: told from the text]
    #[arg(long, value_name = "CODE")]
    language: Option<Language>,
    /// How many entries
    #[arg(long, value_name = "N", default_value_t = BEST as u32, value_parser = clap::value_parser!(u32).range(1..=MOST as i64))]
    limit: u32,
    /// The question
    text: String,
}

#[derive(Debug, Args)]
struct ShowArgs {
    #[command(flatten)]
    place: Where,
    /// The language of the answer [default: the city's own]
    #[arg(long, value_name = "CODE")]
    language: Option<Language>,
    /// The entry
    id: String,
}

/// An entry that was found.
#[derive(Debug, Serialize)]
struct HitView {
    score: f32,
    /// Whether it is given as the answer without a person.
    answers: bool,
    #[serde(flatten)]
    entry: EntryView,
}

/// An entry in one language.
#[derive(Debug, Serialize)]
struct EntryView {
    entry: String,
    category: String,
    language: String,
    question: String,
    answer: String,
    source: String,
    source_url: String,
    checked: String,
}

impl EntryView {
    /// In this language, else the city's own; with the wording that was found, else the first.
    fn of(entry: &KnowledgeEntry, wanted: Language, question: Option<&str>) -> Self {
        let language = entry
            .answer
            .iter()
            .map(|(language, _)| language)
            .find(|language| *language == wanted)
            .unwrap_or(entry.answer.default_language());
        let questions = entry.questions.in_language(language);
        let first = questions.first().map_or("", AsRef::as_ref);
        Self {
            entry: entry.id.to_string(),
            category: entry.category.to_string(),
            language: language.to_string(),
            question: question.unwrap_or(first).to_owned(),
            answer: entry.answer.in_language(language).to_owned(),
            source: entry.source.name.to_string(),
            source_url: entry.source.url.to_string(),
            checked: entry.checked.to_string(),
        }
    }

    fn draw(&self, screen: &Screen) -> String {
        let pair = |text: &str| Some(text.to_owned());
        screen.pairs(&[
            ("entry", pair(&self.entry)),
            ("category", pair(&self.category)),
            ("question", pair(&self.question)),
            ("answer", pair(&self.answer)),
            (
                "source",
                Some(format!("{}, {}", self.source, self.source_url)),
            ),
            ("checked", pair(&self.checked)),
        ])
    }
}

impl From<wire::Entry> for EntryView {
    fn from(entry: wire::Entry) -> Self {
        Self {
            entry: entry.id,
            category: entry.category,
            language: entry.language,
            question: entry.question,
            answer: entry.answer,
            source: entry.source,
            source_url: entry.source_url,
            checked: entry.checked,
        }
    }
}

/// Searches or shows.
///
/// # Errors
/// When there is no such pack or entry, or the classifier is not there.
pub(crate) async fn run(args: KnowledgeArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    match args.command {
        KnowledgeCommand::Search(args) => {
            let hits = if args.place.offline {
                found_here(&args)?
            } else {
                found(&args, mesh).await?
            };
            out.rows(&hits, |screen| draw(&hits, screen))
        }
        KnowledgeCommand::Show(args) => {
            let entry = if args.place.offline {
                entry_here(&args)?
            } else {
                entry(&args, mesh).await?
            };
            out.one(&entry, |screen| entry.draw(screen))
        }
    }
}

fn found_here(args: &SearchArgs) -> Result<Vec<HitView>, Failure> {
    let pack = args.place.pack.load()?;
    let knowledge = Knowledge::new(&pack).map_err(|error| Failure::Given(error.to_string()))?;
    let language = args.language.unwrap_or(Language::UNDETERMINED);
    let today = today(&pack);
    let hits = knowledge.search(&args.text, language, args.limit as usize);
    let hits = hits.into_iter().filter_map(|hit: Hit| {
        let entry = knowledge.entry(hit.entry.as_str())?;
        Some(HitView {
            score: hit.score,
            answers: knowledge.answers(&hit, today),
            entry: EntryView::of(entry, hit.language, Some(&hit.question)),
        })
    });
    Ok(hits.collect())
}

/// What day it is in the city.
fn today(pack: &CityPack) -> jiff::civil::Date {
    let zone = pack.city.time_zone.clone();
    jiff::Timestamp::now().to_zoned(zone).date()
}

async fn found(args: &SearchArgs, mesh: &Mesh) -> Result<Vec<HitView>, Failure> {
    let request = mesh.request(SearchRequest {
        text: args.text.clone(),
        language: code(args.language),
        limit: args.limit,
    });
    let answer = mesh
        .call(Peer::Classifier, mesh.knowledge()?.search(request))
        .await?;
    let from = answer.answer_from;
    let hits = answer.hits.into_iter().filter_map(|hit| {
        Some(HitView {
            score: hit.score,
            answers: from > 0.0 && hit.score >= from,
            entry: hit.entry?.into(),
        })
    });
    Ok(hits.collect())
}

fn entry_here(args: &ShowArgs) -> Result<EntryView, Failure> {
    let pack = args.place.pack.load()?;
    let language = args.language.unwrap_or(pack.city.default_language);
    let entry = pack.knowledge.get(&args.id).ok_or_else(|| {
        let reason = format!("{} has no entry {:?}", pack.city.id, args.id);
        Failure::Given(crate::output::clean(&reason))
    })?;
    Ok(EntryView::of(entry, language, None))
}

async fn entry(args: &ShowArgs, mesh: &Mesh) -> Result<EntryView, Failure> {
    let request = mesh.request(GetEntryRequest {
        id: args.id.clone(),
        language: code(args.language),
    });
    let answer = mesh
        .call(Peer::Classifier, mesh.knowledge()?.get_entry(request))
        .await?;
    Ok(answer.entry.unwrap_or_default().into())
}

fn code(language: Option<Language>) -> String {
    language.map(|code| code.to_string()).unwrap_or_default()
}

fn draw(hits: &[HitView], screen: &Screen) -> String {
    if hits.is_empty() {
        return "nothing in the knowledge base speaks of this".to_owned();
    }
    let rows = hits.iter().map(|hit| {
        vec![
            cell(&format!("{:.2}", hit.score)),
            cell(if hit.answers { "yes" } else { "" }),
            cell(&hit.entry.entry),
            cell(&hit.entry.question),
        ]
    });
    let table = screen.table(&[">score", "answers", "entry", "~question"], rows);
    let best = hits.first().map(|hit| hit.entry.draw(screen));
    format!("{table}\n\n{}", best.unwrap_or_default())
}
