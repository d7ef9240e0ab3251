//! What people do with rules. Each step reads the newest log, asks the workflow and adds its entry; a step that is refused
//! changes nothing.

use std::time::Duration;

use swiftline_domain::id::{ActorId, AreaId};
use swiftline_domain::rules::RulesDigest;
use swiftline_domain::rules::workflow::{
    CanaryBounds, Command, Ended, InFlight, Refusal, Version, Workflow,
};
use swiftline_proto::convert::ConvertError;
use swiftline_store::Document;
use tokio::time::Instant;

use super::check::{Checked, Text};
use super::error::RulesError;
use super::names::resolve;
use super::replica::{Peer, Wanted};
use crate::engine::Engine;
use crate::error::Error;

/// How often to look whether every router serves what it should, while somebody waits for that.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Who does something, and why.
#[derive(Debug, Clone)]
pub(crate) struct By {
    /// Who.
    pub(crate) actor: ActorId,
    /// Why, in their words.
    pub(crate) reason: String,
}

/// What came of proposing.
#[derive(Debug)]
pub(crate) struct Proposed {
    /// The version.
    pub(crate) version: Version,
    /// It had been proposed before.
    pub(crate) already: bool,
    /// The text, read and linted.
    pub(crate) checked: Checked,
}

/// What is to be put into force.
#[derive(Debug, Clone)]
pub(crate) struct Activate {
    /// Which rules; empty, in a rollback = those before.
    pub(crate) digest: String,
    /// What is in force as far as the caller knows.
    pub(crate) expected_active: String,
    /// What becomes of orders that wait.
    pub(crate) in_flight: InFlight,
    /// Back to rules that were in force before.
    pub(crate) rollback: bool,
    /// How long to wait for the routers.
    pub(crate) wait: Duration,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Activated {
    /// Every live router serves it.
    pub(crate) converged: bool,
    /// The live routers that do not.
    pub(crate) stragglers: Vec<Peer>,
    /// What they should serve.
    pub(crate) wanted: Wanted,
}

impl Engine {
    /// Stores a rule set under its digest, with what lint says of it. The same again changes nothing.
    ///
    /// # Errors
    /// When the text cannot be read or the step is refused; see [`Error`].
    pub(crate) async fn propose(&self, text: Text, by: &By) -> Result<Proposed, Error> {
        let mut checked = self.check(text.clone()).await?;
        if let Ok(rules) = &checked.rules
            && rules.text() != text.as_str()
        {
            // The report is read beside the canonical text: its lines must be those.
            checked = self.check(Text::new(rules.text().to_owned())?).await?;
        }
        let rules = checked.rules.as_ref();
        let rules = rules.map_err(|errors| RulesError::Unreadable(errors.clone()))?;
        let lint = checked.lint_ref();
        self.store
            .rules()
            .put_document(Document {
                digest: lint.digest.as_str(),
                bytes: checked.lint_json.as_bytes(),
            })
            .await?;
        let digest = rules.digest();
        let command = Command::Propose {
            digest: digest.clone(),
            base: None,
            rules: rules.rules().len() as u64,
            lint,
        };
        let document = Document {
            digest: digest.as_str(),
            bytes: rules.text().as_bytes(),
        };
        let added = self.add(&command, by, Some(document)).await;
        let (workflow, already) = match added {
            Ok((_, workflow)) => (workflow, false),
            Err(Error::Rules(RulesError::Refused(Refusal::AlreadyProposed { .. }))) => {
                (self.catch_up().await?, true)
            }
            Err(error) => return Err(error),
        };
        Ok(Proposed {
            version: version(&workflow, digest)?,
            already,
            checked,
        })
    }

    /// Approves a version whose reports these are.
    ///
    /// # Errors
    /// When it is refused; see [`Error`].
    pub(crate) async fn approve(
        &self,
        digest: &str,
        lint: &str,
        replay: &str,
        by: &By,
    ) -> Result<Version, Error> {
        let workflow = self.catch_up().await?;
        let digest = resolve(&workflow, digest, "digest")?;
        let known = version(&workflow, &digest)?;
        let newest = known.lint.as_ref().map(|lint| &lint.digest);
        let lint = super::names::report(lint, newest, "lint")?;
        let newest = known.replay.as_ref().map(|replay| &replay.report);
        let replay = super::names::report(replay, newest, "replay")?;
        let command = Command::Approve {
            digest: digest.clone(),
            lint,
            replay,
        };
        let (_, workflow) = self.add(&command, by, None).await?;
        version(&workflow, &digest)
    }

