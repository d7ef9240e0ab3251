//! What a service is built with.

use std::collections::BTreeMap;
use std::sync::Arc;

use swiftline_config::Files;
use swiftline_rpc::Tls;
use swiftline_telemetry::Instruments;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Handed to the function that builds a service, and passed on from there. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Context {
    /// The service's short name: `intake`.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// Tracer, registry, RPC families.
    pub instruments: Instruments,
    /// Whether it can serve.
    pub readiness: Readiness,
    /// Cancelled when the drain begins: readers stop reading, and long-lived streams must end themselves, or the drain
    /// waits for them in vain.
    pub stop: CancellationToken,
    /// What is read again when it changes; the service looks every `runtime.files_every_ms`.
    pub files: Files,
    /// How this process serves and calls by TLS; `None`: in plain text.
    pub tls: Option<Tls>,
}

impl Context {
    /// A context of its own, as a test needs it.
    pub fn new(name: &'static str, version: &'static str, instruments: Instruments) -> Self {
        Self {
            name,
            version,
            instruments,
            readiness: Readiness::default(),
            stop: CancellationToken::new(),
            files: Files::new(),
            tls: None,
        }
    }
}

/// Whether the service can serve: every named condition holds, and it does not drain. Health and `/readyz` follow it.
#[derive(Debug, Clone)]
pub struct Readiness(Arc<watch::Sender<State>>);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct State {
    conditions: BTreeMap<&'static str, bool>,
    notes: BTreeMap<&'static str, String>,
    serving: bool,
}

impl State {
    pub(crate) fn is_ready(&self) -> bool {
        self.serving && self.conditions.values().all(|holds| *holds)
    }

    /// What is not as it should be, though the service can serve; a line each.
    pub(crate) fn notes(&self) -> String {
        let line = |(about, note): (&&str, &String)| format!("{about}: {note}\n");
        self.notes.iter().map(line).collect()
    }

    /// What is missing, for people.
    pub(crate) fn missing(&self) -> Vec<&'static str> {
        let unmet = self
            .conditions
            .iter()
            .filter(|(_, holds)| !**holds)
            .map(|(name, _)| *name);
        (!self.serving)
            .then_some("serving")
            .into_iter()
            .chain(unmet)
            .collect()
    }
}

impl Default for Readiness {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(State::default())))
    }
}

impl Readiness {
    /// Says whether a condition holds, e.g. `set("store", false)` while Redis is away. Unnamed conditions hold.
    pub fn set(&self, condition: &'static str, holds: bool) {
        self.change(|state| state.conditions.insert(condition, holds) != Some(holds));
    }

    /// Says what is not as it should be though the service can serve; an empty note takes that back. Shown by `/readyz`.
    pub fn note(&self, about: &'static str, note: &str) {
        self.change(|state| {
            let before = if note.is_empty() {
                state.notes.remove(about)
            } else {
                state.notes.insert(about, note.to_owned())
            };
            before.unwrap_or_default() != note
        });
    }

    /// Whether all conditions hold and the service serves.
    pub fn is_ready(&self) -> bool {
        self.0.borrow().is_ready()
    }

    pub(crate) fn set_serving(&self, serving: bool) {
        self.change(|state| std::mem::replace(&mut state.serving, serving) != serving);
    }

    pub(crate) fn watch(&self) -> watch::Receiver<State> {
        self.0.subscribe()
    }

    fn change(&self, change: impl FnOnce(&mut State) -> bool) {
        self.0.send_if_modified(change);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_does_not_stand_in_the_way() {
        let readiness = Readiness::default();
        readiness.set_serving(true);
        readiness.note("rules", "the last good ones stay in force");
        assert!(readiness.is_ready());
        let noted = readiness.0.borrow().notes();
        assert_eq!(noted, "rules: the last good ones stay in force\n");
        readiness.note("rules", "");
        assert_eq!(readiness.0.borrow().notes(), "");
    }

    #[test]
    fn is_ready_when_serving_and_every_condition_holds() {
        let readiness = Readiness::default();
        assert!(!readiness.is_ready());
        readiness.set_serving(true);
        assert!(readiness.is_ready());
        readiness.set("store", false);
        assert_eq!(readiness.0.borrow().missing(), ["store"]);
        readiness.set("store", true);
        assert!(readiness.is_ready());
        readiness.set_serving(false);
        assert_eq!(readiness.0.borrow().missing(), ["serving"]);
    }
}
