//! The city that a service is of; section `[city]`.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use swiftline_config::{Problem, Problems, Validate, read_folder};
use swiftline_domain::city::{CityPack, LoadError};

use crate::StartError;

/// Which city.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CitySettings {
    /// The folder of the city pack.
    pub pack: PathBuf,
}

impl Validate for CitySettings {
    fn validate(&self) -> Vec<Problem> {
        let mut problems = Problems::default();
        let named = !self.pack.to_string_lossy().trim().is_empty();
        problems.check("pack", named, "must name the folder of a city pack");
        problems.into_vec()
    }
}

impl CitySettings {
    /// Reads and checks the pack.
    ///
    /// # Errors
    /// [`StartError::Config`] with everything that is wrong, one `path:line:column: reason` a line after the first.
    pub fn load(&self) -> Result<CityPack, StartError> {
        CityPack::load(&self.pack, read_folder).map_err(|error| {
            StartError::Config(match error {
                LoadError::Read(error) => format!("city.pack: {error}"),
                LoadError::Wrong(errors) => format!("city.pack is wrong:\n{errors}"),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use swiftline_domain::city::testing::small_pack_files;

    use super::*;

    #[test]
    fn a_broken_pack_is_refused_with_every_place() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in small_pack_files() {
            let broken = text.replace("st-hekou", "st hekou");
            std::fs::write(folder.path().join(name), broken).unwrap();
        }
        let pack = folder.path().to_owned();
        let error = CitySettings { pack }.load().unwrap_err();
        assert_eq!(error.exit_code(), 64);
        let units = format!("\n{}/units.yaml:3:10: id", folder.path().display());
        assert!(error.to_string().contains(&units), "{error}");
        assert!(error.to_string().contains("/teams.yaml:"), "{error}");
    }

    #[test]
    fn an_absent_folder_is_named() {
        let pack = PathBuf::from("/no/such/pack");
        let error = CitySettings { pack }.load().unwrap_err();
        assert!(error.to_string().contains("/no/such/pack"), "{error}");
    }

    #[test]
    fn an_empty_name_is_refused() {
        let problems = CitySettings { pack: " ".into() }.validate();
        assert_eq!(problems[0].field, "pack");
    }
}
