//! Where cases of the small city go, and that no way goes round in circles.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::SignedDuration;
use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use swiftline_domain::case::{Claim, Command, Event, ReturnReason, State};
use swiftline_domain::city::testing::small_pack_files;
use swiftline_domain::classification::Classification;
use swiftline_domain::complaint::Source;
use swiftline_domain::id::{ActorId, TeamId, UnitId};
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_domain::vocabulary::{Channel, Kind, Language, Line, ReporterType, Urgency};

use super::*;

mod anew;

type Busy = HashMap<TeamId, u32>;

fn planner() -> Planner<Busy> {
    planner_of(&small_pack_files())
}

fn planner_of(files: &BTreeMap<String, String>) -> Planner<Busy> {
    let pack = CityPack::parse(files).unwrap_or_else(|errors| panic!("{errors}"));
    Planner::new(Arc::new(pack), Busy::new())
}

fn complaint() -> Complaint {
    Complaint {
        text: "The radiator is cold".into(),
        channel: Channel::Phone,
        line: Line::General,
        reporter: ReporterType::Resident,
        kind: None,
        language: None,
        location: None,
        address: None,
        source: None,
        reported_at: None,
        confidential: false,
        attachments: vec![],
        answer: None,
    }
}

fn what(category: &str, place: Option<&str>) -> Classification {
    Classification {
        category: Some(category.parse().unwrap()),
        kind: Kind::Complaint,
        urgency: Urgency::Normal,
        language: Language::CHINESE,
        place: place.map(|place| place.parse().unwrap()),
        place_candidates: vec![],
        confidence: 0.9,
        alternatives: vec![],
        evidence: vec![],
        model: "test".into(),
        hints: swiftline_domain::classification::Hints::default(),
    }
}

/// Wednesday, 10:00 in the small city.
fn wednesday() -> Timestamp {
    "2026-09-16T10:00:00+08:00".parse().unwrap()
}

fn rng() -> SmallRng {
    SmallRng::seed_from_u64(1)
}

fn first(
    planner: &Planner<Busy>,
    complaint: &Complaint,
    classification: &Classification,
    now: Timestamp,
) -> Result<Plan, Undecided> {
    let subject = Subject {
        complaint,
        classification,
        accepted_at: now,
    };
    let standing = Standing {
        asked: &[],
        since: now,
        now,
    };
    planner.first(&subject, &planner.decide(&subject), standing, &mut rng())
}

fn team(plan: &Plan) -> &str {
    plan.assignment.team.as_str()
}

#[test]
fn the_rules_name_the_unit_and_the_assignment_says_why() {
    let planner = planner();
    let plan = first(
        &planner,
        &complaint(),
        &what("streets.light", Some("01001")),
        wednesday(),
    )
    .unwrap();
    let to = &*plan.assignment;
    assert_eq!(
        (to.unit.as_str(), to.team.as_str()),
        ("dept-streets", "streets-a")
    );
    assert_eq!(
        to.rule.as_ref().map(swiftline_domain::id::RuleId::as_str),
        Some("street-lights")
    );
    assert_eq!(to.rules_digest, planner.pack().rules.digest().as_str());
    assert_eq!(plan.sign_by, wednesday() + SignedDuration::from_hours(4));
    assert!(plan.meets_wish);
}

#[test]
fn what_no_rule_wants_is_the_districts() {
    let plan = first(
        &planner(),
        &complaint(),
        &what("utilities", Some("02001")),
        wednesday(),
    )
    .unwrap();
    assert_eq!(
        (team(&plan), plan.assignment.rule.as_ref()),
        ("xihu-a", None)
    );
}

#[test]
fn an_unsure_category_is_a_persons_unless_another_system_said_it() {
    let planner = planner();
    let unsure = Classification {
        confidence: 0.2,
        ..what("streets.light", Some("01001"))
    };
    let told = Complaint {
        source: Some(Source {
            complaint_type: "street light condition".into(),
            ..Source::default()
        }),
        ..complaint()
    };
    let refused = first(&planner, &complaint(), &unsure, wednesday());
    assert_eq!(refused.unwrap_err().reason, TriageReason::LowConfidence);
    assert!(first(&planner, &told, &unsure, wednesday()).is_ok());
}

