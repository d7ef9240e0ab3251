//! `rules suggest`: the rules whose orders come back most, and the edits that the returns point to.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueHint};
use comfy_table::Cell;
use serde::Deserialize;
use swiftline_domain::rules::suggest::Edit;
use swiftline_proto::router::v1::SuggestRequest;

use super::diff::unified;
use super::history::show;
use crate::cli::long_duration;
use crate::connect::{Mesh, Peer};
use crate::failure::Failure;
use crate::output::{Out, Screen, cell, clean, heading};
use crate::words::{count, percent, short};

/// Arguments of `rules suggest`.
#[derive(Debug, Args)]
#[command(after_help = "\
Each order that a team gives back counts against the rule that sent it there. Where the orders of a category or a place \
were given back again and again and ended at the same unit, an edit is suggested. --apply puts the edits of a suggestion into \
the rules that it was made for; --write stores the result in a file, which is then linted, tested, replayed and proposed \
like any other.

Examples:
  swiftctl rules suggest --since 7d
  swiftctl rules suggest --since 7d --apply 1 --write draft.yaml")]
pub(super) struct SuggestArgs {
    /// How far to look back, such as 24h or 7d
    #[arg(long, value_name = "TIME", default_value = "7d", value_parser = long_duration)]
    since: Duration,
    /// The most rules that are told
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100))]
    limit: u32,
    /// Make the edits of this suggestion, by its number, and print what changes
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    apply: Option<u32>,
    /// With --apply: write the edited rules into this file
    #[arg(long, value_name = "FILE", requires = "apply", value_hint = ValueHint::FilePath)]
    write: Option<PathBuf>,
}

/// What of a suggestion is shown; JSON has it as the mesh says it.
#[derive(Debug, Deserialize)]
struct Suggestion {
    /// `None` = the backstop.
    rule: Option<String>,
    decided: u64,
    returned: u64,
    rate_at_least: f64,
    message: String,
    edits: Vec<Edit>,
}

/// Prints the suggestions, or makes the edits of one.
///
/// # Errors
/// When there is no such suggestion, an edit does not fit, or the router is not there.
pub(super) async fn run(args: SuggestArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let request = mesh.request(SuggestRequest {
        since: prost_types::Duration::try_from(args.since).ok(),
        limit: args.limit,
    });
    let answer = mesh
        .call(Peer::Router, mesh.rules()?.suggest(request))
        .await?;
    let Some(number) = args.apply else {
        return out.lines_or(&answer.suggestions, |screen| {
            draw(&answer.suggestions, &answer.digest, answer.cases, screen)
        });
    };
    let index = usize::try_from(number - 1).unwrap_or(usize::MAX);
    let chosen = answer.suggestions.get(index).ok_or_else(|| {
        Failure::Given(format!(
            "--apply: there is no suggestion {number}; there are {}",
            answer.suggestions.len()
        ))
    })?;
    let text = show(&answer.digest, mesh).await?.text;
    let edited = apply(chosen, &text)?;
    let shown = unified(&short(&answer.digest), "edited", &text, &edited);
    out.text(&shown)?;
    let Some(file) = args.write else {
        return Ok(());
    };
    std::fs::write(&file, edited)
        .map_err(|error| Failure::Failed(format!("{}: {error}", file.display())))?;
    eprintln!("{}: written", file.display());
    Ok(())
}

fn apply(suggestion: &str, text: &str) -> Result<String, Failure> {
    let suggestion: Suggestion = serde_json::from_str(suggestion).map_err(|error| {
        Failure::Failed(format!(
            "the suggestion cannot be read by this swiftctl: {error}"
        ))
    })?;
    if suggestion.edits.is_empty() {
        return Err(Failure::Given(
            "--apply: this suggestion has no edit; the returns do not point to one unit".to_owned(),
        ));
    }
    let mut edits = suggestion.edits.iter();
    edits
        .try_fold(text.to_owned(), |text, edit| edit.apply(&text))
        .map_err(|error| Failure::Failed(clean(&error.to_string())))
}

fn draw(suggestions: &[String], digest: &str, cases: u64, screen: &Screen) -> String {
    let looked_at = format!("{} orders under {}", count(cases), short(digest));
    if suggestions.is_empty() {
        return clean(&format!(
            "{looked_at}: no rule's orders come back often enough to suggest anything"
        ));
    }
    let read = suggestions.iter().map(|one| serde_json::from_str(one));
    let read: Vec<Suggestion> = read.filter_map(Result::ok).collect();
    let rows = read.iter().enumerate().map(|(nth, one)| {
        vec![
            Cell::new(nth + 1),
            cell(one.rule.as_deref().unwrap_or("backstop")),
            Cell::new(format!("{} of {}", count(one.returned), count(one.decided))),
            Cell::new(percent(one.rate_at_least)),
            cell(&one.message),
        ]
    });
    let mut text = clean(&looked_at);
    text.push_str("\n\n");
    text.push_str(&screen.table(&[">no", "rule", ">returned", ">at least", "~what"], rows));
    for (nth, one) in read
        .iter()
        .enumerate()
        .filter(|(_, one)| !one.edits.is_empty())
    {
        text.push_str(&heading(&format!("Edits of {}", nth + 1)));
        let edits = one.edits.iter().map(|edit| clean(&edit.message));
        text.push_str(&edits.collect::<Vec<_>>().join("\n"));
    }
    text
}
