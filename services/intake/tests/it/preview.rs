//! Previews, with a classifier that answers what the test wants.

use swiftline_proto::classifier::v1 as classifier;
use swiftline_proto::classifier::v1::classifier_server::{Classifier, ClassifierServer};
use swiftline_proto::classifier::v1::{
    ClassifyRequest, ClassifyResponse, CorrectRequest, CorrectResponse,
};
use swiftline_proto::intake::v1::PreviewRequest;
use swiftline_proto::types::v1 as wire;
use swiftline_rpc::violations_of;
use tokio::net::TcpListener;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Code, Request, Response, Status};

use crate::rig::{Rig, submission};

/// Says that everything is about lights.
struct Lights;

#[tonic::async_trait]
impl Classifier for Lights {
    async fn classify(
        &self,
        request: Request<ClassifyRequest>,
    ) -> Result<Response<ClassifyResponse>, Status> {
        let lights = |_| wire::Classification {
            category: "streets.light".to_owned(),
            ..wire::Classification::default()
        };
        let classifications = request.into_inner().complaints.iter().map(lights).collect();
        Ok(Response::new(ClassifyResponse { classifications }))
    }

    type PreviewStream = futures::stream::Empty<Result<classifier::PreviewResponse, Status>>;

    async fn preview(
        &self,
        _: Request<tonic::Streaming<classifier::PreviewRequest>>,
    ) -> Result<Response<Self::PreviewStream>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn explain(
        &self,
        _: Request<classifier::ExplainRequest>,
    ) -> Result<Response<classifier::ExplainResponse>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn correct(
        &self,
        _: Request<CorrectRequest>,
    ) -> Result<Response<CorrectResponse>, Status> {
        Err(Status::unimplemented("not here"))
    }
}

async fn preview(rig: &Rig, text: &str) -> Result<wire::Classification, Status> {
    let complaint = submission("", text).complaint;
    let answer = rig
        .client
        .clone()
        .preview(PreviewRequest { complaint })
        .await?;
    Ok(answer
        .into_inner()
        .classification
        .expect("an answer has a classification"))
}

#[tokio::test]
async fn a_preview_is_what_the_classifier_says_and_stores_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addresses = format!(
        "classifier.addresses=http://{}",
        listener.local_addr().unwrap()
    );
    let serving = Server::builder()
        .add_service(ClassifierServer::new(Lights))
        .serve_with_incoming(TcpIncoming::from(listener));
    let serving = tokio::spawn(serving);
    let rig = Rig::start_with(&[&addresses]).await;
    let classification = preview(&rig, "the street light is out").await.unwrap();
    assert_eq!(classification.category, "streets.light");
    let keys: Vec<String> = rig.redis.command("KEYS *case:*").await.unwrap();
    assert_eq!(keys, [""; 0]);
    let status = preview(&rig, "").await.unwrap_err();
    assert_eq!(violations_of(&status)[0].field, "complaint.text");
    serving.abort();
}

#[tokio::test]
async fn without_a_classifier_there_are_no_previews_and_submissions_are_taken() {
    let rig = Rig::start().await;
    let status = preview(&rig, "no heat").await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition, "{status:?}");
    assert!(status.message().contains("classifier.addresses"));

    let gone = [
        "classifier.addresses=http://127.0.0.1:1",
        "classifier.connect_timeout_ms=50",
    ];
    let rig = Rig::start_with(&gone).await;
    let status = preview(&rig, "no heat").await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status:?}");
    rig.submit(submission("", "no heat")).await.unwrap();
}
