//! Archives to ask.

use std::fs;
use std::path::{Path, PathBuf};

use datafusion::prelude::SessionContext;
use tempfile::TempDir;

/// Where the kept archive is.
pub(crate) fn golden() -> String {
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden").to_owned()
}

/// The kept archive, in a folder of its own.
pub(crate) fn copy() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let golden = PathBuf::from(golden());
    for name in names(&golden) {
        let to = folder.path().join(&name);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(golden.join(&name), to).unwrap();
    }
    folder
}

/// The names of all files under a folder, sorted.
pub(crate) fn names(folder: &Path) -> Vec<PathBuf> {
    let mut names = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                names.push(path.strip_prefix(folder).unwrap().to_owned());
            }
        }
    }
    names.sort();
    names
}

/// Puts a file there that says it is of a version that nobody knows yet.
pub(crate) async fn write_newer(folder: &Path) {
    let path = folder.join("cases/city=other/month=2025-04/merged-newer.parquet");
    let copy = format!(
        "COPY (SELECT 'x' AS case_number) TO '{}' STORED AS PARQUET OPTIONS ('format.metadata::swiftline.schema' '99', \
         'format.metadata::swiftline.covers' 'p09:1-2')",
        path.display()
    );
    let context = SessionContext::new();
    context.sql(&copy).await.unwrap().collect().await.unwrap();
}

/// Puts a file there that is none, before all others.
pub(crate) fn write_broken(folder: &Path) {
    let path = folder.join("cases/city=other/month=2025-04/merged-broken.parquet");
    fs::write(path, b"PAR1 and no more").unwrap();
}
