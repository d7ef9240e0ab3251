//! Folders of text files, such as a city pack.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// Reads the files of these names from a folder: file name → text. One that is absent is left out; whoever wants it says so.
///
/// # Errors
/// When the folder is absent, or a file cannot be read or is not UTF-8; the error names the path.
pub fn read_folder(folder: &Path, names: &[&str]) -> io::Result<BTreeMap<String, String>> {
    let located = |path: &Path, error: io::Error| {
        io::Error::new(error.kind(), format!("{}: {error}", path.display()))
    };
    // An absent folder would otherwise look like an empty one.
    std::fs::read_dir(folder).map_err(|error| located(folder, error))?;
    let mut files = BTreeMap::new();
    for name in names {
        let path = folder.join(name);
        match std::fs::read_to_string(&path) {
            Ok(text) => drop(files.insert((*name).to_owned(), text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(located(&path, error)),
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_is_there_and_names_what_cannot_be_read() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.yaml"), "a: 1").unwrap();
        std::fs::write(folder.path().join("bad.yaml"), b"\xff").unwrap();
        let files = read_folder(folder.path(), &["a.yaml", "absent.yaml"]).unwrap();
        assert_eq!(
            files.into_iter().collect::<Vec<_>>(),
            [("a.yaml".to_owned(), "a: 1".to_owned())]
        );
        let bad = read_folder(folder.path(), &["bad.yaml"]).unwrap_err();
        assert!(bad.to_string().contains("bad.yaml"), "{bad}");
        let absent = read_folder(&folder.path().join("no"), &["a"]).unwrap_err();
        assert!(absent.to_string().contains("/no"), "{absent}");
    }
}
