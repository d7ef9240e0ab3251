//! What the models' log says: who pushed what, what is in force under each name, what is compared. Pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use swiftline_domain::id::ActorId;

/// The fewest digits that may stand for a digest.
const MIN_DIGITS: usize = 8;
const DIGITS: usize = 64;

/// An entry of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Step {
    /// When, unix milliseconds.
    pub(crate) at_ms: i64,
    /// Who, by an opaque id.
    pub(crate) actor: String,
    /// Why, in their words.
    pub(crate) reason: String,
    /// What was done.
    pub(crate) action: Action,
    /// The model's name.
    pub(crate) name: String,
    /// Its digest; empty for the model that is built in.
    pub(crate) digest: String,
    /// What the file says of itself; with a push.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) facts: Option<Facts>,
}

/// What people do with models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Action {
    /// Kept under its digest.
    Push,
    /// Decides beside the one in force.
    Shadow,
    /// Does so no more.
    EndShadow,
    /// In force.
    Activate,
    /// The one before is in force again.
    Rollback,
}

impl Action {
    /// The word in the log and on the wire.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Shadow => "shadow",
            Self::EndShadow => "end_shadow",
            Self::Activate => "activate",
            Self::Rollback => "rollback",
        }
    }
}

/// What a model file says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Facts {
    /// What stands on decisions.
    pub(crate) version: String,
    /// The length of the file.
    pub(crate) bytes: u64,
    /// How many labels it has.
    pub(crate) labels: u32,
    /// How many messages it learned from.
    pub(crate) examples: u64,
    /// As measured when it was made; 0 where it was not.
    pub(crate) macro_f1: f64,
}

/// Who does something, and why.
#[derive(Debug, Clone)]
pub(crate) struct By {
    /// Who.
    pub(crate) actor: ActorId,
    /// Why, in their words.
    pub(crate) reason: String,
}

/// A model that was pushed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pushed {
    /// Its name.
    pub(crate) name: String,
    /// What it says of itself.
    pub(crate) facts: Facts,
}

/// A name, and what is in force under it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// The digest in force; `None` is the model that is built in, if there is one of the name.
    pub(crate) active: Option<String>,
    /// What was in force before, the newest last.
    before: Vec<Option<String>>,
    /// What decides beside it.
    pub(crate) shadow: Option<Run>,
    /// The newest entry that changed it, and by whom; `None` when none did.
    pub(crate) changed: Option<(u64, String)>,
}

/// A shadow that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    /// The digest.
    pub(crate) digest: String,
    /// The entry that began it.
    pub(crate) began: u64,
}

/// All that the log says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Journal {
    entries: u64,
    pushed: BTreeMap<String, Pushed>,
    places: BTreeMap<String, Place>,
}

/// Why a step is not possible as things stand.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// No model was pushed under these digits.
    #[error("no model {0} has been pushed")]
    Unknown(String),
    /// Several were.
    #[error("{0} means several models; give more digits")]
    Ambiguous(String),
    /// These are no digits.
    #[error("is no digest: {MIN_DIGITS} to {DIGITS} digits 0-9 and a-f")]
    NoDigest,
    /// The model has another name.
    #[error("{digest} is a model of the name {found}")]
    OtherName {
        /// The digest.
        digest: String,
        /// Its name.
        found: String,
    },
    /// It is in force already.
    #[error("{0} is in force already")]
    AlreadyActive(String),
    /// It is compared already.
    #[error("{0} decides beside the one in force already")]
    AlreadyShadow(String),
    /// Nothing is compared.
    #[error("nothing decides beside {0}")]
    NoShadow(String),
    /// Nothing was in force before.
    #[error("no other model of the name {0} was in force before")]
    NothingBefore(String),
}

impl Journal {
    /// How many entries were followed.
    #[must_use]
    pub(crate) const fn entries(&self) -> u64 {
        self.entries
    }

    /// The model of this digest.
    #[must_use]
    pub(crate) fn pushed(&self, digest: &str) -> Option<&Pushed> {
        self.pushed.get(digest)
    }

    /// Every name of which something is in force or compared, or was.
    pub(crate) fn places(&self) -> impl Iterator<Item = (&String, &Place)> {
        self.places.iter()
    }

    /// What is in force under this name.
    #[must_use]
    pub(crate) fn place(&self, name: &str) -> Place {
        self.places.get(name).cloned().unwrap_or_default()
    }

