//! A pack from a folder. This crate does no I/O: whoever loads a pack says how a folder is read.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use super::{CityPack, KNOWLEDGE_FILE, OUTLINES_FILE, PACK_FILES, PackErrors, SCORES_FILE};

/// Why there is no pack in a folder.
#[derive(Debug, thiserror::Error)]
pub enum LoadError<E: fmt::Display> {
    /// The folder or a file in it cannot be read; the error names it.
    #[error("{0}")]
    Read(E),
    /// The pack is wrong: everything that is, one `path:line:column: reason` a line.
    #[error("{0}")]
    Wrong(PackErrors),
}

impl CityPack {
    /// Reads and checks the pack in a folder. `read` gives the texts of the files of these names, without those that are
    /// absent: `swiftline_config::read_folder`.
    ///
    /// # Errors
    /// When `read` fails, or with everything that is wrong with the pack.
    pub fn load<E: fmt::Display>(
        folder: &Path,
        read: impl FnOnce(&Path, &[&str]) -> Result<BTreeMap<String, String>, E>,
    ) -> Result<Self, LoadError<E>> {
        let names: Vec<&str> = PACK_FILES
            .into_iter()
            .chain([OUTLINES_FILE, KNOWLEDGE_FILE, SCORES_FILE])
            .collect();
        let files = read(folder, &names).map_err(LoadError::Read)?;
        Self::parse(&files).map_err(|errors| LoadError::Wrong(errors.within(folder)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::city::testing::small_pack_files;

    #[test]
    fn errors_carry_the_path_of_their_file() {
        let error = CityPack::load(Path::new("cities/x"), |_, _| {
            let mut files = small_pack_files();
            files.insert("units.yaml".to_owned(), "units: [".to_owned());
            files.remove("teams.yaml");
            Ok::<_, String>(files)
        });
        let text = error.unwrap_err().to_string();
        let paths = text.lines().map(|line| line.split(':').next());
        let paths: Vec<_> = paths.flatten().collect();
        assert!(paths.contains(&"cities/x/units.yaml"), "{text}");
        assert!(paths.contains(&"cities/x/teams.yaml"), "{text}");
    }

    #[test]
    fn a_folder_that_cannot_be_read_is_an_error() {
        let error = CityPack::load(Path::new("cities/x"), |folder, _| {
            Err(format!("{}: no such folder", folder.display()))
        });
        assert_eq!(error.unwrap_err().to_string(), "cities/x: no such folder");
    }

    #[test]
    fn every_file_of_a_pack_is_asked_for() {
        let loaded = CityPack::load(Path::new("x"), |_, names| {
            let mut files = small_pack_files();
            files.retain(|name, _| names.contains(&name.as_str()));
            assert_eq!(files.len(), names.len());
            Ok::<_, String>(files)
        });
        assert_eq!(loaded.unwrap().city.id, "small");
    }
}
