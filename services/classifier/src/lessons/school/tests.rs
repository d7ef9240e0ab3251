use swiftline_domain::number::Partition;
use swiftline_proto::convert::timestamp;
use swiftline_proto::types::v1::event as e;

use super::*;

fn number() -> CaseNumber {
    CaseNumber::new(Partition(1), 7).unwrap()
}

fn what(category: &str, model: &str) -> Event {
    let classification = wire::Classification {
        category: category.into(),
        kind: wire::Kind::Complaint.into(),
        urgency: wire::Urgency::Normal.into(),
        language: "zh".into(),
        confidence: 0.25,
        model: model.into(),
        ..Default::default()
    };
    let due = wire::Due {
        warn_at: Some(timestamp(Timestamp::UNIX_EPOCH)),
        at: Some(timestamp(Timestamp::UNIX_EPOCH)),
    };
    Event::Classified(e::Classified {
        classification: Some(classification),
        dispatch: Some(due),
    })
}

fn returned(reason: wire::ReturnReason) -> Event {
    Event::Returned(e::Returned {
        reason: reason.into(),
        ..Default::default()
    })
}

/// A commit a list of events; the first has the complaint.
fn journey(commits: Vec<Vec<Event>>) -> Vec<Commit> {
    let complaint = wire::Complaint {
        text: "暖气不热".into(),
        channel: wire::Channel::Phone.into(),
        ..Default::default()
    };
    let mut version = 0;
    let commit = |events: Vec<Event>| {
        version += events.len() as u64;
        let event = |event| wire::Event { event: Some(event) };
        Commit {
            version,
            at: Some(timestamp(Timestamp::UNIX_EPOCH)),
            events: events.into_iter().map(event).collect(),
            complaint: (version == 1).then(|| complaint.clone()),
            ..Default::default()
        }
    };
    commits.into_iter().map(commit).collect()
}

fn accepted() -> Vec<Event> {
    vec![Event::Accepted(e::Accepted::default())]
}

fn told(commits: Vec<Vec<Event>>) -> Option<Told> {
    Told::of(number(), journey(commits)).unwrap()
}

#[test]
fn a_decision_in_triage_teaches_what_a_model_had_said() {
    let model = "words-1+zh-groups-0123456789ab";
    let told = told(vec![
        accepted(),
        vec![what("noise", model)],
        vec![what("housing.heating", BY_A_PERSON)],
    ]);
    let told = told.unwrap();
    assert_eq!(
        (told.right.as_str(), told.origin),
        ("housing.heating", ExampleOrigin::Triage)
    );
    assert_eq!(told.complaint.text, "暖气不热");
    let record = plain(&told);
    assert_eq!((record.said.as_str(), record.confidence), ("noise", 0.25));
    assert_eq!(version(&told, "zh-groups"), "zh-groups-0123456789ab");
    assert_eq!(version(&told, "zh-units"), model);
}

#[test]
fn after_a_return_for_a_wrong_category_it_is_the_returns_lesson() {
    use wire::ReturnReason as R;
    let origin = |reason| {
        let commits = vec![
            accepted(),
            vec![what("noise", "m")],
            vec![returned(reason)],
            vec![what("housing.heating", BY_A_PERSON)],
        ];
        told(commits).unwrap().origin
    };
    assert_eq!(origin(R::WrongUnit), ExampleOrigin::Return);
    assert_eq!(origin(R::OutsidePowers), ExampleOrigin::Return);
    assert_eq!(origin(R::Duplicate), ExampleOrigin::Triage);
}

#[test]
fn what_another_person_had_said_before_is_not_the_models_word() {
    let told = told(vec![
        accepted(),
        vec![what("noise", "m")],
        vec![what("streets", BY_A_PERSON)],
        vec![what("housing.heating", BY_A_PERSON)],
    ]);
    let said = told.unwrap().said.unwrap();
    assert_eq!(said.category.unwrap().as_str(), "noise");
}

#[test]
fn where_nobody_decided_a_category_there_is_nothing_to_learn() {
    assert_eq!(told(vec![]), None);
    assert_eq!(told(vec![accepted(), vec![what("noise", "m")]]), None);
    let nothing = vec![what("", BY_A_PERSON)];
    assert_eq!(told(vec![accepted(), nothing]), None);
}

#[test]
fn a_correction_is_of_the_case_as_it_stands() {
    let journey = journey(vec![accepted(), vec![what("noise", "m")]]);
    let right = "housing.heating".parse().unwrap();
    let told = Told::correction(number(), journey, right, Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!(told.origin, ExampleOrigin::Correction);
    assert_eq!(told.language.as_str(), "zh");
    assert_eq!(told.said.unwrap().category.unwrap().as_str(), "noise");
}

#[test]
fn a_journey_without_its_complaint_is_refused() {
    let mut journey = journey(vec![accepted(), vec![what("noise", BY_A_PERSON)]]);
    journey[0].complaint = None;
    let error = Told::of(number(), journey).unwrap_err();
    assert_eq!(error.field, "complaint");
}

#[test]
fn of_too_many_features_a_fair_sample_is_kept() {
    let many: Vec<(u64, u16)> = (0..5_000).map(|key| (key, 2)).collect();
    let record = Record::default().with_features(&many);
    assert_eq!((record.keys.len(), record.counts.len()), (4_096, 4_096));
    assert_eq!((record.keys[4_095], record.counts[0]), (4_095, 2));
}
