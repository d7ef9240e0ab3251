//! What people do with models. Each step reads the newest log and adds its entry; a step that is refused changes nothing.

use std::time::Duration;

use swiftline_store::{Document, StoreError};
use tokio::time::Instant;

use super::error::ModelsError;
use super::journal::{Action, By, Facts, Journal, Pushed, Refusal};
use super::registry::{Registry, Wish};
use super::store::read;
use crate::model::Model;

/// How often to look whether every replica serves what it should, while somebody waits for that.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The longest name of a model.
const MAX_NAME: usize = 64;

/// The name in a model's file of its macro-F1.
const MACRO_F1: &str = "macro_f1";

/// Who lags, among the replicas that live; nobody when all serve what they should.
pub(super) type WaitingFor = Vec<String>;

impl Facts {
    /// What a model says of itself, whose file is so long.
    #[must_use]
    pub(super) fn of(model: &Model, bytes: u64) -> Self {
        let header = model.header();
        let macro_f1 = header.metrics.get(MACRO_F1).copied();
        Self {
            version: model.version(),
            bytes,
            labels: u32::try_from(header.labels.len()).unwrap_or(u32::MAX),
            examples: header.trained_on.iter().map(|n| u64::from(*n)).sum(),
            // JSON has no number for what is none
            macro_f1: macro_f1.filter(|f1| f1.is_finite()).unwrap_or_default(),
        }
    }
}

impl Registry {
    /// Keeps a model file under its digest; says whether it was there before.
    ///
    /// # Errors
    /// When the file is no model or not the one that was announced, or the step is refused; see [`ModelsError`].
    pub(super) async fn push(
        &self,
        announced: &str,
        file: Vec<u8>,
        by: &By,
    ) -> Result<(String, Pushed, bool), ModelsError> {
        let model = read(file.clone()).await.map_err(ModelsError::Unreadable)?;
        let (digest, name) = (model.digest(), model.header().name.clone());
        if digest != announced {
            let reason = format!("the file's is {digest}: it is another file, or damaged");
            return Err(ModelsError::bad("digest", reason));
        }
        if !is_name(&name) {
            let reason = format!("the model's name must be 1 to {MAX_NAME} of a-z, 0-9 and -");
            return Err(ModelsError::Unreadable(reason));
        }
        let seen = self.whole_log().await?;
        // again, even when the log knows it: the file may have been lost
        let bytes = file.as_slice();
        let document = Document {
            digest: &digest,
            bytes,
        };
        self.store.models().put_document(document).await?;
        let facts = Facts::of(&model, file.len() as u64);
        if let Some(pushed) = seen.pushed(&digest) {
            return Ok((digest, pushed.clone(), true));
        }
        let wish = Wish {
            action: Action::Push,
            name: &name,
            digest: &digest,
            facts: Some(facts.clone()),
        };
        // what happens to the name meanwhile is nothing to a push
        let seen = self.whole_log().await?;
        self.add(&wish, by, &seen).await?;
        Ok((digest, Pushed { name, facts }, false))
    }

    /// Lets a model decide beside the one in force; an empty digest ends that.
    ///
    /// # Errors
    /// When it is refused; see [`ModelsError`].
    pub(super) async fn shadow(
        &self,
        name: &str,
        digits: &str,
        by: &By,
    ) -> Result<(), ModelsError> {
        let seen = self.whole_log().await?;
        if digits.is_empty() {
            let run = seen.place(name).shadow;
            let run = run.ok_or_else(|| Refusal::NoShadow(name.to_owned()))?;
            let wish = Wish {
                action: Action::EndShadow,
                name,
                digest: &run.digest,
                facts: None,
            };
            return self.add(&wish, by, &seen).await.map(|_| ());
        }
        let digest = seen.resolve(digits)?;
        let wish = Wish {
            action: Action::Shadow,
            name,
            digest: &digest,
            facts: None,
        };
        self.ensure_loads(&seen, name, &digest).await?;
        self.add(&wish, by, &seen).await.map(|_| ())
    }

