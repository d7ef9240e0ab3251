//! A rule's way from an edit to its rollback, and what becomes of complaints meanwhile.

use serde_json::{Value, json};
use swiftline_proto::types::v1::State;
use swiftline_testkit::mesh::Service;
use swiftline_testkit::wait::wait_until;

use super::{ANNE, BO, LIGHT, RULE, text};
use crate::ctl::printed;
use crate::desk::claim;
use crate::town::{GAS, PATIENCE, Town};
use crate::traces::{spans, whole};

/// Expected routes of the draft.
const EXPECTED: &str = "\
tests:
  - name: a street light
    facts: {category: streets.light, place: \"01001\", at: 2026-10-01T02:00}
    expect: {rule: street-lights, unit: dongshan}
";

#[tokio::test]
async fn from_an_edit_to_its_rollback() {
    let town = Town::with_two_routers(|site| site).await;
    let own = text(&town.settles(|_| true).await["active"]["digest"]);
    let signed = town.light_goes_to("signed", "streets-a", &own).await;
    town.sign(claim(&signed)).await.unwrap();
    let waiting = town.light_goes_to("waiting", "streets-a", &own).await;
    let gas = town.submit("gas", GAS).await.unwrap().case_number;
    town.is_with(&gas, "gas-a", &own).await;

    let file = town.draft();
    check_offline(&town, &file).await;
    let digest = propose_and_approve(&town, &file, &own).await;
    let shadowed = shadow(&town, &digest, &own).await;
    let tried = canary(&town, &digest, &own).await;

    let activate = ["rules", "activate", &digest, "--actor", BO];
    let activate = [
        &activate[..],
        &["--in-flight", "reevaluate-waiting", "--expect", &own],
    ]
    .concat();
    let activated = town.ctl_one(&activate).await;
    assert_eq!(
        (&activated["digest"], &activated["converged"]),
        (&json!(digest), &json!(true))
    );
    let replicas = activated["status"]["replicas"].as_array().unwrap();
    assert_eq!(replicas.len(), 2);
    assert!(
        replicas.iter().all(|one| one["digest"] == *digest),
        "{replicas:?}"
    );
    let again = town.run_ctl(&activate).await;
    assert_eq!(again.status.code(), Some(1), "{own} is not in force now");

    let moved = town.in_flight_done().await;
    assert_eq!(moved, 1 + shadowed.len() as u64);
    for number in shadowed.iter().chain([&waiting.number]) {
        let case = town.is_with(number, "dongshan-a", &digest).await;
        assert_eq!(case.offer.unwrap().no, 2, "{number} moved once");
    }
    town.waiting("streets-a", 0).await;
    let untouched = town.case(&signed.number).await;
    assert_eq!(untouched.state(), State::Signed);
    assert_eq!(claim(&untouched), claim(&signed));
    for (number, team, by) in [(&gas, "gas-a", &own), (&tried, "dongshan-a", &digest)] {
        let case = town.is_with(number, team, by).await;
        assert_eq!(case.offer.unwrap().no, 1, "{number} was not moved");
    }
    let new = town.light_goes_to("new", "dongshan-a", &digest).await;
    explain(&town, &new.number, &digest).await;

    roll_back(&town, &own, &digest).await;
    let back = town.light_goes_to("back", "streets-a", &own).await;
    assert_eq!(back.offer.unwrap().no, 1);
    let kept = town.is_with(&new.number, "dongshan-a", &digest).await;
    assert_eq!(kept.offer.unwrap().no, 1);
    look_back(&town, &own, &digest).await;
}

/// What can be done to a file without the mesh.
async fn check_offline(town: &Town, file: &str) {
    let city = town.site.settings.city_pack.display().to_string();
    let tests = town.site.settings.dir.join("rules.test.yaml");
    std::fs::write(&tests, EXPECTED).unwrap();
    let offline = async |args: &[&str]| {
        let output = town.run_ctl(&[&["rules"], args].concat()).await;
        (output.status.code().unwrap(), printed(&output))
    };
    let (code, valid) = offline(&["validate", file, "--city", &city]).await;
    assert_eq!((code, &valid[0]["rules"]), (0, &json!(6)));
    let (code, findings) = offline(&["lint", file, "--city", &city]).await;
    assert_eq!(code, 3, "{findings:?}");
    let kinds: Vec<&Value> = findings.iter().map(|one| &one["kind"]).collect();
    assert_eq!(kinds, ["uncovered", "proof"], "praise of gas, as before");
    let expected = tests.display().to_string();
    let (code, report) = offline(&["test", &expected, "--rules", file, "--city", &city]).await;
    assert_eq!(code, 0, "{report:?}");
    let (code, report) = offline(&["test", &expected, "--city", &city]).await;
    assert_eq!(code, 1, "the rules in force do otherwise");
    assert_eq!(report[0]["differences"][0]["found"], "dept-streets");
    assert_eq!(offline(&["format", file, "--check"]).await.0, 1);
    assert_eq!(offline(&["format", file, "--write"]).await.0, 0);
    assert_eq!(offline(&["format", file, "--check"]).await.0, 0);
    let (_, same) = offline(&["validate", file, "--city", &city]).await;
    assert_eq!(same[0]["digest"], valid[0]["digest"]);
}

/// Both lights of the past move, and the proposer cannot approve it; the digest.
async fn propose_and_approve(town: &Town, file: &str, own: &str) -> String {
    let propose = ["rules", "propose", file, "--actor", ANNE];
    let proposed = town
        .ctl_one(&[&propose[..], &["--reason", "lights are the district's"]].concat())
        .await;
    assert_eq!(
        (&proposed["state"], &proposed["warnings"]),
        (&json!("proposed"), &json!(1))
    );
    let digest = text(&proposed["digest"]);
    let early = ["rules", "activate", &digest, "--in-flight", "keep"];
    assert_eq!(town.run_ctl(&early).await.status.code(), Some(1));

    let replay = ["rules", "replay", &digest[..8], "--since", "24h"];
    let report = town
        .ctl_one(&[&replay[..], &["--actor", ANNE]].concat())
        .await;
    assert_eq!(
        (&report["complaints"], &report["moved"], &report["old"]),
        (&json!(3), &json!(2), &json!(own))
    );
    let moves = &report["moves"][0];
    assert_eq!(
        (&moves["old_unit"], &moves["new_unit"]),
        (&json!("dept-streets"), &json!("dongshan"))
    );

    let approve = ["rules", "approve", &digest[..8], "--actor"];
    let refused = town.run_ctl(&[&approve[..], &[ANNE]].concat()).await;
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(
        said.contains("another person must approve it"),
        "refused otherwise: {said}"
    );
    let approved = town.ctl_one(&[&approve[..], &[BO]].concat()).await;
    assert_eq!(
        (&approved["state"], &approved["approved_by"]),
        (&json!("approved"), &json!(BO))
    );
    digest
}

/// Beside the rules in force the draft decides and moves nothing; the routers count what it would. The complaints.
async fn shadow(town: &Town, digest: &str, own: &str) -> Vec<String> {
    town.ctl_one(&["rules", "shadow", digest]).await;
    let everywhere = |status: &Value| {
        let replicas = status["replicas"].as_array().unwrap();
        replicas.iter().all(|one| one["shadow"] == *digest)
    };
    town.settles(everywhere).await;
    let mut numbers = Vec::new();
    for nth in 0..4 {
        let key = format!("shadow-{nth}");
        let case = town.light_goes_to(&key, "streets-a", own).await;
        numbers.push(case.number);
    }
    let mut last = Vec::new();
    let counted = wait_until(PATIENCE, async || {
        last.clear();
        for router in town.mesh.of(Service::Router) {
            let mut status = town.ctl_command(&router.url(), &["rules", "status"]);
            let status = printed(&status.output().await.unwrap()).remove(0);
            last.push(status["shadow"].clone());
        }
        let differs = last.iter().map(|shadow| shadow["differs"].as_u64());
        (differs.sum::<Option<u64>>()? == 4).then_some(())
    });
    counted
        .await
        .unwrap_or_else(|| panic!("4 differences: {last:#?}"));
    let mut differences = last
        .iter()
        .flat_map(|shadow| shadow["differences"].as_array().unwrap());
    let first = differences.next().unwrap();
    assert_eq!(
        (&first["shadow_rule"], &first["unit"], &first["shadow_unit"]),
        (&json!(RULE), &json!("dept-streets"), &json!("dongshan"))
    );
    numbers
}

/// In Dongshan the draft decides, elsewhere what is in force does; the complaint that it decided.
async fn canary(town: &Town, digest: &str, own: &str) -> String {
    let canary = ["rules", "canary", digest, "--district", "01", "--actor", BO];
    town.ctl_one(&canary).await;
    let everywhere = |status: &Value| {
        let replicas = status["replicas"].as_array().unwrap();
        replicas.iter().all(|one| one["canary"] == *digest)
    };
    town.settles(everywhere).await;
    let tried = town.light_goes_to("canary", "dongshan-a", digest).await;
    let explained = town.ctl_one(&["case", "explain", &tried.number]).await;
    assert_eq!(explained["rules"]["canary"], true);
    let elsewhere = town
        .submit("elsewhere", "石桥镇的路灯坏了。")
        .await
        .unwrap();
    town.is_with(&elsewhere.case_number, "shiqiao-a", own).await;
    let decided = |status: &Value| status["canary"]["decided"] == 1;
    town.settles(decided).await;
    tried.number
}

async fn explain(town: &Town, number: &str, digest: &str) {
    let explained = town.ctl_one(&["case", "explain", number]).await;
    assert_eq!(explained["assignment"]["rules_digest"], *digest);
    let rules = &explained["rules"];
    assert_eq!(
        (&rules["digest"], &rules["winner"], &rules["canary"]),
        (&json!(digest), &json!(RULE), &json!(false))
    );
    let losers = rules["losers"].as_array().unwrap();
    let later = losers
        .iter()
        .find(|one| one["rule"] == "the-rest-of-housing");
    assert_eq!(later.unwrap()["after"], true);
    let failed = losers.iter().find(|one| one["rule"] == "gas-leak");
    let failed = &failed.unwrap()["failed"][0];
    assert_eq!(
        (&failed["dimension"], &failed["found"]),
        (&json!("category"), &json!("streets.light"))
    );
}

async fn roll_back(town: &Town, own: &str, digest: &str) {
    let rollback = ["rules", "rollback", "--in-flight", "keep", "--actor", BO];
    let back = town
        .ctl_one(&[&rollback[..], &["--reason", "too far for the district"]].concat())
        .await;
    assert_eq!(
        (&back["digest"], &back["converged"]),
        (&json!(own), &json!(true))
    );
    let everywhere = |status: &Value| {
        let replicas = status["replicas"].as_array().unwrap();
        replicas.iter().all(|one| one["digest"] == *own)
    };
    let status = town.settles(everywhere).await;
    assert_eq!(status["active"]["digest"], *own);
    let former = town.ctl_one(&["rules", "show", digest]).await;
    assert_eq!(former["state"], "former");
}

/// What is known afterwards: the log, the versions, their texts and their difference.
async fn look_back(town: &Town, own: &str, digest: &str) {
    let entries = town.ctl(&["audit", "log"]).await;
    let done: Vec<&str> = entries
        .iter()
        .map(|entry| entry["action"].as_object().unwrap().keys().next().unwrap())
        .map(String::as_str)
        .collect();
    let expected = [
        "bootstrapped",
        "proposed",
        "replayed",
        "approved",
        "shadowed",
        "canary_started",
        "activated",
        "reevaluated",
        "activated",
    ];
    assert_eq!(done, expected);
    let last = entries.last().unwrap();
    assert_eq!(
        (&last["actor"], &last["reason"]),
        (&json!(BO), &json!("too far for the district"))
    );
    let verified = town.ctl_one(&["audit", "verify"]).await;
    assert_eq!(
        (&verified["entries"], &verified["head"]),
        (&json!(expected.len()), &last["hash"])
    );

    let history = town.ctl(&["rules", "history"]).await;
    let versions: Vec<(&Value, &Value)> = history
        .iter()
        .map(|one| (&one["digest"], &one["state"]))
        .collect();
    let (former, active) = (json!("former"), json!("active"));
    assert_eq!(
        versions,
        [(&json!(digest), &former), (&json!(own), &active)]
    );
    let diff = town
        .ctl_one(&["rules", "diff", "active", &digest[..8]])
        .await;
    assert_eq!(
        (&diff["changed"], &diff["added"]),
        (&json!([RULE]), &json!([]))
    );
    let shown = town.ctl_one(&["rules", "show", digest]).await;
    assert!(text(&shown["text"]).contains("then: {lead: {by_place: district}}"));
    let report = ["rules", "show", digest, "--report", "replay"];
    assert_eq!(town.ctl_one(&report).await["moved"], 2);
}

#[tokio::test]
async fn traces_stay_whole_when_rules_are_swapped() {
    let town = Town::with_two_routers(|site| site).await;
    let before = town.submit("before", LIGHT).await.unwrap();
    town.becomes(&before.case_number, State::Offered).await;
    whole(&town, &before).await;
    let digest = town.approved().await;
    let activate = [
        "rules",
        "activate",
        &digest,
        "--in-flight",
        "recall-unsigned",
    ];
    town.ctl_one(&activate).await;

    for nth in 0..6 {
        let text = if nth % 2 == 0 { LIGHT } else { GAS };
        let receipt = town.submit(&format!("after-{nth}"), text).await.unwrap();
        let [_, _, _, route, offer] = whole(&town, &receipt).await;
        let told = |name: &str| route.attributes.get(name).map(String::as_str);
        assert_eq!(told("swiftline.rules.digest"), Some(digest.as_str()));
        let (rule, team) = match text {
            LIGHT => (RULE, "team.dongshan-a"),
            _ => ("gas-leak", "team.gas-a"),
        };
        assert_eq!(told("swiftline.rule.id"), Some(rule));
        assert_eq!(offer.attributes["messaging.destination.name"], team);
    }

    assert_eq!(town.in_flight_done().await, 1);
    let of_move = |name: &str| name == "reevaluate";
    let found = spans(&town, &before.case_number, |spans| {
        let sent = spans
            .iter()
            .filter(|one| one.name.starts_with("send team."));
        spans.iter().any(|one| of_move(&one.name)) && sent.count() == 2
    })
    .await;
    let moved = found.iter().find(|one| of_move(&one.name)).unwrap();
    assert_eq!(
        moved.attributes.get("swiftline.rules.digest"),
        Some(&digest)
    );
    assert_eq!(moved.links[0].trace_id, before.trace_id);
    let sent = found.iter().filter(|one| one.trace_id == moved.trace_id);
    let sent = sent.filter(|one| one.parent_span_id == moved.span_id);
    assert_eq!(sent.count(), 1, "the new order is sent under it");
}
