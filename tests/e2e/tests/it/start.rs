//! How services start, and what they say of themselves.

use swiftline_testkit::mesh::{Mesh, SERVICES, Service};
use swiftline_testkit::redis::{Fsync, RedisServer};
use swiftline_testkit::wait::wait_until;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

use crate::town::{PATIENCE, Site, Town, channel};

#[tokio::test]
async fn a_mesh_without_redis_waits_says_so_and_then_serves() {
    let mut redis = RedisServer::start(Fsync::Always).await.unwrap();
    redis.kill_9();
    let site = Site::at(&redis.url()).await;
    let log = site.settings.dir.join("router.log");
    let starting = Mesh::start(site.settings.clone());
    let coming_back = async {
        let said = wait_until(PATIENCE, async || {
            let log = std::fs::read_to_string(&log).ok()?;
            log.contains("waiting for redis").then_some(())
        });
        said.await.expect("it says that it waits");
        redis.restart().await.unwrap();
    };
    let (mesh, ()) = tokio::join!(starting, coming_back);
    let town = Town {
        mesh: mesh.unwrap(),
        redis,
        site,
    };
    let receipts = town.submit_some("at-last", 3).await;
    town.all_reach_a_team(&receipts).await;
}

/// The gRPC services of each program.
const OFFERED: [(Service, &[&str]); 4] = [
    (Service::Intake, &["swiftline.intake.v1.Intake"]),
    (Service::Classifier, &["swiftline.classifier.v1.Classifier"]),
    (
        Service::Router,
        &[
            "swiftline.router.v1.Router",
            "swiftline.router.v1.Desk",
            "swiftline.router.v1.Operations",
        ],
    ),
    (Service::Feedback, &["swiftline.feedback.v1.Feedback"]),
];

#[tokio::test]
async fn every_service_answers_health_and_reflection() {
    let mut town = Town::start().await;
    for (service, names) in OFFERED {
        let url = town.mesh.url(service);
        let reflected = reflection(&url).await;
        for name in names {
            assert!(reflected.iter().any(|one| one == name), "{reflected:?}");
        }
        for name in names.iter().chain(&[""]) {
            assert_eq!(health(&url, name).await, Some(ServingStatus::Serving));
        }
    }
    // Nobody can serve without Redis; all say so, and all recover by themselves.
    for (status, name) in [
        (ServingStatus::NotServing, "away"),
        (ServingStatus::Serving, "back"),
    ] {
        match status {
            ServingStatus::NotServing => town.redis.kill_9(),
            _ => town.redis.restart().await.unwrap(),
        }
        for service in SERVICES {
            let url = town.mesh.url(service);
            let told = wait_until(PATIENCE, async || {
                (health(&url, "").await == Some(status)).then_some(())
            });
            let told = told.await;
            assert!(told.is_some(), "{} with Redis {name}", service.as_str());
        }
    }
}

async fn health(url: &str, service: &str) -> Option<ServingStatus> {
    let request = HealthCheckRequest {
        service: service.to_owned(),
    };
    let answer = HealthClient::new(channel(url)).check(request).await.ok()?;
    Some(answer.into_inner().status())
}

async fn reflection(url: &str) -> Vec<String> {
    let request = ServerReflectionRequest {
        message_request: Some(MessageRequest::ListServices(String::new())),
        ..ServerReflectionRequest::default()
    };
    let mut answers = ServerReflectionClient::new(channel(url))
        .server_reflection_info(tokio_stream::once(request))
        .await
        .unwrap()
        .into_inner();
    let answer = answers.message().await.unwrap().unwrap();
    match answer.message_response {
        Some(MessageResponse::ListServicesResponse(list)) => {
            list.service.into_iter().map(|one| one.name).collect()
        }
        other => panic!("{other:?}"),
    }
}
