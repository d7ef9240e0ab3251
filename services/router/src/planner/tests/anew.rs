//! Cases that are decided anew because the rules have changed.

use super::*;

/// What the planner says of a journey's case now.
fn anew(journey: &Journey) -> Result<Plan, Undecided> {
    let classification = journey.case.classification.clone().unwrap();
    let subject = Subject {
        complaint: &journey.complaint,
        classification: &classification,
        accepted_at: journey.case.accepted_at,
    };
    let (planner, judged) = (&journey.planner, journey.planner.decide(&subject));
    planner.anew(&journey.case, &subject, &judged, journey.now, &mut rng())
}

fn put_into_force(journey: &Journey, from: &str, to: &str) {
    let text = small_pack_files()["rules.yaml"].replace(from, to);
    let rules = RuleSet::read(journey.planner.pack(), "rules.yaml", &text).unwrap();
    let rules = RulesInForce::everywhere(Arc::new(rules));
    journey.planner.swap_rules(rules);
}

#[test]
fn a_case_that_nobody_gave_away_goes_where_the_new_rules_say() {
    let journey = Journey::start("streets.light", Some("01001"));
    assert_eq!(journey.team(), "streets-a");
    put_into_force(
        &journey,
        "{lead: {unit: dept-streets}, skills: [lights]}",
        "{lead: {by_place: district}}",
    );
    let plan = anew(&journey).unwrap();
    assert_eq!(team(&plan), "dongshan-a");
    let rules = journey.planner.rules();
    assert_eq!(
        plan.assignment.rules_digest,
        rules.active().digest().as_str()
    );
}

#[test]
fn whoever_gave_it_away_is_not_asked_again_and_whoever_has_it_may_be() {
    let mut journey = Journey::start("housing", Some("01001"));
    journey.leave(Left::Returned);
    assert_eq!(journey.team(), "dongshan-a");
    let plan = anew(&journey).unwrap();
    assert_eq!(team(&plan), "dongshan-a", "the rules still mean st-hekou");
    put_into_force(
        &journey,
        "{lead: {by_place: subdistrict}}",
        "{lead: {unit: st-xinzhan}}",
    );
    assert_eq!(team(&anew(&journey).unwrap()), "xinzhan-a");
}

#[test]
fn at_the_hop_limit_the_rules_of_the_last_offer_are_named() {
    let mut journey = Journey::start("housing", Some("01001"));
    let made = journey.case.offer.clone().unwrap();
    let hops = journey.planner.pack().city.offers.max_hops;
    for hop in 0..hops {
        journey
            .case
            .asked
            .push(format!("team-{hop}").parse().unwrap());
    }
    let classification = journey.case.classification.clone().unwrap();
    let subject = Subject {
        complaint: &journey.complaint,
        classification: &classification,
        accepted_at: journey.case.accepted_at,
    };
    let onward = journey.planner.onward(
        &journey.case,
        Left::Returned,
        &subject,
        journey.now,
        &mut rng(),
    );
    let expected = Undecided {
        reason: TriageReason::HopLimit,
        by: swiftline_domain::case::DecidedBy::of(&made),
    };
    assert_eq!(onward.unwrap_err(), expected);
}
