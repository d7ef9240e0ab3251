//! Facts that own themselves: what tests name, what witnesses show, what a history is made of.

use jiff::civil::{DateTime, Time};
use serde::{Deserialize, Serialize};

use super::decide::Facts;
use crate::calendar::Moment;
use crate::city::CityPack;
use crate::id::{AreaId, CategoryId};
use crate::vocabulary::{Channel, DayClass, Kind, Language, Line, ReporterType, Urgency};

/// The names by which the parts of a sample are given, in the order in which they are shown.
pub const SAMPLE_FIELDS: &[&str] = &[
    "category",
    "place",
    "kind",
    "urgency",
    "channel",
    "line",
    "language",
    "reporter",
    "at",
    "day",
    "extreme_weather",
    "time",
    "text",
];

/// What routing sees of a complaint that need not exist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// What it is about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub category: Option<CategoryId>,
    /// Where it is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub place: Option<AreaId>,
    /// What the citizen wants.
    pub kind: Kind,
    /// How pressing it is.
    pub urgency: Urgency,
    /// The way it came in.
    pub channel: Channel,
    /// Which hotline was called.
    pub line: Line,
    /// Its language.
    pub language: Language,
    /// Who asks.
    pub reporter: ReporterType,
    /// What sort of day it is.
    pub day: DayClass,
    /// The city has declared extreme weather.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub extreme_weather: bool,
    /// The local time of day.
    pub time: Time,
    /// Its text, in lower case.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub text: String,
}

impl Sample {
    /// The most ordinary complaint of a city: nothing known, a resident's call on a working day at ten.
    #[must_use]
    pub fn ordinary(pack: &CityPack) -> Self {
        Self {
            category: None,
            place: None,
            kind: Kind::Complaint,
            urgency: Urgency::Normal,
            channel: Channel::Phone,
            line: Line::General,
            language: pack.city.default_language,
            reporter: ReporterType::Resident,
            day: DayClass::Workday,
            extreme_weather: false,
            time: Time::constant(10, 0, 0, 0),
            text: String::new(),
        }
    }

    /// Reads a sample from names and values, such as `("category", "utilities.gas")`. What is not named is ordinary; the
    /// urgency is then the category's. `at` gives day and time at once, as `2026-10-01T02:00` in the city's time.
    ///
    /// # Errors
    /// Everything that is wrong, each with the name it belongs to.
    pub fn read<'a>(
        pack: &CityPack,
        fields: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, Vec<(String, String)>> {
        let mut sample = Self::ordinary(pack);
        let (mut wrong, mut urgency) = (Vec::new(), None);
        for (name, value) in fields {
            match sample.set(pack, name, value) {
                Ok(()) if name == "urgency" => urgency = Some(sample.urgency),
                Ok(()) => {}
                Err(reason) => wrong.push((name.to_owned(), reason)),
            }
        }
        let category = sample.category.as_ref();
        let category = category.and_then(|id| pack.taxonomy.get(id.as_str()));
        sample.urgency = urgency
            .or(category.map(|category| category.urgency))
            .unwrap_or(Urgency::Normal);
        if wrong.is_empty() {
            Ok(sample)
        } else {
            Err(wrong)
        }
    }

    fn set(&mut self, pack: &CityPack, name: &str, value: &str) -> Result<(), String> {
        fn word<T: std::str::FromStr>(value: &str) -> Result<T, String>
        where
            T::Err: std::fmt::Display,
        {
            value.parse().map_err(|error: T::Err| error.to_string())
        }
        match name {
            "category" => {
                let known = pack.taxonomy.get(value);
                let known = known.ok_or_else(|| format!("the city has no category {value:?}"))?;
                self.category = Some(known.id.clone());
            }
            "place" => {
                let known = pack.areas.get(value);
                let known = known.ok_or_else(|| format!("the city has no area {value:?}"))?;
                self.place = Some(known.id.clone());
            }
            "kind" => self.kind = word(value)?,
            "urgency" => self.urgency = word(value)?,
            "channel" => self.channel = word(value)?,
            "line" => self.line = word(value)?,
            "language" => self.language = word(value)?,
            "reporter" => self.reporter = word(value)?,
            "day" => self.day = word(value)?,
            "extreme_weather" => self.extreme_weather = word(value)?,
            "time" => self.time = word(value)?,
            "text" => self.text = value.to_lowercase(),
            "at" => {
                let local: DateTime = value.parse().map_err(|_| {
                    format!("{value:?} is no local date and time; write it as 2026-10-01T02:00")
                })?;
                let moment = pack.calendar.moment_of(local);
                self.day = moment.day;
                self.extreme_weather = moment.extreme_weather;
                self.time = moment.time;
            }
            _ => {
                return Err(format!(
                    "is not known; known are {}",
                    SAMPLE_FIELDS.join(", ")
                ));
            }
        }
        Ok(())
    }

    /// The sample as the rules look at it.
    #[must_use]
    pub fn facts(&self) -> Facts<'_> {
        Facts {
            category: self.category.as_ref(),
            area: self.place.as_ref(),
            kind: self.kind,
            urgency: self.urgency,
            channel: self.channel,
            line: self.line,
            reporter: self.reporter,
            language: self.language,
            moment: Moment {
                day: self.day,
                extreme_weather: self.extreme_weather,
                time: self.time,
            },
            text: &self.text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::city::testing::small_pack;

    #[test]
    fn what_is_not_named_is_ordinary_and_the_category_gives_the_urgency() {
        let pack = small_pack();
        let sample = Sample::read(&pack, [("category", "utilities.gas"), ("text", "GAS")]).unwrap();
        let category = pack.taxonomy.get("utilities.gas").unwrap();
        assert_eq!(sample.urgency, category.urgency);
        assert_eq!(
            (sample.text.as_str(), sample.channel),
            ("gas", Channel::Phone)
        );
        let calm = [("urgency", "normal"), ("category", "utilities.gas")];
        assert_eq!(Sample::read(&pack, calm).unwrap().urgency, Urgency::Normal);
    }

    #[test]
    fn everything_wrong_is_named() {
        let pack = small_pack();
        let bad = [
            ("category", "x"),
            ("place", "y"),
            ("at", "soon"),
            ("colour", "red"),
            ("kind", "z"),
        ];
        let wrong = Sample::read(&pack, bad).unwrap_err();
        let names: Vec<&str> = wrong.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["category", "place", "at", "colour", "kind"]);
    }
}
