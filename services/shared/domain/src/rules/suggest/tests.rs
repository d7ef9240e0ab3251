//! What returns say about the rules of the small city.

use super::*;
use crate::city::testing::small_pack;
use crate::rules::{Sample, format};

const REST: &str = "the-rest-of-housing";

/// Rules in canonical form, with comments.
fn rules(pack: &CityPack) -> RuleSet {
    let text = pack.rules.text().replace(
        "  - id: the-rest-of-housing\n",
        "  # ── the rest ──\n  # nobody else's\n  - id: the-rest-of-housing # last\n",
    );
    let text = format("rules.yaml", &text).unwrap();
    RuleSet::read(pack, "rules.yaml", &text).unwrap()
}

struct Orders {
    pack: CityPack,
    rules: RuleSet,
    outcomes: Vec<Outcome>,
}

impl Orders {
    fn new() -> Self {
        let pack = small_pack();
        let rules = rules(&pack);
        Self {
            pack,
            rules,
            outcomes: Vec::new(),
        }
    }

    /// So many orders, given back when `ended` names another unit.
    fn add(mut self, count: usize, rule: &str, what: [&str; 2], unit: &str, ended: &str) -> Self {
        let returned = unit != ended;
        let outcome = Outcome {
            category: what[0].parse().ok(),
            place: what[1].parse().ok(),
            rule: rule.parse().ok(),
            digest: self.rules.digest().to_string(),
            unit: unit.parse().unwrap(),
            returned,
            final_unit: ended.parse().ok(),
            reason: returned.then_some(ReturnReason::WrongUnit),
        };
        self.outcomes.extend(std::iter::repeat_n(outcome, count));
        self
    }

    fn suggest(&self) -> Vec<Suggestion> {
        suggest(&self.pack, &self.rules, self.outcomes.iter().cloned(), 10)
    }

    /// The rules with all edits of the only suggestion; they read.
    fn edited(&self) -> RuleSet {
        let [suggestion] = &self.suggest()[..] else {
            panic!("{:?}", self.suggest());
        };
        let text = suggestion.apply(self.rules.text()).unwrap();
        for comment in ["# ── the rest ──", "# nobody else's", "# last"] {
            assert_eq!(text.matches(comment).count(), 1, "{text}");
        }
        assert_eq!(format("rules.yaml", &text).unwrap(), text);
        RuleSet::read(&self.pack, "rules.yaml", &text).unwrap()
    }

    fn decides(&self, rules: &RuleSet, fields: &[(&str, &str)]) -> String {
        let sample = Sample::read(&self.pack, fields.iter().copied()).unwrap();
        let facts = sample.facts();
        let decision = rules.decide(&facts);
        let backstop = rules.backstop();
        let resolved = self.pack.resolve_unit(&decision.lead, facts.area, backstop);
        resolved.unit.id.to_string()
    }
}

/// Potholes of Hekou always end at the streets department; other streets are the subdistrict's.
fn potholes() -> Orders {
    Orders::new()
        .add(
            8,
            REST,
            ["streets.pothole", "01001"],
            "st-hekou",
            "dept-streets",
        )
        .add(
            2,
            REST,
            ["streets.pothole", "01001"],
            "st-hekou",
            "st-hekou",
        )
        .add(
            20,
            REST,
            ["streets.pothole", "02001"],
            "st-shiqiao",
            "st-shiqiao",
        )
        .add(10, REST, ["noise", "01001"], "st-hekou", "st-hekou")
}

#[test]
fn a_category_in_a_place_that_always_ends_elsewhere_gets_a_rule() {
    let orders = potholes();
    let [suggestion] = &orders.suggest()[..] else {
        panic!()
    };
    assert_eq!((suggestion.decided, suggestion.returned), (40, 8));
    assert_eq!(suggestion.reasons[0].reason, ReturnReason::WrongUnit);
    assert!(
        suggestion
            .message
            .starts_with("8 of 40 orders of rule the-rest-of-housing")
    );
    let [edit] = &suggestion.edits[..] else {
        panic!()
    };
    assert_eq!((edit.cases, edit.ended), (10, 8));
    let EditChange::Insert { id, yaml, before } = &edit.change else {
        panic!()
    };
    assert_eq!(before, &REST.parse().ok());
    assert_eq!(id.as_str(), "returned-streets.pothole-01001-dept-streets");
    let expected = r#"  - id: returned-streets.pothole-01001-dept-streets
    description: 8 of 10 orders of rule the-rest-of-housing about streets.pothole in 01001 were given back and ended at dept-streets.
    when: {category: {any_of: [streets.pothole]}, place: {any_of: ["01001"]}}
    then: {lead: {unit: dept-streets}}
"#;
    assert_eq!(yaml, expected);
}

