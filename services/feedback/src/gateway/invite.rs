//! Asks a citizen by message.

use jiff::Timestamp;
use serde::Serialize;
use swiftline_domain::case::{CallbackVia, Case, Refusal};
use swiftline_domain::city::Names;
use swiftline_domain::id::ActorId;
use swiftline_domain::number::CaseNumber;
use swiftline_domain::vocabulary::Language;
use swiftline_proto::convert::ConvertError;
use swiftline_proto::types::v1::Contact;
use swiftline_store::{Hold, Stored};
use swiftline_telemetry::SpanKind;

use super::Gateway;
use super::pass::Pass;
use super::port::{NotSent, Port};
use crate::Engine;
use crate::error::FeedbackError;

/// The kind of message, as the gateway is told.
const TYPE: &str = "callback.invited";

/// An invitation that is out.
#[derive(Debug)]
pub(crate) struct Invited {
    /// Until when an answer is taken.
    pub(crate) until: Timestamp,
    pub(crate) message_id: String,
}

/// What the gateway is sent.
#[derive(Serialize)]
struct Message<'a> {
    r#type: &'static str,
    timestamp: Timestamp,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    message_id: &'a str,
    case_number: String,
    via: &'static str,
    language: &'a str,
    text: String,
    link: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    phone: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    email: &'a str,
    answer_until: Timestamp,
}

/// What has to be there before anybody is asked.
struct Means<'a> {
    gateway: &'a Gateway,
    port: &'a Port,
    words: &'a Names,
}

impl Engine {
    /// Asks the citizen of a case that waits for a callback. The same again sends nothing twice.
    pub(crate) async fn invite(
        &self,
        number: CaseNumber,
        via: CallbackVia,
        actor: &ActorId,
    ) -> Result<Invited, FeedbackError> {
        let means = self.means()?;
        if via == CallbackVia::Phone {
            let reason = "must be link or sms: an operator who calls takes the case with Next";
            return Err(ConvertError::new("via", reason).into());
        }
        let stored = self.cases.load(number).await?;
        let now = Timestamp::now();
        let hours = i64::try_from(means.gateway.settings.answer_hours).unwrap_or(i64::MAX);
        let until =
            Timestamp::from_second(now.as_second().saturating_add(hours.saturating_mul(3_600)));
        let until = until.unwrap_or(now);
        let store = &self.cases.store;
        match store.hold_call(&stored.case, via, now, until).await? {
            Hold::NotWaiting => Err(FeedbackError::Refused {
                number,
                refusal: Refusal::NotNow {
                    command: "invite",
                    state: stored.case.state,
                },
            }),
            Hold::Taken(until) => Err(FeedbackError::Taken { number, until }),
            Hold::Held { until, via, sent } => {
                let pass = Pass::of(&stored.case, until, via);
                let made = means.gateway.names(&pass);
                let (message_id, link) = made.ok_or_else(no_tag)?;
                if sent {
                    means.gateway.metrics.invitation(via.as_str(), "known");
                } else {
                    let invited = self.send(&means, &stored, &pass, (&message_id, &link), actor);
                    let sent = invited.await;
                    self.tell(&stored.case, until, sent.is_ok()).await;
                    sent?;
                }
                Ok(Invited { until, message_id })
            }
        }
    }

