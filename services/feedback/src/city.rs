//! The city pack, read from its folder.

use std::path::Path;

use swiftline_config::read_folder;
use swiftline_domain::city::{CityPack, OUTLINES_FILE, PACK_FILES};

/// Reads the pack in this folder. The error says everything that is wrong with it, one `file:line:column: reason` a line.
pub(crate) fn read(folder: &Path) -> Result<CityPack, String> {
    let names = PACK_FILES.into_iter().chain([OUTLINES_FILE]);
    let files = read_folder(folder, names).map_err(|error| format!("city.pack: {error}"))?;
    CityPack::parse(&files).map_err(|errors| format!("city.pack {}:\n{errors}", folder.display()))
}

#[cfg(test)]
mod tests {
    use swiftline_domain::city::testing;

    use super::*;

    #[test]
    fn a_broken_pack_is_refused_with_every_place() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in testing::small_pack_files() {
            let broken = text.replace("st-hekou", "st hekou");
            std::fs::write(folder.path().join(name), broken).unwrap();
        }
        let error = read(folder.path()).unwrap_err();
        assert!(error.contains("\nunits.yaml:3:"), "{error}");
        assert!(error.contains("\nteams.yaml:"), "{error}");
    }

    #[test]
    fn an_absent_folder_is_named() {
        let error = read(Path::new("/no/such/pack")).unwrap_err();
        assert!(error.contains("/no/such/pack"), "{error}");
    }
}