#[test]
fn an_applied_edit_decides_as_meant_and_nothing_else() {
    let orders = potholes();
    let edited = orders.edited();
    let hekou = [("category", "streets.pothole"), ("place", "01001")];
    assert_eq!(orders.decides(&orders.rules, &hekou), "st-hekou");
    assert_eq!(orders.decides(&edited, &hekou), "dept-streets");
    for other in [
        [("category", "streets.pothole"), ("place", "02001")],
        [("category", "noise"), ("place", "01001")],
        [("category", "streets.light"), ("place", "01001")],
    ] {
        let before = orders.decides(&orders.rules, &other);
        assert_eq!(orders.decides(&edited, &other), before);
    }
    let (new, old) = (edited.rules().len(), orders.rules.rules().len());
    assert_eq!(new, old + 1);
    assert_eq!(edited.rules()[new - 1].id.as_str(), REST);
    let comment = edited.text().find("# ── the rest ──");
    assert!(comment > edited.text().find("id: returned-"));
}

#[test]
fn the_new_rule_keeps_the_conditions_of_the_old() {
    let by_night = ["noise", "02001"];
    let orders = Orders::new()
        .add(10, "night-noise", by_night, "xihu", "st-shiqiao")
        .add(
            15,
            "night-noise",
            ["noise", "01001"],
            "dongshan",
            "dongshan",
        );
    let edited = orders.edited();
    let at = |time| [("category", "noise"), ("place", "02001"), ("time", time)];
    assert_eq!(orders.decides(&edited, &at("23:00")), "st-shiqiao");
    let added = edited.get("returned-noise-02001-st-shiqiao").unwrap();
    let old = edited.get("night-noise").unwrap();
    assert_eq!(
        (added.when.hours, added.then.lane),
        (old.when.hours, old.then.lane)
    );
    assert_eq!(added.when.place.known, None);
}

#[test]
fn a_category_everywhere_and_a_district_as_a_whole() {
    let orders = Orders::new()
        .add(
            6,
            REST,
            ["housing.heating", "01001"],
            "st-hekou",
            "util-gas",
        )
        .add(
            6,
            REST,
            ["housing.heating", "02001"],
            "st-shiqiao",
            "util-gas",
        )
        .add(5, REST, ["streets.pothole", "02001"], "st-shiqiao", "xihu")
        .add(5, REST, ["noise", "02002"], "st-xinzhan", "xihu")
        .add(
            9,
            REST,
            ["streets.pothole", "01001"],
            "st-hekou",
            "st-hekou",
        );
    let suggestions = orders.suggest();
    let groups = suggestions[0].edits.iter().map(|edit| {
        let category = edit.category.as_ref().map(CategoryId::as_str);
        (
            category,
            edit.place.as_ref().map(AreaId::as_str),
            edit.unit.as_str(),
        )
    });
    let groups: Vec<_> = groups.collect();
    assert_eq!(groups[0], (Some("housing.heating"), None, "util-gas"));
    assert!(
        groups.contains(&(Some("streets.pothole"), Some("02001"), "xihu")),
        "{groups:?}"
    );
    assert_eq!(groups.len(), 3);
    let edited = orders.edited();
    let boiler = [("category", "housing.heating.boiler"), ("place", "02002")];
    assert_eq!(orders.decides(&edited, &boiler), "util-gas");
}

#[test]
fn a_rule_that_is_wrong_as_a_whole_gets_another_lead() {
    let orders = Orders::new()
        .add(12, "no-place", ["noise", ""], "dept-hotline", "xihu")
        .add(
            12,
            "no-place",
            ["streets.light", ""],
            "dept-hotline",
            "xihu",
        );
    let [suggestion] = &orders.suggest()[..] else {
        panic!()
    };
    let rule: RuleId = "no-place".parse().unwrap();
    assert_eq!(suggestion.edits[0].change, EditChange::Lead { rule });
    let edited = orders.edited();
    assert_eq!(orders.decides(&edited, &[("category", "noise")]), "xihu");
    assert_eq!(edited.rules().len(), orders.rules.rules().len());
}

#[test]
fn a_lead_whose_teams_lack_the_skills_is_not_suggested() {
    let orders = Orders::new()
        .add(
            12,
            "gas-leak",
            ["utilities.gas", "01001"],
            "util-gas",
            "xihu",
        )
        .add(
            12,
            "gas-leak",
            ["utilities.gas", "02001"],
            "util-gas",
            "xihu",
        );
    let [suggestion] = &orders.suggest()[..] else {
        panic!()
    };
    assert!(suggestion.edits.is_empty() && suggestion.rate_at_least > 0.8);
}

#[test]
fn the_backstop_gets_a_rule_at_the_end() {
    let orders = Orders::new().add(25, "", ["utilities", "02001"], "xihu", "util-gas");
    let [suggestion] = &orders.suggest()[..] else {
        panic!()
    };
    assert_eq!(suggestion.rule, None);
    let edited = orders.edited();
    let about = [("category", "utilities"), ("place", "02001")];
    assert_eq!(orders.decides(&edited, &about), "util-gas");
    let last = edited.rules().last().unwrap();
    assert!(last.id.as_str().starts_with("returned-utilities-02001"));
}

