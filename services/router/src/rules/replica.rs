//! What each router says of the rules that it serves, and what the others make of that.

use serde::{Deserialize, Serialize};
use swiftline_domain::rules::workflow::Workflow;

use crate::engine::Engine;
use crate::error::Error;

/// After this long without a word a router counts as gone: five beats of the default, so that a pause of one or two or a
/// slow store does not make a live one look dead, and an activation is not held up for long by a dead one.
pub(crate) const GONE_AFTER_MS: u64 = 5_000;

/// What a router says of itself with each beat.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Beat {
    /// The digest of the rules that it decides by.
    pub(crate) digest: String,
    /// Those of the canary; empty = none.
    pub(crate) canary: String,
    /// Those of the shadow; empty = none.
    pub(crate) shadow: String,
    /// How many entries of the log it has followed.
    pub(crate) entries: u64,
    /// Why it does not serve what it should; empty when it does.
    pub(crate) problem: String,
    /// How far it has come with the orders in flight, while it does that or has done it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) in_flight: Option<Progress>,
    /// What had been counted for the canary's rules when the canary began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) canary_base: Option<CanaryBase>,
}

/// How far the work on the orders in flight has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// The number of the activation's entry.
    pub(crate) activation: u64,
    /// Orders looked at.
    pub(crate) looked_at: u64,
    /// Of those, moved.
    pub(crate) moved: u64,
    /// Of those, not to be decided or moved.
    pub(crate) failed: u64,
}

/// What had been counted for a rule set before it became a canary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CanaryBase {
    /// The number of the entry that began the canary.
    pub(crate) started: u64,
    /// Orders given out and cases left to a person.
    pub(crate) decided: u64,
    /// Orders given back, handed on or expired.
    pub(crate) returned: u64,
    /// Cases left to a person.
    pub(crate) triage: u64,
}

/// A router, as it last reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Peer {
    /// Its id.
    pub(crate) id: String,
    /// How long ago, milliseconds.
    pub(crate) age_ms: u64,
    /// What it said.
    pub(crate) beat: Beat,
}

/// What every router should serve.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// The digest in force.
    pub(crate) digest: String,
    /// The canary's; empty = none.
    pub(crate) canary: String,
    /// The shadow's; empty = none.
    pub(crate) shadow: String,
    /// How many entries the log has.
    pub(crate) entries: u64,
}

impl Wanted {
    /// What the log says in the end.
    #[must_use]
    pub(crate) fn of(workflow: &Workflow) -> Self {
        let text = |digest: Option<&swiftline_domain::rules::RulesDigest>| {
            digest.map(ToString::to_string).unwrap_or_default()
        };
        Self {
            digest: text(workflow.active()),
            canary: text(workflow.canary().map(|canary| &canary.digest)),
            shadow: text(workflow.shadow().map(|shadow| &shadow.digest)),
            entries: workflow.head().entries,
        }
    }
}

impl Peer {
    /// Whether it has been silent for so long that nobody waits for it.
    #[must_use]
    pub(crate) fn is_gone(&self) -> bool {
        self.age_ms > GONE_AFTER_MS
    }

    /// Whether it serves all that it should.
    #[must_use]
    pub(crate) fn serves(&self, wanted: &Wanted) -> bool {
        let beat = &self.beat;
        let served = (&beat.digest, &beat.canary, &beat.shadow);
        served == (&wanted.digest, &wanted.canary, &wanted.shadow) && beat.problem.is_empty()
    }

    /// Why it does not serve what it should; empty when it does.
    #[must_use]
    pub(crate) fn problem(&self, wanted: &Wanted) -> String {
        if self.serves(wanted) {
            String::new()
        } else if self.beat.problem.is_empty() {
            let (followed, entries) = (self.beat.entries, wanted.entries);
            format!("it has followed {followed} of {entries} entries of the log so far")
        } else {
            self.beat.problem.clone()
        }
    }
}

impl Engine {
    /// Every router that reported within the last hour or so, by id. One whose word cannot be read says nothing.
    ///
    /// # Errors
    /// When the store is away.
    pub(crate) async fn peers(&self) -> Result<Vec<Peer>, Error> {
        let replicas = self.store.rules().replicas().await?.into_iter();
        let peer = |replica: swiftline_store::Replica| Peer {
            beat: serde_json::from_slice(&replica.state).unwrap_or_else(|error| Beat {
                problem: format!("its report cannot be read: {error}"),
                ..Beat::default()
            }),
            id: replica.id,
            age_ms: replica.age_ms,
        };
        Ok(replicas.map(peer).collect())
    }

    /// The live routers that do not serve all that they should.
    ///
    /// # Errors
    /// When the store is away.
    pub(crate) async fn stragglers(&self, wanted: &Wanted) -> Result<Vec<Peer>, Error> {
        let mut peers = self.peers().await?;
        peers.retain(|peer| !peer.is_gone() && !peer.serves(wanted));
        Ok(peers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted() -> Wanted {
        Wanted {
            digest: "d".into(),
            canary: "c".into(),
            shadow: String::new(),
            entries: 5,
        }
    }

    fn peer(canary: &str, problem: &str, age_ms: u64) -> Peer {
        let beat = Beat {
            digest: "d".into(),
            canary: canary.into(),
            problem: problem.into(),
            entries: 4,
            ..Beat::default()
        };
        let id = "r".into();
        Peer { id, age_ms, beat }
    }

    #[test]
    fn who_serves_all_that_it_should_has_no_problem() {
        assert_eq!(peer("c", "", 0).problem(&wanted()), "");
        let late = peer("", "", 0).problem(&wanted());
        assert_eq!(late, "it has followed 4 of 5 entries of the log so far");
        assert_eq!(
            peer("c", "no such unit", 0).problem(&wanted()),
            "no such unit"
        );
    }

    #[test]
    fn who_is_silent_for_too_long_is_gone() {
        assert!(!peer("c", "", GONE_AFTER_MS).is_gone());
        assert!(peer("c", "", GONE_AFTER_MS + 1).is_gone());
    }

    #[test]
    fn a_report_of_another_release_is_read_as_far_as_it_goes() {
        let beat: Beat = serde_json::from_str(r#"{"digest":"d","more":1}"#).unwrap();
        assert_eq!(beat.digest, "d");
    }
}
