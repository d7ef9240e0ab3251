//! Where the real data is, and how its files are read.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

/// The folder of real data, which need not be there.
#[derive(Debug, Clone)]
pub struct Data {
    folder: PathBuf,
}

/// Why a file of the data could not be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The file cannot be opened or read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A line is not what it should be.
    #[error("{}:{line}: {source}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// Why.
        source: serde_json::Error,
    },
}

impl Data {
    /// The data in this folder.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// The path of a file of the data; `None` where it is absent.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<PathBuf> {
        let path = self.folder.join(name);
        path.is_file().then_some(path)
    }

    /// The lines of a JSONL file; `None` where it is absent.
    ///
    /// # Errors
    /// When the file cannot be read or a line is not a `T`.
    pub fn jsonl<T: DeserializeOwned>(&self, name: &str) -> Result<Option<Vec<T>>, DataError> {
        self.file(name).map(|path| jsonl(&path)).transpose()
    }
}

/// The lines of a JSONL file; empty lines are passed over.
///
/// # Errors
/// When the file cannot be read or a line is not a `T`.
pub fn jsonl<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, DataError> {
    let io = |source| DataError::Io {
        path: path.to_owned(),
        source,
    };
    let mut rows = Vec::new();
    for (number, line) in BufReader::new(File::open(path).map_err(io)?)
        .lines()
        .enumerate()
    {
        let line = line.map_err(io)?;
        if line.trim().is_empty() {
            continue;
        }
        rows.push(
            serde_json::from_str(&line).map_err(|source| DataError::Line {
                path: path.to_owned(),
                line: number + 1,
                source,
            })?,
        );
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_absent_is_none_and_what_is_wrong_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let data = Data::new(folder.path());
        assert!(data.jsonl::<u32>("none.jsonl").unwrap().is_none());
        std::fs::write(folder.path().join("some.jsonl"), "1\n\n2\nx\n").unwrap();
        let error = data.jsonl::<u32>("some.jsonl").unwrap_err().to_string();
        assert!(error.contains("some.jsonl:4: "), "{error}");
        std::fs::write(folder.path().join("some.jsonl"), "1\n\n2\n").unwrap();
        assert_eq!(data.jsonl::<u32>("some.jsonl").unwrap(), Some(vec![1, 2]));
    }
}
