//! What was usual before there was Swiftline: counts of past hours, from elsewhere.

use std::collections::BTreeMap;

use jiff::Timestamp;
use swiftline_domain::city::CityPack;
use swiftline_domain::id::CategoryId;
use swiftline_domain::insight::hour::Hour;
use swiftline_proto::convert::{self, ConvertError};
use swiftline_proto::feedback::v1 as wire;
use swiftline_store::{Folded, InsightDocument, Store};

use super::documents::{HOURS_DAYS, HOURS_LIFETIME, Hours, hours_name, read_hours, write_hours};
use super::keeper::Cursor;
use crate::error::FeedbackError;

/// The most counts of one request.
const MAX_COUNTS: usize = 20_000;
/// How often it is tried when notes are folded in between.
const ATTEMPTS: usize = 8;

const NO_COUNTS: &str = "it is no list of counts";

/// Counts by day of the epoch.
type Days = BTreeMap<i64, Hours>;

/// Puts these counts in the place of those of the same hour, category and district. The same again changes nothing.
pub(super) async fn learn(
    store: &Store,
    pack: &CityPack,
    given: &[wire::HourCount],
    now: Timestamp,
) -> Result<u64, FeedbackError> {
    let days = read(pack, given, now)?;
    for _ in 0..ATTEMPTS {
        let state = store.insight_state().await?;
        let names: Vec<String> = days.keys().map(|day| hours_name(*day)).collect();
        let known = store.insight_documents(&names).await?;
        let mut documents = Vec::with_capacity(names.len());
        for (((_, counts), name), known) in days.iter().zip(names).zip(known) {
            let mut hours = match known {
                None => Hours::new(),
                Some(document) => {
                    read_hours(&document).ok_or_else(|| super::corrupt(&name, NO_COUNTS))?
                }
            };
            hours.extend(counts.clone());
            documents.push((name, write_hours(&hours)));
        }
        let documents: Vec<InsightDocument<'_>> = documents
            .iter()
            .map(|(name, bytes)| InsightDocument {
                name,
                bytes,
                lifetime: Some(HOURS_LIFETIME),
            })
            .collect();
        let cursor = Cursor::read(&state)?.by(&uuid::Uuid::new_v4().to_string())?;
        match store
            .fold_insight(state.revision, &cursor, &documents)
            .await?
        {
            Folded::Done => return Ok(given.len() as u64),
            Folded::Stale { .. } => {}
        }
    }
    Err(FeedbackError::Busy("notes are being folded"))
}

fn read(pack: &CityPack, given: &[wire::HourCount], now: Timestamp) -> Result<Days, FeedbackError> {
    if given.len() > MAX_COUNTS {
        let reason = format!(
            "are {}, at most {MAX_COUNTS} are taken at once",
            given.len()
        );
        return Err(ConvertError::new("counts", reason).into());
    }
    let last = Hour::of(now);
    let mut days = Days::new();
    for (at, count) in given.iter().enumerate() {
        let field = |name: &str| format!("counts[{at}].{name}");
        let hour = convert::present(count.hour, &field("hour"))?;
        let hour = Hour::of(convert::to_timestamp(hour, &field("hour"))?);
        if hour >= last || hour.0 < last.0 - HOURS_DAYS * 24 {
            let reason = format!("is not in the {HOURS_DAYS} days before this hour");
            return Err(ConvertError::new(field("hour"), reason).into());
        }
        let category: CategoryId = convert::id(&count.category, &field("category"))?;
        if pack.taxonomy.get(category.as_str()).is_none() {
            return Err(unknown(field("category"), "category", &count.category));
        }
        let district = match count.area.as_str() {
            "" => String::new(),
            area => pack
                .areas
                .district_of(area)
                .ok_or_else(|| unknown(field("area"), "area", area))?
                .id
                .to_string(),
        };
        let of_day = u8::try_from(hour.0.rem_euclid(24)).unwrap_or_default();
        let cell = days.entry(hour.0.div_euclid(24)).or_default();
        // Several places of a district are one.
        *cell
            .entry((category.to_string(), district, of_day))
            .or_default() += count.count;
    }
    Ok(days)
}

fn unknown(field: String, what: &'static str, id: &str) -> FeedbackError {
    let id = id.to_owned();
    FeedbackError::Unknown { field, what, id }
}
