//! The models that ship, asked about messages that were written for it.

use std::error::Error;
use std::io::Write;
use std::path::Path;

use serde::Deserialize;
use swiftline_classifier::model::{Fields, Model, Scratch};

use crate::data::jsonl;
use crate::metrics::Confusion;

/// A message of our own and what it is.
#[derive(Debug, Deserialize)]
struct Written {
    text: String,
    #[serde(alias = "group", alias = "category")]
    label: String,
}

/// The model of this name, as it ships.
pub(super) fn model(name: &str) -> Result<Model, Box<dyn Error>> {
    let path = folder().join("models").join(format!("{name}.model"));
    let bytes = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(Model::read(&bytes).map_err(|error| format!("{}: {error}", path.display()))?)
}

/// Asks the model about the set, and prints how it did; which share was right.
pub(super) fn ask(model: &Model, set: &str, out: &mut dyn Write) -> Result<f64, Box<dyn Error>> {
    let written: Vec<Written> = jsonl(&folder().join("testdata").join(set))?;
    let labels = model.labels();
    let mut confusion = Confusion::new(labels.len());
    let mut scratch = Scratch::new();
    for message in &written {
        let truth = labels.iter().position(|label| *label == message.label);
        let truth = truth.ok_or_else(|| format!("{set}: no label {}", message.label))?;
        let answer = model
            .predict(Fields::from(&*message.text), &mut scratch)
            .label;
        confusion.add(truth, answer, 1.0);
    }
    writeln!(
        out,
        "Self-written set ({} messages), {}: accuracy {:.4}, macro-F1 {:.4}\n",
        written.len(),
        model.version(),
        confusion.accuracy(),
        confusion.macro_f1(1.0),
    )?;
    Ok(confusion.accuracy())
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../services/classifier")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ships_answers_what_was_written_for_it() {
        for (name, set, least) in [
            ("zh-groups", "groups.jsonl", 0.85),
            ("nyc-categories", "categories_en.jsonl", 0.75),
        ] {
            let right = ask(&model(name).unwrap(), set, &mut Vec::new()).unwrap();
            assert!(right >= least, "{name}: {right}");
        }
        assert!(
            model("none")
                .unwrap_err()
                .to_string()
                .contains("none.model")
        );
    }
}
