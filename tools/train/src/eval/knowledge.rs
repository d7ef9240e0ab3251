//! How well inquiries find their answer in the packs' knowledge bases.
//!
//! The inquiries are self-written, none in the words of an entry; some have no answer in the base. The score from which
//! answers are given without a person is measured on each half of them with the other half's best score, so that it is
//! not praised for what it was chosen on.

use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::Deserialize;
use swiftline_classifier::knowledge::{BEST, Hit, Knowledge};
use swiftline_domain::city::{CityPack, KNOWLEDGE_FILE, OUTLINES_FILE, PACK_FILES};
use swiftline_domain::vocabulary::Language;

use crate::data::{Data, jsonl};

/// The share of answers given without a person that must be right.
const PRECISION: f64 = 0.98;

/// A line of the list.
#[derive(Debug, Clone, Deserialize)]
struct Inquiry {
    city: String,
    language: Language,
    text: String,
    /// What answers it; nothing when the base has no answer.
    entry: Option<String>,
}

/// What the base made of an inquiry.
#[derive(Debug, Clone, Copy)]
struct Found {
    /// The score of the best hit; 0 without one.
    score: f32,
    is_right: bool,
    is_among_best: bool,
    has_answer: bool,
}

pub(super) fn run(_: &Data, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let all: Vec<Inquiry> = jsonl(&root.join("services/classifier/testdata/knowledge.jsonl"))?;
    for city in ["beijing", "nyc"] {
        let pack = load(&root.join("k8s/cities").join(city))?;
        let begun = Instant::now();
        let knowledge = Knowledge::new(&pack)?;
        let built = begun.elapsed();
        let inquiries: Vec<&Inquiry> = all.iter().filter(|one| one.city == city).collect();
        writeln!(
            out,
            "{city}: {} entries, {} inquiries; the index is built in {} ms, a search takes {:.0} µs",
            pack.knowledge.iter().len(),
            inquiries.len(),
            built.as_millis(),
            microseconds(&knowledge, &inquiries),
        )?;
        for language in [Language::CHINESE, Language::ENGLISH] {
            let spoken = inquiries.iter().filter(|one| one.language == language);
            let found: Vec<Found> = spoken.map(|one| find(&knowledge, one)).collect();
            ranks(&found, language.as_str(), out)?;
        }
        let found: Vec<Found> = inquiries.iter().map(|one| find(&knowledge, one)).collect();
        ranks(&found, "both", out)?;
        thresholds(&found, pack.city.answer_from, out)?;
    }
    Ok(())
}

fn load(folder: &Path) -> Result<CityPack, Box<dyn Error>> {
    let names = PACK_FILES
        .into_iter()
        .chain([OUTLINES_FILE, KNOWLEDGE_FILE]);
    let mut files = std::collections::BTreeMap::new();
    for name in names {
        let path: PathBuf = folder.join(name);
        if path.is_file() {
            files.insert(name.to_owned(), std::fs::read_to_string(path)?);
        }
    }
    Ok(CityPack::parse(&files)?)
}

fn find(knowledge: &Knowledge, inquiry: &Inquiry) -> Found {
    let hits = knowledge.search(&inquiry.text, inquiry.language, BEST);
    let is = |hit: &Hit| inquiry.entry.as_deref() == Some(hit.entry.as_str());
    Found {
        score: hits.first().map_or(0.0, |hit| hit.score),
        is_right: hits.first().is_some_and(is),
        is_among_best: hits.iter().any(is),
        has_answer: inquiry.entry.is_some(),
    }
}

/// The time of a search, on average.
fn microseconds(knowledge: &Knowledge, inquiries: &[&Inquiry]) -> f64 {
    const ROUNDS: usize = 10;
    let begun = Instant::now();
    for inquiry in inquiries.iter().cycle().take(ROUNDS * inquiries.len()) {
        std::hint::black_box(knowledge.search(&inquiry.text, inquiry.language, BEST));
    }
    begun.elapsed().as_secs_f64() * 1e6 / (ROUNDS * inquiries.len()).max(1) as f64
}

fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

fn ranks(found: &[Found], what: &str, out: &mut dyn Write) -> std::io::Result<()> {
    let answerable: Vec<&Found> = found.iter().filter(|one| one.has_answer).collect();
    let right = answerable.iter().filter(|one| one.is_right).count();
    let among = answerable.iter().filter(|one| one.is_among_best).count();
    writeln!(
        out,
        "  {what:<5} with an answer {:>3}, without {:>3}; first {:.3}, among the first {BEST} {:.3}",
        answerable.len(),
        found.len() - answerable.len(),
        share(right, answerable.len()),
        share(among, answerable.len()),
    )
}

/// What comes of giving answers from a score on.
#[derive(Debug, Default)]
struct Given {
    given: usize,
    right: usize,
    answerable: usize,
}

impl Given {
    fn from(found: &[Found], least: f32) -> Self {
        let given = found.iter().filter(|one| one.score >= least);
        Self {
            given: given.clone().count(),
            right: given.filter(|one| one.is_right).count(),
            answerable: found.iter().filter(|one| one.has_answer).count(),
        }
    }

    fn precision(&self) -> f64 {
        share(self.right, self.given)
    }

    fn coverage(&self) -> f64 {
        share(self.right, self.answerable)
    }

    fn add(&mut self, other: &Self) {
        self.given += other.given;
        self.right += other.right;
        self.answerable += other.answerable;
    }
}

impl std::fmt::Display for Given {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} of {} answers right (precision {:.3}), {:.3} of what has an answer",
            self.right,
            self.given,
            self.precision(),
            self.coverage()
        )
    }
}

/// The lowest score in hundredths from which on [`PRECISION`] of the answers are right; 1 when there is none.
fn lowest(found: &[Found]) -> f32 {
    let share = |hundredth: u8| f32::from(hundredth) / 100.0;
    let is_precise = |least: &f32| Given::from(found, *least).precision() >= PRECISION;
    (1..=100).map(share).find(is_precise).unwrap_or(1.0)
}

fn thresholds(
    found: &[Found],
    answer_from: Option<f64>,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    match answer_from {
        Some(least) => {
            let given = Given::from(found, least as f32);
            writeln!(
                out,
                "  answered without a person from {least}, as the pack says: {given}"
            )?;
        }
        None => writeln!(out, "  the pack lets nothing be answered without a person")?,
    }
    let least = lowest(found);
    let given = Given::from(found, least);
    writeln!(out, "  precise enough from {least}: {given}")?;
    let half = |odd: usize| -> Vec<Found> {
        let of_half = found
            .iter()
            .enumerate()
            .filter(|(index, _)| index % 2 == odd);
        of_half.map(|(_, one)| *one).collect()
    };
    let (even, odd) = (half(0), half(1));
    let mut across = Given::from(&odd, lowest(&even));
    across.add(&Given::from(&even, lowest(&odd)));
    writeln!(out, "  chosen on one half, measured on the other: {across}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(score: f32, is_right: bool) -> Found {
        Found {
            score,
            is_right,
            is_among_best: is_right,
            has_answer: true,
        }
    }

    #[test]
    fn the_lowest_score_that_is_precise_enough_is_found() {
        let list = [
            found(0.9, true),
            found(0.7, true),
            found(0.4, false),
            found(0.3, true),
        ];
        assert!((lowest(&list) - 0.41).abs() < 1e-6);
        let given = Given::from(&list, lowest(&list));
        assert_eq!((given.right, given.given, given.answerable), (2, 2, 4));
        assert!((given.coverage() - 0.5).abs() < 1e-9);
    }

    #[test]
    fn the_self_written_list_is_measured() {
        let mut out = Vec::new();
        run(&Data::new("/nowhere"), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(
            text.contains("beijing: ") && text.contains("nyc: "),
            "{text}"
        );
    }
}
