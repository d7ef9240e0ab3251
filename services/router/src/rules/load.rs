//! From digests to rules that decide: texts are fetched, read against this router's pack and compiled, beside the tasks that
//! serve.

use std::collections::HashMap;
use std::sync::Arc;

use swiftline_domain::city::{CityPack, PackErrors};
use swiftline_domain::id::AreaId;
use swiftline_domain::rules::workflow::Workflow;
use swiftline_domain::rules::{RuleSet, RulesDigest};

use super::force::{Canary, RulesInForce};
use crate::engine::Engine;
use crate::error::Error;

/// What errors call the text of a rule set.
pub(super) const FILE: &str = "rules.yaml";

/// What is served, beyond the rules themselves.
#[derive(Debug, Default)]
pub(super) struct Served {
    /// Where the canary holds.
    districts: Vec<AreaId>,
    /// What cannot be read against this pack. Neither texts nor the pack change: one look is enough.
    broken: HashMap<RulesDigest, String>,
}

/// Why rules cannot be had.
#[derive(Debug, Clone)]
pub(crate) struct Missing {
    /// In words.
    pub(crate) reason: String,
    /// Looking again would change nothing.
    for_good: bool,
}

impl Missing {
    fn now(reason: &str) -> Self {
        Self {
            reason: reason.to_owned(),
            for_good: false,
        }
    }

    fn for_good(reason: String) -> Self {
        Self {
            reason,
            for_good: true,
        }
    }
}

/// Rules, or why there are none.
pub(crate) type Loaded = Result<Arc<RuleSet>, Missing>;

/// Reads a rule set where it does not hold up what is being served.
pub(crate) async fn read(
    pack: Arc<CityPack>,
    text: String,
) -> Result<Result<RuleSet, PackErrors>, Error> {
    let reading = tokio::task::spawn_blocking(move || RuleSet::read(&pack, FILE, &text));
    reading.await.map_err(|error| Error::Failed {
        what: "reading rules",
        reason: error.to_string(),
    })
}

impl Engine {
    /// The rules of this digest, from the store if they are not at hand.
    ///
    /// # Errors
    /// When the store is away.
    pub(crate) async fn load_rules(&self, digest: &RulesDigest) -> Result<Loaded, Error> {
        if let Some(known) = self.at_hand(digest) {
            return Ok(Ok(known));
        }
        let Some(bytes) = self.store.rules().document(digest.as_str()).await? else {
            return Ok(Err(Missing::now("its text is not in the store")));
        };
        let Ok(text) = String::from_utf8(bytes) else {
            return Ok(Err(Missing::for_good("its text is not UTF-8".to_owned())));
        };
        let rules = match read(Arc::clone(self.planner.pack()), text).await? {
            Ok(rules) => rules,
            Err(errors) => {
                // The first says enough in a report that goes out every second.
                let first = errors.errors().first().map(ToString::to_string);
                let reason = format!(
                    "it does not fit this router's city pack: {}",
                    first.unwrap_or_default()
                );
                return Ok(Err(Missing::for_good(reason)));
            }
        };
        if rules.digest() == digest {
            Ok(Ok(Arc::new(rules)))
        } else {
            let reason = format!("its text is another's: {}", rules.digest());
            Ok(Err(Missing::for_good(reason)))
        }
    }

    /// How many rules the set of this digest has, if it is served here or is the pack's own.
    pub(crate) fn rules_at_hand(&self, digest: &str) -> Option<usize> {
        let digest = digest.parse().ok()?;
        self.at_hand(&digest).map(|rules| rules.rules().len())
    }

    fn at_hand(&self, digest: &RulesDigest) -> Option<Arc<RuleSet>> {
        let in_force = self.planner.rules();
        let own = &self.planner.pack().rules;
        let all = [
            Some(in_force.active()),
            in_force.canary(),
            in_force.shadow(),
            Some(own),
        ];
        let mut all = all.into_iter().flatten();
        all.find(|rules| rules.digest() == digest).cloned()
    }

    /// Puts into force what the log says; what stands in the way, if anything does.
    ///
    /// # Errors
    /// When the store is away; what was in force still is.
    pub(super) async fn serve(
        &self,
        workflow: &Workflow,
        served: &mut Served,
    ) -> Result<String, Error> {
        let mut problems = Vec::new();
        let own = self.planner.pack().rules.digest();
        let digest = workflow.active().unwrap_or(own);
        let active = self
            .wanted("the rules in force", digest, served, &mut problems)
            .await?;
        let shadow = match workflow.shadow() {
            Some(shadow) => {
                let name = "the shadow's rules";
                self.wanted(name, &shadow.digest, served, &mut problems)
                    .await?
            }
            None => None,
        };
        let canary = match workflow.canary() {
            Some(canary) => {
                let name = "the canary's rules";
                self.wanted(name, &canary.digest, served, &mut problems)
                    .await?
            }
            None => None,
        };
        let districts = workflow.canary().map(|canary| canary.districts.clone());
        let districts = districts.unwrap_or_default();
        let known = |area: &&AreaId| self.pack().areas.get(area.as_str()).is_none();
        problems.extend(
            districts.iter().find(known).map(|area| {
                format!("the canary's district {area} is not in this router's city pack")
            }),
        );
        let before = self.planner.rules();
        // The last good ones stay in force.
        let active = active.unwrap_or_else(|| Arc::clone(before.active()));
        let digest = |rules: Option<&Arc<RuleSet>>| rules.map(|rules| rules.digest().clone());
        let same = active.digest() == before.active().digest()
            && digest(canary.as_ref()) == digest(before.canary())
            && digest(shadow.as_ref()) == digest(before.shadow())
            && (canary.is_none() || districts == served.districts);
        if !same {
            let canary = canary.map(|rules| Canary::new(rules, &districts, self.pack()));
            served.districts = districts;
            self.swap(RulesInForce::new(active, canary, shadow));
        }
        Ok(problems.join("; "))
    }

    async fn wanted(
        &self,
        name: &str,
        digest: &RulesDigest,
        served: &mut Served,
        problems: &mut Vec<String>,
    ) -> Result<Option<Arc<RuleSet>>, Error> {
        let known = served.broken.get(digest).cloned();
        let loaded = match known {
            Some(reason) => Err(Missing::for_good(reason)),
            None => self.load_rules(digest).await?,
        };
        match loaded {
            Ok(rules) => Ok(Some(rules)),
            Err(Missing { reason, for_good }) => {
                problems.push(format!(
                    "{name} {} cannot be loaded: {reason}",
                    digest.short()
                ));
                if for_good {
                    served.broken.insert(digest.clone(), reason);
                }
                Ok(None)
            }
        }
    }

    fn swap(&self, rules: RulesInForce) {
        let short =
            |rules: Option<&Arc<RuleSet>>| rules.map(|rules| rules.digest().short().to_owned());
        tracing::info!(
            digest = rules.active().digest().short(),
            canary = short(rules.canary()),
            shadow = short(rules.shadow()),
            rules = rules.active().rules().len(),
            "rules swapped"
        );
        self.planner.swap_rules(rules);
        self.metrics.rules.swapped();
    }
}
