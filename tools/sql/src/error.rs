//! What can go wrong with a question.

use std::fmt::Write as _;

use datafusion::arrow::error::ArrowError;
use datafusion::common::SchemaError;
use datafusion::error::DataFusionError;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum SqlError {
    /// Something given is wrong: the archive's address, the city.
    #[error("{0}")]
    Given(String),
    /// The question cannot be understood, or would change something.
    #[error("{0}")]
    Question(String),
    /// The answer could not be found out.
    #[error("{0}")]
    Failed(String),
    /// The answer could not be printed.
    #[error("the answer cannot be written: {0}")]
    Output(#[from] std::io::Error),
}

impl From<DataFusionError> for SqlError {
    fn from(error: DataFusionError) -> Self {
        Self::Failed(plain(&error))
    }
}

impl SqlError {
    /// Whether whoever asks must change what they gave.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Given(_) | Self::Question(_))
    }

    pub(crate) fn storage(error: object_store::Error) -> Self {
        let text = error.to_string();
        let first = text.lines().next().unwrap_or_default();
        Self::Failed(format!("the archive's storage: {first}"))
    }

    pub(crate) fn arrow(error: ArrowError) -> Self {
        match error {
            ArrowError::IoError(_, error) => Self::Output(error),
            other => Self::Failed(other.to_string()),
        }
    }

    pub(crate) fn would_change() -> Self {
        Self::Question(
            "the archive is only read here: SELECT, SHOW TABLES, DESCRIBE and EXPLAIN are answered"
                .to_owned(),
        )
    }

    /// Says what was meant and what there is.
    pub(crate) fn question(error: &DataFusionError, mut tables: Vec<String>) -> Self {
        if let DataFusionError::SchemaError(schema, _) = error.find_root()
            && let SchemaError::FieldNotFound {
                field,
                valid_fields,
            } = &**schema
        {
            let mut text = format!("there is no column {:?}", field.name);
            let mut known: Vec<&str> = valid_fields.iter().map(|of| of.name.as_str()).collect();
            known.dedup();
            if !known.is_empty() {
                // Writing into a text cannot fail.
                let _ = write!(text, "; there are {}", known.join(", "));
            }
            return Self::Question(text);
        }
        let text = plain(error);
        if text.contains("table '") && text.contains("not found") {
            tables.sort_unstable();
            let name = text.split('\'').nth(1).unwrap_or_default();
            let name = name.rsplit('.').next().unwrap_or_default();
            let known = tables.join(", ");
            return Self::Question(format!("there is no table {name:?}; there are {known}"));
        }
        Self::Question(text)
    }
}

/// In one line, without the backtrace.
fn plain(error: &DataFusionError) -> String {
    let root = error.find_root().strip_backtrace();
    let lines: Vec<&str> = root.lines().map(str::trim).collect();
    lines.join(" ")
}
