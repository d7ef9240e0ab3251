//! The gRPC service: convert in, call, convert out.

use std::pin::Pin;
use std::sync::Arc;

use futures::Stream;
use jiff::Timestamp;
use swiftline_domain::city::CityPack;
use swiftline_domain::complaint::{Complaint, Extent, MAX_TEXT_CHARS};
use swiftline_domain::id::{ActorId, CategoryId};
use swiftline_domain::number::CaseNumber;
use swiftline_proto::classifier::v1::classifier_server::Classifier;
use swiftline_proto::classifier::v1::{
    ClassifyRequest, ClassifyResponse, CorrectRequest, CorrectResponse, ExplainRequest,
    ExplainResponse, PreviewRequest, PreviewResponse, Reason,
};
use swiftline_proto::convert::{self, ConvertError};
use swiftline_proto::types::v1 as wire;
use swiftline_rpc::{FieldViolation, to_status};
use swiftline_telemetry::{hop, names};
use tonic::{Request, Response, Status, Streaming};

use crate::MAX_COMPLAINTS;
use crate::error::{Panicked, Refused};
use crate::lessons::Corrections;
use crate::metrics::Metrics;
use crate::preview::{self, PreviewSettings};
use crate::reader::Reader;

/// Reasons of each sort when nobody says how many, and at most.
const REASONS: usize = 20;
const MAX_REASONS: u32 = 100;

/// Other calls get their turn after so many complaints.
const TURN: usize = 32;

/// What serves the calls.
pub(crate) struct Api {
    reader: Arc<Reader>,
    corrections: Arc<dyn Corrections>,
    pack: Arc<CityPack>,
    metrics: Metrics,
    preview: PreviewSettings,
}

impl Api {
    pub(crate) fn new(
        reader: Arc<Reader>,
        corrections: Arc<dyn Corrections>,
        pack: Arc<CityPack>,
        metrics: Metrics,
        preview: PreviewSettings,
    ) -> Self {
        Self {
            reader,
            corrections,
            pack,
            metrics,
            preview,
        }
    }
}

type Previews = Pin<Box<dyn Stream<Item = Result<PreviewResponse, Status>> + Send>>;

#[tonic::async_trait]
impl Classifier for Api {
    async fn classify(
        &self,
        request: Request<ClassifyRequest>,
    ) -> Result<Response<ClassifyResponse>, Status> {
        let complaints = request.into_inner().complaints;
        let extent = self.pack.outlines.extent();
        let complaints = read_all(complaints, Timestamp::now(), extent)
            .map_err(|refused| to_status(&refused))?;
        hop::annotate_current(names::MODEL_VERSION, self.reader.version().to_string());
        let mut classifications = Vec::with_capacity(complaints.len());
        for (turn, some) in complaints.chunks(TURN).enumerate() {
            if turn > 0 {
                tokio::task::yield_now().await;
            }
            for told in self.reader.drafts(some) {
                let told = told.ok_or_else(|| to_status(&Panicked))?;
                classifications.push(wire::Classification::from(&told));
            }
        }
        Ok(Response::new(ClassifyResponse { classifications }))
    }

    type PreviewStream = Previews;

    async fn preview(
        &self,
        request: Request<Streaming<PreviewRequest>>,
    ) -> Result<Response<Self::PreviewStream>, Status> {
        let (reader, least) = (Arc::clone(&self.reader), self.pack.city.min_confidence);
        let answer = move |draft: PreviewRequest| {
            let sequence = draft.sequence;
            let complaint = draft_of(draft).map_err(|refused| to_status(&refused))?;
            let told = reader.drafts(std::slice::from_ref(&complaint)).pop();
            match told.flatten() {
                Some(told) => Ok(preview::response(sequence, &told, least)),
                None => Err(to_status(&Panicked)),
            }
        };
        let answers = preview::answers(request.into_inner(), self.preview, answer);
        Ok(Response::new(Box::pin(answers)))
    }

