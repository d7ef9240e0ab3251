//! How often the place is told rightly: a list written for the purpose, in both cities, and New York's own community boards
//! from the coordinates and the addresses of a day of its complaints.
//!
//! The list was looked at while the cues were chosen, so its figure is no forecast; the day was not.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;
use std::path::Path;

use serde::Deserialize;
use swiftline_classifier::engine::Engine;
use swiftline_domain::city::{CityPack, KNOWLEDGE_FILE, OUTLINES_FILE, PACK_FILES};
use swiftline_domain::classification::Classification;
use swiftline_domain::complaint::{Complaint, Location};
use swiftline_domain::id::AreaId;
use swiftline_domain::vocabulary::{Channel, Line, ReporterType};

use crate::data::{Data, jsonl};

const DAY: &str = "nyc311/2018-10-21_all_columns.csv";

/// A line of the list.
#[derive(Debug, Deserialize)]
struct Case {
    city: String,
    text: String,
    tag: String,
    lat: Option<f64>,
    lon: Option<f64>,
    address: Option<String>,
    /// Nothing when it should stay open.
    area: Option<String>,
    /// What should be kept as candidates.
    #[serde(default)]
    candidates: Vec<String>,
}

/// What of the day's columns we need.
#[derive(Debug, Deserialize)]
struct Row {
    #[serde(rename = "Latitude")]
    latitude: Option<f64>,
    #[serde(rename = "Longitude")]
    longitude: Option<f64>,
    #[serde(rename = "Incident Address")]
    address: String,
    #[serde(rename = "City")]
    city: String,
    #[serde(rename = "Incident Zip")]
    zip: Option<String>,
    #[serde(rename = "Community Board")]
    board: String,
}

/// How many answers were of which sort.
#[derive(Debug, Default)]
struct Tally {
    all: u32,
    right: u32,
    wrong: u32,
    open: u32,
}

pub(super) fn run(data: &Data, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    self_written(out)?;
    let Some(day) = data.file(DAY) else {
        writeln!(out, "skipped: a day of New York ({DAY} is not there)")?;
        return Ok(());
    };
    of_a_day(&day, out)
}

fn self_written(out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../services/classifier/testdata/place.jsonl");
    let engines = [
        ("beijing", Engine::new(&pack("beijing")?)),
        ("nyc", Engine::new(&pack("nyc")?)),
    ];
    let (mut total, mut tags): (Tally, BTreeMap<String, Tally>) = <_>::default();
    let (mut unsure, mut kept) = (0, 0);
    for case in jsonl::<Case>(&path)? {
        let engine = engines.iter().find(|(city, _)| *city == case.city);
        let (_, engine) = engine.ok_or_else(|| format!("no city {:?}", case.city))?;
        let told = engine.classify_one(&case.complaint());
        case.judge(&told, &mut total);
        case.judge(&told, tags.entry(case.tag.clone()).or_default());
        if !case.candidates.is_empty() {
            unsure += 1;
            kept += u32::from(case.keeps(&told));
        }
    }
    writeln!(
        out,
        "self-written: {} of {} right, {} wrong, {} left open; {kept} of {unsure} ambiguous or contradictory ones with the right \
         candidates",
        total.right, total.all, total.wrong, total.open,
    )?;
    for (tag, tally) in tags {
        writeln!(out, "  {tag}: {} of {}", tally.right, tally.all)?;
    }
    Ok(())
}

impl Case {
    fn complaint(&self) -> Complaint {
        let location = self.lat.zip(self.lon);
        Complaint {
            location: location.map(|(latitude, longitude)| Location {
                latitude,
                longitude,
            }),
            address: self.address.clone(),
            ..complaint(&self.text)
        }
    }

    /// Right is the very area, or none where it should stay open.
    fn judge(&self, told: &Classification, tally: &mut Tally) {
        tally.all += 1;
        let place = told.place.as_ref().map(AreaId::as_str);
        if place == self.area.as_deref() && self.keeps(told) {
            tally.right += 1;
        } else if place.is_some() {
            tally.wrong += 1;
        } else {
            tally.open += 1;
        }
    }

    fn keeps(&self, told: &Classification) -> bool {
        let kept = |wanted: &String| {
            told.place_candidates
                .iter()
                .any(|area| area.as_str() == wanted)
        };
        self.candidates.iter().all(kept)
    }
}

