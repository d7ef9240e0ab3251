//! The city that things happen in: its days, its places with their shares, its matters with their seasons, and who gets what.

use std::sync::OnceLock;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use swiftline_domain::city::{AreaKind, CityPack};
use swiftline_domain::rules::{Backstop, Facts};
use swiftline_domain::vocabulary::{Channel, Kind, Language, Line, ReporterType, Urgency};

use crate::chance::mixed;

const DAY: i64 = 86_400;
/// The days of 2000 to 2039, counted from 1970-01-01.
const DAYS: std::ops::Range<i64> = 10_957..25_567;
/// How much more is asked of some matters: beginning of a category's id, weight. The first that fits holds; others have 1.
const WEIGHTS: [(&str, f32); 14] = [
    ("utilities.heating", 3.0),
    ("utilities.water", 3.0),
    ("utilities.power", 2.0),
    ("utilities.drainage", 1.5),
    ("utilities", 2.0),
    ("property", 5.0),
    ("housing", 3.5),
    ("traffic.parking", 5.0),
    ("traffic", 3.0),
    ("environment.noise", 6.0),
    ("environment", 3.0),
    ("market", 6.0),
    ("education", 2.0),
    ("labour", 3.0),
];

/// Of the city.
pub(crate) struct World<'a> {
    pub(crate) pack: &'a CityPack,
    seed: u64,
    /// Of the city's clock to UTC, seconds. A history is made for a city without daylight saving.
    pub(crate) offset: i64,
    pub(crate) places: Vec<Place<'a>>,
    pub(crate) place_sums: Vec<f32>,
    pub(crate) matters: Vec<Matter<'a>>,
    /// Running sums of weights a kind of day: see [`Season::index`].
    pub(crate) matter_sums: Vec<Vec<f32>>,
    pub(crate) entries: Vec<&'a str>,
    choices: Vec<OnceLock<Choice<'a>>>,
    days: OnceLock<Vec<Day>>,
}

/// A place; the last of the list is none at all.
pub(crate) struct Place<'a> {
    pub(crate) area: Option<&'a swiftline_domain::id::AreaId>,
    pub(crate) district: Option<&'a str>,
}

/// A matter.
pub(crate) struct Matter<'a> {
    pub(crate) category: &'a swiftline_domain::id::CategoryId,
    pub(crate) urgency: Urgency,
}

/// Who gets a case, and how fast it must go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Choice<'a> {
    pub(crate) unit: &'a str,
    pub(crate) team: &'a str,
    pub(crate) rule: Option<&'a str>,
    /// Hours in which it must be handled.
    pub(crate) handle_hours: i64,
}

/// A day.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Day {
    /// Calls, compared with an ordinary day.
    pub(crate) calls: f64,
    /// Which of the matters' weights.
    pub(crate) season: usize,
}

impl<'a> World<'a> {
    pub(crate) fn new(pack: &'a CityPack, seed: u64) -> Self {
        let zone: &TimeZone = &pack.city.time_zone;
        let (places, place_sums) = places(pack, seed);
        let matters = matters(pack);
        let matter_sums = (0..8).map(|season| season_sums(&matters, season)).collect();
        let choices = (0..places.len() * matters.len() * 2)
            .map(|_| OnceLock::new())
            .collect();
        Self {
            pack,
            seed,
            offset: zone
                .to_offset(Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_secs(1_700_000_000))
                .seconds()
                .into(),
            places,
            place_sums,
            matters,
            matter_sums,
            entries: pack
                .knowledge
                .iter()
                .map(|entry| entry.id.as_str())
                .collect(),
            choices,
            days: OnceLock::new(),
        }
    }

    /// What a day is like.
    pub(crate) fn day(&self, at: i64) -> Day {
        let day = (at + self.offset).div_euclid(DAY);
        // All days of forty years, made once: every case asks for its own.
        let days = self
            .days
            .get_or_init(|| DAYS.map(|day| self.make_day(day)).collect());
        let known = usize::try_from(day - DAYS.start)
            .ok()
            .and_then(|at| days.get(at));
        known.copied().unwrap_or_else(|| self.make_day(day))
    }

    fn make_day(&self, day: i64) -> Day {
        let date = Timestamp::from_second(day * DAY)
            .unwrap_or_default()
            .to_zoned(TimeZone::UTC);
        let month = date.month();
        let luck = mixed(self.seed ^ 0x7261_696e ^ day.unsigned_abs()) % 100;
        let wet = match month {
            7 | 8 => luck < 30,
            5 | 6 | 9 => luck < 15,
            _ => luck < 4,
        };
        let cold = matches!(month, 11 | 12 | 1..=3) && (month != 3 || date.day() <= 15);
        let summer = matches!(month, 6..=8);
        // 1970-01-01 was a Thursday: Saturday and Sunday follow two and three days later.
        let weekend = matches!(day.rem_euclid(7), 2 | 3);
        let first_frost = month == 11 && date.day() < 20;
        let calls = if weekend { 0.72 } else { 1.0 }
            * if cold { 1.1 } else { 1.0 }
            * if first_frost { 1.25 } else { 1.0 }
            * if wet { 1.15 } else { 1.0 }
            * (0.94 + 0.12 * (luck as f64 / 100.0));
        let season = usize::from(cold) | usize::from(wet) << 1 | usize::from(summer) << 2;
        Day { calls, season }
    }