    async fn explain(
        &self,
        request: Request<ExplainRequest>,
    ) -> Result<Response<ExplainResponse>, Status> {
        let ExplainRequest { complaint, limit } = request.into_inner();
        let complaint = self
            .one(complaint)
            .and_then(|complaint| Ok((complaint, reasons_wanted(limit)?)));
        let (complaint, limit) = complaint.map_err(|refused| to_status(&refused))?;
        let (what, reasons) = self.reader.explain(&complaint, limit);
        Ok(Response::new(ExplainResponse {
            classification: Some(wire::Classification::from(&what)),
            reasons: reasons.into_iter().map(reason).collect(),
        }))
    }

    /// Keeps the correction as an example to learn from. The same correction of the same case again changes nothing.
    async fn correct(
        &self,
        request: Request<CorrectRequest>,
    ) -> Result<Response<CorrectResponse>, Status> {
        let (number, category) = self
            .correction(&request.into_inner())
            .map_err(|refused| to_status(&refused))?;
        self.metrics.corrected(&category);
        let corrections = self
            .corrections
            .correct(number, category, Timestamp::now())
            .await
            .map_err(|error| to_status(&error))?;
        Ok(Response::new(CorrectResponse { corrections }))
    }
}

impl Api {
    /// The complaint of a request that is about one.
    fn one(&self, complaint: Option<wire::Complaint>) -> Result<Complaint, Refused> {
        let complaint = Complaint::try_from(convert::present(complaint, "complaint")?)?;
        let problems = complaint.problems(Timestamp::now(), self.pack.outlines.extent());
        let violations = problems
            .into_iter()
            .map(|problem| FieldViolation::new(problem.field, problem.reason));
        let violations: Vec<FieldViolation> = violations.collect();
        match violations.is_empty() {
            true => Ok(complaint),
            false => Err(Refused(violations)),
        }
    }

    /// The case, and the category that was right.
    fn correction(&self, request: &CorrectRequest) -> Result<(CaseNumber, CategoryId), Refused> {
        let number = convert::case_number(&request.case_number, "case_number")?;
        hop::case_current(&number.to_string());
        let _actor: ActorId = convert::id(&request.actor, "actor")?;
        let category: CategoryId = convert::id(&request.category, "category")?;
        if self.pack.taxonomy.get(category.as_str()).is_none() {
            return Err(Refused::one("category", "is not in the city's taxonomy"));
        }
        hop::annotate_current(names::CATEGORY, category.as_str().to_owned());
        Ok((number, category))
    }
}

/// What is being typed: not finished, so only its size is checked.
fn draft_of(draft: PreviewRequest) -> Result<Complaint, Refused> {
    let complaint = convert::present(draft.complaint, "complaint")?;
    let complaint = Complaint::try_from(complaint)?;
    if complaint.text.chars().nth(MAX_TEXT_CHARS).is_some() {
        let reason = format!("has more than {MAX_TEXT_CHARS} characters");
        return Err(Refused::one("complaint.text", reason));
    }
    Ok(complaint)
}

fn reasons_wanted(limit: u32) -> Result<usize, Refused> {
    match limit {
        0 => Ok(REASONS),
        1..=MAX_REASONS => Ok(limit as usize),
        _ => Err(Refused::one(
            "limit",
            format!("is {limit}, at most {MAX_REASONS} are told"),
        )),
    }
}

fn reason(reason: crate::engine::Reason) -> Reason {
    Reason {
        about: reason.about.as_str().to_owned(),
        of: reason.of,
        found: reason.found,
        what: reason.what.as_str().to_owned(),
        weight: reason.weight,
    }
}

