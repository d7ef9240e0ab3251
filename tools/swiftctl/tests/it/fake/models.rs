//! The fake's models.

use swiftline_proto::classifier::v1 as wire;
use swiftline_proto::classifier::v1::models_server::Models;
use swiftline_proto::classifier::v1::push_request::Part;
use tonic::{Request, Response, Status, Streaming};

use super::{Services, at};

/// A model that was pushed.
pub(crate) const PUSHED: &str = "1f2e3d4c5b6a1f2e3d4c5b6a1f2e3d4c5b6a1f2e3d4c5b6a1f2e3d4c5b6a0001";
/// A model that one classifier never loads.
pub(crate) const LATE: &str = "1a7e00001a7e00001a7e00001a7e00001a7e00001a7e00001a7e00001a7e0003";

fn model(digest: &str) -> wire::ModelInfo {
    let version = match digest {
        "" => "zh-groups-aaaaaaaaaaaa".to_owned(),
        digest => format!("zh-groups-{}", &digest[..12]),
    };
    wire::ModelInfo {
        name: "zh-groups".into(),
        digest: digest.into(),
        version,
        bytes: 7_340_896,
        labels: 7,
        examples: 9_001,
        macro_f1: 0.931_4,
    }
}

fn status(active: &str, previous: Option<&str>) -> wire::ModelStatus {
    wire::ModelStatus {
        name: "zh-groups".into(),
        active: Some(model(active)),
        previous: previous.map(model),
        shadow: None,
        comparison: None,
    }
}

fn compared() -> wire::ModelStatus {
    let change = |before: &str, after: &str, messages| wire::LabelChange {
        before: before.into(),
        after: after.into(),
        messages,
    };
    wire::ModelStatus {
        shadow: Some(model(PUSHED)),
        comparison: Some(wire::Comparison {
            messages: 2_000,
            different: 50,
            new_surer: 31,
            changes: vec![
                change("城乡建设", "交通运输", 30),
                change("卫生计生\u{1b}[2J", "城乡建设", 20),
            ],
        }),
        ..status("", None)
    }
}

#[tonic::async_trait]
impl Models for Services {
    async fn push(
        &self,
        request: Request<Streaming<wire::PushRequest>>,
    ) -> Result<Response<wire::PushResponse>, Status> {
        let mut parts = request.into_inner();
        let (mut head, mut chunks) = (wire::PushHead::default(), Vec::new());
        while let Some(message) = parts.message().await? {
            match message.part {
                Some(Part::Head(one)) => head = one,
                Some(Part::Chunk(chunk)) => chunks.push(chunk.len()),
                None => {}
            }
        }
        let answer = wire::PushResponse {
            model: Some(model(&head.digest)),
            already: head.reason == "again",
        };
        self.0.ask(&(head, chunks), answer)
    }

    async fn shadow(
        &self,
        request: Request<wire::ShadowRequest>,
    ) -> Result<Response<wire::ShadowResponse>, Status> {
        let ends = request.get_ref().digest.is_empty();
        let model = Some(if ends { status("", None) } else { compared() });
        let answer = wire::ShadowResponse { model };
        self.0.ask(request.get_ref(), answer)
    }

    async fn activate(
        &self,
        request: Request<wire::ActivateRequest>,
    ) -> Result<Response<wire::ActivateResponse>, Status> {
        let late = LATE.starts_with(&request.get_ref().digest);
        let lag = late.then(|| "classifier-b".to_owned());
        let answer = wire::ActivateResponse {
            model: Some(status(if late { LATE } else { PUSHED }, Some(""))),
            waiting_for: lag.into_iter().collect(),
        };
        self.0.ask(request.get_ref(), answer)
    }

    async fn rollback(
        &self,
        request: Request<wire::RollbackRequest>,
    ) -> Result<Response<wire::RollbackResponse>, Status> {
        let answer = wire::RollbackResponse {
            model: Some(status("", None)),
            waiting_for: vec![],
        };
        self.0.ask(request.get_ref(), answer)
    }

    async fn status(
        &self,
        request: Request<wire::ModelsStatusRequest>,
    ) -> Result<Response<wire::ModelsStatusResponse>, Status> {
        let replica = |id: &str, troubles: &[&str]| wire::ModelReplica {
            id: id.into(),
            serving: vec!["zh-groups-aaaaaaaaaaaa".into()],
            troubles: troubles.iter().map(ToString::to_string).collect(),
            seen_at: at(0),
        };
        let trouble = "zh-groups 1f2e3d4c5b6a cannot be loaded: it is not in the store";
        let answer = wire::ModelsStatusResponse {
            models: vec![compared()],
            replicas: vec![
                replica("classifier-a", &[]),
                replica("classifier-b", &[trouble]),
            ],
        };
        self.0.ask(request.get_ref(), answer)
    }

    async fn history(
        &self,
        request: Request<wire::ModelsHistoryRequest>,
    ) -> Result<Response<wire::ModelsHistoryResponse>, Status> {
        let step = |action: &str, digest: &str, reason: &str| wire::ModelStep {
            at: at(60),
            actor: "li".into(),
            action: action.into(),
            name: "zh-groups".into(),
            digest: digest.into(),
            reason: reason.into(),
        };
        let steps = vec![
            step("rollback", "", "too many returns"),
            step("end_shadow", PUSHED, "seen enough"),
        ];
        let answer = wire::ModelsHistoryResponse { steps };
        self.0.ask(request.get_ref(), answer)
    }
}
