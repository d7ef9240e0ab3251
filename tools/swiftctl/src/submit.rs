//! `submit`: one complaint.

use std::io::{IsTerminal as _, Read as _};

use clap::{Args, ValueHint};
use jiff::Timestamp;
use serde::Serialize;
use swiftline_domain::id::EntryId;
use swiftline_domain::vocabulary::{Channel, Kind, Language, Line, ReporterType};
use swiftline_proto::convert::{timestamp, to_wire};
use swiftline_proto::intake::v1::{Receipt, Submission, SubmitRequest};
use swiftline_proto::types::v1 as wire;

use crate::connect::{Mesh, Peer};
use crate::failure::Failure;
use crate::output::Out;
use crate::view::time;
use crate::words::{one_of, some};

/// The most that is read from standard input, bytes; more than any text that is taken.
const MAX_INPUT_BYTES: u64 = 1 << 20;

/// Arguments of `submit`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  swiftctl submit --text 'Burst pipe at the school gate' --lat 39.91 --lon 116.41
  swiftctl submit --text '家里没有暖气' --address '朝阳区望京街道' --phone 55501234 --key call-4711
  swiftctl submit --channel email - < letter.txt
  swiftctl submit --text '今年什么时候供暖' --kind consultation --answer heating-season

The same --key from the same channel again gives the same case number and changes nothing, so a doubtful \
submission can be repeated.
Contact data is sealed on arrival and opened only for the team that has signed.")]
pub(crate) struct SubmitArgs {
    /// `-` reads the text from standard input (also without it, when standard input is not a terminal)
    #[arg(value_name = "-", value_parser = ["-"], conflicts_with = "text")]
    input: Option<String>,
    /// The citizen's words, or the operator's note of them; 1 to 10,000 characters
    #[arg(long)]
    text: Option<String>,
    /// The way it came in
    #[arg(long, default_value = "phone", value_parser = one_of!(Channel))]
    channel: Channel,
    /// The hotline that was called
    #[arg(long, default_value = "general", value_parser = one_of!(Line))]
    line: Line,
    /// Who asks
    #[arg(long, default_value = "resident", value_parser = one_of!(ReporterType))]
    reporter: ReporterType,
    /// What the citizen wants, as the operator sees it
    #[arg(long, value_parser = one_of!(Kind))]
    kind: Option<Kind>,
    /// Degrees north, WGS-84
    #[arg(long, requires = "lon", allow_negative_numbers = true)]
    lat: Option<f64>,
    /// Degrees east, WGS-84
    #[arg(long, requires = "lat", allow_negative_numbers = true)]
    lon: Option<f64>,
    /// Where it is, in words
    #[arg(long)]
    address: Option<String>,
    /// The language spoken, such as zh or en
    #[arg(long)]
    language: Option<Language>,
    /// The type that another system gave it, such as HEAT/HOT WATER
    #[arg(long = "type", value_name = "TYPE")]
    complaint_type: Option<String>,
    /// That system's finer description of the type
    #[arg(long, requires = "complaint_type")]
    descriptor: Option<String>,
    /// When the citizen first said it, if it was taken down elsewhere (RFC 3339)
    #[arg(long, value_name = "TIME")]
    reported_at: Option<Timestamp>,
    /// The citizen asks for confidentiality
    #[arg(long)]
    confidential: bool,
    /// The address of a picture or video; may be repeated
    #[arg(long = "attach", value_name = "URL", value_hint = ValueHint::Url)]
    attachments: Vec<String>,
    /// The entry of the knowledge base that the operator read out and the citizen was content with: the case closes as
    /// answered, and no team has it
    #[arg(long, value_name = "ENTRY")]
    answer: Option<EntryId>,
    /// Idempotency key: the same key again gives the same case
    #[arg(long)]
    key: Option<String>,
    /// The citizen's name
    #[arg(long, help_heading = "Contact")]
    name: Option<String>,
    /// The citizen's telephone number
    #[arg(long, help_heading = "Contact")]
    phone: Option<String>,
    /// The citizen's e-mail address
    #[arg(long, help_heading = "Contact")]
    email: Option<String>,
}

/// What the citizen is told.
#[derive(Debug, Serialize)]
struct ReceiptView {
    case_number: String,
    accepted_at: Option<Timestamp>,
    duplicate: bool,
    /// Null for a duplicate: the trace is that of the first time.
    trace_id: Option<String>,
}

impl From<Receipt> for ReceiptView {
    fn from(receipt: Receipt) -> Self {
        Self {
            case_number: receipt.case_number,
            accepted_at: time(receipt.accepted_at),
            duplicate: receipt.duplicate,
            trace_id: some(receipt.trace_id),
        }
    }
}

impl ReceiptView {
    fn draw(&self) -> String {
        let told = if self.duplicate {
            "submitted before with this key"
        } else {
            "accepted"
        };
        let trace = self.trace_id.as_ref().map(|id| format!("\ntrace {id}"));
        format!("{}  {told}{}", self.case_number, trace.unwrap_or_default())
    }
}

