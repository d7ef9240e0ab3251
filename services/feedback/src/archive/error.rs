//! What can go wrong with the archive.

use swiftline_domain::archive::Month;
use swiftline_runtime::StartError;
use swiftline_store::StoreError;

/// Why the archive could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The address of the archive cannot be used.
    #[error("archive.url {url:?}: {reason}")]
    Url {
        /// The address.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The folder or the object store does not do it.
    #[error("the archive's storage: {0}")]
    Storage(#[from] object_store::Error),
    /// A file cannot be read from the disk.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: String,
        /// Why.
        error: std::io::Error,
    },
    /// A file is not what it should be.
    #[error("{path}: {error}")]
    Format {
        /// Which.
        path: String,
        /// Why.
        error: String,
    },
    /// A file was written by a newer version.
    #[error("{path} has tables of version {found}; this program knows up to version {known}")]
    Newer {
        /// Which.
        path: String,
        /// Its version.
        found: String,
        /// What is known.
        known: u32,
    },
    /// A column that the table does not have.
    #[error("{table} has no column {column:?}; there are {}", .known.join(", "))]
    NoColumn {
        /// The table.
        table: &'static str,
        /// What was asked for.
        column: String,
        /// What there is.
        known: Vec<&'static str>,
    },
    /// Rows that do not make columns, or columns that do not make a file.
    #[error("parquet: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// Columns that do not fit.
    #[error("arrow: {0}")]
    Arrow(#[from] arrow_schema::ArrowError),
    /// Others have kept a month busy all along.
    #[error("{0} is being merged again and again; try again")]
    Busy(Month),
    /// A probe wanted it to end here.
    #[error("broken off after {0:?}")]
    BrokenOff(super::Step),
    /// The store does not give or take.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The task was ended from outside.
    #[error("the archive's work was broken off: {0}")]
    Ended(#[from] tokio::task::JoinError),
}

impl ArchiveError {
    pub(crate) fn format(path: &str, error: impl ToString) -> Self {
        Self::Format {
            path: path.to_owned(),
            error: error.to_string(),
        }
    }

    /// Why the service cannot start.
    pub(crate) fn into_start(self) -> StartError {
        match self {
            Self::Store(error) => error.into(),
            other => StartError::Config(other.to_string()),
        }
    }

    /// Whether the file or object is not there (any more).
    pub(crate) fn is_missing(&self) -> bool {
        match self {
            Self::Storage(object_store::Error::NotFound { .. }) => true,
            Self::File { error, .. } => error.kind() == std::io::ErrorKind::NotFound,
            _ => false,
        }
    }
}
