//! Where the archive is.

use std::path::Path as FilePath;
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::path::Path;
use swiftline_domain::archive::Table;
use url::Url;

use crate::SqlError;

/// An archive's place.
pub(crate) struct Place {
    /// Its address, with a slash at the end.
    pub(crate) root: Url,
    /// What has its files.
    pub(crate) store: Arc<dyn ObjectStore>,
    /// Its path there.
    pub(crate) prefix: Path,
}

/// Looks up an address: a folder, `file://…`, or one of an object store.
pub(crate) fn open(archive: &str) -> Result<Place, SqlError> {
    let root = root(archive)?;
    let set = std::env::vars().filter(|(name, _)| name.starts_with("AWS_"));
    let (store, prefix) = object_store::parse_url_opts(&root, set)
        .map_err(|error| SqlError::Given(format!("{archive}: {error}")))?;
    Ok(Place {
        root,
        store: Arc::from(store),
        prefix,
    })
}

fn root(archive: &str) -> Result<Url, SqlError> {
    let folder = match archive.split_once("://") {
        Some(("file", folder)) => folder,
        Some(_) => {
            let address = format!("{}/", archive.trim_end_matches('/'));
            return Url::parse(&address)
                .map_err(|error| SqlError::Given(format!("{archive}: {error}")));
        }
        None => archive,
    };
    let nothing = |why: &dyn std::fmt::Display| {
        SqlError::Given(format!("there is no archive at {folder}: {why}"))
    };
    let found = std::fs::canonicalize(folder).map_err(|error| nothing(&error))?;
    is_archive(&found).map_err(|why| nothing(&why))?;
    Url::from_directory_path(found).map_err(|()| nothing(&"it is no folder"))
}

/// Whether a folder may be an archive: it has a table, or nothing at all yet.
fn is_archive(folder: &FilePath) -> Result<(), String> {
    let entries = std::fs::read_dir(folder).map_err(|error| error.to_string())?;
    let tables = Table::ALL.map(Table::as_str);
    if tables.iter().any(|table| folder.join(table).is_dir()) || entries.count() == 0 {
        return Ok(());
    }
    Err(format!("it has no folder {}", tables.join(", ")))
}
