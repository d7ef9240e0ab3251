//! A complaint given as facts, as the router takes it.

use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, ToSpan as _};
use swiftline_domain::calendar::Moment;
use swiftline_domain::city::CityPack;
use swiftline_domain::rules::Sample;
use swiftline_proto::convert::{timestamp, to_wire};
use swiftline_proto::router::v1::RouteItem;
use swiftline_proto::types::v1 as wire;

use super::ExplainArgs;
use crate::failure::Failure;
use crate::rules::facts::{pairs, sample};

/// How far to look for a day of the wanted sort.
const DAYS: usize = 400;

/// The complaint that `--facts` describes, classified beyond doubt.
///
/// # Errors
/// When the facts are wrong for the city, or no day of the sort that they want is near.
pub(super) fn of(args: &ExplainArgs) -> Result<RouteItem, Failure> {
    let pack = args.pack.load()?;
    let sample = sample(&pack, &args.facts)?;
    let local = pairs(&args.facts)?.iter().rev().find_map(|(name, value)| {
        let local: Option<DateTime> = value.parse().ok();
        local.filter(|_| *name == "at")
    });
    let now = Timestamp::now();
    let accepted_at = match local {
        Some(local) => local,
        None => next(&pack, &sample, pack.calendar.local(now).date()).ok_or_else(|| {
            let day = sample.day;
            Failure::Given(format!(
                "--facts: the city's calendar has no such {day} in the next {DAYS} days; say when with at=2026-10-01T02:00"
            ))
        })?,
    };
    let accepted_at = accepted_at
        .to_zoned(pack.calendar.time_zone().clone())
        .map_err(|error| Failure::Given(format!("--facts: at: {error}")))?
        .timestamp();
    Ok(item(&sample, accepted_at))
}

/// The next time that is as the sample says.
fn next(pack: &CityPack, sample: &Sample, today: Date) -> Option<DateTime> {
    let wanted = sample.facts().moment;
    let days = today.series(1.day()).take(DAYS);
    let mut times = days.map(|day| day.to_datetime(sample.time));
    times.find(|local| {
        let Moment {
            day,
            extreme_weather,
            ..
        } = pack.calendar.moment_of(*local);
        (day, extreme_weather) == (wanted.day, wanted.extreme_weather)
    })
}

fn item(sample: &Sample, accepted_at: Timestamp) -> RouteItem {
    let id = |id: Option<&dyn ToString>| id.map(ToString::to_string).unwrap_or_default();
    let complaint = wire::Complaint {
        text: sample.text.clone(),
        channel: to_wire(sample.channel),
        line: to_wire(sample.line),
        reporter: to_wire(sample.reporter),
        ..Default::default()
    };
    let classification = wire::Classification {
        category: id(sample.category.as_ref().map(|id| id as _)),
        place: id(sample.place.as_ref().map(|id| id as _)),
        kind: to_wire(sample.kind),
        urgency: to_wire(sample.urgency),
        language: sample.language.to_string(),
        confidence: 1.0,
        ..Default::default()
    };
    RouteItem {
        accepted_at: Some(timestamp(accepted_at)),
        complaint: Some(complaint),
        classification: Some(classification),
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    use swiftline_domain::city::testing::small_pack;

    use super::*;

    #[test]
    fn a_sort_of_day_is_looked_for_in_the_calendar() {
        let pack = small_pack();
        let next = |facts: &[(&str, &str)], today: &str| {
            let sample = Sample::read(&pack, facts.iter().copied()).unwrap();
            next(&pack, &sample, today.parse().unwrap()).map(|at| at.to_string())
        };
        let holiday = [("day", "holiday"), ("time", "02:00")];
        assert_eq!(
            next(&holiday, "2026-09-01").as_deref(),
            Some("2026-10-01T02:00:00")
        );
        assert_eq!(
            next(&[("time", "10:30")], "2026-10-01").as_deref(),
            Some("2026-10-02T10:30:00")
        );
        assert_eq!(next(&[("extreme_weather", "true")], "2026-10-01"), None);
    }
}
