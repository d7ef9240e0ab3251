//! `case explain`: why a case went where it went, or where a complaint would go.

mod facts;

use clap::Args;
use comfy_table::{Cell, Color};
use jiff::Timestamp;
use serde::Serialize;
use swiftline_domain::case::TriageReason;
use swiftline_domain::number::CaseNumber;
use swiftline_domain::vocabulary::{Channel, Kind};
use swiftline_proto::classifier::v1::ClassifyRequest;
use swiftline_proto::convert::{timestamp, to_wire};
use swiftline_proto::intake::v1::GetCaseRequest;
use swiftline_proto::router::v1::explain_request::Subject;
use swiftline_proto::router::v1::{ExplainRequest, ExplainResponse, RouteItem};
use swiftline_proto::types::v1 as wire;

use crate::connect::{Mesh, Peer};
use crate::failure::Failure;
use crate::output::{Out, Screen, cell, clean, heading, maybe};
use crate::rules::PackArg;
use crate::view::{ClassificationView, OfferView, TeamView};
use crate::why::{self, LoserView};
use crate::words::{one_of, short, some, word};

/// The most pieces of evidence that a table shows; JSON has all.
const SHOWN_EVIDENCE: usize = 12;

/// Arguments of `case explain`.
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The case's number
    #[arg(required_unless_present_any = ["text", "facts"], conflicts_with_all = ["text", "facts"])]
    number: Option<CaseNumber>,
    /// A complaint as the rules see it, in place of its text: category=utilities.gas,place=110105,at=2026-10-01T02:00;
    /// needs --city. Commas part the facts; the rest of the line after text= is the text
    #[arg(long, value_name = "FACTS", conflicts_with = "text")]
    facts: Vec<String>,
    #[command(flatten)]
    pack: PackArg,
    /// A complaint that need not exist: says where it would go now, and stores nothing
    #[arg(long)]
    text: Option<String>,
    /// With --text: degrees north
    #[arg(
        long,
        requires = "text",
        requires = "lon",
        allow_negative_numbers = true
    )]
    lat: Option<f64>,
    /// With --text: degrees east
    #[arg(
        long,
        requires = "text",
        requires = "lat",
        allow_negative_numbers = true
    )]
    lon: Option<f64>,
    /// With --text: where it is, in words
    #[arg(long, requires = "text")]
    address: Option<String>,
    /// With --text: the way it comes in
    #[arg(long, requires = "text", value_parser = one_of!(Channel))]
    channel: Option<Channel>,
    /// With --text: what the citizen wants
    #[arg(long, requires = "text", value_parser = one_of!(Kind))]
    kind: Option<Kind>,
}

#[derive(Debug, Serialize)]
struct Explained {
    /// Null for a complaint that does not exist.
    case_number: Option<String>,
    triage: Option<String>,
    /// The entry of the knowledge base that answered it, or would.
    answered: Option<String>,
    assignment: Option<OfferView>,
    classification: Option<ClassificationView>,
    /// The rules that decide now, and those of their rules that came close; null where they have nothing to look at.
    rules: Option<RulesView>,
    /// The case is only in the archive: by which rule it went where, and no more.
    archived: bool,
}

/// What the rules say of it now.
#[derive(Debug, Serialize)]
struct RulesView {
    digest: String,
    /// They are a canary's.
    canary: bool,
    /// Null for the backstop.
    winner: Option<String>,
    losers: Vec<LoserView>,
}

impl Explained {
    fn of(case: Option<CaseNumber>, answer: ExplainResponse) -> Self {
        let rules = (!answer.rules_digest.is_empty()).then(|| RulesView {
            digest: answer.rules_digest,
            canary: answer.canary,
            winner: some(answer.winner),
            losers: answer.losers.into_iter().map(Into::into).collect(),
        });
        Self {
            case_number: case.map(|number| number.to_string()),
            triage: word::<TriageReason>(answer.triage),
            answered: some(answer.answered),
            assignment: answer.assignment.map(Into::into),
            classification: answer.classification.map(Into::into),
            rules,
            archived: false,
        }
    }
}

