//! What can go wrong with a question.

use datafusion::arrow::error::ArrowError;
use datafusion::error::{DataFusionError, SchemaError};
use swiftline_domain::archive::Table;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum SqlError {
    /// There is no archive there.
    #[error("{0}")]
    Address(String),
    /// The question cannot be understood.
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
        Self::Failed(first_line(&error.strip_backtrace()))
    }
}

impl SqlError {
    pub(crate) fn storage(error: object_store::Error) -> Self {
        Self::Address(error.to_string())
    }

    pub(crate) fn arrow(error: ArrowError) -> Self {
        match error {
            ArrowError::IoError(_, error) => Self::Output(error),
            other => Self::Failed(other.to_string()),
        }
    }

    /// Says what was meant and what there is.
    pub(crate) fn question(error: DataFusionError) -> Self {
        if let DataFusionError::SchemaError(schema, _) = error.find_root()
            && let SchemaError::FieldNotFound {
                field,
                valid_fields,
            } = &**schema
        {
            let mut known: Vec<&str> = valid_fields
                .iter()
                .map(|field| field.name.as_str())
                .collect();
            known.dedup();
            return Self::Question(format!(
                "there is no column {:?}; there are {}",
                field.name,
                known.join(", ")
            ));
        }
        let text = first_line(&error.strip_backtrace());
        if text.contains("table") && text.contains("not found") {
            let known: Vec<&str> = Table::ALL.iter().map(|table| table.as_str()).collect();
            return Self::Question(format!(
                "{text}; there are {}, scores_monthly",
                known.join(", ")
            ));
        }
        Self::Question(text)
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