    /// Who gets what this is about, there.
    pub(crate) fn choice(&self, matter: usize, place: usize, urgent: bool) -> Choice<'a> {
        let at = (place * self.matters.len() + matter) * 2 + usize::from(urgent);
        *self.choices[at].get_or_init(|| self.choose(matter, place, urgent))
    }

    fn choose(&self, matter: usize, place: usize, urgent: bool) -> Choice<'a> {
        let (pack, matter, place) = (self.pack, &self.matters[matter], &self.places[place]);
        // A workday at eleven in the city: rules for nights and holidays choose other teams, hardly other units.
        let moment = Timestamp::from_second(1_747_191_600).unwrap_or_default();
        let facts = Facts {
            category: Some(matter.category),
            area: place.area,
            kind: Kind::Complaint,
            urgency: if urgent {
                Urgency::Emergency
            } else {
                matter.urgency
            },
            channel: Channel::Phone,
            line: Line::General,
            reporter: ReporterType::Resident,
            language: Language::CHINESE,
            moment: pack.calendar.moment(moment),
            text: "",
        };
        let decision = pack.rules.decide(&facts);
        let backstop: &Backstop = pack.rules.backstop();
        let unit = pack.resolve_unit(&decision.lead, place.area, backstop).unit;
        let rule = decision.rule.as_ref().and_then(|rule| {
            let mut rules = pack.rules.rules().iter();
            rules
                .find(|known| known.id == *rule)
                .map(|known| known.id.as_str())
        });
        let team = pack.teams.of_unit(unit.id.as_str()).next();
        let handle_hours = match decision.clock.as_str() {
            "emergency" => 2,
            "utility" => 24,
            "short" => 7 * 24,
            _ => 21 * 24,
        };
        Choice {
            unit: unit.id.as_str(),
            team: team.map_or(unit.id.as_str(), |team| team.id.as_str()),
            rule,
            handle_hours,
        }
    }
}

fn places(pack: &CityPack, seed: u64) -> (Vec<Place<'_>>, Vec<f32>) {
    let (mut places, mut sums, mut sum) = (Vec::new(), Vec::new(), 0.0_f32);
    for (rank, district) in pack
        .areas
        .iter()
        .filter(|area| area.kind == AreaKind::District)
        .enumerate()
    {
        let weight = district_weight(rank);
        let within: Vec<_> = pack
            .areas
            .iter()
            .filter(|area| area.parent.as_ref() == Some(&district.id))
            .collect();
        let parts: Vec<f32> = (0..within.len())
            .map(|at| 0.25 + (mixed(seed ^ (rank as u64) << 16 ^ at as u64) % 1_000) as f32 / 500.0)
            .collect();
        let total: f32 = parts.iter().sum::<f32>().max(1.0);
        for (area, part) in within.iter().zip(&parts) {
            sum += weight * 0.9 * part / total;
            places.push(Place {
                area: Some(&area.id),
                district: Some(district.id.as_str()),
            });
            sums.push(sum);
        }
        sum += weight * 0.1;
        places.push(Place {
            area: Some(&district.id),
            district: Some(district.id.as_str()),
        });
        sums.push(sum);
    }
    places.push(Place {
        area: None,
        district: None,
    });
    sums.push(sum * 1.03);
    (places, sums)
}

/// In the order of the pack: the inner districts call most.
fn district_weight(rank: usize) -> f32 {
    const SHARES: [f32; 17] = [
        5.0, 5.5, 17.0, 11.5, 3.0, 13.0, 2.5, 6.5, 8.5, 5.5, 9.5, 7.5, 1.8, 1.6, 1.9, 1.2, 3.0,
    ];
    SHARES.get(rank).copied().unwrap_or(2.0)
}

fn matters(pack: &CityPack) -> Vec<Matter<'_>> {
    let all: Vec<_> = pack.taxonomy.iter().collect();
    let leaf = |id: &swiftline_domain::id::CategoryId| {
        !all.iter().any(|other| other.parent.as_ref() == Some(id))
    };
    let leaves = all.iter().filter(|category| leaf(&category.id));
    leaves
        .map(|category| Matter {
            category: &category.id,
            urgency: category.urgency,
        })
        .collect()
}

fn season_sums(matters: &[Matter<'_>], season: usize) -> Vec<f32> {
    let (cold, wet, summer) = (season & 1 != 0, season & 2 != 0, season & 4 != 0);
    let mut sum = 0.0;
    let weight = |matter: &Matter<'_>| {
        let id = matter.category.as_str();
        let base = WEIGHTS
            .iter()
            .find(|(head, _)| id.starts_with(head))
            .map_or(1.0, |(_, weight)| *weight);
        // Some matters of a group are asked about more than others.
        let spread = |sum: u64, byte: u8| sum.wrapping_mul(31).wrapping_add(u64::from(byte));
        let own = 0.3 + (mixed(id.bytes().fold(7, spread)) % 1_000) as f32 / 600.0;
        let seasonal = match id {
            "utilities.heating" if cold => 9.0,
            "utilities.heating" => 0.15,
            "utilities.drainage" if wet => 8.0,
            "utilities.power" if summer => 2.5,
            _ if id.contains("noise") && summer => 1.8,
            _ => 1.0,
        };
        base * own * seasonal
    };
    let sums = matters.iter().map(|matter| {
        sum += weight(matter);
        sum
    });
    sums.collect()
}
