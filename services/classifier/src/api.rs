//! The gRPC service: convert in, call, convert out.

use std::sync::Arc;

use jiff::Timestamp;
use swiftline_domain::city::CityPack;
use swiftline_domain::complaint::{Complaint, Extent};
use swiftline_domain::id::{ActorId, CategoryId};
use swiftline_proto::classifier::v1::classifier_server::Classifier;
use swiftline_proto::classifier::v1::{
    ClassifyRequest, ClassifyResponse, CorrectRequest, CorrectResponse, ExplainRequest,
    ExplainResponse, PreviewRequest, PreviewResponse,
};
use swiftline_proto::convert::{self, ConvertError};
use swiftline_proto::types::v1 as wire;
use swiftline_rpc::{FieldViolation, to_status};
use swiftline_telemetry::{hop, names};
use tonic::{Request, Response, Status};

use crate::MAX_COMPLAINTS;
use crate::engine::Classify;
use crate::error::Refused;
use crate::metrics::Metrics;

/// Other calls get their turn after so many complaints.
const TURN: usize = 32;

/// What serves the calls.
pub(crate) struct Api {
    engine: Arc<dyn Classify>,
    pack: Arc<CityPack>,
    metrics: Metrics,
}

impl Api {
    pub(crate) fn new(engine: Arc<dyn Classify>, pack: Arc<CityPack>, metrics: Metrics) -> Self {
        Self {
            engine,
            pack,
            metrics,
        }
    }
}

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
        hop::annotate_current(names::MODEL_VERSION, self.engine.version().to_owned());
        let mut classifications = Vec::with_capacity(complaints.len());
        for some in complaints.chunks(TURN) {
            classifications.extend(
                self.engine
                    .classify(some)
                    .iter()
                    .map(wire::Classification::from),
            );
            tokio::task::yield_now().await;
        }
        Ok(Response::new(ClassifyResponse { classifications }))
    }

    type PreviewStream = tokio_stream::Empty<Result<PreviewResponse, Status>>;

    async fn preview(
        &self,
        _: Request<tonic::Streaming<PreviewRequest>>,
    ) -> Result<Response<Self::PreviewStream>, Status> {
        Err(Status::unimplemented("preview"))
    }

    async fn explain(
        &self,
        _: Request<ExplainRequest>,
    ) -> Result<Response<ExplainResponse>, Status> {
        Err(Status::unimplemented("explain"))
    }

    /// Counts the correction. The count is this replica's since it started, as in the metric
    /// `swiftline_corrections_total{category}`: the store keeps no corrections, and a sum over replicas is the metric's.
    async fn correct(
        &self,
        request: Request<CorrectRequest>,
    ) -> Result<Response<CorrectResponse>, Status> {
        let category = self
            .correction(&request.into_inner())
            .map_err(|refused| to_status(&refused))?;
        let corrections = self.metrics.corrected(&category);
        Ok(Response::new(CorrectResponse { corrections }))
    }
}

impl Api {
    /// The category that was right.
    fn correction(&self, request: &CorrectRequest) -> Result<CategoryId, Refused> {
        let number = convert::case_number(&request.case_number, "case_number")?;
        hop::case_current(&number.to_string());
        let _actor: ActorId = convert::id(&request.actor, "actor")?;
        let category: CategoryId = convert::id(&request.category, "category")?;
        if self.pack.taxonomy.get(category.as_str()).is_none() {
            return Err(Refused::one("category", "is not in the city's taxonomy"));
        }
        hop::annotate_current(names::CATEGORY, category.as_str().to_owned());
        Ok(category)
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

    fn api() -> Api {
        let pack = Arc::new(small_pack());
        let metrics = Metrics::new(&swiftline_telemetry::Metrics::new(), &pack);
        Api::new(Arc::new(Engine::new(&pack)), pack, metrics)
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
            1
        );
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
