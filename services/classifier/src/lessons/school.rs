//! From a person's decision to what each model learns from it.

use std::sync::Arc;

use jiff::Timestamp;
use prost::Message as _;
use swiftline_domain::case::ReturnReason;
use swiftline_domain::city::CityPack;
use swiftline_domain::classification::{BY_A_PERSON, Classification};
use swiftline_domain::complaint::Complaint;
use swiftline_domain::id::CategoryId;
use swiftline_domain::number::CaseNumber;
use swiftline_domain::vocabulary::Language;
use swiftline_proto::classifier::v1::ExampleOrigin;
use swiftline_proto::convert::{ConvertError, optional, present, to_timestamp};
use swiftline_proto::types::v1::event::Event;
use swiftline_proto::types::v1::{self as wire, Commit};
use swiftline_store::{Delivery, Lesson, Store};

use super::record::Record;
use super::text::Texts;
use super::{Corrections, LessonsError};
use crate::engine::{fields, text_of};
use crate::model::{Model, ModelKind, Reader};
use crate::models::InForce;

/// Makes examples and keeps them.
pub(crate) struct School {
    pub(super) store: Store,
    pub(super) pack: Arc<CityPack>,
    pub(super) in_force: InForce,
    pub(super) texts: Texts,
    pub(super) keep: u32,
}

/// What somebody has decided about a case.
#[derive(Debug, Clone, PartialEq)]
struct Told {
    number: CaseNumber,
    at: Timestamp,
    complaint: Complaint,
    language: Language,
    /// What a model had said before; `None` when none had.
    said: Option<Classification>,
    right: CategoryId,
    origin: ExampleOrigin,
}

impl School {
    /// Learns what an entry of the log says that a person has decided. May be repeated.
    ///
    /// # Errors
    /// When the store is away, or what is stored of the case cannot be understood.
    pub(crate) async fn learn(&self, delivery: &Delivery) -> Result<(), LessonsError> {
        let number = delivery.number;
        let mut journey = self.store.journey(number).await?;
        journey.retain(|commit| commit.version <= delivery.commit.version);
        let told = Told::of(number, journey).map_err(|error| LessonsError::Unreadable {
            number,
            reason: error.to_string(),
        })?;
        match told {
            Some(told) => self.teach(&told).await,
            None => Ok(()),
        }
    }

    async fn teach(&self, told: &Told) -> Result<(), LessonsError> {
        let sealed = self.texts.kept(told.number, &told.complaint.text);
        let text = sealed.map_err(|error| LessonsError::Internal(error.to_string()))?;
        let serving = self.in_force.snapshot();
        let mut lessons: Vec<Lesson> = serving
            .models()
            .iter()
            .filter_map(|model| self.lesson(told, model, &text))
            .collect();
        if lessons.is_empty() {
            // No model in force can learn it; it still tells what is right.
            lessons.push(self.kept(told, "", plain(told).with_text(&text)));
        }
        if let Some(first) = lessons.first_mut() {
            first.counts = true;
        }
        Ok(self.store.teach(&lessons, self.keep).await?)
    }

    /// What this model learns; `None` when it does not read the language or has no label for what is right.
    fn lesson(&self, told: &Told, model: &Model, text: &[u8]) -> Option<Lesson> {
        let header = model.header();
        if header.language != told.language.as_str() {
            return None;
        }
        let said = told.said.as_ref();
        let (label, said, confidence) = match header.kind {
            ModelKind::Group => {
                let group = said.and_then(|said| said.hints.group.as_ref());
                let said = group.map_or("", |group| group.label.as_str());
                let label = self.group(model, &told.right, said)?;
                (label, said, group.map_or(0.0, |group| group.confidence))
            }
            ModelKind::Category => {
                let category = said.and_then(|said| said.category.as_ref());
                let label = self.category(model, &told.right)?;
                let confidence = said.map_or(0.0, |said| said.confidence);
                (label, category.map_or("", CategoryId::as_str), confidence)
            }
            // A category does not tell who answers, what sort of message it is, nor how pressing.
            ModelKind::Unit | ModelKind::Kind | ModelKind::Urgency => return None,
        };
        let read = text_of(header.kind, &told.complaint);
        let features = Reader::of(model).features(fields(&read), None);
        let record = Record {
            label,
            said: said.to_owned(),
            confidence,
            version: version(told, &header.name),
            ..plain(told)
        };
        let record = record.with_features(&features).with_text(text);
        Some(self.kept(told, &header.name, record))
    }

    fn kept(&self, told: &Told, model: &str, record: Record) -> Lesson {
        Lesson {
            number: told.number,
            model: model.to_owned(),
            at: told.at,
            day: self.pack.calendar.local(told.at).date(),
            agreed: record.said == record.label,
            correction: (told.origin == ExampleOrigin::Correction).then(|| told.right.clone()),
            counts: false,
            record: record.encode_to_vec(),
        }
    }

    /// The model's group for a category. Where a category may be of several, only the one that the model said is known to
    /// be no error; which other one is right the category does not tell.
    fn group(&self, model: &Model, right: &CategoryId, said: &str) -> Option<String> {
        let category = self.pack.taxonomy.get(right.as_str())?;
        let known = |group: &&Arc<str>| model.labels().iter().any(|label| **label == ***group);
        let groups: Vec<&str> = category.groups.iter().filter(known).map(|g| &**g).collect();
        match groups.as_slice() {
            [only] => Some((*only).to_owned()),
            several => several.contains(&said).then(|| said.to_owned()),
        }
    }

