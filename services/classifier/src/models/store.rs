//! From digests to models that judge: files are fetched, checked and read beside the tasks that serve.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use swiftline_store::StoreError;

use super::fit;
use super::in_force::{Candidate, Served, Serving};
use super::journal::Journal;
use super::registry::Registry;
use crate::model::Model;

/// After this long a file that was found broken is looked at again: somebody may have put it right.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// Files that were found broken, by digest: why, and when.
pub(super) type Broken = HashMap<String, (String, Instant)>;

/// A model, or why there is none, in words.
pub(super) type Loaded = Result<Arc<Model>, String>;

/// Reads a model where it does not hold up what is being served.
pub(super) async fn read(bytes: Vec<u8>) -> Result<Model, String> {
    let reading = tokio::task::spawn_blocking(move || Model::read(&bytes));
    match reading.await {
        Ok(read) => read.map_err(|error| error.to_string()),
        Err(error) => Err(format!("reading it failed: {error}")),
    }
}

/// What is loaded, and what cannot be.
struct Loading<'a> {
    broken: &'a mut Broken,
    before: Arc<Serving>,
    troubles: Vec<String>,
}

impl Registry {
    /// The model of this digest and name, from the store if it is not at hand.
    ///
    /// # Errors
    /// When the store is away.
    pub(super) async fn load(&self, name: &str, digest: &str) -> Result<Loaded, StoreError> {
        if let Some(known) = self.at_hand(digest) {
            return Ok(Ok(known));
        }
        let Some(bytes) = self.store.models().document(digest).await? else {
            return Ok(Err("it is not in the store".to_owned()));
        };
        Ok(match read(bytes).await {
            Ok(model) if model.digest() != digest => {
                Err(format!("what is stored is another: {}", model.version()))
            }
            Ok(model) if model.header().name != name => {
                Err(format!("it is a model of the name {}", model.header().name))
            }
            Ok(model) => match fit::check(&model, &self.pack) {
                Ok(()) => Ok(Arc::new(model)),
                Err(unfit) => Err(unfit.to_string()),
            },
            Err(reason) => Err(reason),
        })
    }

    fn at_hand(&self, digest: &str) -> Option<Arc<Model>> {
        let serving = self.in_force.snapshot();
        let mut built_in = self.in_force.built_in().iter().map(|one| &one.model);
        let known = serving.at_hand(digest);
        known
            .or_else(|| built_in.find(|model| model.digest() == digest))
            .cloned()
    }

    /// What the log wants to be served, as far as it can be; and what stands in the way.
    ///
    /// # Errors
    /// When the store is away.
    pub(super) async fn load_all(
        &self,
        journal: &Journal,
        broken: &mut Broken,
    ) -> Result<(Serving, Vec<String>), StoreError> {
        let mut loading = Loading {
            broken,
            before: self.in_force.snapshot(),
            troubles: Vec::new(),
        };
        let mut models = self.built_in_models();
        let mut shadows = BTreeMap::new();
        for (name, place) in journal.places() {
            if let Some(digest) = &place.active {
                let loaded = self.wanted(name, digest, &mut loading).await?;
                let served = match loaded {
                    Some(model) => Some(Served {
                        model,
                        digest: digest.clone(),
                    }),
                    // the last good one stays in force
                    None => loading.before.served().get(name).cloned(),
                };
                models.extend(served.map(|served| (name.clone(), served)));
            }
            if let Some(run) = &place.shadow
                && let Some(model) = self.wanted(name, &run.digest, &mut loading).await?
            {
                let began = run.began;
                shadows.insert(name.clone(), Candidate { model, began });
            }
        }
        Ok((Serving::new(models, shadows), loading.troubles))
    }

    fn built_in_models(&self) -> BTreeMap<String, Served> {
        let built_in = self.in_force.built_in().iter().map(|one| {
            let served = Served {
                model: Arc::clone(&one.model),
                digest: String::new(),
            };
            (one.model.header().name.clone(), served)
        });
        built_in.collect()
    }

    async fn wanted(
        &self,
        name: &str,
        digest: &str,
        loading: &mut Loading<'_>,
    ) -> Result<Option<Arc<Model>>, StoreError> {
        let known = loading.broken.get(digest);
        let known = known.filter(|(_, at)| at.elapsed() < LOOK_AGAIN);
        let reason = match known {
            Some((reason, _)) => reason.clone(),
            None => match self.load(name, digest).await? {
                Ok(model) => {
                    loading.broken.remove(digest);
                    return Ok(Some(model));
                }
                Err(reason) => {
                    let found = (reason.clone(), Instant::now());
                    loading.broken.insert(digest.to_owned(), found);
                    reason
                }
            },
        };
        let short = digest.get(..12).unwrap_or(digest);
        let trouble = format!("{name} {short} cannot be loaded: {reason}");
        loading.troubles.push(trouble);
        Ok(None)
    }
}