/// Converts and checks every complaint; all problems of all of them are told at once.
fn read_all(
    complaints: Vec<wire::Complaint>,
    now: Timestamp,
    extent: Option<Extent>,
) -> Result<Vec<Complaint>, Refused> {
    if complaints.len() > MAX_COMPLAINTS {
        let reason = format!(
            "has {}, at most {MAX_COMPLAINTS} are taken at once",
            complaints.len()
        );
        return Err(Refused::one("complaints", reason));
    }
    let (mut good, mut violations) = (Vec::with_capacity(complaints.len()), Vec::new());
    for (index, complaint) in complaints.into_iter().enumerate() {
        match Complaint::try_from(complaint) {
            Ok(complaint) => {
                let problems = complaint.problems(now, extent);
                violations.extend(
                    problems
                        .into_iter()
                        .map(|problem| violation(index, problem.field, problem.reason)),
                );
                good.push(complaint);
            }
            Err(ConvertError { field, reason }) => {
                violations.push(violation(index, &field, reason));
            }
        }
    }
    if violations.is_empty() {
        Ok(good)
    } else {
        Err(Refused(violations))
    }
}

/// A complaint names itself `complaint`; here it is one of several.
fn violation(index: usize, field: &str, reason: String) -> FieldViolation {
    let field = field.strip_prefix("complaint.").unwrap_or(field);
    FieldViolation::new(format!("complaints[{index}].{field}"), reason)
}

#[cfg(test)]
mod tests {
    use swiftline_domain::city::testing::small_pack;
    use swiftline_rpc::violations_of;
    use tonic::Code;

    use super::*;
    use crate::engine::Engine;
    use crate::knowledge::Knowledge;
    use crate::lessons::LessonsError;

    fn api() -> Api {
        let pack = Arc::new(small_pack());
        let metrics = Metrics::new(&swiftline_telemetry::Metrics::new(), &pack);
        let engine = Arc::new(Engine::new(&pack));
        let knowledge = Arc::new(Knowledge::new(&pack).unwrap());
        let reader = Reader::new(engine, Arc::clone(&pack), knowledge, None, None);
        let preview = PreviewSettings {
            debounce_ms: 1,
            max_wait_ms: 1,
        };
        let corrections = Arc::new(Memory);
        Api::new(Arc::new(reader), corrections, pack, metrics, preview)
    }

    /// Stands for what keeps corrections.
    struct Memory;

    #[tonic::async_trait]
    impl Corrections for Memory {
        async fn correct(
            &self,
            number: CaseNumber,
            right: CategoryId,
            _: Timestamp,
        ) -> Result<u64, LessonsError> {
            match right.as_str() {
                "noise" => Ok(3),
                _ => Err(LessonsError::NoCase(number)),
            }
        }
    }

    fn complaint(text: &str) -> wire::Complaint {
        wire::Complaint {
            text: text.into(),
            channel: wire::Channel::Phone.into(),
            ..Default::default()
        }
    }

    async fn classify(
        complaints: Vec<wire::Complaint>,
    ) -> Result<Vec<wire::Classification>, Status> {
        let answer = api()
            .classify(Request::new(ClassifyRequest { complaints }))
            .await?;
        Ok(answer.into_inner().classifications)
    }

    async fn correct(case_number: &str, category: &str, actor: &str) -> Result<u64, Status> {
        let [case_number, category, actor] = [case_number, category, actor].map(str::to_owned);
        let answer = api()
            .correct(Request::new(CorrectRequest {
                case_number,
                category,
                actor,
            }))
            .await?;
        Ok(answer.into_inner().corrections)
    }

    fn fields(status: &Status) -> Vec<String> {
        assert_eq!(status.code(), Code::InvalidArgument);
        violations_of(status)
            .into_iter()
            .map(|violation| violation.field)
            .collect()
    }

    #[tokio::test]
    async fn classifies_in_order() {
        let texts = ["no heat", "小区燃气泄漏", "hello"];
        let told = classify(texts.into_iter().map(complaint).collect())
            .await
            .unwrap();
        let categories: Vec<&str> = told.iter().map(|one| one.category.as_str()).collect();
        assert_eq!(categories, ["housing.heating", "utilities.gas", ""]);
        assert!(told.iter().all(|one| one.model.starts_with("keywords-")));
        assert_eq!(classify(vec![]).await.unwrap(), []);
    }

