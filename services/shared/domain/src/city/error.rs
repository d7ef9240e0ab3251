//! What is wrong with a city pack, by file, line and column.

use std::fmt;
use std::path::Path;

/// How many errors are kept: whoever edits a pack fixes these before the next look, and a broken generator
/// must not fill the screen.
pub const MAX_ERRORS: usize = 50;

/// The values of [`PackError::kind`].
pub mod error_kind {
    /// The text is not YAML, or uses a part of it that the file has no room for.
    pub const YAML: &str = "yaml";
    /// A key that the file does not have there.
    pub const UNKNOWN_KEY: &str = "unknown_key";
    /// A key that must be there.
    pub const MISSING_KEY: &str = "missing_key";
    /// A list where a text belongs, a text where a number belongs, and the like.
    pub const WRONG_TYPE: &str = "wrong_type";
    /// An id that is declared twice.
    pub const DUPLICATE_ID: &str = "duplicate_id";
    /// A unit that the pack does not have.
    pub const UNKNOWN_UNIT: &str = "unknown_unit";
    /// An area that the pack does not have.
    pub const UNKNOWN_AREA: &str = "unknown_area";
    /// A category that the pack does not have.
    pub const UNKNOWN_CATEGORY: &str = "unknown_category";
    /// A function that no department has.
    pub const UNKNOWN_FUNCTION: &str = "unknown_function";
    /// A class of clocks that the pack does not have.
    pub const UNKNOWN_CLOCK: &str = "unknown_clock";
    /// A skill that no team has.
    pub const UNKNOWN_SKILL: &str = "unknown_skill";
    /// A guard that is no guard.
    pub const GUARD: &str = "guard";
    /// A rule behind one that matches everything.
    pub const NEVER_REACHED: &str = "never_reached";
    /// Anything else.
    pub const INVALID: &str = "invalid";
}

/// One thing wrong in one place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct PackError {
    /// The file: its name, such as `teams.yaml`, or its path where the pack was loaded from a folder.
    pub file: String,
    /// The line, from 1; 0 when the whole file is meant.
    pub line: u32,
    /// The column in characters, from 1; 0 when the whole file is meant.
    pub column: u32,
    /// What is wrong and what to write instead.
    pub reason: String,
    /// What sort of error it is, for programs: one of [`error_kind`].
    pub kind: &'static str,
}

impl fmt::Display for PackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            write!(f, "{}: {}", self.file, self.reason)
        } else {
            write!(
                f,
                "{}:{}:{}: {}",
                self.file, self.line, self.column, self.reason
            )
        }
    }
}

/// Everything wrong with a pack, in the order of files and lines; at most [`MAX_ERRORS`] are kept.
///
/// Shown one error a line: `teams.yaml:12:5: unit "st-x" does not exist; did you mean "st-y"?`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackErrors {
    errors: Vec<PackError>,
    more: usize,
}

impl PackErrors {
    pub(crate) fn new(mut errors: Vec<PackError>) -> Self {
        errors.sort();
        errors.dedup();
        let more = errors.len().saturating_sub(MAX_ERRORS);
        errors.truncate(MAX_ERRORS);
        Self { errors, more }
    }

    /// The same with each file's path in this folder.
    pub(crate) fn within(mut self, folder: &Path) -> Self {
        for error in &mut self.errors {
            error.file = folder.join(&error.file).display().to_string();
        }
        self
    }

    /// The errors kept.
    #[must_use]
    pub fn errors(&self) -> &[PackError] {
        &self.errors
    }

    /// How many more there are than are kept.
    #[must_use]
    pub fn more(&self) -> usize {
        self.more
    }
}

impl fmt::Display for PackErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.errors.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            error.fmt(f)?;
        }
        if self.more > 0 {
            write!(f, "\nand {} more", self.more)?;
        }
        Ok(())
    }
}

impl std::error::Error for PackErrors {}
