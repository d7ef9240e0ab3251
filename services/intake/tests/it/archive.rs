//! Cases that Redis has forgotten, with an archive that answers what the test wants.

use swiftline_proto::feedback::v1 as feedback;
use swiftline_proto::feedback::v1::archive_server::{Archive, ArchiveServer};
use swiftline_proto::intake::v1::{GetJourneyRequest, GetJourneyResponse};
use swiftline_proto::types::v1 as wire;
use swiftline_rpc::retry_delay;
use swiftline_rpc::status::reason_of;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Code, Request, Response, Status};

use crate::rig::{Rig, submission};

/// A case that is only in the archive, and one that never was.
const OLD: &str = "07-0001234-8";
const NEVER: &str = "02-0000001-8";

/// Has one case; says what it was told to of every other.
struct One(Option<Status>);

#[tonic::async_trait]
impl Archive for One {
    async fn find(
        &self,
        request: Request<feedback::FindRequest>,
    ) -> Result<Response<feedback::FindResponse>, Status> {
        let request = request.into_inner();
        assert_eq!(request.actor, "intake");
        if let Some(status) = &self.0 {
            return Err(status.clone());
        }
        if request.case_number != OLD {
            return Err(Status::not_found("the archive has no such case"));
        }
        let case = wire::Case {
            number: OLD.to_owned(),
            state: wire::State::Closed.into(),
            ..wire::Case::default()
        };
        let closed = wire::Commit {
            case_number: OLD.to_owned(),
            version: 9,
            ..wire::Commit::default()
        };
        Ok(Response::new(feedback::FindResponse {
            case: Some(case),
            journey: vec![closed],
            ..feedback::FindResponse::default()
        }))
    }

    async fn erase(
        &self,
        _: Request<feedback::EraseRequest>,
    ) -> Result<Response<feedback::EraseResponse>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn retain(
        &self,
        _: Request<feedback::RetainRequest>,
    ) -> Result<Response<feedback::RetainResponse>, Status> {
        Err(Status::unimplemented("not here"))
    }
}

async fn serve(archive: One) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = Server::builder()
        .add_service(ArchiveServer::new(archive))
        .serve_with_incoming(TcpIncoming::from(listener));
    let serving = tokio::spawn(async move { serving.await.unwrap() });
    (format!("feedback.addresses=http://{address}"), serving)
}

async fn journey(rig: &Rig, case_number: &str) -> Result<GetJourneyResponse, Status> {
    let request = GetJourneyRequest {
        case_number: case_number.to_owned(),
    };
    Ok(rig.client.clone().get_journey(request).await?.into_inner())
}

#[tokio::test]
async fn what_redis_has_forgotten_comes_from_the_archive_and_is_marked() {
    let (addresses, serving) = serve(One(None)).await;
    let rig = Rig::start_with(&[&addresses]).await;
    let found = rig.case(OLD).await.unwrap();
    assert!(found.archived);
    assert_eq!(found.case.unwrap().state(), wire::State::Closed);
    let told = journey(&rig, OLD).await.unwrap();
    assert!(told.archived);
    assert_eq!(told.commits[0].version, 9);

    let never = rig.case(NEVER).await.unwrap_err();
    assert_eq!(never.code(), Code::NotFound, "{never:?}");
    assert_eq!(reason_of(&never).as_deref(), Some("NO_SUCH_CASE"));
    let never = journey(&rig, NEVER).await.unwrap_err();
    assert_eq!(never.code(), Code::NotFound, "{never:?}");

    let receipt = rig.submit(submission("", "no heat")).await.unwrap();
    let current = rig.case(&receipt.case_number).await.unwrap();
    assert!(!current.archived, "Redis has it");
    let current = journey(&rig, &receipt.case_number).await.unwrap();
    assert!(!current.archived);
    serving.abort();
}

#[tokio::test]
async fn while_the_archive_is_away_nothing_is_said_not_to_exist() {
    let gone = [
        "feedback.addresses=http://127.0.0.1:1",
        "feedback.connect_timeout_ms=50",
    ];
    let busy = Status::unavailable("the archive is not available");
    let (addresses, serving) = serve(One(Some(busy))).await;
    for settings in [&gone[..], &[addresses.as_str()]] {
        let rig = Rig::start_with(settings).await;
        for status in [
            rig.case(OLD).await.unwrap_err(),
            journey(&rig, OLD).await.unwrap_err(),
        ] {
            assert_eq!(status.code(), Code::Unavailable, "{status:?}");
            assert_eq!(reason_of(&status).as_deref(), Some("ARCHIVE_UNAVAILABLE"));
            assert!(
                status.message().contains("may be in the archive"),
                "{status:?}"
            );
            assert!(retry_delay(&status).is_some());
        }
        // What Redis has does not wait for anybody.
        let receipt = rig.submit(submission("", "no heat")).await.unwrap();
        rig.case(&receipt.case_number).await.unwrap();
    }
    serving.abort();
}

#[tokio::test]
async fn without_an_archive_what_redis_does_not_have_does_not_exist() {
    let none = Status::failed_precondition("there is no archive");
    let (addresses, serving) = serve(One(Some(none))).await;
    for settings in [&[][..], &[addresses.as_str()]] {
        let rig = Rig::start_with(settings).await;
        let status = rig.case(OLD).await.unwrap_err();
        assert_eq!(status.code(), Code::NotFound, "{status:?}");
    }
    let broken = Status::internal("no");
    let (addresses, breaking) = serve(One(Some(broken))).await;
    let rig = Rig::start_with(&[&addresses]).await;
    let status = rig.case(OLD).await.unwrap_err();
    assert_eq!(status.code(), Code::Internal, "{status:?}");
    serving.abort();
    breaking.abort();
}
