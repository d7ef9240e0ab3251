//! Learning from the desk: from a person's decision to an example, and what models say of each day.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use swiftline_classifier::engine::Engine;
use swiftline_classifier::model::{
    Block, Calibration, Counts, Header, Lexicon, ModelKind, Parts, Recipe, Spelling, Unit,
};
use swiftline_classifier::models::{BuiltIn, InForce};
use swiftline_domain::case::{Command, DecidedBy, Due, TriageReason};
use swiftline_domain::city::testing::small_pack;
use swiftline_domain::classification::{BY_A_PERSON, Classification, Hints};
use swiftline_domain::number::CaseNumber;
use swiftline_domain::vocabulary::{Kind, Language, Urgency};
use swiftline_proto::classifier::v1::classifier_client::ClassifierClient;
use swiftline_proto::classifier::v1::learning_client::LearningClient;
use swiftline_proto::classifier::v1::{
    ClassifyRequest, CorrectRequest, Drift, Example, ExampleOrigin, GetDriftRequest,
    ListExamplesRequest,
};
use swiftline_proto::convert::timestamp;
use swiftline_store::{CaseCommit, Committed};
use swiftline_telemetry::TraceContext;
use tonic::transport::Channel;
use tonic::{Code, Status};

use crate::rig::{Classifier, Rig, TRACE, complaint, until};
use crate::router::FakeRouter;

/// What a citizen says of loud music.
const MUSIC: &str = "楼下的音乐每天晚上都太吵了";

/// A classifier that judges by a model which calls every Chinese message `noise`.
struct Pupil {
    classifier: Classifier,
    calls: ClassifierClient<Channel>,
    learning: LearningClient<Channel>,
}

fn model() -> Vec<u8> {
    let block = Block {
        unit: Unit::Chars,
        head: false,
        from: 1,
        to: 2,
        weight: 1.0,
        counts: Counts::Log,
    };
    let header = Header {
        name: "zh-test".to_owned(),
        kind: ModelKind::Category,
        language: "zh".to_owned(),
        labels: ["noise", "streets"].map(str::to_owned).to_vec(),
        recipe: Recipe {
            spelling: Spelling::Han,
            head: 0,
            blocks: vec![block],
        },
        calibration: Calibration::NONE,
        trained_on: vec![3, 4],
        confidence: vec![1; 20],
        metrics: std::iter::once(("macro_f1".to_owned(), 0.5)).collect(),
        features: 0,
        lexicon: 0,
    };
    let parts = Parts {
        header,
        keys: vec![1],
        idf: vec![1.0],
        weights: vec![0.0, 0.0],
        biases: vec![2.0, 0.0],
        lexicon: Lexicon::default(),
    };
    parts.to_bytes().unwrap().0
}

async fn rig() -> Rig {
    Rig::start(FakeRouter::willing(), &["lessons.flush_ms=20"]).await
}

async fn pupil(rig: &Rig, set: &[&str]) -> Pupil {
    let in_force = InForce::new(vec![BuiltIn::read(&model()).unwrap()], 1);
    let pack = Arc::new(small_pack());
    let engine = Arc::new(Engine::new(&pack).observed_by(Arc::new(in_force.clone())));
    in_force.feed_engine(&engine, &pack);
    let classifier = rig.classifier_by(engine, in_force, set).await;
    let url = format!("http://{}", classifier.address);
    Pupil {
        calls: ClassifierClient::connect(url.clone()).await.unwrap(),
        learning: LearningClient::connect(url).await.unwrap(),
        classifier,
    }
}

impl Pupil {
    async fn examples(&mut self, request: ListExamplesRequest) -> Vec<Example> {
        let stream = self.learning.list_examples(request).await.unwrap();
        let (mut stream, mut all) = (stream.into_inner(), Vec::new());
        while let Some(message) = stream.message().await.unwrap() {
            all.extend(message.examples);
        }
        all
    }

    async fn all(&mut self) -> Vec<Example> {
        self.examples(ListExamplesRequest::default()).await
    }

    async fn correct(&mut self, number: CaseNumber, category: &str) -> Result<u64, Status> {
        let request = CorrectRequest {
            case_number: number.to_string(),
            category: category.to_owned(),
            actor: "desk-7".to_owned(),
        };
        Ok(self.calls.correct(request).await?.into_inner().corrections)
    }

    async fn drift(&mut self, model: &str, days: u32) -> Result<Vec<Drift>, Status> {
        let model = model.to_owned();
        let request = GetDriftRequest { model, days };
        Ok(self.learning.get_drift(request).await?.into_inner().models)
    }
}

/// Decides a case as the router does when a person in triage says what it is.
async fn decide(rig: &Rig, number: CaseNumber, category: &str) {
    let at = Timestamp::from_millisecond(Timestamp::now().as_millisecond()).unwrap();
    let due = Due {
        warn_at: at,
        at: at + SignedDuration::from_hours(1),
    };
    let said = Classification {
        category: Some("noise".parse().unwrap()),
        kind: Kind::Complaint,
        urgency: Urgency::Normal,
        language: Language::CHINESE,
        place: None,
        place_candidates: vec![],
        confidence: 0.25,
        alternatives: vec![],
        evidence: vec![],
        model: "words-1+zh-test-0123456789ab".to_owned(),
        hints: Hints::default(),
    };
    let right = Classification {
        category: Some(category.parse().unwrap()),
        model: BY_A_PERSON.to_owned(),
        ..said.clone()
    };
    let classify = |what| Command::Classify {
        classification: Box::new(what),
        dispatch: due,
    };
    let triage = Command::SendToTriage {
        reason: TriageReason::LowConfidence,
        by: DecidedBy::default(),
    };
    commit(rig, number, vec![classify(said), triage], at).await;
    commit(rig, number, vec![classify(right)], at).await;
}

