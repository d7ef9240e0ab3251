//! The rules in force, as one snapshot: a decision takes one and keeps to it, whatever is swapped meanwhile.

use std::collections::HashSet;
use std::sync::Arc;

use swiftline_domain::case::DecidedBy;
use swiftline_domain::city::CityPack;
use swiftline_domain::id::AreaId;
use swiftline_domain::rules::{Decision, Rule, RuleSet};

/// What a guard calls the complaint's text.
const TEXT_VARIABLE: &str = "text";

/// The rules of one moment.
#[derive(Debug, Clone)]
pub(crate) struct RulesInForce {
    active: Arc<RuleSet>,
    canary: Option<Canary>,
    shadow: Option<Arc<RuleSet>>,
    asks_text: bool,
}

/// Rules that hold in some areas only.
#[derive(Debug, Clone)]
pub(crate) struct Canary {
    rules: Arc<RuleSet>,
    /// Where they hold: the areas that were named and what lies in them.
    areas: HashSet<AreaId>,
}

impl Canary {
    /// These rules in these areas and in what lies in them.
    #[must_use]
    pub(crate) fn new(rules: Arc<RuleSet>, districts: &[AreaId], pack: &CityPack) -> Self {
        let within = |id: &AreaId| {
            let mut districts = districts.iter();
            districts.any(|district| pack.areas.is_within(id.as_str(), district.as_str()))
        };
        let areas = pack.areas.iter().map(|area| &area.id);
        Self {
            rules,
            areas: areas.filter(|id| within(id)).cloned().collect(),
        }
    }
}

/// What the rules decide, and which rules these are.
#[derive(Debug, Clone)]
pub(crate) struct Judgement {
    /// The decision.
    pub(crate) decision: Decision,
    /// The rules that made it.
    pub(crate) rules: Arc<RuleSet>,
    /// They are a canary's.
    pub(crate) canary: bool,
}

impl Judgement {
    /// What is noted of it with a case.
    #[must_use]
    pub(crate) fn by(&self) -> DecidedBy {
        DecidedBy {
            rule: self.decision.rule.clone(),
            rules_digest: self.rules.digest().to_string(),
        }
    }
}

impl RulesInForce {
    /// These rules everywhere.
    #[must_use]
    pub(crate) fn everywhere(active: Arc<RuleSet>) -> Self {
        Self::new(active, None, None)
    }

    /// The active rules, those of a canary, and those that decide beside them.
    #[must_use]
    pub(crate) fn new(
        active: Arc<RuleSet>,
        canary: Option<Canary>,
        shadow: Option<Arc<RuleSet>>,
    ) -> Self {
        let canaries = canary.as_ref().map(|canary| &canary.rules);
        let asks_text = std::iter::once(&active)
            .chain(canaries)
            .any(|rules| asks_text(rules));
        Self {
            active,
            canary,
            shadow,
            asks_text,
        }
    }

    /// The rules for a case of this place, and whether they are the canary's.
    #[must_use]
    pub(crate) fn of_place(&self, place: Option<&AreaId>) -> (&Arc<RuleSet>, bool) {
        let canary = self.canary.as_ref();
        let holds = canary.filter(|canary| place.is_some_and(|place| canary.areas.contains(place)));
        holds.map_or((&self.active, false), |canary| (&canary.rules, true))
    }

    /// The active rules.
    #[must_use]
    pub(crate) fn active(&self) -> &Arc<RuleSet> {
        &self.active
    }

    /// The rules of the canary.
    #[must_use]
    pub(crate) fn canary(&self) -> Option<&Arc<RuleSet>> {
        self.canary.as_ref().map(|canary| &canary.rules)
    }

    /// The rules that decide beside the active ones.
    #[must_use]
    pub(crate) fn shadow(&self) -> Option<&Arc<RuleSet>> {
        self.shadow.as_ref()
    }

    /// Whether some rule in force looks at texts, so that they have to be lower-cased.
    #[must_use]
    pub(crate) fn asks_text(&self) -> bool {
        self.asks_text
    }
}

/// Whether some of these rules look at the text.
#[must_use]
pub(crate) fn asks_text(rules: &RuleSet) -> bool {
    let asks = |rule: &Rule| {
        let guard = rule.when.guard.as_ref();
        !rule.when.keywords.is_empty() || guard.is_some_and(|guard| guard.uses(TEXT_VARIABLE))
    };
    rules.rules().iter().any(asks)
}

#[cfg(test)]
mod tests {
    use swiftline_domain::city::testing::{small_pack, small_pack_files};

    use super::*;

    fn changed(pack: &CityPack, from: &str, to: &str) -> Arc<RuleSet> {
        let text = small_pack_files()["rules.yaml"].replace(from, to);
        Arc::new(RuleSet::read(pack, "rules.yaml", &text).unwrap())
    }

    #[test]
    fn a_canary_holds_in_its_areas_and_in_what_lies_in_them() {
        let pack = small_pack();
        let tried = changed(&pack, "Gas leaks", "All gas leaks");
        let canary = Canary::new(Arc::clone(&tried), &["01".parse().unwrap()], &pack);
        let rules = RulesInForce::new(Arc::clone(&pack.rules), Some(canary), None);
        let decides = |place: Option<&str>| {
            let place: Option<AreaId> = place.map(|place| place.parse().unwrap());
            let (rules, canary) = rules.of_place(place.as_ref());
            assert_eq!(canary, rules.digest() == tried.digest());
            canary
        };
        assert!(decides(Some("01")) && decides(Some("01002")));
        assert!(!decides(Some("02001")) && !decides(Some("nowhere")) && !decides(None));
    }

    #[test]
    fn texts_are_looked_at_only_if_a_rule_asks() {
        let pack = small_pack();
        assert!(asks_text(&pack.rules), "`gas-words` asks");
        let silent = changed(
            &pack,
            "keywords: {any_of: [燃气泄漏, gas leak]}",
            "kind: {any_of: [praise]}",
        );
        assert!(!asks_text(&silent));
        let guarded = changed(
            &pack,
            "keywords: {any_of: [燃气泄漏, gas leak]}",
            r#"guard: 'text.contains("gas")'"#,
        );
        assert!(asks_text(&guarded));
        let canary = Canary::new(guarded, &[], &pack);
        assert!(!RulesInForce::everywhere(Arc::clone(&silent)).asks_text());
        assert!(RulesInForce::new(silent, Some(canary), None).asks_text());
    }
}
