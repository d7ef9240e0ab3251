//! New York's 311 requests as NYC Open Data publishes them.

use swiftline_proto::types::v1::Channel;

use super::Row;
use super::columns::{ColumnMap, Record};

/// The columns that both styles have.
pub(super) fn columns() -> ColumnMap {
    ColumnMap::of([
        ("key", "unique_key"),
        ("time", "created_date"),
        ("type", "complaint_type"),
        ("descriptor", "descriptor"),
        ("latitude", "latitude"),
        ("longitude", "longitude"),
    ])
}

/// Adds the place in words and the channel, which only some of the files have.
pub(super) fn finish(record: &Record<'_>, mut row: Row) -> Result<Row, String> {
    let Some(complaint) = &mut row.submission.complaint else {
        return Ok(row);
    };
    let place: Vec<&str> = ["incident_address", "city", "community_board", "borough"]
        .into_iter()
        .filter_map(|column| record.column(column))
        .filter(|text| !text.contains("Unspecified"))
        .collect();
    complaint.address = place.join(", ");
    if let Some(location) = record.column("location_type") {
        complaint.text = format!("{} ({location})", complaint.text);
    }
    complaint.channel = match record.column("open_data_channel_type") {
        Some("PHONE") => Channel::Phone,
        Some("ONLINE") => Channel::Web,
        Some("MOBILE") => Channel::App,
        _ => Channel::Api,
    }
    .into();
    Ok(row)
}