pub(super) async fn run(args: ExplainArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let number = args.number;
    let subject = match number {
        Some(number) => Subject::CaseNumber(number.to_string()),
        None if !args.facts.is_empty() => Subject::Facts(facts::of(&args)?),
        None => Subject::Facts(classified(args, mesh).await?),
    };
    let request = mesh.request(ExplainRequest {
        subject: Some(subject),
    });
    let mut router = mesh.router()?;
    let answer = mesh.call(Peer::Router, router.explain(request)).await;
    let explained = match (answer, number) {
        (Err(failure), Some(number)) if failure.is_not_found() => {
            archived(number, failure, mesh).await?
        }
        (answer, _) => Explained::of(number, answer?),
    };
    out.one(&explained, |screen| draw(&explained, screen))
}

/// What the archive tells of a case that the router does not know: by which rule it went where, not what spoke against the
/// others. The router's own word stands when the archive does not have it either.
async fn archived(number: CaseNumber, failure: Failure, mesh: &Mesh) -> Result<Explained, Failure> {
    let request = mesh.request(GetCaseRequest {
        case_number: number.to_string(),
    });
    let mut intake = mesh.intake()?;
    let answer = match mesh.call(Peer::Intake, intake.get_case(request)).await {
        Err(again) if again.is_not_found() => return Err(failure),
        answer => answer?,
    };
    let case = answer.case.filter(|_| answer.archived).ok_or(failure)?;
    Ok(Explained {
        case_number: Some(case.number),
        triage: None,
        answered: some(case.answered),
        assignment: case
            .offer
            .and_then(|offer| offer.assignment)
            .map(Into::into),
        classification: case.classification.map(Into::into),
        rules: None,
        archived: true,
    })
}

/// The complaint with what the classifier makes of it.
async fn classified(args: ExplainArgs, mesh: &Mesh) -> Result<RouteItem, Failure> {
    let complaint = wire::Complaint {
        text: args.text.unwrap_or_default(),
        channel: to_wire(args.channel.unwrap_or(Channel::Phone)),
        kind: args.kind.map_or(0, to_wire),
        location: args
            .lat
            .zip(args.lon)
            .map(|(latitude, longitude)| wire::Location {
                latitude,
                longitude,
            }),
        address: args.address.unwrap_or_default(),
        ..Default::default()
    };
    let request = mesh.request(ClassifyRequest {
        complaints: vec![complaint.clone()],
    });
    let answer = mesh
        .call(Peer::Classifier, mesh.classifier()?.classify(request))
        .await?;
    Ok(RouteItem {
        accepted_at: Some(timestamp(Timestamp::now())),
        complaint: Some(complaint),
        classification: answer.classifications.into_iter().next(),
        ..Default::default()
    })
}

fn draw(explained: &Explained, screen: &Screen) -> String {
    let mut text = clean(&verdict(explained));
    if explained.archived {
        text.push('\n');
        text.push_str(super::show::ARCHIVED);
    }
    if let Some(offer) = &explained.assignment {
        text.push('\n');
        text.push_str(&screen.pairs(
            &[
                (
                    "rule",
                    Some(
                        offer.rule.clone().unwrap_or_else(|| {
                            "none: the backstop, or a person's choice".to_owned()
                        }),
                    ),
                ),
                ("rule set", offer.rules_digest.as_deref().map(short)),
                ("lane", offer.lane.clone()),
                ("clock", offer.clock.clone()),
                ("team chosen", offer.choice.clone()),
            ],
        ));
    }
    if let Some(what) = &explained.classification {
        text.push_str(&heading("Classification"));
        text.push_str(&draw_classification(what, screen));
    }
    if let Some(rules) = &explained.rules {
        let canary = if rules.canary { ", a canary's" } else { "" };
        text.push_str(&heading(&clean(&format!(
            "Rules that decide now ({}{canary})",
            short(&rules.digest)
        ))));
        text.push_str(&why::draw(rules.winner.as_deref(), &rules.losers, screen));
    }
    if let Some(offer) = explained
        .assignment
        .as_ref()
        .filter(|offer| !offer.teams.is_empty())
    {
        text.push_str(&heading("Teams that were weighed"));
        text.push_str(&screen.table(
            &["team", ">load", ">capacity", "verdict"],
            offer.teams.iter().map(team_row),
        ));
    }
    text
}

fn verdict(explained: &Explained) -> String {
    let what = explained.case_number.as_deref().unwrap_or("this complaint");
    if let Some(entry) = &explained.answered {
        return format!("{what} is answered by entry {entry} of the knowledge base");
    }
    match (&explained.triage, &explained.assignment) {
        (Some(reason), _) => format!("{what} waits for a person to decide: {reason}"),
        (None, Some(offer)) => format!("{what} goes to team {} of unit {}", offer.team, offer.unit),
        (None, None) => format!("{what} has not been routed yet"),
    }
}