/// Community board against what coordinates, addresses, and addresses with ZIP code tell.
fn of_a_day(day: &Path, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let engine = Engine::new(&pack("nyc")?);
    let mut tallies: [(&str, Tally, u32); 3] = [
        ("coordinates", Tally::default(), 0),
        ("address and city", Tally::default(), 0),
        ("address, city and ZIP code", Tally::default(), 0),
    ];
    for row in csv::Reader::from_path(day)?.deserialize() {
        let row: Row = row?;
        let Some(board) = area_of_board(&row.board) else {
            continue;
        };
        for ((_, tally, borough), asked) in tallies.iter_mut().zip(row.questions()) {
            let Some(asked) = asked else {
                continue;
            };
            tally.all += 1;
            match engine.classify_one(&asked).place {
                Some(place) if place.as_str() == board => tally.right += 1,
                Some(place) if borough_of(place.as_str()) == borough_of(&board) => *borough += 1,
                Some(_) => tally.wrong += 1,
                None => tally.open += 1,
            }
        }
    }
    for (what, tally, borough) in tallies {
        writeln!(
            out,
            "New York, {what}: of {} complaints {} in the board's community district, {borough} only in its borough, {} in another \
             borough, {} open",
            tally.all, tally.right, tally.wrong, tally.open,
        )?;
    }
    Ok(())
}

impl Row {
    fn questions(&self) -> [Option<Complaint>; 3] {
        let at = self.latitude.zip(self.longitude);
        let at = at.map(|(latitude, longitude)| Complaint {
            location: Some(Location {
                latitude,
                longitude,
            }),
            ..complaint("x")
        });
        let street = (!self.city.is_empty()).then(|| format!("{}, {}", self.address, self.city));
        let zip = self.zip.as_deref().and_then(|zip| zip.split('.').next());
        let with_zip = street
            .as_ref()
            .zip(zip)
            .map(|(street, zip)| format!("{street}, NY {zip}"));
        let by = |address: String| Complaint {
            address: Some(address),
            ..complaint("x")
        };
        [at, street.map(by), with_zip.map(by)]
    }
}

/// `12 MANHATTAN` is `mn-12`; `Unspecified QUEENS` is nothing.
fn area_of_board(board: &str) -> Option<String> {
    let (number, borough) = board.split_once(' ')?;
    let number: u8 = number.parse().ok().filter(|number| *number > 0)?;
    Some(format!("{}-{number:02}", short(borough)?))
}

fn short(borough: &str) -> Option<&'static str> {
    Some(match borough {
        "MANHATTAN" => "mn",
        "BRONX" => "bx",
        "BROOKLYN" => "bk",
        "QUEENS" => "qn",
        "STATEN ISLAND" => "si",
        _ => return None,
    })
}

/// The short form of an area's borough.
fn borough_of(area: &str) -> &str {
    let named = short(&area.to_uppercase().replace('-', " "));
    named.unwrap_or_else(|| area.split('-').next().unwrap_or(area))
}

/// The pack of a city that ships.
pub(super) fn pack(city: &str) -> Result<CityPack, Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../k8s/cities")
        .join(city);
    let names = PACK_FILES.iter().chain([&OUTLINES_FILE, &KNOWLEDGE_FILE]);
    let mut files = BTreeMap::new();
    for name in names {
        let path = folder.join(name);
        if path.is_file() {
            files.insert((*name).to_owned(), std::fs::read_to_string(path)?);
        }
    }
    Ok(CityPack::parse(&files)?)
}

/// A complaint of this text and nothing else.
pub(crate) fn complaint(text: &str) -> Complaint {
    Complaint {
        text: text.to_owned(),
        channel: Channel::Phone,
        line: Line::General,
        reporter: ReporterType::Resident,
        kind: None,
        language: None,
        location: None,
        address: None,
        source: None,
        reported_at: None,
        confidential: false,
        attachments: Vec::new(),
        answer: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boards_are_areas_of_the_pack() {
        assert_eq!(area_of_board("12 MANHATTAN").as_deref(), Some("mn-12"));
        assert_eq!(area_of_board("01 STATEN ISLAND").as_deref(), Some("si-01"));
        for none in ["Unspecified QUEENS", "0 Unspecified", ""] {
            assert_eq!(area_of_board(none), None);
        }
        assert_eq!(
            [borough_of("staten-island"), borough_of("si-02")],
            ["si"; 2]
        );
    }

    #[test]
    fn the_list_names_areas_of_the_packs() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../services/classifier/testdata/place.jsonl");
        let packs = ["beijing", "nyc"].map(|city| (city, pack(city).unwrap()));
        let cases: Vec<Case> = jsonl(&path).unwrap();
        assert!(cases.len() >= 150);
        for case in cases {
            let (_, pack) = packs.iter().find(|(city, _)| *city == case.city).unwrap();
            for area in case.area.iter().chain(&case.candidates) {
                assert!(pack.areas.get(area).is_some(), "{area}");
            }
        }
    }
}
