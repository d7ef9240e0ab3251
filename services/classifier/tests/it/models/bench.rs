//! Replicas with a model built in, and the calls that a person makes.

use std::sync::Arc;

use swiftline_classifier::engine::Engine;
use swiftline_classifier::model::{
    Block, Calibration, Counts, Header, Lexicon, Model, ModelKind, Parts, Recipe, Spelling, Unit,
};
use swiftline_classifier::models::{BuiltIn, InForce};
use swiftline_domain::city::testing::small_pack;
use swiftline_proto::classifier::v1 as wire;
use swiftline_proto::classifier::v1::classifier_client::ClassifierClient;
use swiftline_proto::classifier::v1::models_client::ModelsClient;
use swiftline_proto::classifier::v1::push_request::Part;
use tonic::Status;
use tonic::transport::Channel;

use crate::rig::{Classifier, Rig, complaint};
use crate::router::FakeRouter;

/// A Redis and the model that every replica has built in.
pub(super) struct Bench {
    pub(super) rig: Rig,
    pub(super) built_in: Model,
}

/// A classifier, and the ways to it.
pub(super) struct Replica {
    pub(super) classifier: Classifier,
    pub(super) models: ModelsClient<Channel>,
    calls: ClassifierClient<Channel>,
}

/// A model of the name `test` for Chinese messages that says the same of every one: the label with the higher bias.
pub(super) fn by_category(labels: [&str; 2], biases: [f32; 2]) -> (Vec<u8>, Model) {
    let header = Header {
        name: "test".to_owned(),
        kind: ModelKind::Category,
        language: "zh".to_owned(),
        labels: labels.map(str::to_owned).to_vec(),
        recipe: Recipe {
            spelling: Spelling::Han,
            head: 0,
            blocks: vec![Block {
                unit: Unit::Chars,
                head: false,
                from: 1,
                to: 2,
                weight: 1.0,
                counts: Counts::Log,
            }],
        },
        calibration: Calibration::NONE,
        trained_on: vec![3, 4],
        confidence: vec![0; 20],
        metrics: std::iter::once(("macro_f1".to_owned(), 0.5)).collect(),
        features: 0,
        lexicon: 0,
    };
    let parts = Parts {
        header,
        keys: vec![1],
        idf: vec![1.0],
        weights: vec![0.0, 0.0],
        biases: biases.to_vec(),
        lexicon: Lexicon::default(),
    };
    parts.to_bytes().unwrap()
}

/// Parts of a file on its way.
pub(super) mod file {
    use super::*;

    pub(in crate::models) fn head(digest: &str, actor: &str, reason: &str) -> wire::PushRequest {
        let [digest, actor, reason] = [digest, actor, reason].map(str::to_owned);
        let head = wire::PushHead {
            digest,
            actor,
            reason,
        };
        wire::PushRequest {
            part: Some(Part::Head(head)),
        }
    }

    pub(in crate::models) fn chunk(bytes: &[u8]) -> wire::PushRequest {
        wire::PushRequest {
            part: Some(Part::Chunk(bytes.to_vec())),
        }
    }
}

impl Bench {
    pub(super) async fn start(set: &[&str]) -> Self {
        let quick = ["models.poll_ms=20", "models.beat_ms=20"];
        let rig = Rig::start(FakeRouter::willing(), &[&quick[..], set].concat()).await;
        let (_, built_in) = by_category(["noise", "streets.light"], [1.0, 0.0]);
        Self { rig, built_in }
    }

    pub(super) async fn replica(&self) -> Replica {
        self.replica_with(&[]).await
    }

    pub(super) async fn replica_with(&self, set: &[&str]) -> Replica {
        let (bytes, _) = by_category(["noise", "streets.light"], [1.0, 0.0]);
        let in_force = InForce::new(vec![BuiltIn::read(&bytes).unwrap()], 1_000);
        let pack = Arc::new(small_pack());
        let engine = Engine::new(&pack).observed_by(Arc::new(in_force.clone()));
        let engine = Arc::new(engine);
        in_force.feed_engine(&engine, &pack);
        let classifier = self.rig.classifier_by(engine, in_force, set).await;
        let url = format!("http://{}", classifier.address);
        Replica {
            classifier,
            models: ModelsClient::connect(url.clone()).await.unwrap(),
            calls: ClassifierClient::connect(url).await.unwrap(),
        }
    }

    /// Writes something else where the model lies.
    pub(super) async fn damage(&self, model: &Model) {
        let set = format!("SET sl:{{models}}:doc:{} damaged", model.digest());
        self.rig.redis.command::<String>(&set).await.unwrap();
    }
}

impl Replica {
    /// What stands on a decision.
    pub(super) async fn judges_by(&mut self) -> String {
        self.classify(1).await.remove(0).model
    }

    pub(super) async fn classify(
        &mut self,
        n: usize,
    ) -> Vec<swiftline_proto::types::v1::Classification> {
        let complaints = vec![complaint("楼下的音乐每天晚上都太吵了"); n];
        let request = wire::ClassifyRequest { complaints };
        let answer = self.calls.classify(request).await.unwrap();
        answer.into_inner().classifications
    }

    pub(super) async fn push(&mut self, bytes: &[u8]) -> Result<wire::PushResponse, Status> {
        let digest = Model::read(bytes).unwrap().digest();
        let parts = vec![file::head(&digest, "li", "new"), file::chunk(bytes)];
        self.push_parts(parts).await
    }

    pub(super) async fn push_parts(
        &mut self,
        parts: Vec<wire::PushRequest>,
    ) -> Result<wire::PushResponse, Status> {
        let pushed = self.models.push(tokio_stream::iter(parts)).await;
        Ok(pushed?.into_inner())
    }

    pub(super) async fn activate(
        &mut self,
        digest: &str,
    ) -> Result<wire::ActivateResponse, Status> {
        let request = wire::ActivateRequest {
            digest: digest.to_owned(),
            actor: "li".to_owned(),
            reason: "better".to_owned(),
            wait_ms: 0,
        };
        Ok(self.models.activate(request).await?.into_inner())
    }

    pub(super) async fn rollback(&mut self) -> Result<wire::RollbackResponse, Status> {
        let request = wire::RollbackRequest {
            name: "test".to_owned(),
            actor: "li".to_owned(),
            reason: "worse".to_owned(),
            wait_ms: 0,
        };
        Ok(self.models.rollback(request).await?.into_inner())
    }

    pub(super) async fn shadow(&mut self, digest: &str) -> Result<wire::ShadowResponse, Status> {
        let request = wire::ShadowRequest {
            name: "test".to_owned(),
            digest: digest.to_owned(),
            actor: "li".to_owned(),
            reason: "see".to_owned(),
        };
        Ok(self.models.shadow(request).await?.into_inner())
    }

    pub(super) async fn status(&mut self) -> wire::ModelsStatusResponse {
        let status = self.models.status(wire::ModelsStatusRequest {}).await;
        status.unwrap().into_inner()
    }

    pub(super) async fn history(&mut self, limit: u32) -> Vec<wire::ModelStep> {
        let request = wire::ModelsHistoryRequest { limit };
        let history = self.models.history(request).await.unwrap();
        history.into_inner().steps
    }

    pub(super) async fn drain(self) {
        drop((self.models, self.calls));
        self.classifier.drain().await;
    }
}
