//! What a lint says.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::super::sample::Sample;
use crate::city::{PackErrors, words};
use crate::id::RuleId;

words! {
    /// How bad a finding is.
    Severity {
        /// The rules do not say what they mean: they must not be put in force.
        Error = "error",
        /// They may, but somebody should have a look.
        Warning = "warning",
        /// For completeness.
        Info = "info",
    }
}

words! {
    /// What sort of finding it is.
    FindingKind {
        /// The text cannot be read as rules, for a reason that has no kind of its own.
        Unreadable = "unreadable",
        /// In reading: the text is not YAML, or uses a part of it that the file has no room for.
        Yaml = "yaml",
        /// In reading: a key that the file does not have there.
        UnknownKey = "unknown_key",
        /// In reading: a key that must be there.
        MissingKey = "missing_key",
        /// In reading: a list where a text belongs, a text where a number belongs, and the like.
        WrongType = "wrong_type",
        /// In reading: an id that is declared twice.
        DuplicateId = "duplicate_id",
        /// In reading: a unit that the pack does not have.
        UnknownUnit = "unknown_unit",
        /// In reading: an area that the pack does not have.
        UnknownArea = "unknown_area",
        /// In reading: a category that the pack does not have.
        UnknownCategory = "unknown_category",
        /// In reading: a function that no department has.
        UnknownFunction = "unknown_function",
        /// In reading: a class of clocks that the pack does not have.
        UnknownClock = "unknown_clock",
        /// In reading: a skill that no team has.
        UnknownSkill = "unknown_skill",
        /// In reading: a guard that is no guard.
        Guard = "guard",
        /// In reading: a rule behind one that matches everything.
        NeverReached = "never_reached",
        /// In reading: anything else.
        Invalid = "invalid",
        /// No complaint reaches the rule: several earlier rules together take all that it matches.
        Unreachable = "unreachable",
        /// No complaint reaches the rule: one earlier rule takes all that it matches.
        Shadowed = "shadowed",
        /// The condition contradicts itself.
        Empty = "empty",
        /// An earlier rule has the same condition and the same outcome.
        Duplicate = "duplicate",
        /// An earlier rule has the same condition and another outcome.
        ConflictingDuplicate = "conflicting_duplicate",
        /// The guard is false of whatever the rest of the condition lets through.
        NeverTrueGuard = "never_true_guard",
        /// The guard is true of whatever the rest of the condition lets through.
        AlwaysTrueGuard = "always_true_guard",
        /// Nothing was proved of the guard.
        UnprovenGuard = "unproven_guard",
        /// Some rules have a guard, so nothing is counted as surely theirs.
        Guarded = "guarded",
        /// The unit has no team for what the rule sends it.
        NoTeam = "no_team",
        /// The unit's teams have no capacity.
        NoCapacity = "no_capacity",
        /// No team of the unit has the skills that the rule wants.
        LacksSkill = "lacks_skill",
        /// No team of the unit speaks a language that the rule wants.
        LacksLanguage = "lacks_language",
        /// An emergency can come when no team of the unit is on duty.
        NeverOnDuty = "never_on_duty",
        /// Complaints of a category, place and kind may reach no rule, or no unit but the district's for want of another.
        Uncovered = "uncovered",
        /// The search gave up: nothing is known.
        Undecided = "undecided",
    }
}

