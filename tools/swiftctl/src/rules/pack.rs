//! The city pack and the rules that the offline commands work on.

use std::io::Read as _;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueHint};
use swiftline_config::read_folder;
use swiftline_domain::city::{CityPack, LoadError, PackErrors};
use swiftline_domain::rules::RuleSet;

use crate::failure::Failure;
use crate::output::clean;

/// Where the packs of a checkout are, from its top folder.
const PACKS: &str = "k8s/cities";
/// The rules of a pack.
const RULES: &str = "rules.yaml";

/// Which city pack.
#[derive(Debug, Clone, Args)]
pub(crate) struct PackArg {
    /// The city pack: its folder, or its name where k8s/cities/NAME is here
    #[arg(long, value_name = "DIR|NAME", env = "SWIFTCTL_CITY", value_hint = ValueHint::DirPath)]
    city: Option<PathBuf>,
}

impl PackArg {
    /// The pack's folder.
    ///
    /// # Errors
    /// When none is named.
    pub(crate) fn folder(&self) -> Result<PathBuf, Failure> {
        let named = self.city.as_ref().ok_or_else(|| {
            Failure::Given(
                "which city? Say --city with a pack's folder or name, or set SWIFTCTL_CITY"
                    .to_owned(),
            )
        })?;
        let mut parts = named.components();
        let is_name = matches!(
            (parts.next(), parts.next()),
            (Some(Component::Normal(_)), None)
        );
        let shipped = Path::new(PACKS).join(named);
        Ok(if is_name && shipped.is_dir() {
            shipped
        } else {
            named.clone()
        })
    }

    /// Reads the pack.
    ///
    /// # Errors
    /// When none is named, it cannot be read, or it is wrong.
    pub(crate) fn load(&self) -> Result<CityPack, Failure> {
        let folder = self.folder()?;
        CityPack::load(&folder, read_folder).map_err(|error| not_a_pack(&folder, error))
    }
}

fn not_a_pack<E: std::fmt::Display>(folder: &Path, error: LoadError<E>) -> Failure {
    match error {
        LoadError::Read(error) => Failure::Given(clean(&error.to_string())),
        LoadError::Wrong(errors) => Failure::Given(format!(
            "{} is not a city pack:\n{}",
            folder.display(),
            lines(&errors)
        )),
    }
}

/// The errors, one a line, none of which can steer a terminal.
pub(crate) fn lines(errors: &PackErrors) -> String {
    let text = errors.to_string();
    text.lines().map(clean).collect::<Vec<_>>().join("\n")
}

/// Which rules.
#[derive(Debug, Clone, Args)]
pub(crate) struct RulesArg {
    /// The rules; `-` is standard input [default: the rules.yaml of the pack]
    #[arg(value_hint = ValueHint::FilePath)]
    file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) pack: PackArg,
}

/// Rules with the pack that they are for.
pub(crate) struct Rules {
    /// The city.
    pub(crate) pack: CityPack,
    /// What messages call the rules' file.
    pub(crate) file: String,
    /// The rules.
    pub(crate) rules: Arc<RuleSet>,
}

/// Why there are no rules.
pub(crate) enum Unread {
    /// The text is not rules; what messages call the file, and everything that is wrong.
    Rules(String, PackErrors),
    /// Anything else.
    Other(Failure),
}

impl From<Failure> for Unread {
    fn from(failure: Failure) -> Self {
        Self::Other(failure)
    }
}

impl From<Unread> for Failure {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Rules(file, errors) => {
                Self::Given(format!("{file} is not a rule set:\n{}", lines(&errors)))
            }
            Unread::Other(failure) => failure,
        }
    }
}

impl RulesArg {
    /// These rules, for this pack.
    pub(crate) fn new(file: Option<PathBuf>, pack: PackArg) -> Self {
        Self { file, pack }
    }

    /// The file that is read.
    ///
    /// # Errors
    /// When neither a file nor a pack is named.
    pub(crate) fn path(&self) -> Result<PathBuf, Failure> {
        match &self.file {
            Some(file) => Ok(file.clone()),
            None => Ok(self.pack.folder()?.join(RULES)),
        }
    }

    /// Reads the rules and checks them against the pack.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub(crate) fn load(&self) -> Result<Rules, Unread> {
        let folder = self.pack.folder()?;
        let own = folder.join(RULES);
        let path = self.path()?;
        let file = path.display().to_string();
        let pack = match CityPack::load(&folder, read_folder) {
            Err(LoadError::Wrong(errors)) if path == own && is_all_of(&errors, &own) => {
                return Err(Unread::Rules(file, errors));
            }
            Err(error) => return Err(not_a_pack(&folder, error).into()),
            Ok(pack) => pack,
        };
        let rules = if path == own {
            Arc::clone(&pack.rules)
        } else {
            let read = RuleSet::read(&pack, &file, &text_of(&path)?);
            Arc::new(read.map_err(|errors| Unread::Rules(file.clone(), errors))?)
        };
        Ok(Rules { pack, file, rules })
    }
}

fn is_all_of(errors: &PackErrors, file: &Path) -> bool {
    let file = file.display().to_string();
    errors.errors().iter().all(|error| error.file == file)
}

/// The text of a file; `-` is standard input.
///
/// # Errors
/// When it cannot be read, with its name.
pub(crate) fn text_of(path: &Path) -> Result<String, Failure> {
    let read = if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(path)
    };
    read.map_err(|error| Failure::Given(format!("{}: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(city: &str) -> PathBuf {
        let city = Some(PathBuf::from(city));
        PackArg { city }.folder().unwrap()
    }

    #[test]
    fn a_name_that_is_no_shipped_pack_is_a_folder() {
        for path in ["nowhere", "./nyc", "a/b", "/nyc", ".."] {
            assert_eq!(folder(path), Path::new(path));
        }
    }

    #[test]
    fn without_a_city_it_is_asked_for() {
        let error = PackArg { city: None }.folder().unwrap_err();
        assert!(error.to_string().contains("SWIFTCTL_CITY"), "{error}");
        assert_eq!(error.exit_code(), crate::failure::USAGE);
    }
}
