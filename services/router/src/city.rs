//! The city pack as the router uses it: with the digest that names its rules, and read from its folder.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use swiftline_domain::city::{CityPack, OUTLINES_FILE, PACK_FILES, PackErrors};

/// How much of the SHA-256 names a rule set, in bytes: enough that two never meet, short enough to be read out.
const DIGEST_BYTES: usize = 16;

/// A city pack and the name of its rules.
#[derive(Debug)]
pub(crate) struct City {
    /// The pack.
    pub(crate) pack: CityPack,
    /// The first half of the SHA-256 of `rules.yaml`, 32 hex digits: names the rule set that decided.
    pub(crate) digest: String,
    /// Some rule asks for words, so texts have to be lower-cased.
    pub(crate) asks_words: bool,
}

/// Why a city pack could not be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CityError {
    /// A file could not be read.
    #[error("city pack {}: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The pack is wrong; says where and how.
    #[error("city pack {}:\n{errors}", path.display())]
    Wrong {
        /// The folder.
        path: PathBuf,
        /// Everything that is wrong.
        errors: PackErrors,
    },
}

impl City {
    /// Checks the texts of a pack's files, by file name.
    ///
    /// # Errors
    /// Everything that is wrong with the pack.
    pub(crate) fn parse(files: &BTreeMap<String, String>) -> Result<Self, PackErrors> {
        let pack = CityPack::parse(files)?;
        let rules = files.get("rules.yaml").map_or("", String::as_str);
        let asks_words = pack
            .rules
            .rules()
            .iter()
            .any(|rule| !rule.when.keywords.is_empty());
        Ok(Self {
            pack,
            digest: digest(rules),
            asks_words,
        })
    }

    /// Reads the pack in this folder.
    ///
    /// # Errors
    /// When a file cannot be read, or with everything that is wrong with the pack.
    pub(crate) fn read(folder: &Path) -> Result<Self, CityError> {
        let mut files = BTreeMap::new();
        for name in PACK_FILES.into_iter().chain([OUTLINES_FILE]) {
            let path = folder.join(name);
            match std::fs::read_to_string(&path) {
                Ok(text) => {
                    files.insert(name.to_owned(), text);
                }
                // The pack itself says what is missing.
                Err(error) if error.kind() == io::ErrorKind::NotFound && folder.is_dir() => {}
                Err(error) => return Err(CityError::Read { path, error }),
            }
        }
        Self::parse(&files).map_err(|errors| CityError::Wrong {
            path: folder.to_owned(),
            errors,
        })
    }
}

fn digest(rules: &str) -> String {
    let hash = Sha256::digest(rules.as_bytes());
    hash.iter()
        .take(DIGEST_BYTES)
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}"); // writing to a String cannot fail
            text
        })
}
