//! Rule sets, and the steps that bring them into force.

use swiftline_domain::city::testing::small_pack_files;
use swiftline_domain::rules::RulesDigest;
use swiftline_domain::rules::workflow::{By, Command, Entry, Workflow};
use swiftline_proto::router::v1 as wire;
use swiftline_proto::router::v1::rules_client::RulesClient;
use swiftline_store::{Appended, Store};
use swiftline_testkit::wait::wait_until;
use tonic::Status;
use tonic::transport::Channel;

use crate::rig::{Rig, SOON};

/// Who proposes.
pub(super) const ANNE: &str = "dispatcher-1";
/// Who approves.
pub(super) const BO: &str = "dispatcher-2";

/// Lights of Dongshan: the streets department's in the pack, here the district's.
pub(super) fn lights_to_the_district() -> String {
    changed(
        "then: {lead: {unit: dept-streets}, skills: [lights]}",
        "then: {lead: {by_place: district}}",
    )
}

/// Lights of Dongshan are urgent.
pub(super) fn urgent_lights() -> String {
    changed(
        "then: {lead: {unit: dept-streets}, skills: [lights]}",
        "then: {lead: {unit: dept-streets}, skills: [lights], lane: urgent}",
    )
}

/// Lights of Dongshan are the subdistrict's, with helpers and somebody to tell.
pub(super) fn lights_to_the_street() -> String {
    changed(
        "then: {lead: {unit: dept-streets}, skills: [lights]}",
        "then: {lead: {by_place: subdistrict}, helpers: [{unit: dept-streets}, {by_place: subdistrict}], inform: [{by_place: district}, {unit: dept-streets}]}",
    )
}

/// Housing, streets and noise: the subdistrict's in the pack, here the district's.
pub(super) fn the_rest_to_the_district() -> String {
    changed(
        "then: {lead: {by_place: subdistrict}}",
        "then: {lead: {by_place: district}}",
    )
}

/// Without a place nobody is found for most matters.
pub(super) fn without_a_way_for_no_place() -> String {
    changed(
        "    when:\n      place: {known: false}\n",
        "    when:\n      place: {known: false}\n      kind: {any_of: [praise]}\n",
    )
}

/// Lights of Dongshan are a subdistrict's that not every pack has.
pub(super) fn lights_to_xinzhan() -> String {
    changed(
        "then: {lead: {unit: dept-streets}, skills: [lights]}",
        "then: {lead: {unit: st-xinzhan}}",
    )
}

/// The second of two rules that ask the same is never reached.
pub(super) fn with_an_unreachable_rule() -> String {
    changed(
        "  - id: gas-words\n",
        "  - id: gas-again\n    description: Never reached.\n    when:\n      category: {any_of: [utilities.gas]}\n      kind: {none_of: [praise]}\n    then: {lead: {unit: util-gas}}\n  - id: gas-words\n",
    )
}

/// The pack's rules with something else in a place.
pub(super) fn changed(from: &str, to: &str) -> String {
    let text = &small_pack_files()["rules.yaml"];
    assert!(text.contains(from), "{from} is not in the rules");
    text.replace(from, to)
}

/// The rules' service, and the store to look behind it.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) rules: RulesClient<Channel>,
    pub(super) store: Store,
}

impl Desk {
    pub(super) fn of(rig: &Rig) -> Self {
        Self {
            rules: rig.rules.clone(),
            store: rig.store.clone(),
        }
    }

    pub(super) async fn propose(&self, text: &str) -> Result<wire::ProposeResponse, Status> {
        let request = wire::ProposeRequest {
            text: text.to_owned(),
            actor: ANNE.to_owned(),
            reason: "the lights".to_owned(),
        };
        Ok(self.rules.clone().propose(request).await?.into_inner())
    }

    /// Notes a replay of this version against the one in force.
    pub(super) async fn replayed(&self, digest: &str) -> RulesDigest {
        let report = RulesDigest::of(&format!("a replay of {digest}"));
        let workflow = self.workflow().await;
        let command = Command::RecordReplay {
            digest: digest.parse().unwrap(),
            against: workflow.active().unwrap().clone(),
            report: report.clone(),
            complaints: 10,
            moved: 1,
        };
        self.append(&workflow, command).await;
        report
    }

    pub(super) async fn approve(
        &self,
        version: &wire::Version,
        replay: &str,
        actor: &str,
    ) -> Result<wire::Version, Status> {
        let request = wire::ApproveRequest {
            digest: version.digest[..8].to_owned(),
            actor: actor.to_owned(),
            reason: "seen".to_owned(),
            lint: version.lint[..12].to_owned(),
            replay: replay.to_owned(),
        };
        let response = self.rules.clone().approve(request).await?;
        Ok(response.into_inner().version.unwrap())
    }

