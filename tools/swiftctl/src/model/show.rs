//! `model show`: what a model file says of itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use serde::Serialize;
use swiftline_classifier::model::{MAX_FILE_BYTES, Model, ModelKind};

use super::view::ModelView;
use crate::failure::Failure;
use crate::output::{Out, Screen, cell, clean, heading};
use crate::words::count;

/// Arguments of `model show`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  swiftctl model show zh-groups.model")]
pub(super) struct ShowArgs {
    /// The model file
    #[arg(value_hint = ValueHint::FilePath)]
    file: PathBuf,
}

#[derive(Debug, Serialize)]
struct ShownView {
    #[serde(flatten)]
    model: ModelView,
    kind: ModelKind,
    language: String,
    features: u32,
    trained_on: BTreeMap<String, u32>,
    metrics: BTreeMap<String, f64>,
}

/// The bytes of a model file, and the model in them.
///
/// # Errors
/// When the file cannot be read or is no model.
pub(super) fn read(file: &Path) -> Result<(Vec<u8>, Model), Failure> {
    let wrong = |reason: String| Failure::Given(clean(&format!("{}: {reason}", file.display())));
    let length = std::fs::metadata(file).map_err(|error| wrong(error.to_string()))?;
    if length.len() > MAX_FILE_BYTES as u64 {
        let reason = format!("is larger than the {MAX_FILE_BYTES} bytes that a model may have");
        return Err(wrong(reason));
    }
    let bytes = std::fs::read(file).map_err(|error| wrong(error.to_string()))?;
    let model = Model::read(&bytes).map_err(|error| wrong(error.to_string()))?;
    Ok((bytes, model))
}

/// A model in lines.
pub(super) fn pairs(model: &ModelView) -> Vec<(&'static str, Option<String>)> {
    vec![
        ("model", Some(clean(&model.name))),
        ("digest", model.digest.clone()),
        ("version", Some(model.version.clone())),
        ("bytes", Some(count(model.bytes))),
        ("labels", Some(count(model.labels.into()))),
        ("learned from", Some(count(model.examples))),
        ("macro-F1", model.macro_f1.map(|f1| format!("{f1:.3}"))),
    ]
}

/// Prints what a file says.
///
/// # Errors
/// When it cannot be read or is no model.
pub(super) fn run(args: &ShowArgs, out: &Out) -> Result<(), Failure> {
    let (bytes, model) = read(&args.file)?;
    let header = model.header();
    let learned = header
        .labels
        .iter()
        .cloned()
        .zip(header.trained_on.iter().copied());
    let view = ShownView {
        model: ModelView {
            name: header.name.clone(),
            digest: Some(model.digest()),
            version: model.version(),
            built_in: false,
            bytes: bytes.len() as u64,
            labels: u32::try_from(header.labels.len()).unwrap_or(u32::MAX),
            examples: header.trained_on.iter().map(|n| u64::from(*n)).sum(),
            macro_f1: header.metrics.get("macro_f1").copied(),
        },
        kind: header.kind,
        language: header.language.clone(),
        features: header.features,
        trained_on: learned.collect(),
        metrics: header.metrics.clone(),
    };
    out.one(&view, |screen| draw(&view, screen))
}

fn draw(view: &ShownView, screen: &Screen) -> String {
    let mut shown = pairs(&view.model);
    shown.push(("language", Some(clean(&view.language))));
    shown.push(("features", Some(count(view.features.into()))));
    let mut text = screen.pairs(&shown);
    let number = |text: String| comfy_table::Cell::new(text);
    text.push_str(&heading("Measured"));
    let measured = view.metrics.iter();
    let measured = measured.map(|(name, value)| vec![cell(name), number(format!("{value:.4}"))]);
    text.push_str(&screen.table(&["what", ">value"], measured));
    text.push_str(&heading("Labels"));
    let labels = view.trained_on.iter();
    let labels = labels.map(|(label, n)| vec![cell(label), number(count((*n).into()))]);
    text.push_str(&screen.table(&["label", ">learned from"], labels));
    text
}