async fn commit(rig: &Rig, number: CaseNumber, commands: Vec<Command>, at: Timestamp) {
    let mut case = rig.store.load(number).await.unwrap().unwrap().case;
    let before = case.version;
    let events = commands.into_iter().map(|command| case.apply(command, at));
    let events = events.collect::<Result<_, _>>().unwrap();
    let commit = CaseCommit {
        before,
        case,
        events,
        at,
        trace: TraceContext::parse(TRACE).unwrap(),
        effects: false,
    };
    let done = rig.store.commit(number.partition(), vec![commit]).await;
    assert_eq!(done.unwrap(), [Committed::Done]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_becomes_one_example_without_the_text() {
    let rig = rig().await;
    let _router = rig.serve_router().await;
    let mut pupil = pupil(&rig, &[]).await;
    let numbers = rig.accept_texts([MUSIC, MUSIC]).await;
    decide(&rig, numbers[0], "streets.light").await;
    decide(&rig, numbers[1], "noise").await;
    rig.all_settled().await;
    let examples = pupil.all().await;
    assert_eq!(examples.len(), 2);
    let [wrong, agreed] = [0, 1].map(|n| &examples[n]);
    assert_eq!(wrong.case_number, numbers[0].to_string());
    assert_eq!(wrong.origin(), ExampleOrigin::Triage);
    // The model has no label for lights; the one above them is right.
    assert_eq!(
        (wrong.model.as_str(), wrong.label.as_str()),
        ("zh-test", "streets")
    );
    assert_eq!((wrong.said.as_str(), wrong.confidence), ("noise", 0.25));
    assert_eq!(wrong.version, "zh-test-0123456789ab");
    assert!(!wrong.features.is_empty() && wrong.text.is_empty());
    assert_eq!(agreed.label, agreed.said);
    let since = ListExamplesRequest {
        since: Some(timestamp(Timestamp::now() + SignedDuration::from_hours(1))),
        ..ListExamplesRequest::default()
    };
    assert_eq!(pupil.examples(since).await, []);
    let of_another = ListExamplesRequest {
        model: "en-test".to_owned(),
        ..ListExamplesRequest::default()
    };
    assert_eq!(pupil.examples(of_another).await, []);
    let drift = pupil.drift("zh-test", 0).await.unwrap().remove(0);
    assert_eq!((drift.examples, drift.agreed), (2, 1));
    pupil.classifier.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_kept_sealed_and_read_with_the_keys_only() {
    let rig = rig().await;
    let _router = rig.serve_router().await;
    let dir = tempfile::tempdir().unwrap();
    let keys = dir.path().join("keys");
    fs::write(
        &keys,
        "test-1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
    )
    .unwrap();
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o600)).unwrap();
    let keys = format!("lessons.keys_file={}", keys.display());
    let mut sealing = pupil(&rig, &["lessons.text=seal", &keys]).await;
    let number = rig.accept_texts([MUSIC]).await[0];
    decide(&rig, number, "streets").await;
    rig.all_settled().await;
    assert_eq!(sealing.all().await[0].text, MUSIC);
    sealing.classifier.drain().await;
    let mut without_keys = pupil(&rig, &[]).await;
    let examples = without_keys.all().await;
    assert_eq!(
        (examples[0].label.as_str(), examples[0].text.as_str()),
        ("streets", "")
    );
    without_keys.classifier.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_is_kept_and_counted_once() {
    let rig = rig().await;
    let _router = rig.serve_router().await;
    let mut one = pupil(&rig, &[]).await;
    let numbers = rig.accept_texts([MUSIC, "no heat"]).await;
    assert_eq!(one.correct(numbers[0], "streets").await.unwrap(), 1);
    assert_eq!(one.correct(numbers[0], "streets").await.unwrap(), 1);
    one.classifier.drain().await;
    let mut other = pupil(&rig, &[]).await;
    assert_eq!(
        other.correct(numbers[1], "streets").await.unwrap(),
        2,
        "the store counts, whoever asks"
    );
    let examples = other.all().await;
    let origins: Vec<_> = examples.iter().map(Example::origin).collect();
    assert_eq!(origins, [ExampleOrigin::Correction; 2]);
    let unknown = CaseNumber::new(numbers[0].partition(), 999_999).unwrap();
    let refused = other.correct(unknown, "streets").await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    other.classifier.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_model_says_is_counted_and_compared_with_its_training() {
    let rig = rig().await;
    let mut pupil = pupil(&rig, &[]).await;
    let complaints = vec![complaint(MUSIC); 30];
    let request = ClassifyRequest { complaints };
    pupil.calls.classify(request).await.unwrap();
    let mut last = None;
    until(async || {
        let drift = pupil.drift("", 1).await.unwrap().remove(0);
        let counted = drift.messages == 30;
        last = Some(drift);
        counted
    })
    .await;
    let drift = last.unwrap();
    assert_eq!(drift.model, "zh-test");
    assert_eq!((drift.labels.len(), drift.confidence_bins.len()), (2, 10));
    let noise = drift
        .labels
        .iter()
        .find(|one| one.label == "noise")
        .unwrap();
    assert_eq!(noise.share, 1.0);
    assert!(
        drift.label_psi > 0.25,
        "every message is noise, and 4 of 7 were not"
    );
    assert!((drift.trained_mean_confidence - 0.5).abs() < 1e-9);
    let refused = pupil.drift("no-such-model", 7).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    let refused = pupil.drift("", 91).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    pupil.classifier.drain().await;
}
