//! The fake's rule workflow.

use std::pin::Pin;

use swiftline_domain::city::testing::{small_pack, small_pack_files};
use swiftline_domain::rules::replay::{Observed, Replay};
use swiftline_domain::rules::workflow::{By, Command, PACK_ACTOR, ReportRef, Workflow};
use swiftline_domain::rules::{RuleSet, RulesDigest, Sample, lint};
use swiftline_proto::router::v1 as router;
use swiftline_proto::router::v1::rules_server::Rules;
use tokio_stream::Stream;
use tonic::{Request, Response, Status};

use super::{Services, at};

/// The rules in force.
pub(crate) const ACTIVE: &str = "9d8e7f6a5b4c9d8e7f6a5b4c9d8e7f6a5b4c9d8e7f6a5b4c9d8e7f6a5b4c0001";
/// Rules that are proposed and replayed.
pub(crate) const DRAFT: &str = "3f2a5b6c7d8e3f2a5b6c7d8e3f2a5b6c7d8e3f2a5b6c7d8e3f2a5b6c7d8e0002";
/// Rules that one router never loads.
pub(crate) const LATE: &str = "1a7e00001a7e00001a7e00001a7e00001a7e00001a7e00001a7e00001a7e0003";
/// Rules that have not been replayed.
pub(crate) const FRESH: &str = "f7e500004444f7e500004444f7e500004444f7e500004444f7e5000044440004";

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// The rules of the small pack where noise at night goes to the hotline.
pub(crate) fn draft() -> String {
    let rules = small_pack_files()["rules.yaml"].clone();
    rules.replace(
        "then: {lead: {by_place: district}, lane: urgent}",
        "then: {lead: {unit: dept-hotline}}",
    )
}

fn version(digest: &str) -> router::Version {
    let fresh = digest == FRESH;
    router::Version {
        digest: digest.into(),
        state: router::VersionState::Proposed.into(),
        proposed_by: "li".into(),
        proposed_at: at(0),
        reason: "noise moves".into(),
        rules: 6,
        lint: "aa".repeat(32),
        errors: 0,
        warnings: 2,
        replay: if fresh {
            String::new()
        } else {
            "bb".repeat(32)
        },
        replayed: 4,
        moved: 1,
        ..Default::default()
    }
}

fn active() -> router::Version {
    router::Version {
        state: router::VersionState::Active.into(),
        proposed_by: String::new(),
        ..version(ACTIVE)
    }
}

fn replica(id: &str, problem: &str) -> router::Replica {
    router::Replica {
        id: id.into(),
        digest: ACTIVE.into(),
        shadow: DRAFT.into(),
        seq: 7,
        age_ms: 300,
        problem: problem.into(),
        ..Default::default()
    }
}

fn status() -> router::RulesStatus {
    router::RulesStatus {
        active: Some(active()),
        active_since: at(0),
        shadow: Some(version(DRAFT)),
        shadow_decided: 200,
        shadow_differs: 3,
        shadow_counts: vec![router::ShadowCount {
            rule: "night-noise".into(),
            shadow_rule: String::new(),
            unit: "dongshan".into(),
            shadow_unit: "dept-hotline".into(),
            count: 3,
        }],
        canary: Some(version(DRAFT)),
        canary_districts: vec!["01".into()],
        canary_bounds: Some(router::CanaryBounds {
            max_return_rate: 0.2,
            max_triage_rate: 0.1,
            min_decided: 50,
        }),
        canary_counts: Some(router::CanaryCounts {
            decided: 40,
            returned: 2,
            triage: 1,
        }),
        replicas: vec![
            replica("router-0", ""),
            replica("router-1", "cannot load it"),
        ],
        converged: false,
        in_flight: Some(router::InFlightWork {
            mode: router::InFlight::ReevaluateWaiting.into(),
            done: true,
            looked_at: 12,
            moved: 3,
            failed: 0,
        }),
        audit_length: 2,
        audit_head: "cc".repeat(32),
    }
}

