//! What each replica says of the models that it serves, and what the others make of that.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use swiftline_store::{Replica, StoreError};

use super::registry::Registry;
use super::shadow::Counted;

/// After this long without a word a replica counts as gone: five beats of the default, so that a pause of one or two or a
/// slow store does not make a live one look dead, and an activation is not held up for long by a dead one.
const GONE_AFTER_MS: u64 = 5_000;

/// What a replica says of itself with each beat.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Beat {
    /// What it serves, by name.
    pub(crate) serving: BTreeMap<String, Serves>,
    /// How many entries of the log it has followed.
    pub(crate) entries: u64,
    /// What it should serve and cannot, and why.
    pub(crate) troubles: Vec<String>,
    /// What the shadows have shown there, by name.
    pub(crate) shadows: BTreeMap<String, Counted>,
}

/// A model that a replica serves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Serves {
    /// What the log calls it; empty for one that is built in.
    pub(crate) digest: String,
    /// What stands on its decisions.
    pub(crate) version: String,
}

/// A replica, as it last reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Peer {
    /// Its id.
    pub(crate) id: String,
    /// How long ago, milliseconds.
    pub(crate) age_ms: u64,
    /// What it said.
    pub(crate) beat: Beat,
}

impl Peer {
    fn new(replica: Replica) -> Self {
        Self {
            beat: serde_json::from_slice(&replica.state).unwrap_or_else(|error| Beat {
                troubles: vec![format!("its report cannot be read: {error}")],
                ..Beat::default()
            }),
            id: replica.id,
            age_ms: replica.age_ms,
        }
    }

    /// Whether it has been silent for so long that nobody waits for it.
    #[must_use]
    pub(crate) const fn is_gone(&self) -> bool {
        self.age_ms > GONE_AFTER_MS
    }

    /// Whether it serves this under the name; an empty digest is the model that is built in.
    #[must_use]
    pub(crate) fn serves(&self, name: &str, digest: &str) -> bool {
        let serves = self.beat.serving.get(name);
        serves.is_some_and(|serves| serves.digest == digest)
    }
}

impl Registry {
    /// Every replica that lives, by id.
    ///
    /// # Errors
    /// When the store is away.
    pub(crate) async fn peers(&self) -> Result<Vec<Peer>, StoreError> {
        let replicas = self.store.models().replicas().await?.into_iter();
        let mut peers: Vec<Peer> = replicas.map(Peer::new).collect();
        peers.retain(|peer| !peer.is_gone());
        Ok(peers)
    }

    /// What this replica tells the others.
    #[must_use]
    pub(crate) fn report(&self) -> Beat {
        let (serving, view) = (self.in_force.snapshot(), self.view());
        let serves = serving.served().iter().map(|(name, served)| {
            let serves = Serves {
                digest: served.digest.clone(),
                version: served.model.version(),
            };
            (name.clone(), serves)
        });
        Beat {
            serving: serves.collect(),
            entries: view.journal.entries(),
            troubles: view.troubles.to_vec(),
            shadows: self.in_force.shadows().counted(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(state: &str, age_ms: u64) -> Peer {
        Peer::new(Replica {
            id: "a".into(),
            age_ms,
            state: state.as_bytes().to_vec(),
        })
    }

    #[test]
    fn who_is_silent_for_too_long_is_gone() {
        assert!(!peer("{}", GONE_AFTER_MS).is_gone());
        assert!(peer("{}", GONE_AFTER_MS + 1).is_gone());
    }

    #[test]
    fn a_report_of_another_release_is_read_as_far_as_it_goes() {
        let newer = peer(r#"{"serving":{"zh":{"digest":"d","more":1}},"more":1}"#, 0);
        assert!(newer.serves("zh", "d") && !newer.serves("zh", "") && !newer.serves("en", "d"));
        assert!(peer("?", 0).beat.troubles[0].contains("cannot be read"));
    }
}