#[test]
fn what_proves_nothing_is_not_suggested() {
    let pothole = ["streets.pothole", "01001"];
    let few = Orders::new().add(19, REST, pothole, "st-hekou", "dept-streets");
    assert_eq!(few.suggest(), []);
    let calm = Orders::new().add(100, REST, pothole, "st-hekou", "st-hekou");
    assert_eq!(calm.suggest(), []);
    // Seldom given back, and never to the same unit often enough for an edit.
    let seldom = Orders::new()
        .add(4, REST, pothole, "st-hekou", "dept-streets")
        .add(200, REST, pothole, "st-hekou", "st-hekou");
    assert_eq!(seldom.suggest(), []);
    // Often given back, but not to the same unit.
    let scattered = Orders::new()
        .add(15, REST, pothole, "st-hekou", "dept-streets")
        .add(15, REST, pothole, "st-hekou", "dongshan");
    assert!(scattered.suggest()[0].edits.is_empty());
    let mut other_rules = potholes();
    for outcome in &mut other_rules.outcomes {
        outcome.digest = "0".repeat(64);
    }
    assert_eq!(other_rules.suggest(), []);
    let gone = Orders::new().add(40, "gone", pothole, "st-hekou", "dept-streets");
    assert_eq!(gone.suggest(), []);
}

#[test]
fn the_worst_rule_comes_first() {
    let orders = potholes().add(30, "no-place", ["", ""], "dept-hotline", "xihu");
    let suggestions = orders.suggest();
    let names: Vec<_> = suggestions
        .iter()
        .map(|one| one.rule.clone().unwrap())
        .collect();
    assert_eq!(names[0].as_str(), "no-place");
    assert_eq!(names[1].as_str(), REST);
    let first = suggest(&orders.pack, &orders.rules, orders.outcomes.clone(), 1);
    assert_eq!(first, suggestions[..1]);
}

#[test]
fn suggestions_survive_json() {
    let mut suggestions = potholes().suggest();
    let rule = REST.parse().unwrap();
    let mut lead = suggestions[0].edits[0].clone();
    lead.change = EditChange::Lead { rule };
    suggestions[0].edits.push(lead);
    let json = serde_json::to_string(&suggestions).unwrap();
    assert_eq!(
        serde_json::from_str::<Vec<Suggestion>>(&json).unwrap(),
        suggestions
    );
}

#[test]
fn few_orders_prove_less_than_many() {
    // R: binom::binom.confint(8, 40, methods = "wilson") and (80, 400).
    assert!((wilson(8, 40) - 0.105).abs() < 0.001);
    assert!((wilson(80, 400) - 0.164).abs() < 0.001);
    assert!(wilson(0, 40) < 1e-9);
}

#[test]
fn edits_that_do_not_fit_say_why() {
    let orders = potholes();
    let edit = &orders.suggest()[0].edits[0];
    let rest: RuleId = REST.parse().unwrap();
    let no_rule = ApplyError::NoRule(rest.clone());
    assert_eq!(edit.apply("rules: []\n"), Err(no_rule));
    let mut at_the_end = edit.clone();
    if let EditChange::Insert { before, .. } = &mut at_the_end.change {
        *before = None;
    }
    assert_eq!(at_the_end.apply("rules: []\n"), Err(ApplyError::NoBackstop));
    let mut lead = edit.clone();
    lead.change = EditChange::Lead { rule: rest.clone() };
    let text = format!(
        "rules:\n- id: {REST}\n  then:\n    lead:\n      unit: x\n- id: b\n  then: {{lead: {{unit: y}}}}\n"
    );
    assert_eq!(lead.apply(&text), Err(ApplyError::NoLead(rest)));
    let text = text.replace("lead:\n      unit: x", "lead: {unit: x}");
    let changed = lead.apply(&text).unwrap();
    assert_eq!(changed, text.replace("unit: x", "unit: dept-streets"));
}

#[test]
fn rules_on_one_line_and_without_indentation_are_found() {
    let orders = potholes();
    let edit = &orders.suggest()[0].edits[0];
    let text = format!("rules:\n# its own\n- {{id: \"{REST}\", then: {{lead: {{unit: x}}}}}}\n");
    let changed = edit.apply(&text).unwrap();
    assert!(changed.starts_with("rules:\n- id: returned-"), "{changed}");
    assert!(changed.ends_with(&text["rules:\n".len()..]), "{changed}");
    let rule = REST.parse().unwrap();
    let mut lead = edit.clone();
    lead.change = EditChange::Lead { rule };
    let changed = lead.apply(&text).unwrap();
    assert_eq!(changed, text.replace("unit: x", "unit: dept-streets"));
}