impl FindingKind {
    /// How bad such findings are; [`FindingKind::Uncovered`] is only an [`Severity::Info`] where a unit is missing.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self {
            Self::Unreadable
            | Self::Yaml
            | Self::UnknownKey
            | Self::MissingKey
            | Self::WrongType
            | Self::DuplicateId
            | Self::UnknownUnit
            | Self::UnknownArea
            | Self::UnknownCategory
            | Self::UnknownFunction
            | Self::UnknownClock
            | Self::UnknownSkill
            | Self::Guard
            | Self::NeverReached
            | Self::Invalid
            | Self::Unreachable
            | Self::Shadowed
            | Self::Empty
            | Self::ConflictingDuplicate
            | Self::NeverTrueGuard
            | Self::NoTeam
            | Self::NoCapacity => Severity::Error,
            Self::Duplicate
            | Self::AlwaysTrueGuard
            | Self::LacksSkill
            | Self::LacksLanguage
            | Self::NeverOnDuty
            | Self::Uncovered
            | Self::Undecided => Severity::Warning,
            Self::UnprovenGuard | Self::Guarded => Severity::Info,
        }
    }
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What sort it is.
    pub kind: FindingKind,
    /// How bad it is.
    pub severity: Severity,
    /// The rule it is about; `None` when it is about all of them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rule: Option<RuleId>,
    /// The rules that make it so, the one that decides the witness first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub by: Vec<RuleId>,
    /// A complaint that shows it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub witness: Option<Sample>,
    /// What is wrong and what to do.
    pub message: String,
    /// The line on which the rule begins, from 1; 0 when it is about no single rule.
    pub line: u32,
}

impl Finding {
    pub(super) fn new(kind: FindingKind, rule: Option<RuleId>, message: String, line: u32) -> Self {
        Self {
            kind,
            severity: kind.severity(),
            rule,
            by: Vec::new(),
            witness: None,
            message,
            line,
        }
    }
}

/// What was proved, in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LintProofs {
    /// How many rules there are.
    pub rules: usize,
    /// How many of them have a guard and so are counted as taking nothing.
    pub guarded_rules: usize,
    /// Lowest categories × smallest areas × kinds.
    pub cells: u64,
    /// Of those, how many surely reach a rule and a unit that the rule means, whatever else the complaint is.
    pub covered: u64,
    /// Of those, for how many some complaint reaches no rule, so the backstop answers.
    pub without_rule: u64,
    /// Of those, for how many some complaint falls to the district because the unit meant does not exist there.
    pub without_unit: u64,
    /// Of those, of how many it was not found out.
    pub undecided: u64,
    /// How many parts of conditions were looked at: the work that the proofs took.
    pub parts: u64,
}

/// What a lint found, and what it proved.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LintReport {
    /// The findings, the worst first, then by line.
    pub findings: Vec<Finding>,
    /// What was proved.
    pub proofs: LintProofs,
}

impl LintReport {
    pub(super) fn new(mut findings: Vec<Finding>, proofs: LintProofs) -> Self {
        findings.sort_by_key(|finding| (finding.severity as u8, finding.line)); // stable
        Self { findings, proofs }
    }

    /// The report about a text that cannot be read as rules: every error a finding.
    #[must_use]
    pub fn of_errors(errors: &PackErrors) -> Self {
        let finding = |error: &crate::city::PackError| {
            let message = match error.line {
                0 => format!("{}: {}", error.file, error.reason),
                _ => format!("column {}: {}", error.column, error.reason),
            };
            let kind = error.kind.parse().unwrap_or(FindingKind::Unreadable);
            Finding::new(kind, None, message, error.line)
        };
        let mut findings: Vec<Finding> = errors.errors().iter().map(finding).collect();
        if errors.more() > 0 {
            let message = format!("and {} more: put these right first", errors.more());
            findings.push(Finding::new(
                FindingKind::Unreadable,
                None,
                message,
                u32::MAX,
            ));
        }
        let mut report = Self::new(findings, LintProofs::default());
        for finding in &mut report.findings {
            if finding.line == u32::MAX {
                finding.line = 0;
            }
        }
        report
    }

    /// How bad the worst finding is; `None` when there is none.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.findings.first().map(|finding| finding.severity)
    }
}

impl fmt::Display for Finding {
    /// One line, such as `line 12: error: shadowed: rule "x" …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "line {}: ", self.line)?;
        }
        write!(f, "{}: {}: {}", self.severity, self.kind, self.message)
    }
}
