//! What an invitation allows: an answer about one result of one case, until then.
//!
//! A pass is `1` (version), how the citizen was asked, how often the case was reopened (4 bytes), the end in unix seconds (8), the
//! case number, and a tag of 16 bytes; all in base64 for URLs. The token of the link and the id of the message differ in
//! the tag's label, so one cannot be made of the other.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use swiftline_domain::case::{CallbackVia, Case};
use swiftline_domain::number::CaseNumber;

use super::secrets::{Secrets, TAG_BYTES};

const VERSION: u8 = 1;
const TOKEN: &[u8] = b"swiftline callback token";
const MESSAGE: &[u8] = b"swiftline callback message";
/// What the ids of messages begin with.
const MESSAGE_PREFIX: &str = "inv_";
/// The longest text that is looked at.
const MAX_CHARS: usize = 128;

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pass {
    pub(super) number: CaseNumber,
    /// How often the case had been reopened: the result that is asked about.
    pub(super) round: u32,
    /// In whole seconds.
    pub(super) until: Timestamp,
    pub(super) via: CallbackVia,
}

impl Pass {
    pub(super) fn of(case: &Case, until: Timestamp, via: CallbackVia) -> Self {
        Self {
            number: case.number,
            round: case.reopened,
            until,
            via,
        }
    }

    /// What is put behind the link.
    pub(super) fn token(&self, secrets: &Secrets) -> Option<String> {
        self.under(secrets, TOKEN)
    }

    /// The id of the message, the same each time.
    pub(super) fn message_id(&self, secrets: &Secrets) -> Option<String> {
        Some(format!("{MESSAGE_PREFIX}{}", self.under(secrets, MESSAGE)?))
    }

    /// `None`: this service has made no such token.
    pub(super) fn of_token(token: &str, secrets: &Secrets) -> Option<Self> {
        open(token, secrets, TOKEN)
    }

    /// `None`: this service has sent no such message.
    pub(super) fn of_message(id: &str, secrets: &Secrets) -> Option<Self> {
        open(id.strip_prefix(MESSAGE_PREFIX)?, secrets, MESSAGE)
    }

    fn under(&self, secrets: &Secrets, label: &[u8]) -> Option<String> {
        let via = CallbackVia::ALL.iter().position(|via| *via == self.via)?;
        let mut made = vec![VERSION, u8::try_from(via).ok()?];
        made.extend(self.round.to_be_bytes());
        made.extend(self.until.as_second().to_be_bytes());
        made.extend(self.number.to_string().bytes());
        let tag = secrets.tag(label, &made)?;
        made.extend(tag);
        Some(URL_SAFE_NO_PAD.encode(made))
    }
}

fn open(text: &str, secrets: &Secrets, label: &[u8]) -> Option<Pass> {
    if text.len() > MAX_CHARS {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (made, tag) = bytes.split_last_chunk::<TAG_BYTES>()?;
    if !secrets.have_tagged(label, made, tag) {
        return None;
    }
    let (&[version, via], rest) = made.split_first_chunk()?;
    let (round, rest) = rest.split_first_chunk()?;
    let (until, number) = rest.split_first_chunk()?;
    let pass = Pass {
        number: std::str::from_utf8(number).ok()?.parse().ok()?,
        round: u32::from_be_bytes(*round),
        until: Timestamp::from_second(i64::from_be_bytes(*until)).ok()?,
        via: *CallbackVia::ALL.get(usize::from(via))?,
    };
    (version == VERSION).then_some(pass)
}

#[cfg(test)]
mod tests {
    use swiftline_domain::number::Partition;

    use super::*;

    fn secrets(line: &str) -> Secrets {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), line).unwrap();
        Secrets::load(&file.path().display().to_string()).unwrap()
    }

    fn pass() -> Pass {
        Pass {
            number: CaseNumber::new(Partition(7), 1_234).unwrap(),
            round: 2,
            until: Timestamp::from_second(1_800_000_000).unwrap(),
            via: CallbackVia::Sms,
        }
    }

    #[test]
    fn token_and_message_lead_back_and_are_not_each_other() {
        let secrets = secrets("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let (token, id) = (pass().token(&secrets), pass().message_id(&secrets));
        let (token, id) = (token.unwrap(), id.unwrap());
        assert_eq!(Pass::of_token(&token, &secrets), Some(pass()));
        assert_eq!(Pass::of_message(&id, &secrets), Some(pass()));
        assert_eq!(Pass::of_message(&format!("inv_{token}"), &secrets), None);
        assert_eq!(Pass::of_token(&id, &secrets), None);
        assert_eq!(pass().message_id(&secrets), Some(id), "the same each time");
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        assert!(token.chars().all(plain), "fit for a URL: {token}");
    }

    #[test]
    fn what_was_changed_or_made_elsewhere_is_nothing() {
        let ours = secrets("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let theirs = secrets("whsec_AfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let token = pass().token(&ours).unwrap();
        assert_eq!(Pass::of_token(&token, &theirs), None);
        for at in 0..token.len() {
            let mut other = token.clone().into_bytes();
            other[at] = if other[at] == b'A' { b'B' } else { b'A' };
            let other = String::from_utf8(other).unwrap();
            assert_eq!(Pass::of_token(&other, &ours), None, "byte {at}");
        }
        for text in ["", "AAAA", "not a token", &"A".repeat(4_000)] {
            assert_eq!(Pass::of_token(text, &ours), None);
        }
    }
}
