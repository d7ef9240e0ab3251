//! An entry of the log on its way through the classifier: read, understood, classified, asked about, settled.

use std::time::{Duration, Instant, SystemTime};

use jiff::Timestamp;
use prost::Message as _;
use swiftline_domain::classification::Classification;
use swiftline_domain::complaint::Complaint;
use swiftline_proto::convert::{self, ConvertError};
use swiftline_proto::router::v1::RouteItem;
use swiftline_proto::types::v1::{self as wire, event};
use swiftline_store::{Delivery, Group};
use swiftline_telemetry::{Hop, Operation, Tracer, names};

use crate::reader::Logged;

/// An entry, and what it says beside the complaint.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) delivery: Delivery,
    accepted_at: Option<prost_types::Timestamp>,
}

impl Head {
    /// Takes the complaint out of the commit that accepts it.
    ///
    /// # Errors
    /// The delivery, and what about it cannot be understood; handling it again would not help.
    pub(crate) fn read(
        mut delivery: Delivery,
    ) -> Result<(Self, Complaint), (Box<Delivery>, String)> {
        let accepted_at = accepted_at(&delivery.commit);
        let complaint = delivery.commit.complaint.take();
        let complaint = complaint.ok_or_else(|| ConvertError::new("complaint", "is missing"));
        match complaint.and_then(Complaint::try_from) {
            Ok(complaint) => Ok((
                Self {
                    delivery,
                    accepted_at,
                },
                complaint,
            )),
            Err(error) => Err((Box::new(delivery), error.to_string())),
        }
    }
}

impl Head {
    /// The case, for what is known of others like it. A time that cannot be read is now: an entry is about the present.
    pub(crate) fn logged(&self) -> Logged {
        let read = |at| convert::to_timestamp(at, "accepted_at").ok();
        Logged {
            case: self.delivery.number,
            accepted_at: self
                .accepted_at
                .and_then(read)
                .unwrap_or_else(Timestamp::now),
        }
    }
}

/// When it was accepted: what the event says, which a redriven entry keeps; else the time of the commit.
fn accepted_at(commit: &wire::Commit) -> Option<prost_types::Timestamp> {
    let said = commit.events.iter().find_map(|event| match &event.event {
        Some(event::Event::Accepted(accepted)) => accepted.at,
        _ => None,
    });
    said.or(commit.at)
}

/// A classified entry, to be routed.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) delivery: Delivery,
    /// Without the trace position, which is each attempt's own.
    pub(crate) item: RouteItem,
    /// Its size in a request, bytes.
    pub(crate) bytes: usize,
    /// It failed together with others: from now on it is sent alone, so that only the one at fault goes on failing.
    pub(crate) alone: bool,
    /// How often the router failed on it alone, and how many calls it had answered before the first of these.
    pub(crate) failures: Option<(u32, u64)>,
    told: Told,
    read_at: Instant,
    /// When the span of the first attempt began; later attempts begin when they do.
    begun: Option<SystemTime>,
    attempts: u32,
}

/// What spans say of the classification.
#[derive(Debug)]
struct Told {
    category: String,
    confidence: f32,
    model: String,
    language: String,
    area: String,
}

impl Order {
    pub(crate) fn new(
        head: Head,
        complaint: Complaint,
        classification: &Classification,
        read_at: (Instant, SystemTime),
    ) -> Self {
        let Head {
            delivery,
            accepted_at,
        } = head;
        let classification = wire::Classification::from(classification);
        let told = Told {
            category: classification.category.clone(),
            confidence: classification.confidence,
            model: classification.model.clone(),
            language: classification.language.clone(),
            area: classification.place.clone(),
        };
        let item = RouteItem {
            case_number: delivery.number.to_string(),
            version: delivery.commit.version,
            accepted_at,
            complaint: Some(complaint.into()),
            classification: Some(classification),
            trace_parent: String::new(),
        };
        let (read_at, begun) = read_at;
        let bytes = item.encoded_len() + TRACE_PARENT_BYTES;
        let begun = Some(begun);
        Self {
            delivery,
            item,
            bytes,
            alone: false,
            failures: None,
            told,
            read_at,
            begun,
            attempts: 0,
        }
    }

    /// Starts the span of an attempt; its position travels in the item.
    pub(crate) fn attempt(&mut self, tracer: &Tracer) -> Hop {
        self.attempts += 1;
        let mut hop = describe(tracer, &self.delivery)
            .attribute(names::CATEGORY, self.told.category.clone())
            .attribute(names::CONFIDENCE, f64::from(self.told.confidence))
            .attribute(names::MODEL_VERSION, self.told.model.clone())
            .attribute(names::LANGUAGE, self.told.language.clone())
            .attribute(names::AREA_ID, self.told.area.clone())
            .attribute(names::ATTEMPT, i64::from(self.attempts));
        if let Some(begun) = self.begun.take() {
            hop = hop.start_time(begun);
        }
        let hop = hop.start();
        hop.context()
            .as_str()
            .clone_into(&mut self.item.trace_parent);
        hop
    }

    /// How long ago it was read.
    pub(crate) fn age(&self) -> Duration {
        self.read_at.elapsed()
    }
}

/// What a trace position, its field's tag and lengths add to an item.
const TRACE_PARENT_BYTES: usize = 64;

/// The span of an entry that is given up before it was sent anywhere.
pub(crate) fn poisoned(tracer: &Tracer, delivery: &Delivery) -> Hop {
    let mut hop = describe(tracer, delivery).start();
    hop.error("poison");
    hop
}

fn describe<'a>(
    tracer: &'a Tracer,
    delivery: &Delivery,
) -> swiftline_telemetry::hop::HopBuilder<'a> {
    tracer
        .message(
            Operation::Process,
            names::CASE_LOG,
            &format!("{{{}}}:log", delivery.partition),
        )
        .parent(Some(&delivery.trace))
        .case(&delivery.number.to_string())
        .message_id(&delivery.id.to_string())
        .group(Group::Classifier.as_str())
}