    /// Rules out a version.
    ///
    /// # Errors
    /// When it is refused; see [`Error`].
    pub(crate) async fn reject(&self, digest: &str, by: &By) -> Result<Version, Error> {
        let digest = resolve(&*self.catch_up().await?, digest, "digest")?;
        let command = Command::Reject {
            digest: digest.clone(),
        };
        let (_, workflow) = self.add(&command, by, None).await?;
        version(&workflow, &digest)
    }

    /// Lets a version decide beside the active one; an empty digest ends that.
    ///
    /// # Errors
    /// When it is refused; see [`Error`].
    pub(crate) async fn shadow(&self, digest: &str, by: &By) -> Result<(), Error> {
        let workflow = self.catch_up().await?;
        let command = if digest.is_empty() {
            let runs = workflow.shadow().ok_or_else(|| nothing_runs("shadow"))?;
            let digest = runs.digest.clone();
            Command::EndShadow { digest }
        } else {
            let digest = resolve(&workflow, digest, "digest")?;
            Command::StartShadow { digest }
        };
        self.add(&command, by, None).await.map(|_| ())
    }

    /// Puts a version into force in these areas.
    ///
    /// # Errors
    /// When it is refused; see [`Error`].
    pub(crate) async fn start_canary(
        &self,
        digest: &str,
        districts: Vec<AreaId>,
        bounds: CanaryBounds,
        by: &By,
    ) -> Result<(), Error> {
        for (at, district) in districts.iter().enumerate() {
            if self.pack().areas.get(district.as_str()).is_none() {
                let reason = format!("there is no area {district} in this city");
                return Err(ConvertError::new(format!("districts[{at}]"), reason).into());
            }
        }
        let digest = resolve(&*self.catch_up().await?, digest, "digest")?;
        let command = Command::StartCanary {
            digest,
            districts,
            bounds,
        };
        self.add(&command, by, None).await.map(|_| ())
    }

    /// Ends the canary.
    ///
    /// # Errors
    /// When none runs; see [`Error`].
    pub(crate) async fn end_canary(&self, why: Ended, by: &By) -> Result<(), Error> {
        let workflow = self.catch_up().await?;
        let runs = workflow.canary().ok_or_else(|| nothing_runs("canary"))?;
        let digest = runs.digest.clone();
        let command = Command::EndCanary { digest, why };
        self.add(&command, by, None).await.map(|_| ())
    }

    /// Puts a version into force and waits until every live router serves it, or the time is over.
    ///
    /// # Errors
    /// When it is refused; see [`Error`]. Once it is in force nothing but the store can fail.
    pub(crate) async fn activate(&self, what: Activate, by: &By) -> Result<Activated, Error> {
        let until = Instant::now() + what.wait;
        let workflow = self.catch_up().await?;
        let expected_active = resolve(&workflow, &what.expected_active, "expected_active")?;
        let in_flight = what.in_flight;
        let command = if what.rollback {
            let named =
                (!what.digest.is_empty()).then(|| resolve(&workflow, &what.digest, "digest"));
            Command::Rollback {
                digest: named.transpose()?,
                expected_active,
                in_flight,
            }
        } else {
            Command::Activate {
                digest: resolve(&workflow, &what.digest, "digest")?,
                expected_active,
                in_flight,
            }
        };
        let (_, workflow) = self.add(&command, by, None).await?;
        self.wait_for_routers(Wanted::of(&workflow), until).await
    }

    /// Waits until every live router serves this, or the time is over, or it is not wanted any more.
    ///
    /// # Errors
    /// When the store is away.
    pub(super) async fn wait_for_routers(
        &self,
        wanted: Wanted,
        until: Instant,
    ) -> Result<Activated, Error> {
        loop {
            let stragglers = self.stragglers(&wanted).await?;
            let newest = Wanted::of(&self.rules.view().workflow);
            let superseded = newest.entries > wanted.entries && newest.digest != wanted.digest;
            if stragglers.is_empty() || superseded || Instant::now() >= until {
                return Ok(Activated {
                    converged: stragglers.is_empty(),
                    stragglers,
                    wanted,
                });
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

/// The version of this digest.
pub(crate) fn version(workflow: &Workflow, digest: &RulesDigest) -> Result<Version, Error> {
    let unknown = || Refusal::Unknown {
        digest: digest.clone(),
    };
    let version = workflow.version(digest).cloned();
    version.ok_or_else(|| RulesError::Refused(unknown()).into())
}

fn nothing_runs(what: &'static str) -> Error {
    let reason = format!("is required: no {what} runs that could be ended");
    ConvertError::new("digest", reason).into()
}
