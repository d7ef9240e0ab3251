//! The city pack of the benchmark: Beijing's, with teams that have room for everything, because nobody signs for the orders.

use std::path::{Path, PathBuf};

use swiftline_domain::city::CityPack;

use crate::Failure;

/// Writes the pack into `dir` and reads it.
pub(crate) fn roomy(original: &Path, dir: &Path) -> Result<(PathBuf, CityPack), Failure> {
    let folder = dir.join("city");
    std::fs::create_dir_all(&folder)?;
    let pack = CityPack::load(original, |original, names| {
        let mut files = swiftline_config::read_folder(original, names)?;
        if let Some(teams) = files.get_mut("teams.yaml") {
            // 60 becomes 100060.
            *teams = teams.replace("capacity: ", "capacity: 1000");
        }
        for (name, text) in &files {
            std::fs::write(folder.join(name), text)?;
        }
        Ok::<_, std::io::Error>(files)
    })?;
    Ok((folder, pack))
}
