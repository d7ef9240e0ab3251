//! How the models stand: what is in force under each name, what is compared, who serves what.

use std::collections::BTreeSet;
use std::sync::Arc;

use swiftline_store::StoreError;

use super::journal::{Facts, Journal, Pushed};
use super::registry::Registry;
use super::replica::Peer;
use super::shadow::Counted;

/// How the models stand.
#[derive(Debug)]
pub(super) struct Status {
    /// By name.
    pub(super) names: Vec<NameStatus>,
    /// Every replica that lives.
    pub(super) replicas: Vec<Peer>,
}

/// How one name stands.
#[derive(Debug)]
pub(super) struct NameStatus {
    pub(super) name: String,
    /// What is in force.
    pub(super) active: Option<Known>,
    /// What a rollback would put in force.
    pub(super) previous: Option<Known>,
    /// What decides beside it.
    pub(super) shadow: Option<Known>,
    /// What that has shown, over all replicas that live.
    pub(super) counted: Option<Counted>,
}

/// What is known of a model.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) name: String,
    /// Empty for one that is built in.
    pub(super) digest: String,
    pub(super) facts: Facts,
}

impl Known {
    pub(super) fn new(digest: String, pushed: Pushed) -> Self {
        Self {
            name: pushed.name,
            digest,
            facts: pushed.facts,
        }
    }
}

impl Registry {
    /// How the models stand now. What the log says after an entry that cannot be followed is not known.
    ///
    /// # Errors
    /// When the store is away.
    pub(super) async fn status(&self) -> Result<Status, StoreError> {
        let (journal, _) = self.catch_up().await?;
        let replicas = self.peers().await?;
        let built_in = self.in_force.built_in().iter();
        let built_in = built_in.map(|one| one.model.header().name.clone());
        let names: BTreeSet<String> = built_in
            .chain(journal.places().map(|(name, _)| name.clone()))
            .collect();
        let names = names.into_iter();
        let names = names.map(|name| self.of_name(name, &journal, &replicas));
        Ok(Status {
            names: names.collect(),
            replicas,
        })
    }

    /// How one name stands now.
    ///
    /// # Errors
    /// When the store is away.
    pub(super) async fn status_of(&self, name: &str) -> Result<NameStatus, StoreError> {
        let (journal, _) = self.catch_up().await?;
        let replicas = self.peers().await?;
        Ok(self.of_name(name.to_owned(), &journal, &replicas))
    }

    fn of_name(&self, name: String, journal: &Arc<Journal>, replicas: &[Peer]) -> NameStatus {
        let place = journal.place(&name);
        let known = |digest: Option<&str>| match digest {
            Some(digest) => journal
                .pushed(digest)
                .map(|pushed| Known::new(digest.to_owned(), pushed.clone())),
            None => self.in_force.built_in_of(&name).map(|one| Known {
                name: name.clone(),
                digest: String::new(),
                facts: Facts::of(&one.model, one.bytes),
            }),
        };
        let counted = place.shadow.as_ref().map(|run| {
            let mut sum = Counted {
                began: run.began,
                ..Counted::default()
            };
            let told = replicas
                .iter()
                .filter_map(|peer| peer.beat.shadows.get(&name));
            for told in told.filter(|told| told.began == run.began) {
                sum.add(told);
            }
            sum
        });
        NameStatus {
            active: known(place.active.as_deref()),
            previous: place.previous().and_then(known),
            shadow: place
                .shadow
                .as_ref()
                .and_then(|run| known(Some(&run.digest))),
            counted,
            name,
        }
    }
}
