//! How often the language is told rightly: sentences of the Universal Declaration of Human Rights, whole and cut short, and
//! short complaints that were written for the purpose.
//!
//! A third of the sentences are headings ("Article 5"), some of which are the same in two languages: the second column
//! leaves them out. The complaints were looked at while the word lists were made, so their figure is no forecast.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use serde::Deserialize;
use swiftline_classifier::engine::Engine;
use swiftline_domain::complaint::Complaint;

use super::place::{complaint, pack};
use crate::data::{Data, jsonl};

const SENTENCES: &str = "lid/udhr_sentences.jsonl";

/// Characters that are left of a sentence; the last is the whole of it.
const CUTS: [usize; 4] = [20, 40, 80, usize::MAX];

#[derive(Debug, Deserialize)]
struct Sentence {
    lang: String,
    text: String,
}

#[derive(Debug, Deserialize)]
struct Short {
    language: String,
    text: String,
    tag: String,
}

/// Rightly told, and all.
type Count = (u32, u32);

pub(super) fn run(data: &Data, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let engine = Engine::new(&pack("nyc")?);
    match data.jsonl::<Sentence>(SENTENCES)? {
        Some(sentences) => CUTS
            .into_iter()
            .try_for_each(|cut| report(&engine, &sentences, cut, out))?,
        None => writeln!(
            out,
            "skipped: sentences in 19 languages ({SENTENCES} is not there)"
        )?,
    }
    self_written(&Engine::new(&pack("beijing")?), out)
}

/// One line for a cut: all, without headings, each language.
fn report(
    engine: &Engine,
    sentences: &[Sentence],
    cut: usize,
    out: &mut dyn Write,
) -> Result<(), Box<dyn Error>> {
    let cut_off = |sentence: &Sentence| sentence.text.chars().take(cut).collect::<String>();
    let complaints: Vec<Complaint> = sentences.iter().map(|s| complaint(&cut_off(s))).collect();
    let begun = Instant::now();
    let told: Vec<String> = complaints
        .iter()
        .map(|complaint| engine.classify_one(complaint).language.to_string())
        .collect();
    let each = begun.elapsed() / u32::try_from(sentences.len().max(1))?;
    let (mut all, mut running): (Count, Count) = ((0, 0), (0, 0));
    let mut languages: BTreeMap<&str, Count> = BTreeMap::new();
    for (sentence, told) in sentences.iter().zip(&told) {
        let language = sentence.lang.split('-').next().unwrap_or_default();
        let is_right = told == language;
        count(&mut all, is_right);
        count(languages.entry(language).or_default(), is_right);
        if !is_heading(&sentence.text) {
            count(&mut running, is_right);
        }
    }
    let name = if cut == usize::MAX {
        "whole".to_owned()
    } else {
        format!("{cut} characters")
    };
    write!(
        out,
        "{name}: {} of {} sentences right, {} of {} without headings ({each:.1?} for everything that the engine does);",
        percent(all),
        all.1,
        percent(running),
        running.1,
    )?;
    for (language, of_language) in languages {
        write!(out, " {language} {}", percent(of_language))?;
    }
    writeln!(out)?;
    Ok(())
}

fn self_written(engine: &Engine, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../services/classifier/testdata/language.jsonl");
    let mut all: Count = (0, 0);
    let mut tags: BTreeMap<String, Count> = BTreeMap::new();
    let mut languages: BTreeMap<String, Count> = BTreeMap::new();
    for short in jsonl::<Short>(&path)? {
        let told = engine.classify_one(&complaint(&short.text)).language;
        let is_right = told.as_str() == short.language;
        count(&mut all, is_right);
        count(tags.entry(short.tag).or_default(), is_right);
        count(languages.entry(short.language).or_default(), is_right);
    }
    writeln!(
        out,
        "self-written: {} of {} short complaints in {} languages right",
        percent(all),
        all.1,
        languages.len(),
    )?;
    for (tag, of_tag) in tags {
        writeln!(out, "  {tag}: {} of {}", of_tag.0, of_tag.1)?;
    }
    Ok(())
}

/// "Article 5", "Preamble" and the name of the language.
fn is_heading(text: &str) -> bool {
    let length = text.chars().count();
    length < 14 || length < 28 && text.is_ascii()
}

fn count((right, all): &mut Count, is_right: bool) {
    *right += u32::from(is_right);
    *all += 1;
}

fn percent((right, all): Count) -> String {
    format!("{:.1} %", 100.0 * f64::from(right) / f64::from(all.max(1)))
}
