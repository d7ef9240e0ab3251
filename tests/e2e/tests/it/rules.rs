//! How rules change while the mesh runs with two routers, all of it done with swiftctl.

mod swap;
mod trouble;

use serde_json::Value;
use swiftline_domain::city::testing::small_pack_files;
use swiftline_proto::types::v1::{Case, State};
use swiftline_testkit::mesh::Service;
use swiftline_testkit::wait::wait_until;

use crate::town::{PATIENCE, Site, Town};

/// What a citizen says about a light in Dongshan: the streets department's by the pack's rules, the district's by the draft.
const LIGHT: &str = "河口街道的路灯坏了，晚上很黑。";
/// The rule that the draft changes.
const RULE: &str = "street-lights";
/// Who proposes.
const ANNE: &str = "dispatcher-1";
/// Who approves.
const BO: &str = "dispatcher-2";

impl Town {
    async fn with_two_routers(adjust: impl FnOnce(Site) -> Site) -> Self {
        let mut town = Self::start_with(adjust).await;
        town.mesh.add(Service::Router).await.unwrap();
        town.settles(|_| true).await;
        town
    }

    /// The path of a file of rules by which lights are the district's. It is not in its canonical form.
    fn draft(&self) -> String {
        let from = "then: {lead: {unit: dept-streets}, skills: [lights]}";
        let to = "then: {lead: {by_place: district}}";
        let rules = &small_pack_files()["rules.yaml"];
        assert!(rules.contains(from));
        let path = self.site.settings.dir.join("draft.yaml");
        std::fs::write(&path, rules.replace(from, to)).unwrap();
        path.display().to_string()
    }

    /// Has the draft proposed, replayed and approved; its digest.
    async fn approved(&self) -> String {
        let proposed = [
            "rules",
            "propose",
            &self.draft(),
            "--reason",
            "lights",
            "--actor",
            ANNE,
        ];
        let proposed = self.ctl_one(&proposed).await;
        let digest = text(&proposed["digest"]);
        self.ctl_one(&["rules", "replay", &digest, "--since", "24h"])
            .await;
        let approved = self
            .ctl_one(&["rules", "approve", &digest, "--actor", BO])
            .await;
        assert_eq!(approved["state"], "approved");
        digest
    }

    /// The status of the rules, once both routers serve what they should and this is true of it.
    async fn settles(&self, enough: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        let settled = wait_until(PATIENCE, async || {
            last = self.ctl_one(&["rules", "status"]).await;
            let replicas = last["replicas"].as_array()?;
            let both = replicas.len() == 2 && last["converged"] == true;
            (both && enough(&last)).then_some(())
        });
        if settled.await.is_none() {
            panic!("the routers do not settle: {last:#}");
        }
        last
    }

    /// Waits until what the newest activation asked about orders in flight is done; how many moved.
    async fn in_flight_done(&self) -> u64 {
        let mut last = Value::Null;
        let done = wait_until(PATIENCE, async || {
            last = self.ctl_one(&["rules", "status"]).await["in_flight"].take();
            (last["done"] == true).then_some(())
        });
        if done.await.is_none() {
            panic!("orders in flight are not done with: {last:#}");
        }
        assert_eq!(last["failed"], 0, "{last}");
        last["moved"].as_u64().unwrap()
    }

    /// Submits a complaint about a light and waits until this team has it, by rules of this digest.
    async fn light_goes_to(&self, key: &str, team: &str, digest: &str) -> Case {
        let number = self.submit(key, LIGHT).await.unwrap().case_number;
        self.is_with(&number, team, digest).await
    }

    /// Waits until a case is offered to this team by rules of this digest.
    async fn is_with(&self, number: &str, team: &str, digest: &str) -> Case {
        let with = wait_until(PATIENCE, async || {
            let case = self.case(number).await;
            let offer = case.offer.as_ref()?.assignment.as_ref()?;
            let there = offer.team == team && offer.rules_digest == digest;
            (there && case.state() == State::Offered).then_some(case)
        });
        match with.await {
            Some(case) => case,
            None => panic!("not with {team}: {:#?}", self.case(number).await),
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
