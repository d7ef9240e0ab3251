//! The models of one moment. A reader takes a snapshot and keeps to it, whatever is swapped meanwhile.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;

use super::built_in::BuiltIn;
use super::shadow::Shadows;
use crate::engine::{Observe, Said};
use crate::lessons::Watch;
use crate::model::Model;

/// Is told which models are in force, whenever that changes.
type Adopt = Box<dyn Fn(&[Arc<Model>]) + Send + Sync>;

/// The models in force here, and what decides beside them. Cheap to clone; every clone sees the same.
#[derive(Clone)]
pub struct InForce(Arc<Inner>);

struct Inner {
    serving: ArcSwap<Serving>,
    built_in: Vec<BuiltIn>,
    shadows: Shadows,
    watch: Watch,
    adopt: std::sync::OnceLock<Adopt>,
}

/// The models of one moment, one a name.
#[derive(Debug, Clone, Default)]
pub struct Serving {
    models: BTreeMap<String, Served>,
    shadows: BTreeMap<String, Candidate>,
    versions: String,
}

/// A model in force.
#[derive(Debug, Clone)]
pub(crate) struct Served {
    /// The model.
    pub(crate) model: Arc<Model>,
    /// What the log calls it; empty for one that is built in.
    pub(crate) digest: String,
}

/// A model that decides beside the one in force.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    /// The model.
    pub(crate) model: Arc<Model>,
    /// The entry of the log that began it: the same model may be compared twice.
    pub(crate) began: u64,
}

impl Serving {
    pub(crate) fn new(
        models: BTreeMap<String, Served>,
        shadows: BTreeMap<String, Candidate>,
    ) -> Self {
        let versions = models.values().map(|served| served.model.version());
        let versions: Vec<String> = versions.collect();
        Self {
            versions: versions.join("+"),
            models,
            shadows,
        }
    }

    /// The model in force under this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Arc<Model>> {
        self.models.get(name).map(|served| &served.model)
    }

    /// Every model in force, by name.
    #[must_use]
    pub fn models(&self) -> Vec<Arc<Model>> {
        let models = self.models.values();
        models.map(|served| Arc::clone(&served.model)).collect()
    }

    /// The versions of all of them, joined by `+`; empty without models.
    #[must_use]
    pub fn versions(&self) -> &str {
        &self.versions
    }

    /// All that is served, by name.
    pub(crate) const fn served(&self) -> &BTreeMap<String, Served> {
        &self.models
    }

    /// All that decides beside, by name.
    pub(crate) const fn shadows(&self) -> &BTreeMap<String, Candidate> {
        &self.shadows
    }

    /// A model of this digest that is at hand.
    pub(crate) fn at_hand(&self, digest: &str) -> Option<&Arc<Model>> {
        let served = self.models.values();
        let served = served.filter(|one| one.digest == digest);
        let shadows = self.shadows.values().map(|candidate| &candidate.model);
        let shadows = shadows.filter(|model| model.digest() == digest);
        served.map(|one| &one.model).chain(shadows).next()
    }

    /// Whether that one serves the very same, and compares the same.
    pub(crate) fn same_as(&self, other: &Self) -> bool {
        let served = |serving: &Self| -> Vec<(String, String)> {
            let served = serving.models.iter();
            let served = served.map(|(name, one)| (name.clone(), one.digest.clone()));
            served.collect()
        };
        let shadows = |serving: &Self| -> Vec<u64> {
            let shadows = serving.shadows.values();
            shadows.map(|candidate| candidate.began).collect()
        };
        served(self) == served(other) && shadows(self) == shadows(other)
    }
}

impl InForce {
    /// The models that are part of the program, and nothing beside them. At most `shadow_queue` messages, at least one,
    /// wait for a model that is compared.
    #[must_use]
    pub fn new(built_in: Vec<BuiltIn>, shadow_queue: usize) -> Self {
        let served = built_in.iter().map(|one| {
            let served = Served {
                model: Arc::clone(&one.model),
                digest: String::new(),
            };
            (one.model.header().name.clone(), served)
        });
        let serving = Serving::new(served.collect(), BTreeMap::new());
        Self(Arc::new(Inner {
            serving: ArcSwap::from_pointee(serving),
            built_in,
            shadows: Shadows::new(shadow_queue),
            watch: Watch::default(),
            adopt: std::sync::OnceLock::new(),
        }))
    }

    /// Tells `adopt` which models are in force, now and whenever that changes. Only the first that is given is told.
    pub fn feed(&self, adopt: impl Fn(&[Arc<Model>]) + Send + Sync + 'static) {
        let adopt = self.0.adopt.get_or_init(|| Box::new(adopt));
        adopt(&self.snapshot().models());
    }

    /// The models of this moment.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Serving> {
        self.0.serving.load_full()
    }

    /// The models that are part of the program.
    pub(crate) fn built_in(&self) -> &[BuiltIn] {
        &self.0.built_in
    }

    /// The one of this name that is part of the program.
    pub(crate) fn built_in_of(&self, name: &str) -> Option<&BuiltIn> {
        let mut all = self.0.built_in.iter();
        all.find(|one| one.model.header().name == name)
    }

    /// What is compared.
    pub(crate) fn shadows(&self) -> &Shadows {
        &self.0.shadows
    }

    /// What counts what the models say.
    pub(crate) fn watch(&self) -> &Watch {
        &self.0.watch
    }

    /// Puts other models in force.
    pub(crate) fn swap(&self, serving: Serving) {
        let models = serving.models();
        self.0.serving.store(Arc::new(serving));
        if let Some(adopt) = self.0.adopt.get() {
            adopt(&models);
        }
    }
}

impl Observe for InForce {
    fn judged(&self, said: Said<'_>) {
        self.0.watch.judged(said);
        let serving = self.0.serving.load();
        if serving.shadows.is_empty() {
            return;
        }
        if let Some(candidate) = serving.shadows.get(&said.model.header().name) {
            self.0.shadows.offer(candidate, &said);
        }
    }
}

impl fmt::Debug for InForce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("InForce")
            .field(&self.snapshot().versions)
            .finish()
    }
}