fn team_row(team: &TeamView) -> Vec<Cell> {
    let verdict = maybe(team.verdict.as_deref());
    let chosen = team.verdict.as_deref() == Some("chosen");
    vec![
        cell(&team.team),
        Cell::new(team.load),
        Cell::new(team.capacity),
        if chosen {
            verdict.fg(Color::Green)
        } else {
            verdict
        },
    ]
}

/// What the classifier makes of a complaint, with its evidence.
pub(super) fn draw_classification(what: &ClassificationView, screen: &Screen) -> String {
    let others: Vec<String> = what
        .alternatives
        .iter()
        .map(|one| format!("{} {:.2}", one.category, one.score))
        .collect();
    let evidence = what.evidence.iter().take(SHOWN_EVIDENCE);
    let mut evidence: Vec<String> = evidence
        .map(|one| {
            format!(
                "{} {} ({:+.2})",
                one.about.as_deref().unwrap_or("?"),
                one.found,
                one.weight
            )
        })
        .collect();
    if what.evidence.len() > SHOWN_EVIDENCE {
        evidence.push(format!("and {} more", what.evidence.len() - SHOWN_EVIDENCE));
    }
    screen.pairs(&[
        (
            "category",
            Some(
                what.category
                    .clone()
                    .unwrap_or_else(|| "none found".to_owned()),
            ),
        ),
        ("confidence", Some(format!("{:.2}", what.confidence))),
        ("or else", Some(others.join(", "))),
        ("kind", what.kind.clone()),
        ("urgency", what.urgency.clone()),
        ("language", what.language.clone()),
        ("place", what.place.clone()),
        ("or places", Some(what.place_candidates.join(", "))),
        ("evidence", Some(evidence.join("\n"))),
        ("model", what.model.clone()),
    ])
}

#[cfg(test)]
mod tests {
    use swiftline_proto::router::v1::{FailedCondition, LosingRule};

    use super::*;

    fn plain(explained: &Explained) -> String {
        let text = draw(explained, &Screen::fixed("2026-11-21T00:00:00Z", Some(80)));
        anstream::adapter::strip_str(&text).to_string()
    }

    #[test]
    fn rules_and_teams_stand_with_what_spoke_against_them() {
        let team = |team: &str, load, verdict: wire::Verdict| wire::ConsideredTeam {
            team: team.into(),
            load,
            capacity: 10,
            verdict: verdict.into(),
        };
        let failed = |dimension: &str, wanted: &str, found: &str| FailedCondition {
            dimension: dimension.into(),
            wanted: wanted.into(),
            found: found.into(),
        };
        let answer = ExplainResponse {
            assignment: Some(wire::Assignment {
                unit: "u".into(),
                team: "t-1".into(),
                rule: "water".into(),
                considered: vec![
                    team("t-1", 3, wire::Verdict::Chosen),
                    team("t-2", 10, wire::Verdict::Full),
                ],
                ..Default::default()
            }),
            winner: "water".into(),
            losers: vec![
                LosingRule {
                    rule: "gas".into(),
                    failed: vec![
                        failed("category", "any of gas", "water"),
                        failed("hours", "22:00-06:00", "10:00"),
                    ],
                    after: false,
                },
                LosingRule {
                    rule: "the-rest".into(),
                    failed: vec![],
                    after: true,
                },
            ],
            rules_digest: "3f2a5b6c7d8e9f".into(),
            canary: true,
            ..Default::default()
        };
        assert_eq!(
            plain(&Explained::of(None, answer)),
            "this complaint goes to team t-1 of unit u\n\
             rule  water\n\n\
             Rules that decide now (3f2a5b6c7d8e, a canary's)\n\
             RULE      RESULT\n\
             water     decides\n\
             gas       no: category is water, wanted any of gas\n\
             \x20         no: hours is 10:00, wanted 22:00-06:00\n\
             the-rest  matches too, but stands after the one that decides\n\n\
             Teams that were weighed\n\
             TEAM  LOAD  CAPACITY  VERDICT\n\
             t-1      3        10  chosen\n\
             t-2     10        10  full"
        );
    }

    #[test]
    fn a_case_in_triage_says_why() {
        let mut answer = ExplainResponse::default();
        answer.set_triage(wire::TriageReason::NoPlace);
        assert_eq!(
            plain(&Explained::of(None, answer)),
            "this complaint waits for a person to decide: no_place"
        );
    }
}