    fn means(&self) -> Result<Means<'_>, FeedbackError> {
        let off = FeedbackError::NotSetUp("gateway.url is not set: no citizen is asked by message");
        let gateway = self.gateway.as_ref();
        let Some((gateway, port)) = gateway.and_then(|it| Some((it, it.port.as_ref()?))) else {
            return Err(off);
        };
        if self.keyring.is_none() {
            let reason = "contact.keys_file is not set: contact data cannot be opened";
            return Err(FeedbackError::NotSetUp(reason));
        }
        let words = self.pack.city.callbacks.invitation.as_ref();
        let reason =
            "callbacks.invitation in the pack's city.yaml is not set: there are no words to send";
        Ok(Means {
            gateway,
            port,
            words: words.ok_or(FeedbackError::NotSetUp(reason))?,
        })
    }

    async fn send(
        &self,
        means: &Means<'_>,
        stored: &Stored,
        pass: &Pass,
        (message_id, link): (&str, &str),
        actor: &ActorId,
    ) -> Result<(), FeedbackError> {
        let (number, via) = (pass.number, pass.via.as_str());
        let gateway = means.gateway;
        let span = gateway.tracer.span("send invitation", SpanKind::Client);
        let span = span.parent_current().case(&number.to_string());
        let mut hop = span.link(&stored.trace).start();
        let sent = self.hand_over(means, stored, pass, (message_id, link), actor);
        let sent = sent.await;
        let result = match &sent {
            Ok(()) => "sent",
            Err(FeedbackError::GatewayAway) => "failed",
            Err(_) => "refused",
        };
        if sent.is_err() {
            hop.error("gateway");
        }
        gateway.metrics.invitation(via, result);
        let (case, actor) = (number.to_string(), actor.as_str());
        tracing::info!(case, actor, via, result, "citizen asked by message");
        sent
    }

    async fn hand_over(
        &self,
        means: &Means<'_>,
        stored: &Stored,
        pass: &Pass,
        (message_id, link): (&str, &str),
        actor: &ActorId,
    ) -> Result<(), FeedbackError> {
        let number = pass.number;
        let contact = self.keyring.as_ref();
        let contact = contact.and_then(|keys| keys.contact_for(stored, actor));
        let contact = contact.filter(|contact| is_reachable(contact, pass.via));
        let contact = contact.ok_or(FeedbackError::NoAddress(number))?;
        let (language, words) = in_language(means.words, stored);
        let text = words
            .replace("{number}", &number.to_string())
            .replace("{link}", link);
        let message = Message {
            r#type: TYPE,
            timestamp: Timestamp::now(),
            data: Data {
                message_id,
                case_number: number.to_string(),
                via: pass.via.as_str(),
                language: language.as_str(),
                text,
                link,
                phone: &contact.phone,
                email: &contact.email,
                answer_until: pass.until,
            },
        };
        let body = serde_json::to_vec(&message)
            .map_err(|_| FeedbackError::Internal("an invitation is no JSON".to_owned()))?;
        let secrets = means.gateway.secrets.get();
        let sent = means.port.send(&secrets, message_id, body).await;
        sent.map_err(|error| match error {
            NotSent::Away => FeedbackError::GatewayAway,
            NotSent::Refused => FeedbackError::GatewayRefuses(number),
        })
    }

    /// What became of the message. When that cannot be written the message is sent once more under the same id, or the
    /// operators get the case when the invitation is over.
    async fn tell(&self, case: &Case, until: Timestamp, sent: bool) {
        if let Err(error) = self.cases.store.call_invited(case, until, sent).await {
            let (case, reason) = (case.number.to_string(), error.to_string());
            tracing::warn!(case, reason, "what became of an invitation is not kept");
        }
    }
}

impl Gateway {
    /// The message's id and the link.
    fn names(&self, pass: &Pass) -> Option<(String, String)> {
        let secrets = self.secrets.get();
        let token = pass.token(&secrets)?;
        let link = format!("{}{token}", self.settings.link_url);
        Some((pass.message_id(&secrets)?, link))
    }
}

fn no_tag() -> FeedbackError {
    FeedbackError::Internal("an invitation cannot be signed".to_owned())
}

/// A text message needs a number; a link goes to either.
fn is_reachable(contact: &Contact, via: CallbackVia) -> bool {
    !contact.phone.is_empty() || (via == CallbackVia::Link && !contact.email.is_empty())
}

/// The city's words in the language of the case, or in its first one, and which that is.
fn in_language<'a>(words: &'a Names, stored: &Stored) -> (Language, &'a str) {
    let classified = stored.case.classification.as_ref();
    let spoken = classified.map(|told| told.language);
    let known = spoken.filter(|wanted| words.iter().any(|(language, _)| language == *wanted));
    let language = known.unwrap_or(words.default_language());
    (language, words.in_language(language))
}