    /// Puts a model in force and waits until every live replica serves it, or the time is over; says under which name, and
    /// who lags.
    ///
    /// # Errors
    /// When it is refused; see [`ModelsError`]. Once it is in force nothing but the store can fail.
    pub(super) async fn activate(
        &self,
        digits: &str,
        by: &By,
        wait: Duration,
    ) -> Result<(String, WaitingFor), ModelsError> {
        let until = Instant::now() + wait;
        let seen = self.whole_log().await?;
        let digest = seen.resolve(digits)?;
        let name = seen.pushed(&digest).map(|pushed| pushed.name.clone());
        let name = name.ok_or_else(|| Refusal::Unknown(digest.clone()))?;
        let wish = Wish {
            action: Action::Activate,
            name: &name,
            digest: &digest,
            facts: None,
        };
        self.ensure_loads(&seen, &name, &digest).await?;
        self.add(&wish, by, &seen).await?;
        let late = self.wait_for(&name, &digest, until).await?;
        Ok((name, late))
    }

    /// Puts the model in force that was so before, and waits as [`Registry::activate`] does.
    ///
    /// # Errors
    /// When nothing was; otherwise as [`Registry::activate`].
    pub(super) async fn rollback(
        &self,
        name: &str,
        by: &By,
        wait: Duration,
    ) -> Result<WaitingFor, ModelsError> {
        let until = Instant::now() + wait;
        let seen = self.whole_log().await?;
        let place = seen.place(name);
        let built_in = self.in_force.built_in_of(name).is_some();
        let before = place.previous().filter(|one| one.is_some() || built_in);
        let before = before.ok_or_else(|| Refusal::NothingBefore(name.to_owned()))?;
        if let Some(digest) = before {
            self.ensure_loads(&seen, name, digest).await?;
        }
        let digest = before.unwrap_or_default();
        let wish = Wish {
            action: Action::Rollback,
            name,
            digest,
            facts: None,
        };
        self.add(&wish, by, &seen).await?;
        Ok(self.wait_for(name, digest, until).await?)
    }

    /// Refuses what this replica cannot load, before anybody is asked to.
    async fn ensure_loads(
        &self,
        journal: &Journal,
        name: &str,
        digest: &str,
    ) -> Result<(), ModelsError> {
        if let Err(reason) = self.load(name, digest).await? {
            let pushed = journal.pushed(digest);
            let version = pushed.map_or(digest, |one| one.facts.version.as_str());
            return Err(ModelsError::NotLoaded {
                version: version.to_owned(),
                reason,
            });
        }
        Ok(())
    }

    /// Waits until every live replica serves this, or the time is over, or it is not wanted any more; who does not.
    async fn wait_for(
        &self,
        name: &str,
        digest: &str,
        until: Instant,
    ) -> Result<WaitingFor, StoreError> {
        loop {
            let late = self.late(name, digest).await?;
            let wanted = self.view().journal.place(name).active.unwrap_or_default();
            if late.is_empty() || wanted != digest || Instant::now() >= until {
                return Ok(late);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// The live replicas that do not serve this; this one too, whether or not its reports get through.
    async fn late(&self, name: &str, digest: &str) -> Result<WaitingFor, StoreError> {
        let mut peers = self.peers().await?;
        peers.retain(|peer| !peer.serves(name, digest));
        let mut late: Vec<String> = peers.into_iter().map(|peer| peer.id).collect();
        let snapshot = self.in_force.snapshot();
        let served = snapshot.served().get(name);
        let own = served.is_some_and(|served| served.digest == digest);
        if !own && !late.contains(&self.replica) {
            late.push(self.replica.clone());
        }
        Ok(late)
    }
}

/// Names stand in versions, logs and metrics.
fn is_name(name: &str) -> bool {
    let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_small_letters_digits_and_hyphens() {
        assert!(is_name("zh-groups-2"));
        for bad in ["", "Zh", "a b", "a/b", "群", &"a".repeat(65)] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