    /// The model's label for a category: its own, or that of the nearest above it.
    fn category(&self, model: &Model, right: &CategoryId) -> Option<String> {
        let mut category = self.pack.taxonomy.get(right.as_str());
        while let Some(one) = category {
            let id = one.id.as_str();
            if model.labels().iter().any(|label| label == id) {
                return Some(id.to_owned());
            }
            let parent = one.parent.as_ref()?;
            category = self.pack.taxonomy.get(parent.as_str());
        }
        None
    }
}

#[tonic::async_trait]
impl Corrections for School {
    async fn correct(
        &self,
        number: CaseNumber,
        right: CategoryId,
        at: Timestamp,
    ) -> Result<u64, LessonsError> {
        let journey = self.store.journey(number).await?;
        if journey.is_empty() {
            return Err(LessonsError::NoCase(number));
        }
        let told = Told::correction(number, journey, right, at);
        let told = told.map_err(|error| LessonsError::Unreadable {
            number,
            reason: error.to_string(),
        })?;
        self.teach(&told).await?;
        Ok(self.store.corrections(&told.right).await?)
    }
}

impl Record {
    fn with_text(self, text: &[u8]) -> Self {
        Self {
            text: text.to_vec(),
            ..self
        }
    }
}

/// The example in the words of the city, for no model in particular.
fn plain(told: &Told) -> Record {
    let said = told.said.as_ref();
    let category = said.and_then(|said| said.category.as_ref());
    Record {
        origin: told.origin.into(),
        label: told.right.to_string(),
        said: category.map(ToString::to_string).unwrap_or_default(),
        confidence: said.map_or(0.0, |said| said.confidence),
        version: said.map(|said| said.model.clone()).unwrap_or_default(),
        ..Record::default()
    }
}

/// Of the versions that had decided together, this model's; all of them where it was not among them.
fn version(told: &Told, model: &str) -> String {
    let all = told.said.as_ref().map_or("", |said| said.model.as_str());
    let mut parts = all.split('+');
    let own = parts.find(|part| {
        let rest = part.strip_prefix(model);
        rest.is_some_and(|rest| rest.starts_with('-'))
    });
    own.unwrap_or(all).to_owned()
}

impl Told {
    /// What the last commit of the journey says that a person has decided; `None` when it says no such thing.
    fn of(number: CaseNumber, mut journey: Vec<Commit>) -> Result<Option<Self>, ConvertError> {
        let Some(last) = journey.pop() else {
            return Ok(None);
        };
        let decided = classifications(&last.events).find(|what| what.model == BY_A_PERSON);
        let Some(decided) = decided else {
            return Ok(None);
        };
        let decided = Classification::try_from(decided.clone())?;
        let Some(right) = decided.category else {
            return Ok(None);
        };
        let at = to_timestamp(present(last.at, "at")?, "at")?;
        let seen = Seen::of(journey)?;
        let origin = if seen.returned {
            ExampleOrigin::Return
        } else {
            ExampleOrigin::Triage
        };
        Ok(Some(Self {
            number,
            at,
            complaint: seen.complaint,
            language: decided.language,
            said: seen.said,
            right,
            origin,
        }))
    }

    /// What somebody says about a case as it stands.
    fn correction(
        number: CaseNumber,
        journey: Vec<Commit>,
        right: CategoryId,
        at: Timestamp,
    ) -> Result<Self, ConvertError> {
        let seen = Seen::of(journey)?;
        let told = seen.complaint.language;
        let language = seen.said.as_ref().map(|said| said.language).or(told);
        Ok(Self {
            number,
            at,
            complaint: seen.complaint,
            language: language.unwrap_or(Language::UNDETERMINED),
            said: seen.said,
            right,
            origin: ExampleOrigin::Correction,
        })
    }
}

/// What had happened before a decision.
struct Seen {
    complaint: Complaint,
    /// The last that a model said.
    said: Option<Classification>,
    /// A team has given it back since, because the category was wrong.
    returned: bool,
}

impl Seen {
    fn of(journey: Vec<Commit>) -> Result<Self, ConvertError> {
        let (mut complaint, mut said, mut returned) = (None, None, false);
        for commit in journey {
            complaint = complaint.or(commit.complaint);
            for event in commit.events.into_iter().filter_map(|event| event.event) {
                match event {
                    Event::Classified(it) => {
                        let what = it.classification.filter(|what| what.model != BY_A_PERSON);
                        if let Some(what) = what {
                            (said, returned) = (Some(Classification::try_from(what)?), false);
                        }
                    }
                    Event::Returned(it) => returned |= speaks_against(it.reason)?,
                    Event::Transferred(it) => returned |= speaks_against(it.reason)?,
                    _ => {}
                }
            }
        }
        let complaint = complaint.ok_or_else(|| ConvertError::new("complaint", "is missing"))?;
        Ok(Self {
            complaint: complaint.try_into()?,
            said,
            returned,
        })
    }
}

/// Whether a team that gives a case back for this reason says that its category is wrong.
fn speaks_against(reason: i32) -> Result<bool, ConvertError> {
    let reason: Option<ReturnReason> = optional(reason, "reason")?;
    let wrong = [ReturnReason::WrongUnit, ReturnReason::OutsidePowers];
    Ok(reason.is_some_and(|reason| wrong.contains(&reason)))
}

fn classifications(events: &[wire::Event]) -> impl Iterator<Item = &wire::Classification> {
    events.iter().filter_map(|event| match &event.event {
        Some(Event::Classified(it)) => it.classification.as_ref(),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
