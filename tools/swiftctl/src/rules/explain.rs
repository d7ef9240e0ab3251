//! `rules explain`: where rules would send a complaint, and which others came close.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use serde::Serialize;
use swiftline_domain::city::Via;
use swiftline_domain::rules::{Lead, Sample};

use super::facts;
use super::pack::{PackArg, Rules, RulesArg};
use crate::failure::Failure;
use crate::output::{Out, Screen, heading};
use crate::why::{self, LoserView};
use crate::words::short;

/// The most rules that lost and are told.
const LOSERS: usize = 20;

/// Arguments of `rules explain`.
#[derive(Debug, Args)]
#[command(after_help = format!("\
Asks the rules alone, without the mesh: which one decides, which came close, what failed of each, and the unit. The teams \
that would be weighed are in `swiftctl case explain --facts`, which asks the mesh. Facts that are not given are ordinary: a \
resident's complaint by phone, on a workday at ten, as urgent as its category.

Facts: {}.

Example:
  swiftctl rules explain --city beijing --facts category=utilities.gas,place=110105,at=2026-10-01T02:00",
    swiftline_domain::rules::SAMPLE_FIELDS.join(", ")))]
pub(super) struct ExplainArgs {
    /// The complaint: name=value, parted by commas; the rest after text= is the text
    #[arg(long, required = true, value_name = "FACTS")]
    facts: Vec<String>,
    /// The rules [default: the rules.yaml of the pack]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    rules: Option<PathBuf>,
    #[command(flatten)]
    pack: PackArg,
}

#[derive(Debug, Serialize)]
struct ExplainedView {
    facts: Sample,
    /// Null for the backstop.
    winner: Option<String>,
    unit: String,
    /// How the unit was found: named, area, district or otherwise.
    via: &'static str,
    lane: String,
    clock: String,
    skills: Vec<String>,
    languages: Vec<String>,
    helpers: Vec<String>,
    inform: Vec<String>,
    digest: String,
    losers: Vec<LoserView>,
}

/// Explains what rules decide.
///
/// # Errors
/// When the facts, the pack or the rules are wrong.
pub(super) fn run(args: ExplainArgs, out: &Out) -> Result<(), Failure> {
    let loaded = RulesArg::new(args.rules, args.pack).load()?;
    let sample = facts::sample(&loaded.pack, &args.facts)?;
    let view = explain(&loaded, sample);
    out.one(&view, |screen| draw(&view, screen))
}

fn explain(loaded: &Rules, sample: Sample) -> ExplainedView {
    let Rules { pack, rules, .. } = loaded;
    let facts = sample.facts();
    let decision = rules.decide(&facts);
    let why = rules.explain(&facts, LOSERS);
    let unit = |lead: &Lead| pack.resolve_unit(lead, sample.place.as_ref(), rules.backstop());
    let id = |lead: &Lead| unit(lead).unit.id.to_string();
    let units = |leads: &[Lead]| leads.iter().map(id).collect();
    let languages = decision.languages.as_deref();
    let lead = unit(&decision.lead);
    ExplainedView {
        winner: why.winner.map(|rule| rule.to_string()),
        unit: lead.unit.id.to_string(),
        via: Via::as_str(lead.via),
        lane: decision.lane.to_string(),
        clock: decision.clock.to_string(),
        skills: decision.skills.iter().map(ToString::to_string).collect(),
        languages: languages
            .unwrap_or(std::slice::from_ref(&sample.language))
            .iter()
            .map(ToString::to_string)
            .collect(),
        helpers: units(&decision.helpers),
        inform: units(&decision.inform),
        digest: rules.digest().to_string(),
        losers: why.close.into_iter().map(Into::into).collect(),
        facts: sample,
    }
}

fn draw(view: &ExplainedView, screen: &Screen) -> String {
    let mut text = screen.pairs(&[
        ("facts", Some(super::lint::sample(&view.facts))),
        ("unit", Some(format!("{} ({})", view.unit, view.via))),
        ("helpers", Some(view.helpers.join(", "))),
        ("informed", Some(view.inform.join(", "))),
        ("lane", Some(view.lane.clone())),
        ("clock", Some(view.clock.clone())),
        ("skills", Some(view.skills.join(", "))),
        ("languages", Some(view.languages.join(", "))),
    ]);
    text.push_str(&heading(&format!("Rules ({})", short(&view.digest))));
    text.push_str(&why::draw(view.winner.as_deref(), &view.losers, screen));
    text
}
