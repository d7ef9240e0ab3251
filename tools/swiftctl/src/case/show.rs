//! `case show` and `case journey`.

use comfy_table::Cell;
use serde::Serialize;
use swiftline_domain::number::CaseNumber;
use swiftline_proto::intake::v1::{GetCaseRequest, GetJourneyRequest};

use crate::connect::{Mesh, Peer};
use crate::failure::Failure;
use crate::output::{Out, Screen, cell, heading, maybe};
use crate::view::{
    CallbackView, CaseView, ClockView, ComplaintView, OfferView, PartView, RequestView, StepView,
    steps,
};

/// A case with its complaint.
#[derive(Debug, Serialize)]
struct Shown {
    #[serde(flatten)]
    case: CaseView,
    complaint: Option<ComplaintView>,
    /// It is only in the archive, which has less of it.
    archived: bool,
}

/// A step of a journey, and where it comes from.
#[derive(Debug, Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    step: &'a StepView,
    archived: bool,
}

/// What people read of a case that is only in the archive.
pub(super) const ARCHIVED: &str = "from the archive, which has no text, notes or contact";

pub(super) async fn show(number: CaseNumber, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let request = mesh.request(GetCaseRequest {
        case_number: number.to_string(),
    });
    let answer = mesh
        .call(Peer::Intake, mesh.intake()?.get_case(request))
        .await?;
    let shown = Shown {
        case: answer.case.unwrap_or_default().into(),
        complaint: answer.complaint.map(Into::into),
        archived: answer.archived,
    };
    out.one(&shown, |screen| draw(&shown, screen))
}

pub(super) async fn journey(number: CaseNumber, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let request = mesh.request(GetJourneyRequest {
        case_number: number.to_string(),
    });
    let answer = mesh
        .call(Peer::Intake, mesh.intake()?.get_journey(request))
        .await?;
    let (steps, archived) = (steps(answer.commits), answer.archived);
    let told: Vec<_> = steps.iter().map(|step| Told { step, archived }).collect();
    out.rows(&told, |screen| {
        let journey = draw_journey(&steps, screen);
        if archived {
            format!("{ARCHIVED}\n{journey}")
        } else {
            journey
        }
    })
}

fn draw(shown: &Shown, screen: &Screen) -> String {
    let case = &shown.case;
    let mut text = super::sentence(case);
    text.push('\n');
    if shown.archived {
        text.push_str(ARCHIVED);
        text.push('\n');
    }
    text.push_str(
        &screen.pairs(&[
            ("accepted", case.accepted_at.map(|at| screen.when(at))),
            ("updated", case.updated_at.map(|at| screen.when(at))),
            ("version", Some(case.version.to_string())),
            ("answerable", case.answerable.clone()),
            ("asked before", Some(case.asked.join(", "))),
            (
                "reopened",
                Some(case.reopened)
                    .filter(|times| *times > 0)
                    .map(|times| format!("{times} times")),
            ),
            ("merged into", case.merged_into.clone()),
            ("members", Some(case.members.join(", "))),
            (
                "helpers",
                Some(
                    case.parts
                        .iter()
                        .map(PartView::sentence)
                        .collect::<Vec<_>>()
                        .join("; "),
                ),
            ),
            (
                "set aside until",
                case.suspended_until.map(|at| screen.when(at)),
            ),
            (
                "asked for",
                case.request.as_ref().map(RequestView::sentence),
            ),
            ("call at", case.call_at.map(|at| screen.when(at))),
            (
                "supervision",
                case.supervision.as_ref().and_then(|it| it.reason.clone()),
            ),
            ("answered by", case.answered.clone()),
            (
                "callback",
                case.callback.as_ref().map(CallbackView::sentence),
            ),
        ]),
    );
    if let Some(complaint) = &shown.complaint {
        text.push_str(&heading("Complaint"));
        text.push_str(&draw_complaint(complaint, screen));
    }
    if let Some(what) = &case.classification {
        text.push_str(&heading("Classification"));
        text.push_str(&super::explain::draw_classification(what, screen));
    }
    if let Some(offer) = &case.offer {
        text.push_str(&heading("Newest offer"));
        text.push_str(&draw_offer(offer, screen));
    }
    let clocks = draw_clocks(case, screen);
    if !clocks.is_empty() {
        text.push_str(&heading("Clocks"));
        text.push_str(&clocks);
    }
    text
}

/// A complaint, also for the team that has signed for it.
pub(crate) fn draw_complaint(complaint: &ComplaintView, screen: &Screen) -> String {
    let place = complaint
        .latitude
        .zip(complaint.longitude)
        .map(|(lat, lon)| format!("{lat}, {lon}"));
    let source = complaint.source.as_ref().map(|source| {
        let parts = [&source.complaint_type, &source.descriptor, &source.key];
        parts
            .into_iter()
            .flatten()
            .cloned()
            .collect::<Vec<_>>()
            .join(" / ")
    });
    screen.pairs(&[
        ("text", Some(complaint.text.clone())),
        ("kind", complaint.kind.clone()),
        ("channel", complaint.channel.clone()),
        ("line", complaint.line.clone()),
        ("reporter", complaint.reporter.clone()),
        ("language", complaint.language.clone()),
        ("location", place),
        ("address", complaint.address.clone()),
        ("source", source),
        ("reported", complaint.reported_at.map(|at| screen.time(at))),
        (
            "confidential",
            complaint.confidential.then(|| "yes".to_owned()),
        ),
        ("attachments", Some(complaint.attachments.join("\n"))),
        ("answer", complaint.answer.clone()),
    ])
}

