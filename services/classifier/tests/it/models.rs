//! Models that are followed and swapped while classifiers run: a real Redis, several replicas.

mod bench;

use swiftline_proto::classifier::v1 as wire;
use swiftline_store::Appended;
use tonic::Code;

use crate::models::bench::{Bench, by_category, file};
use crate::rig::until;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_activated_every_replica_serves_until_it_is_rolled_back() {
    let bench = Bench::start(&[]).await;
    let (mut a, mut b) = (bench.replica().await, bench.replica().await);
    assert!(a.judges_by().await.contains(&bench.built_in.version()));
    let (bytes, first) = by_category(["noise", "streets.light"], [2.0, 0.0]);
    let pushed = a.push(&bytes).await.unwrap();
    assert!(!pushed.already);
    let info = pushed.model.unwrap();
    assert_eq!(info.digest, first.digest());
    assert_eq!((info.labels, info.bytes), (2, bytes.len() as u64));
    assert!(a.push(&bytes).await.unwrap().already);
    assert!(a.judges_by().await.contains(&bench.built_in.version()));

    let activated = a.activate(&first.digest()[..8]).await.unwrap();
    assert_eq!(activated.waiting_for, Vec::<String>::new());
    let model = activated.model.unwrap();
    assert_eq!(model.active.unwrap().digest, first.digest());
    assert_eq!(model.previous.unwrap().version, bench.built_in.version());
    for replica in [&mut a, &mut b] {
        assert!(replica.judges_by().await.contains(&first.version()));
    }
    let status = b.status().await;
    assert_eq!(status.replicas.len(), 2);
    for replica in &status.replicas {
        assert_eq!(replica.serving, [first.version()]);
        assert!(replica.troubles.is_empty() && replica.seen_at.is_some());
    }

    let back = b.rollback().await.unwrap();
    assert_eq!(back.waiting_for, Vec::<String>::new());
    assert_eq!(back.model.unwrap().active.unwrap().digest, "");
    for replica in [&mut a, &mut b] {
        assert!(
            replica
                .judges_by()
                .await
                .contains(&bench.built_in.version())
        );
    }
    let refused = b.rollback().await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);

    let steps = a.history(0).await;
    let told: Vec<_> = steps.iter().map(|step| step.action.as_str()).collect();
    assert_eq!(told, ["rollback", "activate", "push"]);
    assert_eq!(
        (steps[0].digest.as_str(), steps[0].actor.as_str()),
        ("", "li")
    );
    assert_eq!(a.history(1).await.len(), 1);
    for replica in [a, b] {
        replica.drain().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_keeps_what_it_had_when_it_cannot_load_another_and_says_so() {
    let bench = Bench::start(&[]).await;
    let (mut a, mut b) = (bench.replica().await, bench.replica().await);
    let (bytes, good) = by_category(["noise", "streets.light"], [2.0, 0.0]);
    a.push(&bytes).await.unwrap();
    a.activate(&good.digest()).await.unwrap();
    // The other replica follows in its own time: it keeps only what it has seen.
    until(async || b.judges_by().await.contains(&good.version())).await;
    let (bytes, broken) = by_category(["noise", "streets.light"], [0.0, 3.0]);
    a.push(&bytes).await.unwrap();
    bench.damage(&broken).await;

    let refused = a.activate(&broken.digest()).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert!(refused.message().contains("no model file"), "{refused}");
    assert_eq!(a.history(1).await[0].action, "push", "nothing was changed");

    // Somebody puts it in force past the check.
    let step = serde_json::json!({
        "at_ms": 1, "actor": "x", "reason": "r", "action": "activate", "name": "test", "digest": broken.digest(),
    });
    let step = step.to_string();
    let appended = bench
        .rig
        .store
        .models()
        .append(3, step.as_bytes(), None)
        .await;
    assert_eq!(appended.unwrap(), Appended::Done);
    let trouble = format!(
        "test {} cannot be loaded: this is no model file",
        &broken.digest()[..12]
    );
    until(async || {
        let replicas = a.status().await.replicas;
        replicas.len() == 2
            && replicas
                .iter()
                .all(|one| one.troubles == [trouble.as_str()])
    })
    .await;
    for replica in [&mut a, &mut b] {
        assert!(replica.judges_by().await.contains(&good.version()));
        let metrics = replica.classifier.metrics();
        assert!(metrics.contains("swiftline_models_troubles 1"), "{metrics}");
    }
    a.rollback().await.unwrap();
    until(async || {
        let replicas = a.status().await.replicas;
        replicas.iter().all(|one| one.troubles.is_empty())
    })
    .await;
    for replica in [a, b] {
        replica.drain().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_starts_serves_what_the_log_says_or_what_is_built_in_until_it_knows() {
    let bench = Bench::start(&[]).await;
    let mut a = bench.replica().await;
    let (bytes, model) = by_category(["noise", "streets.light"], [2.0, 0.0]);
    a.push(&bytes).await.unwrap();
    a.activate(&model.digest()).await.unwrap();
    a.drain().await;
    let mut again = bench.replica().await;
    assert!(again.judges_by().await.contains(&model.version()));
    again.drain().await;

    let mut hasty = bench.replica_with(&["models.start_wait_ms=0"]).await;
    until(async || hasty.judges_by().await.contains(&model.version())).await;
    hasty.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_redis_is_away_the_last_model_stays_in_force() {
    let mut bench = Bench::start(&["store.response_timeout_ms=200"]).await;
    let mut a = bench.replica().await;
    let (bytes, model) = by_category(["noise", "streets.light"], [2.0, 0.0]);
    a.push(&bytes).await.unwrap();
    a.activate(&model.digest()).await.unwrap();
    bench.rig.redis.kill_9();
    let away = a
        .models
        .status(wire::ModelsStatusRequest {})
        .await
        .unwrap_err();
    assert_eq!(away.code(), Code::Unavailable);
    assert!(a.judges_by().await.contains(&model.version()));
    drop(a);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shadow_judges_beside_and_only_differences_are_counted() {
    let bench = Bench::start(&[]).await;
    let (mut a, mut b) = (bench.replica().await, bench.replica().await);
    // The built-in one says noise, this one lights, and is the surer.
    let (bytes, other) = by_category(["noise", "streets.light"], [0.0, 3.0]);
    a.push(&bytes).await.unwrap();
    let shadow = a.shadow(&other.digest()).await.unwrap().model.unwrap();
    assert_eq!(shadow.shadow.unwrap().digest, other.digest());
    until(async || {
        let metrics = b.classifier.metrics();
        metrics.contains(r#"role="shadow""#)
    })
    .await;
    for replica in [&mut a, &mut b] {
        replica.classify(20).await;
    }
    let counted = async |replica: &mut bench::Replica| {
        let status = replica.status().await.models.remove(0);
        status.comparison.unwrap_or_default()
    };
    until(async || counted(&mut a).await.messages == 40).await;
    let comparison = counted(&mut a).await;
    assert_eq!((comparison.different, comparison.new_surer), (40, 40));
    let change = wire::LabelChange {
        before: "noise".into(),
        after: "streets.light".into(),
        messages: 40,
    };
    assert_eq!(comparison.changes, [change]);
    assert!(a.judges_by().await.contains(&bench.built_in.version()));

    let refused = a.shadow(&other.digest()).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition, "it runs");
    let ended = a.shadow("").await.unwrap().model.unwrap();
    assert_eq!((ended.shadow, ended.comparison), (None, None));
    assert!(a.shadow("").await.is_err(), "nothing runs");
    // Begun again it counts from nothing; in force it is compared no more.
    a.shadow(&other.digest()).await.unwrap();
    until(async || counted(&mut a).await == wire::Comparison::default()).await;
    let activated = a.activate(&other.digest()).await.unwrap().model.unwrap();
    assert_eq!(activated.shadow, None);
    for replica in [a, b] {
        replica.drain().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_activations_at_once_none_is_lost_from_sight() {
    let bench = Bench::start(&[]).await;
    let (mut a, mut b) = (bench.replica().await, bench.replica().await);
    let (one, first) = by_category(["noise", "streets.light"], [2.0, 0.0]);
    let (two, second) = by_category(["noise", "streets.light"], [0.0, 3.0]);
    a.push(&one).await.unwrap();
    a.push(&two).await.unwrap();
    let (first, second) = (first.digest(), second.digest());
    let (of_a, of_b) = tokio::join!(a.activate(&first), b.activate(&second));
    let won = usize::from(of_a.is_ok()) + usize::from(of_b.is_ok());
    assert!(won >= 1);
    for refused in [of_a.err(), of_b.err()].into_iter().flatten() {
        assert_eq!(refused.code(), Code::Aborted, "{refused}");
        assert!(refused.message().contains("li has changed"), "{refused}");
    }
    let steps = a.history(0).await;
    let activated: Vec<_> = steps
        .iter()
        .filter(|one| one.action == "activate")
        .collect();
    assert_eq!(activated.len(), won);
    let status = b.status().await.models.remove(0);
    assert_eq!(status.active.unwrap().digest, activated[0].digest);
    for replica in [a, b] {
        replica.drain().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_does_not_know_the_city_is_refused_and_the_strangers_are_named() {
    let bench = Bench::start(&[]).await;
    let mut a = bench.replica().await;
    let (bytes, model) = by_category(["noise", "volcanoes"], [2.0, 0.0]);
    a.push(&bytes).await.unwrap();
    let refused = a.activate(&model.digest()).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    let words = "1 of its 2 labels are no category of the city pack (90 % must be): volcanoes";
    assert!(refused.message().contains(words), "{refused}");
    a.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_is_refused_with_the_field() {
    let bench = Bench::start(&[]).await;
    let mut a = bench.replica().await;
    let (bytes, model) = by_category(["noise", "streets.light"], [2.0, 0.0]);
    let digest = model.digest();
    let mut damaged = bytes.clone();
    damaged[40] ^= 1;
    let head = |digest: &str| file::head(digest, "li", "r");
    let bad = [
        (vec![], "head"),
        (vec![file::chunk(&bytes)], "head"),
        (vec![head(&digest), head(&digest)], "head"),
        (vec![file::head(&digest, "li", " ")], "reason"),
        (vec![file::head(&digest, "l i", "r")], "actor"),
        (vec![head(&"0".repeat(64)), file::chunk(&bytes)], "digest"),
        (vec![head(&digest), file::chunk(&damaged)], "chunk"),
        (
            vec![head(&digest), file::chunk(&vec![0; 1_048_577])],
            "chunk",
        ),
        (
            [
                vec![head(&digest)],
                vec![file::chunk(&vec![0; 1 << 20]); 21],
            ]
            .concat(),
            "chunk",
        ),
    ];
    for (parts, field) in bad {
        let refused = a.push_parts(parts).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
        let violations = swiftline_rpc::violations_of(&refused);
        assert_eq!(violations[0].field, field, "{refused}");
    }
    let refused = a.activate("1234").await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
    let refused = a.activate(&digest).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound, "{refused}");
    a.push(&bytes).await.unwrap();
    a.activate(&digest).await.unwrap();
    let refused = a.activate(&digest).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition, "{refused}");
    let refused = a.shadow(&digest).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition, "{refused}");
    assert_eq!(
        a.history(0).await.len(),
        2,
        "what is refused is not in the log"
    );
    a.drain().await;
}
