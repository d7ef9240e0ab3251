//! Helpers, requests, issues and withdrawal, through the whole mesh and by the command line.

use jiff::Timestamp;
use swiftline_proto::types::v1::State;

use crate::desk::claim;
use crate::town::Town;

#[tokio::test]
async fn two_cases_become_one_issue_and_each_keeps_its_callback() {
    let town = Town::start().await;
    let receipts = town.submit_some("issue", 2).await;
    town.all_reach_a_team(&receipts).await;
    let [lead, member] = [&receipts[0].case_number, &receipts[1].case_number];
    let merged = town
        .ctl_one(&["case", "merge", member, "--into", lead])
        .await;
    assert_eq!(
        (&merged["state"], &merged["merged_into"]),
        (&"merged".into(), &lead.as_str().into())
    );
    let shown = town.ctl_one(&["case", "show", lead]).await;
    assert_eq!(shown["members"][0], member.as_str());
    let case = town.case(lead).await;
    town.sign(claim(&case)).await.unwrap();
    town.resolve(claim(&case)).await.unwrap();
    town.becomes(member, State::Resolved).await;
    town.call_back(lead, true).await.unwrap();
    town.becomes(lead, State::Closed).await;
    // The other caller is not content: that case goes its own way.
    town.call_back(member, false).await.unwrap();
    let reopened = town.becomes(member, State::Offered).await;
    assert_eq!((reopened.reopened, reopened.merged_into.as_str()), (1, ""));
}

#[tokio::test]
async fn who_takes_back_the_first_case_of_an_issue_takes_back_no_others() {
    let town = Town::start().await;
    let receipts = town.submit_some("withdrawn", 2).await;
    town.all_reach_a_team(&receipts).await;
    let [lead, member] = [&receipts[0].case_number, &receipts[1].case_number];
    town.ctl_one(&["case", "merge", member, "--into", lead])
        .await;
    town.ctl_one(&["case", "withdraw", lead]).await;
    let case = town.becomes(member, State::Offered).await;
    assert_eq!(case.merged_into, "");
}

#[tokio::test]
async fn a_desk_asks_for_time_tells_how_it_goes_on_and_supervision_is_told() {
    let town = Town::start().await;
    let receipt = town.submit("one", "路灯不亮").await.unwrap();
    town.all_reach_a_team(std::slice::from_ref(&receipt)).await;
    let number = receipt.case_number.as_str();
    let case = town.case(number).await;
    let team = claim(&case).team;
    let desk = async |words: &[&str]| {
        let mut all = vec!["desk", words[0], number, "--team", &team];
        all.extend_from_slice(&words[1..]);
        town.ctl_one(&all).await
    };
    desk(&["sign"]).await;
    desk(&["note", "--note", "the mast is ordered"]).await;
    let asked = desk(&["ask-extension", "--more", "5d", "--reason", "no mast"]).await;
    assert_eq!(asked["request"]["ask"], "an extension");
    let before = asked["handle_clock"]["due_at"].as_str().unwrap().to_owned();
    let decided = town
        .ctl_one(&["case", "decide", number, "--actor", "chief-1"])
        .await;
    assert_eq!(decided["request"], serde_json::Value::Null);
    assert!(decided["handle_clock"]["due_at"].as_str().unwrap() > before.as_str());
    town.ctl_one(&["case", "supervise", number]).await;
    let listed = town.ctl_one(&["case", "supervised"]).await;
    assert_eq!(listed["supervision"]["reason"], "requested");
    let note = ["case", "release", number, "--note", "spoken to the unit"];
    let released = town.ctl_one(&note).await;
    assert_eq!(released["supervision"], serde_json::Value::Null);
}

#[tokio::test]
async fn who_waits_in_triage_is_listed_until_a_person_sends_it_on() {
    let town = Town::start().await;
    let receipt = town.submit("vague", "你好").await.unwrap();
    let number = receipt.case_number.as_str();
    town.becomes(number, State::Triage).await;
    let waits = town.ctl_one(&["case", "triage"]).await;
    assert_eq!(
        (&waits["case_number"], &waits["reason"]),
        (&number.into(), &"low_confidence".into())
    );
    let at = |name: &str| -> Timestamp { waits[name].as_str().unwrap().parse().unwrap() };
    assert!(at("since") >= at("accepted_at"), "{waits}");
    let words = ["case", "dispatch", number, "--category", "utilities.gas"];
    town.ctl_one(&words).await;
    let none: Vec<serde_json::Value> = town.ctl(&["case", "triage"]).await;
    assert_eq!(none, Vec::<serde_json::Value>::new());
}
