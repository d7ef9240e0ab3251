//! The day that is replayed: a real one of New York's 311 where its file is at hand, else one made up from the city pack,
//! whose right answers are known.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use swiftline_domain::city::{Area, Category, CityPack};
use swiftline_domain::id::UnitId;
use swiftline_domain::rules::Facts;
use swiftline_domain::vocabulary::{Channel, Kind, Line, ReporterType};
use swiftline_proto::intake::v1::Submission;
use swiftline_proto::types::v1::{Complaint, Contact};
use swiftline_swiftctl::import::{Format, rows};

use crate::Failure;

/// The same day every time.
const SEED: u64 = 12_345;

/// One complaint of the day.
pub(crate) struct Entry {
    /// When it comes, as a share of the day, 0 to 1.
    pub at: f64,
    /// What is submitted.
    pub submission: Submission,
}

/// A day of complaints in the order in which they came.
pub(crate) struct Day {
    /// What it is, for people.
    pub title: String,
    /// The complaints.
    pub entries: Vec<Entry>,
    /// Rows of the file that could not be read.
    pub bad_rows: Vec<String>,
    /// Which unit each idempotency key belongs to, where that is known.
    pub answers: BTreeMap<String, UnitId>,
}

impl Day {
    /// The day in the file, or a made-up one of so many complaints where there is no file.
    pub(crate) fn load(file: &Path, complaints: usize, pack: &CityPack) -> Result<Self, Failure> {
        match File::open(file) {
            Ok(open) => Self::read(open, file, pack),
            Err(_) => Self::made_up(complaints, pack)
                .map_err(|reason| format!("{reason}; give one with --day").into()),
        }
    }

    /// A day of so many complaints, made up from the city pack.
    pub(crate) fn made_up(complaints: usize, pack: &CityPack) -> Result<Self, Failure> {
        let day = Self::draw(complaints, pack);
        if day.entries.is_empty() {
            let city = &pack.city.id;
            let reason = "no category of the pack has source types";
            return Err(format!("no day of {city} can be made up: {reason}").into());
        }
        Ok(day)
    }

    fn read(open: File, file: &Path, pack: &CityPack) -> Result<Self, Failure> {
        let name = file
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let zone: TimeZone = pack.calendar.time_zone().clone();
        let mut bad_rows = Vec::new();
        let mut timed: Vec<(Timestamp, Submission)> = Vec::new();
        for row in rows(&Format::Nyc311, open, &name, zone)? {
            match row {
                Ok(row) => timed.push((
                    row.recorded_at.unwrap_or(Timestamp::UNIX_EPOCH),
                    row.submission,
                )),
                Err(bad) => bad_rows.push(bad.to_string()),
            }
        }
        timed.sort_by_key(|(at, _)| *at);
        let first = timed.first().map_or(0, |(at, _)| at.as_second());
        let span = timed.last().map_or(0, |(at, _)| at.as_second()) - first;
        #[expect(clippy::cast_precision_loss, reason = "a share of a day")]
        let share = |at: Timestamp| (at.as_second() - first) as f64 / span.max(1) as f64;
        let entries = timed
            .into_iter()
            .map(|(at, submission)| Entry {
                at: share(at),
                submission,
            })
            .collect();
        Ok(Self {
            title: format!("a real day, {name}"),
            entries,
            bad_rows,
            answers: BTreeMap::new(),
        })
    }

    fn draw(complaints: usize, pack: &CityPack) -> Self {
        let mut rng = SmallRng::seed_from_u64(SEED);
        let categories: Vec<&Category> = pack
            .taxonomy
            .iter()
            .filter(|category| !category.source_types.is_empty())
            .collect();
        let areas: Vec<&Area> = pack
            .areas
            .iter()
            .filter(|area| area.parent.is_some())
            .collect();
        let mut answers = BTreeMap::new();
        let mut entries: Vec<Entry> = Vec::with_capacity(complaints);
        for nth in 0..complaints {
            let (Some(category), Some(area)) =
                (categories.choose(&mut rng), areas.choose(&mut rng))
            else {
                break;
            };
            let key = format!("made-up-{nth}");
            let submission = submission(&key, category, area);
            answers.insert(key, answer(pack, category, area, &submission));
            entries.push(Entry {
                at: rng.random(),
                submission,
            });
        }
        entries.sort_by(|a, b| a.at.total_cmp(&b.at));
        Self {
            title: "a made-up day with known answers".to_owned(),
            entries,
            bad_rows: Vec::new(),
            answers,
        }
    }
}

/// A complaint about this, there.
pub(crate) fn submission(key: &str, category: &Category, area: &Area) -> Submission {
    let complaint_type = category
        .source_types
        .first()
        .map(ToString::to_string)
        .unwrap_or_default();
    let complaint = Complaint {
        text: format!("{} in {}", category.name.text(), area.name.text()),
        channel: swiftline_proto::convert::to_wire(Channel::Phone),
        address: area.name.text().to_owned(),
        source: Some(swiftline_proto::types::v1::Source {
            key: key.to_owned(),
            complaint_type,
            descriptor: String::new(),
        }),
        ..Complaint::default()
    };
    Submission {
        idempotency_key: key.to_owned(),
        complaint: Some(complaint),
        contact: Some(Contact {
            phone: "555-0100".to_owned(),
            ..Contact::default()
        }),
        ..Submission::default()
    }
}

/// The unit that the pack's rules give to a complaint whose category and place are known.
fn answer(pack: &CityPack, category: &Category, area: &Area, submission: &Submission) -> UnitId {
    let text = submission
        .complaint
        .as_ref()
        .map(|c| c.text.to_lowercase())
        .unwrap_or_default();
    let decision = pack.rules.decide(&Facts {
        category: Some(&category.id),
        area: Some(&area.id),
        kind: Kind::Complaint,
        urgency: category.urgency,
        channel: Channel::Phone,
        line: Line::General,
        reporter: ReporterType::Resident,
        language: pack.city.default_language,
        moment: pack.calendar.moment(Timestamp::now()),
        text: &text,
    });
    pack.resolve_unit(&decision.lead, Some(&area.id), pack.rules.backstop())
        .unit
        .id
        .clone()
}