    #[tokio::test]
    async fn every_bad_field_of_every_complaint_is_named() {
        let silent = wire::Complaint {
            channel: 0,
            ..complaint("x")
        };
        let far = wire::Location {
            latitude: 91.0,
            longitude: 0.0,
        };
        let far = wire::Complaint {
            location: Some(far),
            ..complaint(" ")
        };
        let status = classify(vec![complaint("x"), silent, far])
            .await
            .unwrap_err();
        assert_eq!(
            fields(&status),
            [
                "complaints[1].channel",
                "complaints[2].text",
                "complaints[2].location.latitude"
            ]
        );
    }

    async fn explain(text: &str, limit: u32) -> Result<ExplainResponse, Status> {
        let complaint = Some(complaint(text));
        let answer = api()
            .explain(Request::new(ExplainRequest { complaint, limit }))
            .await?;
        Ok(answer.into_inner())
    }

    #[tokio::test]
    async fn an_explanation_names_the_words() {
        let told = explain("no heat", 0).await.unwrap();
        assert_eq!(told.classification.unwrap().category, "housing.heating");
        let word = told.reasons.iter().find(|one| one.about == "category");
        let word = word.unwrap();
        assert_eq!(
            (word.of.as_str(), word.what.as_str()),
            ("housing.heating", "word")
        );
        assert_eq!(
            fields(&explain("no heat", 101).await.unwrap_err()),
            ["limit"]
        );
        assert_eq!(
            fields(&explain(" ", 1).await.unwrap_err()),
            ["complaint.text"]
        );
    }

    #[test]
    fn a_draft_need_not_say_anything_yet() {
        let draft = |complaint| PreviewRequest {
            sequence: 1,
            complaint,
        };
        assert!(draft_of(draft(Some(complaint("")))).is_ok());
        let field = |draft| draft_of(draft).unwrap_err().0[0].field.clone();
        assert_eq!(field(draft(None)), "complaint");
        let long = complaint(&"水".repeat(MAX_TEXT_CHARS + 1));
        assert_eq!(field(draft(Some(long))), "complaint.text");
    }

    #[tokio::test]
    async fn a_thousand_are_the_most() {
        assert_eq!(
            classify(vec![complaint("x"); MAX_COMPLAINTS])
                .await
                .unwrap()
                .len(),
            MAX_COMPLAINTS
        );
        let status = classify(vec![complaint("x"); MAX_COMPLAINTS + 1])
            .await
            .unwrap_err();
        assert_eq!(fields(&status), ["complaints"]);
    }

    #[tokio::test]
    async fn a_correction_is_counted() {
        assert_eq!(
            correct("07-0001234-0", "noise", "desk-7")
                .await
                .map_err(|s| fields(&s)),
            Err(vec!["case_number".into()])
        );
        let number =
            swiftline_domain::number::CaseNumber::new(swiftline_domain::number::Partition(7), 1)
                .unwrap();
        assert_eq!(
            correct(&number.to_string(), "noise", "desk-7")
                .await
                .unwrap(),
            3
        );
        let status = correct(&number.to_string(), "streets", "desk-7").await;
        assert_eq!(status.unwrap_err().code(), Code::NotFound);
    }

    #[tokio::test]
    async fn a_correction_names_its_bad_field() {
        let number =
            swiftline_domain::number::CaseNumber::new(swiftline_domain::number::Partition(7), 1)
                .unwrap()
                .to_string();
        for (category, actor, field) in [
            ("nonsense", "a", "category"),
            ("", "a", "category"),
            ("noise", "a b", "actor"),
        ] {
            assert_eq!(
                fields(&correct(&number, category, actor).await.unwrap_err()),
                [field]
            );
        }
    }
}
