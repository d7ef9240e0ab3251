//! Starting, and the service's own calls over gRPC.

use swiftline_classifier::build;
use swiftline_proto::classifier::v1::classifier_client::ClassifierClient;
use swiftline_proto::classifier::v1::{ClassifyRequest, CorrectRequest};
use swiftline_runtime::{Context, StartError};
use swiftline_telemetry::Instruments;

use crate::rig::{Rig, complaint, settings};
use crate::router::FakeRouter;

async fn refused(set: &[&str]) -> StartError {
    let set: Vec<String> = set.iter().map(ToString::to_string).collect();
    let context = Context::new("classifier", "0", Instruments::disabled());
    match build(settings(&set), context).await {
        Ok(_) => panic!("must be refused"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn a_pack_that_is_not_there_is_a_matter_of_configuration() {
    let error = refused(&["city.pack=/no/such/pack"]).await;
    assert_eq!(error.exit_code(), 64);
    assert!(error.to_string().contains("/no/such/pack"), "{error}");
}

#[tokio::test]
async fn a_broken_pack_is_refused_with_file_and_line() {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in swiftline_domain::city::testing::small_pack_files() {
        std::fs::write(
            dir.path().join(name),
            text.replace("urgency: urgent", "urgency: often"),
        )
        .unwrap();
    }
    let error = refused(&[&format!("city.pack={}", dir.path().display())]).await;
    assert!(error.to_string().contains("taxonomy.yaml:5:"), "{error}");
}

#[tokio::test]
async fn without_redis_the_start_gives_up_in_time() {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in swiftline_domain::city::testing::small_pack_files() {
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    let pack = format!("city.pack={}", dir.path().display());
    let error = refused(&[
        &pack,
        "store.url=redis://127.0.0.1:1",
        "store.connect_wait_ms=50",
    ])
    .await;
    assert_eq!(error.exit_code(), 75, "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn classify_and_correct_answer_over_grpc() {
    let rig = Rig::start(FakeRouter::willing(), &[]).await;
    let classifier = rig.classifier().await;
    let mut client = ClassifierClient::connect(format!("http://{}", classifier.address))
        .await
        .unwrap();
    let complaints = vec![complaint("no heat"), complaint("太吵")];
    let told = client
        .classify(ClassifyRequest { complaints })
        .await
        .unwrap()
        .into_inner()
        .classifications;
    assert_eq!(
        (told[0].category.as_str(), told[1].language.as_str()),
        ("housing.heating", "zh")
    );
    let bad = client
        .classify(ClassifyRequest {
            complaints: vec![complaint("")],
        })
        .await
        .unwrap_err();
    assert_eq!(
        swiftline_rpc::violations_of(&bad)[0].field,
        "complaints[0].text"
    );
    let number = rig.accept_texts(["noise"]).await[0].to_string();
    let correct = CorrectRequest {
        case_number: number,
        category: "noise".into(),
        actor: "desk-7".into(),
    };
    assert_eq!(
        client
            .correct(correct)
            .await
            .unwrap()
            .into_inner()
            .corrections,
        1
    );
    assert!(
        classifier
            .metrics()
            .contains(r#"swiftline_corrections_total{category="noise"} 1"#)
    );
    classifier.drain().await;
}
