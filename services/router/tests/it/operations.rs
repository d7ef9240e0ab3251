//! What operators look at and put right.

use swiftline_proto::router::v1::{
    ListDeadLettersRequest, ListQueuesRequest, ListUnitsRequest, RedriveRequest,
};
use swiftline_store::Group;
use swiftline_testkit::wait::wait_until;
use tonic::Code;

use crate::rig::{Rig, SOON, field};

#[tokio::test]
async fn units_are_listed_by_class_and_below_a_unit() {
    let rig = Rig::start().await;
    let list = async |class: &str, unit: &str| {
        let request = ListUnitsRequest {
            class: class.to_owned(),
            unit: unit.to_owned(),
        };
        rig.operations.clone().list_units(request).await
    };
    let ids = async |class: &str, unit: &str| {
        let units = list(class, unit).await.unwrap().into_inner().units;
        units.into_iter().map(|unit| unit.id).collect::<Vec<_>>()
    };
    assert_eq!(ids("", "").await.len(), 9);
    assert_eq!(ids("utility", "").await, ["util-gas"]);
    assert_eq!(
        ids("", "dongshan").await,
        ["dongshan", "st-hekou", "st-linqian"]
    );
    assert_eq!(
        ids("subdistrict", "xihu").await,
        ["st-shiqiao", "st-xinzhan"]
    );
    let hekou = list("", "st-hekou")
        .await
        .unwrap()
        .into_inner()
        .units
        .remove(0);
    assert_eq!(
        (hekou.name.as_str(), hekou.parent.as_str()),
        ("河口街道办事处", "dongshan")
    );
    assert_eq!(hekou.teams[1].skills, ["heating"]);
    assert!(
        hekou.teams.iter().all(|team| team.on_duty),
        "it is Wednesday morning"
    );
    assert_eq!(
        field(
            &list("castle", "").await.unwrap_err(),
            Code::InvalidArgument
        ),
        "class"
    );
    assert_eq!(
        field(&list("", "nowhere").await.unwrap_err(), Code::NotFound),
        "unit"
    );
}

#[tokio::test]
async fn queues_show_groups_and_busy_teams() {
    let rig = Rig::start().await;
    rig.offered("streets.light", "01001").await;
    let list = async |all_teams| {
        let request = ListQueuesRequest { all_teams };
        rig.operations
            .clone()
            .list_queues(request)
            .await
            .unwrap()
            .into_inner()
    };
    let busy = wait_until(SOON, async || {
        Some(list(false).await).filter(|queues| !queues.teams.is_empty())
    });
    let busy = busy.await.unwrap();
    assert_eq!(busy.teams.len(), 1);
    let team = &busy.teams[0];
    assert_eq!(
        (team.team.as_str(), team.unit.as_str()),
        ("streets-a", "dept-streets")
    );
    assert_eq!((team.normal, team.open, team.capacity), (1, 1, 10));
    assert_eq!(list(true).await.teams.len(), 10);
    let classifier: Vec<_> = busy
        .groups
        .iter()
        .filter(|group| group.group == "classifier")
        .collect();
    assert_eq!(classifier.len(), 4, "one a partition");
    let lag: u64 = busy
        .groups
        .iter()
        .filter(|group| group.group == "feedback")
        .map(|group| group.lag)
        .sum();
    assert_eq!(lag, 2, "nobody has read what was accepted and routed");
    let gauge =
        r#"swiftline_team_load{team="streets-a",unit="dept-streets",district="dept-streets"} 1.0"#;
    assert!(
        wait_until(SOON, async || rig.metrics().contains(gauge).then_some(()))
            .await
            .is_some()
    );
    assert!(
        rig.metrics()
            .contains(r#"swiftline_log_lag{group="feedback"} 2.0"#),
        "{}",
        rig.metrics()
    );
}

#[tokio::test]
async fn a_dead_letter_is_listed_and_put_back() {
    let rig = Rig::start().await;
    let number = rig.accept(2).await;
    let log = rig.store.log(Group::Classifier);
    let deliver = async || {
        let read = wait_until(SOON, async || log.read(10).await.unwrap().pop());
        read.await.expect("the entry is delivered")
    };
    log.bury(&deliver().await, "the model panicked")
        .await
        .unwrap();
    let list = async |id: &str| {
        let request = ListDeadLettersRequest {
            id: id.to_owned(),
            limit: 0,
        };
        rig.operations.clone().list_dead_letters(request).await
    };
    let letters = list("").await.unwrap().into_inner().letters;
    assert_eq!(letters.len(), 1);
    let letter = &letters[0];
    assert_eq!(
        (letter.case_number.clone(), letter.group.as_str()),
        (number.to_string(), "classifier")
    );
    assert_eq!(letter.reason, "the model panicked");
    assert_eq!(letter.trace_parent, crate::rig::ACCEPTED);
    assert_eq!(
        list(&letter.id).await.unwrap().into_inner().letters,
        letters
    );

    let redrive =
        async |ids: Vec<String>| rig.operations.clone().redrive(RedriveRequest { ids }).await;
    assert_eq!(
        redrive(vec![letter.id.clone()])
            .await
            .unwrap()
            .into_inner()
            .redriven,
        1
    );
    assert_eq!(
        redrive(vec![letter.id.clone()])
            .await
            .unwrap()
            .into_inner()
            .redriven,
        0
    );
    let again = deliver().await;
    assert_eq!(again.number, number);
    log.bury(&again, "once more").await.unwrap();
    assert_eq!(
        redrive(vec![]).await.unwrap().into_inner().redriven,
        1,
        "all"
    );

    assert_eq!(
        field(&list(&letter.id).await.unwrap_err(), Code::NotFound),
        "id"
    );
    assert_eq!(
        field(&list("p7").await.unwrap_err(), Code::InvalidArgument),
        "id"
    );
    let bad = redrive(vec!["p07/1-0".to_owned(), "x".to_owned()])
        .await
        .unwrap_err();
    assert_eq!(field(&bad, Code::InvalidArgument), "ids[1]");
}