    /// Proposes, replays and approves; the digest.
    pub(super) async fn approved(&self, text: &str) -> String {
        let version = self.propose(text).await.unwrap().version.unwrap();
        let replay = self.replayed(&version.digest).await;
        self.approve(&version, replay.as_str(), BO).await.unwrap();
        version.digest
    }

    pub(super) async fn activate(
        &self,
        digest: &str,
        in_flight: wire::InFlight,
    ) -> Result<wire::ActivateResponse, Status> {
        let expected_active = self.active().await;
        self.activate_over(digest, &expected_active, in_flight)
            .await
    }

    pub(super) async fn activate_over(
        &self,
        digest: &str,
        expected_active: &str,
        in_flight: wire::InFlight,
    ) -> Result<wire::ActivateResponse, Status> {
        let request = wire::ActivateRequest {
            digest: digest.to_owned(),
            expected_active: expected_active.to_owned(),
            in_flight: in_flight.into(),
            actor: BO.to_owned(),
            reason: "go".to_owned(),
            ..wire::ActivateRequest::default()
        };
        Ok(self.rules.clone().activate(request).await?.into_inner())
    }

    /// Goes back to this set; empty = the one before.
    pub(super) async fn roll_back(
        &self,
        digest: &str,
        in_flight: wire::InFlight,
    ) -> Result<wire::ActivateResponse, Status> {
        let request = wire::ActivateRequest {
            digest: digest.to_owned(),
            expected_active: self.active().await,
            in_flight: in_flight.into(),
            rollback: true,
            actor: ANNE.to_owned(),
            reason: "back".to_owned(),
            ..wire::ActivateRequest::default()
        };
        Ok(self.rules.clone().activate(request).await?.into_inner())
    }

    pub(super) async fn start_canary(
        &self,
        digest: &str,
        districts: &[&str],
    ) -> Result<wire::RulesStatus, Status> {
        let request = wire::CanaryRequest {
            digest: digest.to_owned(),
            districts: districts.iter().map(ToString::to_string).collect(),
            bounds: Some(wire::CanaryBounds {
                max_return_rate: 0.2,
                max_triage_rate: 0.1,
                min_decided: 10,
            }),
            actor: ANNE.to_owned(),
            reason: "try".to_owned(),
        };
        let response = self.rules.clone().canary(request).await?;
        Ok(response.into_inner().status.unwrap())
    }

    pub(super) async fn shadow(&self, digest: &str) -> Result<wire::RulesStatus, Status> {
        let request = wire::ShadowRequest {
            digest: digest.to_owned(),
            actor: ANNE.to_owned(),
            reason: "look".to_owned(),
        };
        let response = self.rules.clone().shadow(request).await?;
        Ok(response.into_inner().status.unwrap())
    }

    pub(super) async fn status(&self) -> wire::RulesStatus {
        let response = self.rules.clone().status(wire::StatusRequest {}).await;
        response.unwrap().into_inner().status.unwrap()
    }

    pub(super) async fn active(&self) -> String {
        self.status().await.active.unwrap().digest
    }

    /// Waits until the status is as wanted.
    pub(super) async fn wait_for<T>(&self, wanted: impl Fn(&wire::RulesStatus) -> Option<T>) -> T {
        let waited = wait_until(SOON, async || wanted(&self.status().await)).await;
        match waited {
            Some(found) => found,
            None => panic!("still {:#?}", self.status().await),
        }
    }

    /// What the store's log says.
    pub(super) async fn workflow(&self) -> Workflow {
        let mut workflow = Workflow::default();
        loop {
            let lines = self.store.rules().entries(workflow.head().entries, 100);
            let lines = lines.await.unwrap();
            if lines.is_empty() {
                return workflow;
            }
            for line in lines {
                workflow.follow_line(&line).unwrap();
            }
        }
    }

    pub(super) async fn append(&self, workflow: &Workflow, command: Command) -> Entry {
        let entry = decided(workflow, command);
        let line = entry.line();
        let added = self
            .store
            .rules()
            .append(entry.seq, line.as_bytes(), None)
            .await
            .unwrap();
        assert_eq!(added, Appended::Done);
        entry
    }
}

/// The next entry of a log. Without spaces, so that it is one word of a Redis command.
pub(super) fn decided(workflow: &Workflow, command: Command) -> Entry {
    let by = By {
        actor: BO.parse().unwrap(),
        at: "2026-09-16T02:00:00Z".parse().unwrap(),
        reason: "test".to_owned(),
    };
    workflow.decide(command, by).unwrap()
}