#[test]
fn a_rule_that_needs_a_place_leaves_one_without_to_a_person_the_backstop_does_not() {
    let mut files = small_pack_files();
    let rules = files.get_mut("rules.yaml").unwrap();
    let start = rules.find("  - id: no-place").unwrap();
    let end = rules.find("  - id: the-rest-of-housing").unwrap();
    rules.replace_range(start..end, "");
    let planner = planner_of(&files);
    let housing = first(&planner, &complaint(), &what("housing", None), wednesday());
    assert_eq!(housing.unwrap_err().reason, TriageReason::NoPlace);
    let other = first(
        &planner,
        &complaint(),
        &what("utilities", None),
        wednesday(),
    )
    .unwrap();
    assert_eq!(team(&other), "hotline-a");
}

#[test]
fn words_are_found_whatever_their_case() {
    let shouted = Complaint {
        text: "GAS LEAK in the stairwell".into(),
        ..complaint()
    };
    let plan = first(
        &planner(),
        &shouted,
        &what("noise", Some("01001")),
        wednesday(),
    )
    .unwrap();
    assert_eq!(
        (team(&plan), plan.assignment.lane),
        ("gas-a", Lane::Emergency)
    );
    assert_eq!(plan.sign_by, wednesday() + SignedDuration::from_mins(10));
}

#[test]
fn a_team_off_duty_has_its_time_from_when_its_hours_begin() {
    // linqian-a is there from 22:00.
    let plan = first(
        &planner(),
        &complaint(),
        &what("housing", Some("01002")),
        wednesday(),
    )
    .unwrap();
    assert_eq!(
        (team(&plan), plan.assignment.choice),
        ("linqian-a", TeamChoice::OffDuty)
    );
    let hours = SignedDuration::from_hours(12 + 4);
    assert_eq!(plan.sign_by, wednesday() + hours);
}

#[test]
fn a_person_may_name_the_unit() {
    let planner = planner();
    let (complaint, classification) = (complaint(), what("noise", None));
    let subject = Subject {
        complaint: &complaint,
        classification: &classification,
        accepted_at: wednesday(),
    };
    let standing = |asked| Standing {
        asked,
        since: wednesday(),
        now: wednesday(),
    };
    let unit = planner.pack().units.get("st-shiqiao").unwrap();
    let plan = planner
        .to_unit(unit, &subject, standing(&[]), &mut rng())
        .unwrap();
    let to = &*plan.assignment;
    assert_eq!(
        (to.team.as_str(), to.choice),
        ("shiqiao-a", TeamChoice::Manual)
    );
    assert_eq!((to.rule.as_ref(), to.rules_digest.as_str()), (None, ""));
    let asked = [TeamId::new("shiqiao-a").unwrap()];
    assert_eq!(
        planner.to_unit(unit, &subject, standing(&asked), &mut rng()),
        None
    );
}

/// A case on its way, driven as desks and the sweep would.
struct Journey {
    planner: Planner<Busy>,
    complaint: Complaint,
    case: Case,
    now: Timestamp,
}

impl Journey {
    fn start(category: &str, place: Option<&str>) -> Self {
        let number = CaseNumber::new(Partition(0), 1).unwrap();
        let (case, _) = Case::accept(number, wednesday());
        let mut journey = Self {
            planner: planner(),
            complaint: complaint(),
            case,
            now: wednesday(),
        };
        let classification = what(category, place);
        let plan = first(
            &journey.planner,
            &journey.complaint,
            &classification,
            journey.now,
        )
        .unwrap();
        journey.apply(Command::Classify {
            classification: Box::new(classification),
            dispatch: plan.handle,
        });
        journey.apply(plan.into_command());
        journey
    }

    fn apply(&mut self, command: Command) -> Event {
        self.case
            .apply(command, self.now)
            .unwrap_or_else(|refusal| panic!("{refusal}"))
    }

    fn team(&self) -> &str {
        self.case
            .owner()
            .map_or("", |offer| offer.assignment.team.as_str())
    }

