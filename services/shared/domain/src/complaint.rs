//! What a citizen said: the request as it was taken in, and what makes it acceptable.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::id::EntryId;
use crate::vocabulary::{Channel, Kind, Language, Line, ReporterType};

/// The longest text of a complaint, in characters (Open311 allows 4,000; letters to a city run longer).
pub const MAX_TEXT_CHARS: usize = 10_000;
/// The longest address, source type or descriptor, in characters.
pub const MAX_SHORT_CHARS: usize = 300;
/// The most attachments a complaint may name.
pub const MAX_ATTACHMENTS: usize = 10;
/// The longest attachment address, in bytes.
pub const MAX_URL_BYTES: usize = 2_000;
/// How far ahead of ours another system's clock may be before its time counts as the future.
pub const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// A point on the earth, WGS-84, degrees.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Location {
    /// Degrees north, -90 to 90.
    pub latitude: f64,
    /// Degrees east, -180 to 180.
    pub longitude: f64,
}

/// What another system said of the request, when it came through one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The other system's own key of the request, kept so that both can be compared.
    pub key: String,
    /// Its complaint type, such as `HEAT/HOT WATER`; a city pack maps these to categories.
    pub complaint_type: String,
    /// Its finer description of the type.
    pub descriptor: String,
}

/// A request as taken in. Contact data is not here: it is sealed apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Complaint {
    /// The citizen's words, or the operator's note of them; 1 to [`MAX_TEXT_CHARS`] characters.
    pub text: String,
    /// The way it came in.
    pub channel: Channel,
    /// The hotline that was called.
    pub line: Line,
    /// Who asks.
    pub reporter: ReporterType,
    /// What the operator says the citizen wants, if they said.
    pub kind: Option<Kind>,
    /// The language the operator chose, if they did.
    pub language: Option<Language>,
    /// Where it is, as a point.
    pub location: Option<Location>,
    /// Where it is, in words.
    pub address: Option<String>,
    /// What another system said of it.
    pub source: Option<Source>,
    /// When the citizen first said it, if it was taken down elsewhere.
    pub reported_at: Option<Timestamp>,
    /// The citizen asked for confidentiality.
    pub confidential: bool,
    /// Addresses of pictures and videos.
    pub attachments: Vec<String>,
    /// The entry of the knowledge base that the operator read out, and the citizen was content with.
    pub answer: Option<EntryId>,
}

/// A field that is not acceptable, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct FieldError {
    /// The field's name in the request, such as `complaint.text`.
    pub field: &'static str,
    /// What is wrong with it and what would be right.
    pub reason: String,
}

/// A rectangle that holds a city, for telling a swapped latitude and longitude.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Extent {
    /// The south-west corner.
    pub south_west: Location,
    /// The north-east corner.
    pub north_east: Location,
}

impl Extent {
    /// Whether the point is inside.
    #[must_use]
    pub fn contains(&self, at: Location) -> bool {
        (self.south_west.latitude..=self.north_east.latitude).contains(&at.latitude)
            && (self.south_west.longitude..=self.north_east.longitude).contains(&at.longitude)
    }
}

impl Complaint {
    /// Every field that is not acceptable at `now`; none when the complaint can be taken.
    #[must_use]
    pub fn problems(&self, now: Timestamp, city: Option<Extent>) -> Vec<FieldError> {
        let mut problems = Vec::new();
        let mut wrong = |field, reason: String| problems.push(FieldError { field, reason });
        if self.text.trim().is_empty() {
            wrong(
                "complaint.text",
                "is empty; say what the matter is".to_owned(),
            );
        }
        longer(&self.text, MAX_TEXT_CHARS, "complaint.text", &mut wrong);
        if let Some(location) = self.location {
            check_location(location, city, &mut wrong);
        }
        if let Some(address) = &self.address {
            longer(address, MAX_SHORT_CHARS, "complaint.address", &mut wrong);
        }
        if let Some(source) = &self.source {
            longer(
                &source.key,
                MAX_SHORT_CHARS,
                "complaint.source.key",
                &mut wrong,
            );
            longer(
                &source.complaint_type,
                MAX_SHORT_CHARS,
                "complaint.source.complaint_type",
                &mut wrong,
            );
            longer(
                &source.descriptor,
                MAX_SHORT_CHARS,
                "complaint.source.descriptor",
                &mut wrong,
            );
        }
        if let Some(at) = self.reported_at
            && at.duration_since(now) > CLOCK_SKEW
        {
            wrong(
                "complaint.reported_at",
                format!("{at} is in the future; now is {now}"),
            );
        }
        if self.attachments.len() > MAX_ATTACHMENTS {
            wrong(
                "complaint.attachments",
                format!(
                    "has {}, at most {MAX_ATTACHMENTS} are kept",
                    self.attachments.len()
                ),
            );
        }
        for url in &self.attachments {
            if url.len() > MAX_URL_BYTES
                || !(url.starts_with("https://") || url.starts_with("http://"))
            {
                wrong(
                    "complaint.attachments",
                    format!("must be http(s) addresses of at most {MAX_URL_BYTES} bytes"),
                );
            }
        }
        problems
    }
}