    /// The digest that these digits mean.
    ///
    /// # Errors
    /// When they mean none or several, or are none.
    pub(crate) fn resolve(&self, digits: &str) -> Result<String, Refusal> {
        let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if !(MIN_DIGITS..=DIGITS).contains(&digits.len()) || !digits.bytes().all(digit) {
            return Err(Refusal::NoDigest);
        }
        let mut meant = self.pushed.keys().filter(|one| one.starts_with(digits));
        match (meant.next(), meant.next()) {
            (Some(one), None) => Ok(one.clone()),
            (Some(_), Some(_)) => Err(Refusal::Ambiguous(digits.to_owned())),
            (None, _) => Err(Refusal::Unknown(digits.to_owned())),
        }
    }

    /// Whether the step is possible now.
    ///
    /// # Errors
    /// When it is not.
    pub(crate) fn check(&self, step: &Step) -> Result<(), Refusal> {
        let place = self.place(&step.name);
        let is_active = place.active.as_deref() == Some(step.digest.as_str());
        let digest = || step.digest.clone();
        match step.action {
            Action::Push => Ok(()),
            Action::Shadow => {
                self.is_of_name(step)?;
                let shadow = place.shadow.as_ref();
                if is_active {
                    Err(Refusal::AlreadyActive(digest()))
                } else if shadow.is_some_and(|run| run.digest == step.digest) {
                    Err(Refusal::AlreadyShadow(digest()))
                } else {
                    Ok(())
                }
            }
            Action::EndShadow => match place.shadow {
                Some(_) => Ok(()),
                None => Err(Refusal::NoShadow(step.name.clone())),
            },
            Action::Activate => {
                self.is_of_name(step)?;
                if is_active {
                    Err(Refusal::AlreadyActive(digest()))
                } else {
                    Ok(())
                }
            }
            Action::Rollback => match place.previous() {
                Some(_) => Ok(()),
                None => Err(Refusal::NothingBefore(step.name.clone())),
            },
        }
    }

    fn is_of_name(&self, step: &Step) -> Result<(), Refusal> {
        let pushed = self.pushed(&step.digest);
        let pushed = pushed.ok_or_else(|| Refusal::Unknown(step.digest.clone()))?;
        if pushed.name == step.name {
            return Ok(());
        }
        Err(Refusal::OtherName {
            digest: step.digest.clone(),
            found: pushed.name.clone(),
        })
    }

    /// Follows an entry of the log.
    ///
    /// # Errors
    /// In words, when it cannot be read or says what is not possible; nothing is changed then.
    pub(crate) fn follow(&mut self, line: &[u8]) -> Result<(), String> {
        let at = self.entries;
        let wrong = |reason: String| format!("entry {at} of the log cannot be followed: {reason}");
        let step: Step = serde_json::from_slice(line).map_err(|error| wrong(error.to_string()))?;
        self.check(&step)
            .map_err(|error| wrong(error.to_string()))?;
        self.evolve(step).map_err(wrong)
    }

    /// Takes a step that was found possible.
    fn evolve(&mut self, step: Step) -> Result<(), String> {
        let entry = self.entries;
        if step.action == Action::Push {
            let facts = step.facts.ok_or("it does not say what was pushed")?;
            let name = step.name;
            self.pushed.insert(step.digest, Pushed { name, facts });
            self.entries += 1;
            return Ok(());
        }
        let place = self.places.entry(step.name).or_default();
        match step.action {
            Action::Push => {}
            Action::Shadow => {
                place.shadow = Some(Run {
                    digest: step.digest,
                    began: entry,
                });
            }
            Action::EndShadow => place.shadow = None,
            Action::Activate => {
                // what is in force is compared with nothing but itself
                place.shadow.take_if(|run| run.digest == step.digest);
                let before = place.active.replace(step.digest);
                place.before.push(before);
            }
            Action::Rollback => {
                if let Some(before) = place.before.pop() {
                    place.active = before;
                }
                let active = place.active.as_deref();
                place
                    .shadow
                    .take_if(|run| Some(run.digest.as_str()) == active);
            }
        }
        place.changed = Some((entry, step.actor));
        self.entries += 1;
        Ok(())
    }
}

impl Place {
    /// What a rollback puts in force: a digest, or `None` in it for the model that is built in.
    #[must_use]
    pub(crate) fn previous(&self) -> Option<Option<&str>> {
        self.before.last().map(Option::as_deref)
    }
}

impl Step {
    /// The entry as it is stored.
    #[must_use]
    pub(crate) fn line(&self) -> String {
        serde_json::to_string(self)
            .expect("a step has no map and no odd number, so it has a JSON form")
    }
}

#[cfg(test)]
mod tests;