fn draw_offer(offer: &OfferView, screen: &Screen) -> String {
    let signed = offer.signed_by.as_ref().map(|by| match offer.signed_at {
        Some(at) => format!("{by}, {}", screen.when(at)),
        None => by.clone(),
    });
    screen.pairs(&[
        ("offer", Some(offer.offer.to_string())),
        ("unit", Some(offer.unit.clone())),
        ("team", Some(offer.team.clone())),
        ("lane", offer.lane.clone()),
        ("rule", offer.rule.clone()),
        ("chosen", offer.choice.clone()),
        ("offered", offer.offered_at.map(|at| screen.when(at))),
        (
            "sign by",
            offer
                .sign_by
                .filter(|_| signed.is_none())
                .map(|at| screen.when(at)),
        ),
        ("signed by", signed),
    ])
}

fn draw_clocks(case: &CaseView, screen: &Screen) -> String {
    let clock = |clock: &Option<ClockView>| clock.as_ref().map(|clock| draw_clock(clock, screen));
    screen.pairs(&[
        ("dispatch", clock(&case.dispatch_clock)),
        ("handle", clock(&case.handle_clock)),
        ("callback", clock(&case.callback_clock)),
    ])
}

fn draw_clock(clock: &ClockView, screen: &Screen) -> String {
    let due = clock.due_at.map(|at| screen.when(at)).unwrap_or_default();
    match (clock.paused_at, clock.overdue, clock.warned) {
        (Some(since), ..) => format!("stands still since {}", screen.time(since)),
        (None, true, _) => format!("overdue since {due}"),
        (None, false, true) => format!("due {due}, warned"),
        (None, false, false) => format!("due {due}"),
    }
}

/// Steps as a table, a line each.
pub(crate) fn draw_journey(steps: &[StepView], screen: &Screen) -> String {
    let row = |step: &StepView| {
        vec![
            maybe(step.at.map(|at| screen.time(at)).as_deref()),
            Cell::new(step.version),
            Cell::new(step.event),
            cell(&step.facts.sentence()),
            maybe(step.trace_id.as_deref().and_then(|id| id.get(..8))),
        ]
    };
    screen.table(
        &["at", ">version", "event", "~facts", "trace"],
        steps.iter().map(row),
    )
}

#[cfg(test)]
mod tests {
    use swiftline_proto::types::v1 as wire;

    use super::*;

    fn at(seconds: i64) -> Option<prost_types::Timestamp> {
        Some(prost_types::Timestamp { seconds, nanos: 0 })
    }

    fn clock(paused: bool, overdue: bool, warned: bool) -> ClockView {
        let due = Some(wire::Due {
            warn_at: at(60),
            at: at(120),
        });
        wire::Clock {
            due,
            warned,
            overdue,
            paused_at: at(30).filter(|_| paused),
        }
        .into()
    }

    #[test]
    fn a_clock_says_how_it_stands() {
        let screen = Screen::fixed("1970-01-01T00:01:00Z", None);
        assert_eq!(
            draw_clock(&clock(false, false, false), &screen),
            "due 1970-01-01 00:02:00 (in 1 min)"
        );
        assert_eq!(
            draw_clock(&clock(false, false, true), &screen),
            "due 1970-01-01 00:02:00 (in 1 min), warned"
        );
        assert_eq!(
            draw_clock(&clock(false, true, true), &screen),
            "overdue since 1970-01-01 00:02:00 (in 1 min)"
        );
        assert_eq!(
            draw_clock(&clock(true, false, false), &screen),
            "stands still since 1970-01-01 00:00:30"
        );
    }

    #[test]
    fn a_signed_case_is_shown_whole() {
        let mut case = wire::Case {
            number: "07-0001234-8".into(),
            version: 4,
            accepted_at: at(0),
            offer: Some(wire::Offer {
                no: 1,
                assignment: Some(wire::Assignment {
                    unit: "u".into(),
                    team: "t".into(),
                    ..Default::default()
                }),
                sign_by: at(50),
                signed_by: "desk-1".into(),
                signed_at: at(40),
                ..Default::default()
            }),
            ..Default::default()
        };
        case.set_state(wire::State::Signed);
        let complaint = wire::Complaint {
            text: "没有水".into(),
            ..Default::default()
        };
        let shown = Shown {
            case: case.into(),
            complaint: Some(complaint.into()),
            archived: false,
        };
        let text = draw(&shown, &Screen::fixed("1970-01-01T00:01:00Z", Some(80)));
        let text = anstream::adapter::strip_str(&text).to_string();
        assert_eq!(
            text,
            "07-0001234-8 is signed, with team t of unit u (offer 1)\n\
             accepted  1970-01-01 00:00:00 (1 min ago)\n\
             version   4\n\n\
             Complaint\n\
             text  没有水\n\n\
             Newest offer\n\
             offer      1\n\
             unit       u\n\
             team       t\n\
             signed by  desk-1, 1970-01-01 00:00:40 (20 s ago)"
        );
    }
}