    /// The team gives it away, and it goes on; says how.
    fn leave(&mut self, left: Left) {
        let offer = self.case.owner().unwrap().clone();
        if left == Left::Expired {
            self.now = offer.sign_by + SignedDuration::from_secs(1);
            self.apply(Command::Expire { offer: offer.no });
        } else {
            self.apply(Command::Return {
                claim: Claim {
                    team: offer.assignment.team,
                    offer: offer.no,
                    actor: ActorId::new("desk-1").unwrap(),
                },
                reason: ReturnReason::WrongUnit,
                note: String::new(),
            });
        }
        let classification = self.case.classification.clone().unwrap();
        let subject = Subject {
            complaint: &self.complaint,
            classification: &classification,
            accepted_at: self.case.accepted_at,
        };
        let plan = self
            .planner
            .onward(&self.case, left, &subject, self.now, &mut rng());
        self.apply(match plan {
            Ok(plan) => plan.into_command(),
            Err(Undecided { reason, by }) => Command::SendToTriage { reason, by },
        });
    }
}

#[test]
fn after_a_return_the_next_unit_is_asked_up_to_the_last() {
    let mut journey = Journey::start("housing", Some("01001"));
    let started = journey.team().to_owned();
    assert!(started.starts_with("hekou-"));
    journey.leave(Left::Returned);
    assert_eq!(
        journey.team(),
        "dongshan-a",
        "the other team of the unit that returned it is not asked"
    );
    journey.leave(Left::Returned);
    assert_eq!(journey.team(), "hotline-a");
    journey.leave(Left::Returned);
    assert_eq!(
        journey.case.state,
        State::Triage,
        "three offers are all that the small city allows"
    );
}

#[test]
fn after_an_expiry_the_units_other_team_is_asked_first() {
    let mut journey = Journey::start("housing", Some("01001"));
    let started = journey.team().to_owned();
    journey.leave(Left::Expired);
    let other = if started == "hekou-a" {
        "hekou-b"
    } else {
        "hekou-a"
    };
    assert_eq!(journey.team(), other);
    journey.leave(Left::Expired);
    assert_eq!(journey.team(), "dongshan-a");
}

#[test]
fn a_department_hands_up_to_the_district_of_the_place() {
    let mut journey = Journey::start("streets.light", Some("01001"));
    journey.leave(Left::Expired);
    assert_eq!(journey.team(), "dongshan-a");
}

#[test]
fn when_nobody_is_left_a_person_decides() {
    let mut journey = Journey::start("streets.light", None);
    // No place: the hotline is both the rule's unit and the last.
    assert_eq!(journey.team(), "hotline-a");
    journey.leave(Left::Returned);
    assert_eq!(journey.case.state, State::Triage);
}

#[test]
fn a_reopened_case_goes_back_to_its_team() {
    let journey = Journey::start("streets.light", Some("01001"));
    let later = wednesday() + SignedDuration::from_hours(100);
    let plan = journey.planner.again(&journey.case, later).unwrap();
    assert_eq!(team(&plan), "streets-a");
    assert!(plan.handle.at > later, "its handling counts from now");
    let mut gone = journey.case.clone();
    gone.offer.as_mut().unwrap().assignment.team = TeamId::new("dissolved").unwrap();
    assert_eq!(journey.planner.again(&gone, later), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_case_goes_round_in_circles(
        returns in prop::collection::vec(any::<bool>(), 10),
        category in prop::sample::select(vec!["housing", "streets.light", "utilities.gas", "noise", "utilities"]),
        place in prop::sample::select(vec![None, Some("01"), Some("01001"), Some("01002"), Some("02001")]),
    ) {
        let mut journey = Journey::start(category, place);
        let mut returned = BTreeSet::<UnitId>::new();
        let mut teams = BTreeSet::new();
        for returns in returns {
            let Some(offer) = journey.case.owner().cloned() else { break };
            let to = offer.assignment;
            prop_assert!(teams.insert(to.team.clone()), "{} was asked twice", to.team);
            prop_assert!(!returned.contains(&to.unit), "{} had returned it", to.unit);
            if returns {
                returned.insert(to.unit);
            }
            journey.leave(if returns { Left::Returned } else { Left::Expired });
        }
        prop_assert_eq!(journey.case.state, State::Triage);
        prop_assert!(teams.len() as u32 <= journey.planner.pack().city.offers.max_hops);
    }
}