/// The audit log, as it is stored.
pub(crate) fn audit() -> Vec<String> {
    let mut workflow = Workflow::default();
    let (pack, draft) = (RulesDigest::of("pack"), RulesDigest::of("draft"));
    let lint = ReportRef {
        digest: RulesDigest::of("lint"),
        errors: 0,
        warnings: 1,
    };
    let steps = [
        (PACK_ACTOR, Command::Bootstrap { digest: pack }),
        (
            "li",
            Command::Propose {
                digest: draft,
                base: None,
                rules: 6,
                lint,
            },
        ),
    ];
    let entries = steps.map(|(actor, command)| {
        let by = By {
            actor: actor.parse().unwrap(),
            at: "2026-01-01T00:00:00Z".parse().unwrap(),
            reason: "because".into(),
        };
        let entry = workflow.decide(command, by).unwrap();
        workflow.follow(&entry).unwrap();
        entry.line()
    });
    entries.into()
}

fn report(json: String) -> Option<router::Report> {
    let digest = RulesDigest::of(&json).to_string();
    Some(router::Report { digest, json })
}

fn lint_report() -> Option<router::Report> {
    let pack = small_pack();
    report(serde_json::to_string(&lint(&pack, &pack.rules)).unwrap())
}

/// Four complaints of noise, one of them at night.
fn replay_report() -> Option<router::Report> {
    let pack = small_pack();
    let new = RuleSet::read(&pack, "draft", &draft()).unwrap();
    let mut replay = Replay::new(&pack, &pack.rules, &new);
    for time in ["23:00", "08:00", "12:00", "16:00"] {
        let facts = [("category", "noise"), ("place", "01001"), ("time", time)];
        let sample = Sample::read(&pack, facts).unwrap();
        replay.observe(&Observed {
            key: &format!("at-{time}"),
            at: "2026-01-01T00:00:00Z".parse().unwrap(),
            facts: sample.facts(),
        });
    }
    report(serde_json::to_string(&replay.report()).unwrap())
}

fn named(digest: &str) -> router::Version {
    let known = [ACTIVE, DRAFT, LATE, FRESH];
    let found = known.into_iter().find(|known| known.starts_with(digest));
    match found {
        Some(ACTIVE) | None => active(),
        Some(other) => version(other),
    }
}

#[tonic::async_trait]
impl Rules for Services {
    type ReplayStream = Answers<router::ReplayResponse>;
    type AuditStream = Answers<router::AuditResponse>;

    async fn check(
        &self,
        _: Request<router::CheckRequest>,
    ) -> Result<Response<router::CheckResponse>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn replay(
        &self,
        request: Request<router::ReplayRequest>,
    ) -> Result<Response<Self::ReplayStream>, Status> {
        use router::replay_response::Step;
        let progress = Step::Progress(router::ReplayProgress {
            complaints: 2,
            share: 0.5,
        });
        let result = Step::Result(router::ReplayResult {
            report: replay_report(),
            against: ACTIVE.into(),
            complaints: 4,
            moved: 1,
            skipped: 1,
        });
        let steps = [progress, result].map(|step| Ok(router::ReplayResponse { step: Some(step) }));
        self.0
            .ask(request.get_ref(), Box::pin(tokio_stream::iter(steps)))
    }

    async fn propose(
        &self,
        request: Request<router::ProposeRequest>,
    ) -> Result<Response<router::ProposeResponse>, Status> {
        let wrong = request.get_ref().text.contains("never");
        let mut version = version(FRESH);
        version.errors = u32::from(wrong);
        let answer = router::ProposeResponse {
            version: Some(version),
            already: false,
            lint: lint_report(),
        };
        self.0.ask(request.get_ref(), answer)
    }

    async fn approve(
        &self,
        request: Request<router::ApproveRequest>,
    ) -> Result<Response<router::ApproveResponse>, Status> {
        let mut version = named(&request.get_ref().digest);
        version.set_state(router::VersionState::Approved);
        let version = Some(version);
        self.0
            .ask(request.get_ref(), router::ApproveResponse { version })
    }

