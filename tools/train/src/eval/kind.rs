//! How well the kind is told: messages written for the purpose, and the labels of two real sets.
//!
//! Beijing's letters know two kinds only (咨询 and 建议; complaints are filed as the latter), Fuzhou's tickets mostly complaints. The
//! figures before the signs had places, by the vote of the packs' words: letters 0.909 (macro-F1 0.905), tickets 0.711 (0.381), the
//! written ones 0.578 to 0.600 (0.595 to 0.620).

use std::error::Error;
use std::io::Write;
use std::path::Path;

use serde::Deserialize;
use swiftline_classifier::engine::Engine;
use swiftline_domain::vocabulary::{Kind, Language};

use super::place::{complaint, pack};
use crate::data::{Data, jsonl};
use crate::metrics::Confusion;

const LETTERS: &str = "beijing_letters/letters.jsonl";
const TICKETS: &str = "fuzhou_12345/tickets.jsonl";

/// Every third line of the list was kept apart while the signs were chosen.
const APART: usize = 3;

/// A line of the list.
#[derive(Debug, Deserialize)]
struct Case {
    text: String,
    language: Language,
    kind: String,
}

/// A letter or a ticket.
#[derive(Debug, Deserialize)]
struct Labelled {
    #[serde(alias = "nature", alias = "type")]
    label: String,
    title: String,
    #[serde(alias = "content")]
    text: String,
}

pub(super) fn run(data: &Data, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let (beijing, new_york) = (Engine::new(&pack("beijing")?), Engine::new(&pack("nyc")?));
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../services/classifier/testdata/kind.jsonl");
    let mut parts: [Vec<(usize, usize)>; 2] = <_>::default();
    for (number, case) in jsonl::<Case>(&path)?.iter().enumerate() {
        let engine = if case.language == Language::CHINESE {
            &beijing
        } else {
            &new_york
        };
        let apart = usize::from((number + 1) % APART == 0);
        let truth: Kind = case.kind.parse()?;
        parts[apart].push((truth as usize, told(engine, &case.text)));
    }
    figures("self-written, seen", &parts[0], out)?;
    figures("self-written, kept apart", &parts[1], out)?;
    for file in [LETTERS, TICKETS] {
        let Some(rows) = data.jsonl::<Labelled>(file)? else {
            writeln!(out, "skipped: real labels ({file} is not there)")?;
            continue;
        };
        let pairs = rows.iter().filter_map(|row| {
            let text = format!("{}。{}", row.title, row.text);
            Some((of_label(&row.label)? as usize, told(&beijing, &text)))
        });
        figures(file, &pairs.collect::<Vec<_>>(), out)?;
    }
    Ok(())
}

fn told(engine: &Engine, text: &str) -> usize {
    engine.classify_one(&complaint(text)).kind as usize
}

fn of_label(label: &str) -> Option<Kind> {
    Some(match label {
        "咨询" => Kind::Consultation,
        "求助" => Kind::Help,
        "投诉" => Kind::Complaint,
        "举报" => Kind::Report,
        "建议" => Kind::Suggestion,
        "表扬" => Kind::Praise,
        _ => return None,
    })
}

fn figures(name: &str, pairs: &[(usize, usize)], out: &mut dyn Write) -> std::io::Result<()> {
    let confusion = Confusion::of(Kind::ALL.len(), pairs.iter().copied());
    writeln!(
        out,
        "{name}: {} messages; accuracy {:.3}, macro-F1 {:.3} over the kinds that occur",
        pairs.len(),
        confusion.accuracy(),
        confusion.macro_f1(1.0),
    )?;
    for kind in Kind::ALL {
        let number = *kind as usize;
        if confusion.support(number) > 0.0 {
            writeln!(
                out,
                "  {kind}: {} messages, F1 {:.3}",
                confusion.support(number),
                confusion.f1(number)
            )?;
        }
    }
    Ok(())
}
