//! Who is called next.

use swiftline_proto::feedback::v1::callbacks_client::CallbacksClient;
use swiftline_proto::feedback::v1::{Call, NextRequest, WaitingRequest};
use swiftline_proto::types::v1 as wire;
use swiftline_rpc::status::violations_of;
use swiftline_testkit::wait::wait_until;
use tonic::transport::Channel;
use tonic::{Code, Status};

use crate::rig::{PATIENCE, Rig, answers};
use crate::story::Story;

async fn next(
    client: &CallbacksClient<Channel>,
    languages: &[&str],
    limit: u32,
) -> Result<Vec<Call>, Status> {
    let request = NextRequest {
        languages: languages.iter().map(|&code| code.to_owned()).collect(),
        limit,
        actor: "operator-1".to_owned(),
    };
    Ok(client.clone().next(request).await?.into_inner().calls)
}

async fn waiting(client: &CallbacksClient<Channel>, language: &str) -> u64 {
    let counts = client.clone().waiting(WaitingRequest {}).await.unwrap();
    let counts = counts.into_inner().languages;
    counts
        .iter()
        .find(|one| one.language == language)
        .unwrap()
        .waiting
}

#[tokio::test]
async fn a_resolved_case_is_called_by_one_operator_who_speaks_the_language() {
    let rig = Rig::start().await;
    let client = rig.calls();
    let story = Story::resolved(&rig.store).await;
    assert_eq!(
        (waiting(&client, "zh").await, waiting(&client, "en").await),
        (1, 0)
    );
    assert!(next(&client, &["en"], 5).await.unwrap().is_empty());
    let calls = next(&client, &["en", "zh"], 5).await.unwrap();
    let number = story.number().to_string();
    assert_eq!(calls[0].case.as_ref().unwrap().number, number);
    assert_eq!(calls[0].complaint.as_ref().unwrap().text, "a gas leak");
    assert!(
        next(&client, &["zh"], 5).await.unwrap().is_empty(),
        "one operator has it"
    );
    rig.call_back(story.number(), answers(Some(true), None))
        .await
        .unwrap();
    assert_eq!(waiting(&client, "zh").await, 0);
}

#[tokio::test]
async fn metrics_say_who_waits_to_be_called() {
    let mut rig = Rig::without_service().await;
    rig.serve(&["callbacks.look_ms=10"]).await;
    let shows = async |line: &'static str| {
        let shown = async || rig.metrics().contains(line).then_some(());
        let seen = wait_until(PATIENCE, shown).await;
        assert!(seen.is_some(), "{line} not in {}", rig.metrics());
    };
    shows(r#"swiftline_callbacks_waiting{language="zh"} 0"#).await;
    let story = Story::resolved(&rig.store).await;
    shows(r#"swiftline_callbacks_waiting{language="zh"} 1"#).await;
    rig.call_back(story.number(), answers(Some(true), None))
        .await
        .unwrap();
    shows(r#"swiftline_callbacks_waiting{language="zh"} 0"#).await;
}

#[tokio::test]
async fn who_is_not_reached_is_called_again_later_and_not_for_ever() {
    let mut rig = Rig::without_service().await;
    rig.serve(&["callbacks.again_ms=1"]).await;
    let client = rig.calls();
    let story = Story::resolved(&rig.store).await;
    let nobody = wire::Callback::default();
    for attempt in 1..=2 {
        let case = rig.call_back(story.number(), nobody).await.unwrap();
        assert_eq!(
            (case.state(), case.attempts),
            (wire::State::Resolved, attempt)
        );
        assert!(case.call_at.is_some());
    }
    let case = rig.call_back(story.number(), nobody).await.unwrap();
    assert_eq!(case.state(), wire::State::Closed);
    assert_eq!((waiting(&client, "zh").await, case.call_at), (0, None));
    let journey = rig.store.journey(story.number()).await.unwrap();
    let last = format!("{:?}", journey.last().unwrap().events);
    let reason = wire::CloseReason::Unreachable as i32;
    assert!(
        last.contains(&format!("reason: {reason}")) || last.contains("Unreachable"),
        "{last}"
    );
}

#[tokio::test]
async fn an_operator_says_what_they_speak_and_who_they_are() {
    let rig = Rig::start().await;
    let client = rig.calls();
    let field = |status: Status| {
        assert_eq!(status.code(), Code::InvalidArgument);
        violations_of(&status)[0].field.clone()
    };
    assert_eq!(field(next(&client, &[], 1).await.unwrap_err()), "languages");
    let wrong = next(&client, &["zh", "Chinese"], 1).await.unwrap_err();
    assert_eq!(field(wrong), "languages[1]");
    let request = NextRequest {
        languages: vec!["zh".to_owned()],
        limit: 1,
        actor: String::new(),
    };
    let nobody = client.clone().next(request).await.unwrap_err();
    assert_eq!(field(nobody), "actor");
}