    async fn reject(
        &self,
        request: Request<router::RejectRequest>,
    ) -> Result<Response<router::RejectResponse>, Status> {
        let mut version = named(&request.get_ref().digest);
        version.set_state(router::VersionState::Rejected);
        let version = Some(version);
        self.0
            .ask(request.get_ref(), router::RejectResponse { version })
    }

    async fn shadow(
        &self,
        request: Request<router::ShadowRequest>,
    ) -> Result<Response<router::ShadowResponse>, Status> {
        let status = Some(status());
        self.0
            .ask(request.get_ref(), router::ShadowResponse { status })
    }

    async fn canary(
        &self,
        request: Request<router::CanaryRequest>,
    ) -> Result<Response<router::CanaryResponse>, Status> {
        let status = Some(status());
        self.0
            .ask(request.get_ref(), router::CanaryResponse { status })
    }

    async fn activate(
        &self,
        request: Request<router::ActivateRequest>,
    ) -> Result<Response<router::ActivateResponse>, Status> {
        let late = LATE.starts_with(request.get_ref().digest.as_str())
            && !request.get_ref().digest.is_empty();
        let stragglers = late.then(|| replica("router-1", "cannot load it"));
        let answer = router::ActivateResponse {
            converged: !late,
            stragglers: stragglers.into_iter().collect(),
            status: Some(status()),
        };
        self.0.ask(request.get_ref(), answer)
    }

    async fn status(
        &self,
        request: Request<router::StatusRequest>,
    ) -> Result<Response<router::StatusResponse>, Status> {
        let status = Some(status());
        self.0
            .ask(request.get_ref(), router::StatusResponse { status })
    }

    async fn history(
        &self,
        request: Request<router::HistoryRequest>,
    ) -> Result<Response<router::HistoryResponse>, Status> {
        let versions = vec![version(DRAFT), active()];
        self.0
            .ask(request.get_ref(), router::HistoryResponse { versions })
    }

    async fn show(
        &self,
        request: Request<router::ShowRequest>,
    ) -> Result<Response<router::ShowResponse>, Status> {
        let version = named(&request.get_ref().digest);
        let pack = small_pack();
        let text = if version.digest == DRAFT {
            RuleSet::read(&pack, "draft", &draft())
                .unwrap()
                .text()
                .to_owned()
        } else {
            pack.rules.text().to_owned()
        };
        let answer = router::ShowResponse {
            replay: replay_report().filter(|_| !version.replay.is_empty()),
            version: Some(version),
            text,
            lint: lint_report(),
        };
        self.0.ask(request.get_ref(), answer)
    }

    async fn audit(
        &self,
        request: Request<router::AuditRequest>,
    ) -> Result<Response<Self::AuditStream>, Status> {
        let from = usize::try_from(request.get_ref().from).unwrap();
        let entries = audit();
        let pages = entries
            .into_iter()
            .skip(from)
            .map(|one| Ok(router::AuditResponse { entries: vec![one] }));
        let pages: Vec<_> = pages.collect();
        self.0
            .ask(request.get_ref(), Box::pin(tokio_stream::iter(pages)))
    }

    async fn suggest(
        &self,
        request: Request<router::SuggestRequest>,
    ) -> Result<Response<router::SuggestResponse>, Status> {
        let edit = serde_json::json!({
            "change": "lead", "rule": "street-lights", "category": null, "place": null,
            "cases": 30, "ended": 28, "unit": "dept-hotline", "message": "rule street-lights leads to dept-hotline",
        });
        let one = |rule: &str, edits: Vec<serde_json::Value>| {
            let suggestion = serde_json::json!({
                "rule": rule, "decided": 30, "returned": 28, "rate_at_least": 0.787, "reasons": [],
                "edits": edits, "message": format!("{rule} is given back"),
            });
            suggestion.to_string()
        };
        let answer = router::SuggestResponse {
            suggestions: vec![one("street-lights", vec![edit]), one("no-place", vec![])],
            digest: ACTIVE.into(),
            cases: 100,
        };
        self.0.ask(request.get_ref(), answer)
    }
}
