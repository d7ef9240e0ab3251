//! Messages as versions before this one wrote them: they are in the logs, cases and queues of cities that upgrade, and while one
//! does, old and new versions read what the other writes.
//!
//! `proto/golden/N` has what version N of the format wrote, one message in hex a line, and is never changed. A change to the
//! messages adds a folder: `cargo test -p swiftline-proto -- --ignored write_golden` writes the newest.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::strategy::{Strategy, ValueTree as _};
use proptest::test_runner::TestRunner;
use prost::Message as _;
use swiftline_domain::case::{Case, Event};
use swiftline_domain::classification::Classification;
use swiftline_domain::complaint::Complaint;

use super::{strategies, wire};
use crate::convert::ConvertError;

/// The folder that `write_golden` writes.
const NEWEST: &str = "1";
/// Messages of a kind; of events, so many of each.
const EACH: usize = 4;
/// Samples among which each kind of event is found.
const SAMPLES: usize = 4_000;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")
}

/// Every line of this file, of every version.
fn golden(file: &str) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for version in fs::read_dir(folder()).unwrap() {
        let path = version.unwrap().path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        let name = |at| format!("{}:{}", path.display(), at + 1);
        all.extend(
            text.lines()
                .enumerate()
                .map(|(at, line)| (name(at), unhex(line))),
        );
    }
    assert!(all.len() >= EACH, "{file}");
    all
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}"); // writing to a String cannot fail
    }
    text
}

fn unhex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// What was written is understood whole: written again it is the same. And what a newer version adds is passed over.
fn reads_whole<D, W>(file: &str)
where
    for<'a> W: From<&'a D> + prost::Message + Default,
    D: TryFrom<W, Error = ConvertError> + PartialEq + std::fmt::Debug,
{
    for (place, bytes) in golden(file) {
        let read = |bytes: &[u8]| D::try_from(W::decode(bytes).unwrap());
        let value = read(&bytes).unwrap_or_else(|error| panic!("{place}: {error}"));
        assert_eq!(
            hex(&W::from(&value).encode_to_vec()),
            hex(&bytes),
            "{place}"
        );
        // Field 536,870,911, the largest there is, with the number 1.
        let newer = [bytes.as_slice(), &[0xf8, 0xff, 0xff, 0xff, 0x0f, 0x01]].concat();
        assert_eq!(read(&newer), Ok(value), "{place}");
    }
}

#[test]
fn what_earlier_versions_wrote_is_read_whole() {
    reads_whole::<Complaint, wire::Complaint>("complaint.hex");
    reads_whole::<Classification, wire::Classification>("classification.hex");
    reads_whole::<Case, wire::Case>("case.hex");
    reads_whole::<Event, wire::Event>("event.hex");
}

#[test]
fn every_event_is_among_them() {
    let names = |bytes: &[u8]| {
        let event = wire::Event::decode(bytes).unwrap();
        Event::try_from(event).unwrap().name()
    };
    let written: BTreeSet<&str> = golden("event.hex")
        .iter()
        .map(|(_, bytes)| names(bytes))
        .collect();
    let known: BTreeSet<&str> = samples(strategies::event(), SAMPLES)
        .iter()
        .map(Event::name)
        .collect();
    assert_eq!(
        written, known,
        "an event is new: add a folder to proto/golden"
    );
}

fn samples<T: std::fmt::Debug>(strategy: impl Strategy<Value = T>, n: usize) -> Vec<T> {
    let mut runner = TestRunner::deterministic();
    let mut sample = || strategy.new_tree(&mut runner).unwrap().current();
    (0..n).map(|_| sample()).collect()
}

#[test]
#[ignore = "writes the newest folder"]
fn write_golden() {
    fn lines<D, W>(file: &str, values: &[D])
    where
        for<'a> W: From<&'a D> + prost::Message,
    {
        let folder = folder().join(NEWEST);
        fs::create_dir_all(&folder).unwrap();
        let lines = values
            .iter()
            .map(|value| hex(&W::from(value).encode_to_vec()) + "\n");
        fs::write(folder.join(file), lines.collect::<String>()).unwrap();
    }
    lines::<_, wire::Complaint>("complaint.hex", &samples(strategies::complaint(), EACH));
    lines::<_, wire::Classification>(
        "classification.hex",
        &samples(strategies::classification(), EACH),
    );
    lines::<_, wire::Case>("case.hex", &samples(strategies::case(), EACH));
    let mut by_name: BTreeMap<&str, Vec<Event>> = BTreeMap::new();
    for event in samples(strategies::event(), SAMPLES) {
        let known = by_name.entry(event.name()).or_default();
        if known.len() < EACH {
            known.push(event);
        }
    }
    let events: Vec<Event> = by_name.into_values().flatten().collect();
    lines::<_, wire::Event>("event.hex", &events);
}
