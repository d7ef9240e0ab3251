//! What a setting's own type cannot say.

use std::fmt;

/// One thing wrong with the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Dotted path of the setting, as in `--set`: `server.listen`.
    pub field: String,
    /// What is wrong and what would be right, lower case, no full stop.
    pub reason: String,
}

impl Problem {
    /// A problem with `field`.
    pub fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            reason: reason.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.reason)
    }
}

/// Settings that can say what is wrong with them.
pub trait Validate {
    /// Every problem found, not only the first; empty when the settings are good. Field paths are relative to `self`.
    fn validate(&self) -> Vec<Problem>;
}

/// Gathers problems: a small help for implementing [`Validate`].
///
/// ```
/// use swiftline_config::Problems;
/// let mut problems = Problems::default();
/// problems.check("batch_size", 0 > 0, "must be at least 1");
/// problems.at_least("timeout_ms", 5, 10);
/// assert_eq!(problems.into_vec().len(), 2);
/// ```
#[derive(Debug, Default)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Notes `reason` for `field` unless `good`.
    pub fn check(&mut self, field: &str, good: bool, reason: impl Into<String>) {
        if !good {
            self.0.push(Problem::new(field, reason));
        }
    }

    /// Notes a problem unless `value` is at least `least`.
    pub fn at_least(&mut self, field: &str, value: u64, least: u64) {
        self.check(
            field,
            value >= least,
            format!("is {value}, must be at least {least}"),
        );
    }

    /// Adds the problems of a nested section, their fields prefixed with its name.
    pub fn section(&mut self, name: &str, section: &impl Validate) {
        self.0.extend(
            section
                .validate()
                .into_iter()
                .map(|p| Problem::new(format!("{name}.{}", p.field), p.reason)),
        );
    }

    /// All that was noted.
    pub fn into_vec(self) -> Vec<Problem> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Inner;
    impl Validate for Inner {
        fn validate(&self) -> Vec<Problem> {
            vec![Problem::new("url", "is empty")]
        }
    }

    #[test]
    fn a_section_prefixes_its_fields() {
        let mut problems = Problems::default();
        problems.section("store", &Inner);
        problems.at_least("store.shards", 0, 1);
        let shown: Vec<String> = problems
            .into_vec()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            shown,
            [
                "store.url: is empty",
                "store.shards: is 0, must be at least 1"
            ]
        );
    }
}
