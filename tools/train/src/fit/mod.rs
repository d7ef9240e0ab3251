//! `train fit`: one command from data to models.

mod card;
pub(crate) mod categories;
mod corrections;
pub(crate) mod groups;
pub(crate) mod units;
pub(crate) mod urgency;

use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};

use swiftline_classifier::model::Example;

use crate::data::Data;

use card::Made;

/// What is read and where models go.
#[derive(Debug)]
pub struct Sources<'a> {
    /// The real data.
    pub data: &'a Data,
    /// The folder of city packs: `k8s/cities`.
    pub cities: &'a Path,
    /// What the desk corrected.
    pub corrections: Vec<Example>,
}

/// Makes a model, telling how far it is; `None` where its data is absent.
type Make = fn(&Sources<'_>, &mut dyn FnMut(&str)) -> Result<Option<Made>, Box<dyn Error>>;

/// A model that can be made.
struct Recipe {
    name: &'static str,
    make: Make,
    /// What is absent where it cannot be made.
    data: &'static str,
}

const MODELS: &[Recipe] = &[
    Recipe {
        name: groups::NAME,
        make: groups::make,
        data: "citizen_messages_zh",
    },
    Recipe {
        name: categories::NAME,
        make: categories::make,
        data: "nyc311",
    },
    Recipe {
        name: units::NAME,
        make: units::make,
        data: "beijing_letters",
    },
    Recipe {
        name: urgency::CHINESE,
        make: urgency::chinese,
        data: "citizen_messages_zh",
    },
    Recipe {
        name: urgency::ENGLISH,
        make: urgency::english,
        data: "nyc311",
    },
];

/// The names of the models that can be made.
pub fn names() -> impl Iterator<Item = &'static str> {
    MODELS.iter().map(|model| model.name)
}

/// Reads a file of corrections: one [`Example`] a line.
///
/// # Errors
/// When it cannot be read or a line is wrong, naming it.
pub fn corrections(file: &Path) -> Result<Vec<Example>, Box<dyn Error>> {
    let examples = crate::data::jsonl(file)?;
    corrections::check(&examples).map_err(|error| format!("{}:{error}", file.display()))?;
    Ok(examples)
}

/// Makes the models named, or all, and writes each with its card into the folder; tells how far it is on standard error and
/// what came of it on `out`.
///
/// # Errors
/// When data that is there cannot be read, a model cannot be made, or a file cannot be written.
pub fn fit(
    sources: &Sources<'_>,
    only: &[String],
    folder: &Path,
    out: &mut dyn Write,
) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut tell = |step: &str| eprintln!("{step}");
    for model in MODELS {
        if !only.is_empty() && !only.iter().any(|name| name == model.name) {
            continue;
        }
        let Some(made) = (model.make)(sources, &mut tell)? else {
            writeln!(out, "skipped: {} ({} is not there)", model.name, model.data)?;
            continue;
        };
        write(&folder.join(format!("{}.model", model.name)), &made.bytes)?;
        let card = made.card(&corrections::count(&sources.corrections, model.name));
        write(&folder.join(format!("{}.md", model.name)), card.as_bytes())?;
        writeln!(
            out,
            "{}: {} ({} bytes)\n",
            model.name,
            made.model.version(),
            made.bytes.len()
        )?;
        writeln!(out, "{}", made.report)?;
        out.flush()?;
    }
    Ok(())
}

fn write(path: &PathBuf, bytes: &[u8]) -> Result<(), String> {
    std::fs::write(path, bytes).map_err(|error| format!("{}: {error}", path.display()))
}