/// Submits one complaint.
///
/// # Errors
/// When there is no text, or intake refuses it or is not there.
pub(crate) async fn run(args: SubmitArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let text = match &args.text {
        Some(text) => text.clone(),
        None => read_input(args.input.is_some())?,
    };
    let request = SubmitRequest {
        submission: Some(submission(args, text)),
    };
    let answer = mesh
        .call(Peer::Intake, mesh.intake()?.submit(mesh.request(request)))
        .await?;
    let receipt = ReceiptView::from(answer.receipt.unwrap_or_default());
    out.one(&receipt, |_| receipt.draw())
}

fn submission(args: SubmitArgs, text: String) -> Submission {
    let key = args.key.unwrap_or_default();
    let location = args
        .lat
        .zip(args.lon)
        .map(|(latitude, longitude)| wire::Location {
            latitude,
            longitude,
        });
    let source = args.complaint_type.map(|complaint_type| wire::Source {
        key: key.clone(),
        complaint_type,
        descriptor: args.descriptor.unwrap_or_default(),
    });
    let complaint = wire::Complaint {
        text,
        channel: to_wire(args.channel),
        line: to_wire(args.line),
        reporter: to_wire(args.reporter),
        kind: args.kind.map_or(0, to_wire),
        language: args.language.map(String::from).unwrap_or_default(),
        location,
        address: args.address.unwrap_or_default(),
        source,
        reported_at: args.reported_at.map(timestamp),
        confidential: args.confidential,
        attachments: args.attachments,
        answer: args
            .answer
            .map(|entry| entry.to_string())
            .unwrap_or_default(),
        caller: 0,
    };
    let contact = wire::Contact {
        name: args.name.unwrap_or_default(),
        phone: args.phone.unwrap_or_default(),
        email: args.email.unwrap_or_default(),
        other: String::new(),
    };
    Submission {
        idempotency_key: key,
        complaint: Some(complaint),
        contact: Some(contact).filter(|contact| *contact != wire::Contact::default()),
        trace_parent: String::new(),
    }
}

fn read_input(asked_for: bool) -> Result<String, Failure> {
    let stdin = std::io::stdin();
    if !asked_for && stdin.is_terminal() {
        return Err(Failure::Given(
            "say what the matter is with --text, or pipe it in".to_owned(),
        ));
    }
    let mut bytes = Vec::new();
    let wrong = |reason: String| Failure::Given(format!("standard input: {reason}"));
    stdin
        .lock()
        .take(MAX_INPUT_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| wrong(error.to_string()))?;
    if bytes.len() as u64 > MAX_INPUT_BYTES {
        return Err(wrong(format!(
            "is longer than {MAX_INPUT_BYTES} bytes; a complaint has at most 10,000 characters"
        )));
    }
    let text = String::from_utf8(bytes).map_err(|_| wrong("is not UTF-8".to_owned()))?;
    Ok(text.trim_end_matches(['\n', '\r']).to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: SubmitArgs,
    }

    fn parse(args: &[&str]) -> Result<SubmitArgs, clap::Error> {
        Line::try_parse_from([&["submit"], args].concat()).map(|line| line.args)
    }

    #[test]
    fn arguments_become_the_submission() {
        let args = parse(&[
            "--text",
            "x",
            "--lat",
            "-1.5",
            "--lon",
            "2",
            "--type",
            "Noise",
            "--key",
            "k",
            "--phone",
            "1",
            "--kind",
            "report",
            "--language",
            "zh",
            "--answer",
            "heating-season",
        ]);
        let made = submission(args.unwrap(), "x".into());
        let complaint = made.complaint.unwrap();
        assert_eq!(
            complaint.location,
            Some(wire::Location {
                latitude: -1.5,
                longitude: 2.0
            })
        );
        assert_eq!(complaint.channel(), wire::Channel::Phone);
        assert_eq!(complaint.kind(), wire::Kind::Report);
        assert_eq!(
            (complaint.language.as_str(), made.idempotency_key.as_str()),
            ("zh", "k")
        );
        assert_eq!(complaint.answer, "heating-season");
        assert_eq!(complaint.source.unwrap().complaint_type, "Noise");
        assert_eq!(made.contact.unwrap().phone, "1");
    }

    #[test]
    fn nobody_to_reach_is_no_contact() {
        assert_eq!(
            submission(parse(&["--text", "x"]).unwrap(), "x".into()).contact,
            None
        );
    }

    #[test]
    fn arguments_that_do_not_fit_are_refused() {
        for wrong in [
            &["--lat", "1"][..],
            &["--channel", "pigeon"],
            &["--language", "Chinese"],
            &["--text", "x", "-"],
            &["letter.txt"],
            &["--answer", "two words"],
            &["--descriptor", "x"],
        ] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