fn longer(
    text: &str,
    most: usize,
    field: &'static str,
    wrong: &mut impl FnMut(&'static str, String),
) {
    // Bytes bound characters from above, so the common short text costs no count.
    if text.len() > most {
        let chars = text.chars().count();
        if chars > most {
            wrong(
                field,
                format!("is {chars} characters long, at most {most} are taken"),
            );
        }
    }
}

fn check_location(
    at: Location,
    city: Option<Extent>,
    wrong: &mut impl FnMut(&'static str, String),
) {
    let swapped = Location {
        latitude: at.longitude,
        longitude: at.latitude,
    };
    let looks_swapped = city.is_some_and(|city| city.contains(swapped) && !city.contains(at));
    if looks_swapped {
        let reason = format!(
            "{}, {} lies in the city only the other way round; latitude and longitude look swapped",
            at.latitude, at.longitude
        );
        wrong("complaint.location", reason);
        return;
    }
    if !(-90.0..=90.0).contains(&at.latitude) {
        wrong(
            "complaint.location.latitude",
            format!("{} is outside -90 to 90", at.latitude),
        );
    }
    if !(-180.0..=180.0).contains(&at.longitude) {
        wrong(
            "complaint.location.longitude",
            format!("{} is outside -180 to 180", at.longitude),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn complaint() -> Complaint {
        Complaint {
            text: "the street light is out".into(),
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
            attachments: vec![],
            answer: None,
        }
    }

    fn fields(complaint: &Complaint) -> Vec<&'static str> {
        let new_york = Extent {
            south_west: Location {
                latitude: 40.4,
                longitude: -74.3,
            },
            north_east: Location {
                latitude: 41.0,
                longitude: -73.6,
            },
        };
        complaint
            .problems(NOW, Some(new_york))
            .iter()
            .map(|p| p.field)
            .collect()
    }

    #[test]
    fn a_plain_complaint_is_taken() {
        assert_eq!(fields(&complaint()), [""; 0]);
    }

    #[test]
    fn empty_and_endless_texts_are_refused_by_name() {
        assert_eq!(
            fields(&Complaint {
                text: " \n".into(),
                ..complaint()
            }),
            ["complaint.text"]
        );
        assert_eq!(
            fields(&Complaint {
                text: "水".repeat(MAX_TEXT_CHARS),
                ..complaint()
            }),
            [""; 0]
        );
        assert_eq!(
            fields(&Complaint {
                text: "x".repeat(1 << 20),
                ..complaint()
            }),
            ["complaint.text"]
        );
    }

    #[test]
    fn places_off_the_earth_and_swapped_ones_are_refused() {
        let at = |latitude, longitude| {
            fields(&Complaint {
                location: Some(Location {
                    latitude,
                    longitude,
                }),
                ..complaint()
            })
        };
        assert_eq!(at(40.7, -74.0), [""; 0]);
        assert_eq!(at(-74.0, 40.7), ["complaint.location"]);
        assert_eq!(at(91.0, 0.0), ["complaint.location.latitude"]);
        assert_eq!(at(0.0, 181.0), ["complaint.location.longitude"]);
        assert_eq!(at(f64::NAN, 0.0), ["complaint.location.latitude"]);
        assert_eq!(
            at(39.9, 116.4),
            [""; 0],
            "outside the city is a question of place, not of form"
        );
    }

    #[test]
    fn a_time_in_the_future_is_refused_beyond_a_little_skew() {
        let at = |minutes| {
            let reported_at = NOW.checked_add(SignedDuration::from_mins(minutes)).ok();
            fields(&Complaint {
                reported_at,
                ..complaint()
            })
        };
        assert_eq!(at(4), [""; 0]);
        assert_eq!(at(6), ["complaint.reported_at"]);
    }

    #[test]
    fn attachments_and_short_fields_are_bounded() {
        let long = "x".repeat(MAX_SHORT_CHARS + 1);
        let source = Source {
            descriptor: long.clone(),
            ..Source::default()
        };
        let bad = Complaint {
            address: Some(long),
            source: Some(source),
            attachments: vec!["file:///etc/passwd".into()],
            ..complaint()
        };
        assert_eq!(
            fields(&bad),
            [
                "complaint.address",
                "complaint.source.descriptor",
                "complaint.attachments"
            ]
        );
    }
}
