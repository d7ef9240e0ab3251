//! Reading and linting a rule set, beside the tasks that serve.

use std::sync::Arc;

use swiftline_domain::city::PackErrors;
use swiftline_domain::rules::workflow::ReportRef;
use swiftline_domain::rules::{LintReport, RuleSet, RulesDigest, Severity, lint};
use swiftline_proto::convert::ConvertError;

use super::load::FILE;
use super::names::resolve;
use crate::engine::Engine;
use crate::error::Error;

/// The longest text of a rule set, bytes: some 20,000 rules.
pub(crate) const MAX_TEXT_BYTES: usize = 4 * 1024 * 1024;

/// The text of a rule set that is not too long.
#[derive(Debug, Clone)]
pub(crate) struct Text(String);

impl Text {
    /// Takes a text.
    ///
    /// # Errors
    /// Naming the field: when it is empty or longer than [`MAX_TEXT_BYTES`].
    pub(crate) fn new(text: String) -> Result<Self, Error> {
        let reason = match text.len() {
            0 => "is required: the text of a rules.yaml".to_owned(),
            bytes if bytes > MAX_TEXT_BYTES => {
                format!("has {bytes} bytes, at most {MAX_TEXT_BYTES} are taken")
            }
            _ => return Ok(Self(text)),
        };
        Err(ConvertError::new("text", reason).into())
    }

    /// As it is.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A rule set that was looked at.
#[derive(Debug)]
pub(crate) struct Checked {
    /// The rules, or why the text is none.
    pub(crate) rules: Result<Arc<RuleSet>, PackErrors>,
    /// The lint report.
    pub(crate) lint: LintReport,
    /// Its JSON, as it is kept.
    pub(crate) lint_json: String,
}

impl Checked {
    fn of(rules: Result<Arc<RuleSet>, PackErrors>, lint: LintReport) -> Self {
        Self {
            rules,
            lint_json: serde_json::to_string(&lint).expect("a lint report has a JSON form"),
            lint,
        }
    }

    /// Findings of this severity.
    #[must_use]
    pub(crate) fn count(&self, severity: Severity) -> usize {
        let findings = self.lint.findings.iter();
        findings
            .filter(|finding| finding.severity == severity)
            .count()
    }

    /// The lint report as the log names it.
    #[must_use]
    pub(crate) fn lint_ref(&self) -> ReportRef {
        ReportRef {
            digest: RulesDigest::of(&self.lint_json),
            errors: self.count(Severity::Error) as u64,
            warnings: self.count(Severity::Warning) as u64,
        }
    }
}

impl Engine {
    /// Reads and lints a text.
    ///
    /// # Errors
    /// Only when that breaks off: a text that is no rule set is an answer.
    pub(crate) async fn check(&self, text: Text) -> Result<Checked, Error> {
        let pack = Arc::clone(self.planner.pack());
        let checking =
            tokio::task::spawn_blocking(move || match RuleSet::read(&pack, FILE, &text.0) {
                Ok(rules) => {
                    let report = lint(&pack, &rules);
                    Checked::of(Ok(Arc::new(rules)), report)
                }
                Err(errors) => {
                    let report = LintReport::of_errors(&errors);
                    Checked::of(Err(errors), report)
                }
            });
        checking.await.map_err(|error| Error::Failed {
            what: "lint",
            reason: error.to_string(),
        })
    }

    /// Reads and lints a version.
    ///
    /// # Errors
    /// When there is none of this digest, or it cannot be had.
    pub(crate) async fn check_version(&self, digits: &str) -> Result<Checked, Error> {
        let digest = resolve(&*self.catch_up().await?, digits, "digest")?;
        let text = self.rules_text(&digest).await?;
        self.check(Text(text)).await
    }

    /// The text of a version.
    ///
    /// # Errors
    /// When the store is away or has lost it.
    pub(crate) async fn rules_text(&self, digest: &RulesDigest) -> Result<String, Error> {
        let text = self.report_text(digest).await?;
        text.ok_or_else(|| Error::Unknown {
            field: "digest",
            what: "text of the rule set",
            id: digest.to_string(),
        })
    }

    /// A document of the workflow as text; `None` when there is none.
    ///
    /// # Errors
    /// When the store is away.
    pub(crate) async fn report_text(&self, digest: &RulesDigest) -> Result<Option<String>, Error> {
        let bytes = self.store.rules().document(digest.as_str()).await?;
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }
}
