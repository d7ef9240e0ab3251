//! How a command can fail: what the user reads, and the exit code that a script reads.

use std::fmt;
use std::io;
use std::time::Duration;

use owo_colors::OwoColorize as _;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::connect::Peer;
use crate::output::clean;

/// The mesh refused, or something failed.
pub(crate) const FAILED: u8 = 1;
/// Wrong usage, or something given is wrong.
pub(crate) const USAGE: u8 = 2;
/// Rules were checked and something was found that is worth a look, but nothing that is wrong.
pub(crate) const WARNED: u8 = 3;
/// A service is not there (`EX_UNAVAILABLE` of sysexits.h).
pub(crate) const UNAVAILABLE: u8 = 69;

/// Why a command did not do what it should.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Something given is wrong: an argument, rows of a file, a city pack.
    Given(String),
    /// It could not be done.
    Failed(String),
    /// Rules have warnings and no errors.
    Warned(String),
    /// A service said no.
    Refused {
        /// Which.
        peer: Peer,
        /// What it said.
        status: Box<Status>,
    },
    /// A service is not there or did not answer in time.
    Unavailable {
        /// Which.
        peer: Peer,
        /// Where it should be.
        url: String,
        /// What happened.
        reason: String,
    },
    /// The result could not be printed.
    Output(io::Error),
}

impl Failure {
    /// Sorts a status: the service said no, or there is no service.
    pub(crate) fn of_status(peer: Peer, url: &str, status: Status) -> Self {
        match status.code() {
            // Nobody here cancels a call: a server that says so has run out of the time it was given.
            Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled => Self::Unavailable {
                peer,
                url: url.to_owned(),
                reason: reason(&status),
            },
            _ => Self::Refused {
                peer,
                status: Box::new(status),
            },
        }
    }

    /// The exit code.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Given(_) => USAGE,
            Self::Warned(_) => WARNED,
            Self::Failed(_) | Self::Refused { .. } | Self::Output(_) => FAILED,
            Self::Unavailable { .. } => UNAVAILABLE,
        }
    }

    /// Whether it is only that nobody reads our output any more (`swiftctl units | head`).
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// Whether a service said that there is no such thing.
    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { status, .. } if status.code() == Code::NotFound)
    }

    /// Prints it on standard error.
    pub(crate) fn print(&self) {
        if matches!(self, Self::Warned(_)) {
            anstream::eprintln!("{} {self}", "warning:".yellow().bold());
        } else {
            anstream::eprintln!("{} {self}", "error:".red().bold());
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(text) | Self::Failed(text) | Self::Warned(text) => f.write_str(text),
            Self::Refused { peer, status } => refusal(f, *peer, status),
            Self::Unavailable { peer, url, reason } => write!(
                f,
                "no answer from {} at {url}: {reason}; start a mesh with `make up`, bring one here with `kubectl port-forward`, or say where it is with --{} or {}",
                peer.name(),
                peer.flag(),
                peer.env(),
            ),
            Self::Output(error) => write!(f, "cannot print: {error}"),
        }
    }
}

fn refusal(f: &mut fmt::Formatter<'_>, peer: Peer, status: &Status) -> fmt::Result {
    let code = code_name(status.code());
    let violations = violations(status);
    match headline(status.message(), &violations) {
        message if message.is_empty() => write!(f, "{} refused: {code}", peer.name())?,
        message => write!(f, "{} refused: {message} ({code})", peer.name())?,
    }
    for violation in violations {
        write!(f, "\n  {}", clean(&violation))?;
    }
    match retry_after(status) {
        Some(delay) => write!(f, "\n  try again in {}", crate::words::span(delay)),
        None => Ok(()),
    }
}

/// The message, unless it only says what the violations below it say again.
fn headline(message: &str, violations: &[String]) -> String {
    let said = violations
        .iter()
        .all(|violation| message.contains(violation.as_str()));
    match violations.len() {
        0 => clean(message),
        1 if said => "a field is wrong".to_owned(),
        fields if said => format!("{fields} fields are wrong"),
        _ => clean(message),
    }
}

/// The fields that a status complains about, each with what is wrong with it.
fn violations(status: &Status) -> Vec<String> {
    let found = status
        .get_details_bad_request()
        .map(|details| details.field_violations);
    let line = |one: tonic_types::FieldViolation| format!("{}: {}", one.field, one.description);
    found.unwrap_or_default().into_iter().map(line).collect()
}

/// When a status says to try again.
pub(crate) fn retry_after(status: &Status) -> Option<Duration> {
    status.get_details_retry_info()?.retry_delay
}

/// What happened, in one line: the innermost cause where the connection failed, else what the service said.
fn reason(status: &Status) -> String {
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(status);
    let mut innermost = None;
    while let Some(error) = cause {
        innermost = Some(error.to_string());
        cause = error.source();
    }
    clean(&innermost.unwrap_or_else(|| status.message().to_owned()))
}

/// The code as the gRPC documentation writes it.
pub(crate) fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

#[cfg(test)]
mod tests {
    use tonic_types::{ErrorDetails, FieldViolation};

    use super::*;

    #[test]
    fn a_refusal_shows_every_field_and_when_to_come_back() {
        let mut details = ErrorDetails::new();
        details.set_bad_request(vec![
            FieldViolation::new("complaint.text", "is empty"),
            FieldViolation::new("complaint.channel", "is required"),
        ]);
        details.set_retry_info(Some(Duration::from_millis(1_500)));
        let message = "complaint.text: is empty; complaint.channel: is required";
        let status = Status::with_error_details(Code::InvalidArgument, message, details);
        let failure = Failure::of_status(Peer::Intake, "http://x", status);
        assert_eq!(failure.exit_code(), FAILED);
        assert_eq!(
            failure.to_string(),
            "intake refused: 2 fields are wrong (INVALID_ARGUMENT)\n  complaint.text: is empty\n  \
             complaint.channel: is required\n  try again in 1.5 s"
        );
    }

    #[test]
    fn what_a_service_says_cannot_steer_the_terminal() {
        let failure = Failure::of_status(
            Peer::Router,
            "http://x",
            Status::not_found("no \u{1b}[31mteam"),
        );
        assert_eq!(
            failure.to_string(),
            "router refused: no \u{fffd}[31mteam (NOT_FOUND)"
        );
    }

    #[test]
    fn an_absent_service_is_named_with_its_address_and_what_to_do() {
        let status = Status::unavailable("Redis is gone");
        let failure = Failure::of_status(Peer::Feedback, "http://127.0.0.1:7004", status);
        assert_eq!(failure.exit_code(), UNAVAILABLE);
        assert_eq!(
            failure.to_string(),
            "no answer from feedback at http://127.0.0.1:7004: Redis is gone; start a mesh with `make up`, \
             bring one here with `kubectl port-forward`, or say where it is with --feedback or SWIFTCTL_FEEDBACK"
        );
    }

    #[test]
    fn only_a_closed_pipe_is_forgiven() {
        assert!(Failure::Output(io::ErrorKind::BrokenPipe.into()).is_closed_pipe());
        assert!(!Failure::Output(io::ErrorKind::StorageFull.into()).is_closed_pipe());
        assert!(!Failure::Failed(String::new()).is_closed_pipe());
    }
}
