//! `calls`: the citizens who are to be asked whether their matter is settled.

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use serde::Serialize;
use swiftline_domain::number::CaseNumber;
use swiftline_domain::vocabulary::Language;
use swiftline_proto::feedback::v1::{Call, InviteRequest, NextRequest, WaitingRequest};
use swiftline_proto::types::v1::CallbackVia;

use crate::case::{Actor, draw_complaint, sentence};
use crate::connect::{Mesh, Peer};
use crate::failure::Failure;
use crate::output::{Out, Screen, cell, heading};
use crate::view::{CaseView, ComplaintView, ContactView, time};

/// Arguments of `calls`.
#[derive(Debug, Args)]
#[command(after_help = "\
Whoever takes a case has it for a while; what the citizen says is recorded with `case callback`. A call that reached \
nobody is due again later, and after some attempts the case is closed.

Examples:
  swiftctl calls waiting
  swiftctl calls next --language zh --language en --actor operator-7
  swiftctl case callback 07-0001234-8 --reached no --actor operator-7
  swiftctl calls invite 07-0001234-8 --via sms --actor operator-7")]
pub(crate) struct CallsArgs {
    #[command(subcommand)]
    command: CallsCommand,
}

#[derive(Debug, Subcommand)]
enum CallsCommand {
    /// How many wait, by language
    Waiting,
    /// Takes the next cases to call, and prints whom
    Next {
        /// A language that you speak, such as zh; may be repeated
        #[arg(long = "language", required = true)]
        languages: Vec<Language>,
        /// How many to take, 1 to 50
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=50))]
        limit: u32,
        #[command(flatten)]
        actor: Actor,
    },
    /// Asks a citizen by message instead of a call
    #[command(
        after_help = "The city's SMS gateway sends a link to answer by. Meanwhile no operator gets the case; when no answer \
                      comes in time it is to be called again. The same again sends nothing twice."
    )]
    Invite {
        /// The case's number, such as 07-0001234-8
        number: CaseNumber,
        /// How: sms needs a telephone number, a link goes to that or to an e-mail address
        #[arg(long)]
        via: Via,
        #[command(flatten)]
        actor: Actor,
    },
}

/// How a citizen is asked without a call.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Via {
    Sms,
    Link,
}

impl From<Via> for CallbackVia {
    fn from(via: Via) -> Self {
        match via {
            Via::Sms => Self::Sms,
            Via::Link => Self::Link,
        }
    }
}

#[derive(Debug, Serialize)]
struct InvitedView {
    case_number: String,
    /// Until when an answer is taken, and no operator gets the case.
    until: Option<Timestamp>,
    message_id: String,
}

#[derive(Debug, Serialize)]
struct WaitingView {
    language: String,
    waiting: u64,
}

#[derive(Debug, Serialize)]
struct CallView {
    #[serde(flatten)]
    case: CaseView,
    complaint: Option<ComplaintView>,
    contact: Option<ContactView>,
    /// Until when nobody else gets it.
    until: Option<Timestamp>,
}

impl From<Call> for CallView {
    fn from(call: Call) -> Self {
        Self {
            case: call.case.unwrap_or_default().into(),
            complaint: call.complaint.map(Into::into),
            contact: call.contact.map(Into::into),
            until: time(call.until),
        }
    }
}

/// Runs a command about calls.
///
/// # Errors
/// When feedback refuses it or is not there.
pub(crate) async fn run(args: CallsArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let mut client = mesh.callbacks()?;
    match args.command {
        CallsCommand::Waiting => {
            let request = mesh.request(WaitingRequest {});
            let counts = mesh.call(Peer::Feedback, client.waiting(request)).await?;
            let counts = counts.languages.into_iter().map(|one| WaitingView {
                language: one.language,
                waiting: one.waiting,
            });
            let counts: Vec<_> = counts.collect();
            out.rows(&counts, |screen| {
                let rows = counts
                    .iter()
                    .map(|one| vec![cell(&one.language), cell(&one.waiting.to_string())]);
                screen.table(&["language", ">waiting"], rows)
            })
        }
        CallsCommand::Next {
            languages,
            limit,
            actor,
        } => {
            let request = mesh.request(NextRequest {
                languages: languages.iter().map(ToString::to_string).collect(),
                limit,
                actor: actor.id.to_string(),
            });
            let next = mesh.call(Peer::Feedback, client.next(request)).await?;
            let calls: Vec<CallView> = next.calls.into_iter().map(Into::into).collect();
            out.rows(&calls, |screen| draw(&calls, screen))
        }
        CallsCommand::Invite { number, via, actor } => {
            let case_number = number.to_string();
            let request = mesh.request(InviteRequest {
                case_number: case_number.clone(),
                via: CallbackVia::from(via).into(),
                actor: actor.id.to_string(),
            });
            let invited = mesh.call(Peer::Feedback, client.invite(request)).await?;
            let view = InvitedView {
                case_number,
                until: time(invited.until),
                message_id: invited.message_id,
            };
            out.one(&view, |screen| {
                let until = view.until.map(|until| screen.time(until));
                let until = until.map_or_else(String::new, |until| format!(" until {until}"));
                format!("{} waits for an answer{until}", view.case_number)
            })
        }
    }
}

fn draw(calls: &[CallView], screen: &Screen) -> String {
    if calls.is_empty() {
        return "nobody is to be called in these languages now".to_owned();
    }
    let one = |call: &CallView| {
        let mut text = sentence(&call.case);
        if let Some(until) = call.until {
            text.push_str(&format!("; yours until {}", screen.time(until)));
        }
        if let Some(complaint) = &call.complaint {
            text.push_str(&heading("Complaint"));
            text.push_str(&draw_complaint(complaint, screen));
        }
        if let Some(contact) = &call.contact {
            text.push_str(&heading("Contact"));
            text.push_str(&contact.draw(screen));
        }
        text
    };
    calls.iter().map(one).collect::<Vec<_>>().join("\n\n")
}
