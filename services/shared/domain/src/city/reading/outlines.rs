//! Reads `outlines.geojson`. It is the one large file of a pack, so it is read without a tree; a value's place in the text is
//! told from where its raw text lies.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{At, Doc, Known};
use crate::city::outline::{Outlines, Polygon, Ring, extent_of};
use crate::id::AreaId;

#[derive(Deserialize)]
struct Collection<'a> {
    #[serde(borrow)]
    features: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Feature<'a> {
    properties: Properties,
    #[serde(borrow)]
    geometry: Geometry<'a>,
}

#[derive(Deserialize)]
struct Properties {
    area: String,
}

#[derive(Deserialize)]
#[serde(tag = "type", content = "coordinates")]
enum Geometry<'a> {
    #[serde(borrow)]
    Polygon(Vec<&'a RawValue>),
    #[serde(borrow)]
    MultiPolygon(Vec<Vec<&'a RawValue>>),
}

pub(super) fn read(doc: &mut Doc<'_>, text: &str, known: &Known) -> Option<Outlines> {
    let place = Places { text };
    let collection: Collection<'_> = match serde_json::from_str(text) {
        Ok(collection) => collection,
        Err(error) => {
            doc.error(
                place.of_error(0, &error),
                format!("is not a GeoJSON FeatureCollection: {}", reason(&error)),
            );
            return None;
        }
    };
    let mut by_area: HashMap<AreaId, Vec<Polygon>> = HashMap::new();
    for raw in collection.features {
        if let Some((area, polygons)) = feature(doc, raw, &place, known) {
            by_area.entry(area).or_default().extend(polygons);
        }
    }
    let points = by_area
        .values()
        .flatten()
        .flat_map(|polygon| polygon.exterior.iter().copied());
    let extent = extent_of(points);
    Some(Outlines { by_area, extent })
}

fn feature(
    doc: &mut Doc<'_>,
    raw: &RawValue,
    place: &Places<'_>,
    known: &Known,
) -> Option<(AreaId, Vec<Polygon>)> {
    let feature: Feature<'_> = match serde_json::from_str(raw.get()) {
        Ok(feature) => feature,
        Err(error) => {
            let wanted =
                "write a Feature with properties {\"area\": …} and a Polygon or MultiPolygon";
            doc.error(
                place.of_error(place.offset(raw), &error),
                format!("{}; {wanted}", reason(&error)),
            );
            return None;
        }
    };
    let at = place.of(raw);
    let area = match AreaId::new(&feature.properties.area) {
        Ok(area) => area,
        Err(error) => {
            doc.error(at, format!("area id {:?} {error}", feature.properties.area));
            return None;
        }
    };
    known.areas.check(doc, at, area.as_str());
    let polygons = match feature.geometry {
        Geometry::Polygon(rings) => vec![rings],
        Geometry::MultiPolygon(polygons) => polygons,
    };
    let polygons = polygons
        .iter()
        .filter_map(|rings| polygon(doc, rings, place))
        .collect();
    Some((area, polygons))
}

fn polygon(doc: &mut Doc<'_>, rings: &[&RawValue], place: &Places<'_>) -> Option<Polygon> {
    let mut rings = rings.iter().map(|raw| ring(doc, raw, place));
    let exterior = rings.next()??;
    Some(Polygon {
        exterior,
        holes: rings.flatten().collect(),
    })
}

fn ring(doc: &mut Doc<'_>, raw: &RawValue, place: &Places<'_>) -> Option<Ring> {
    let ring: Ring = match serde_json::from_str(raw.get()) {
        Ok(ring) => ring,
        Err(error) => {
            let at = place.of_error(place.offset(raw), &error);
            doc.error(
                at,
                format!(
                    "{}; a ring is a list of [longitude, latitude]",
                    reason(&error)
                ),
            );
            return None;
        }
    };
    if let Some((longitude, latitude)) = ring.iter().find(|(_, latitude)| latitude.abs() > 90.0) {
        doc.error(place.of(raw), format!("latitude {latitude} is outside -90 to 90 in [{longitude}, {latitude}]; longitude and latitude look swapped: longitude comes first"));
    } else if let Some((longitude, _)) = ring.iter().find(|(longitude, _)| longitude.abs() > 180.0)
    {
        doc.error(
            place.of(raw),
            format!("longitude {longitude} is outside -180 to 180"),
        );
    } else if ring.len() < 4 || ring.first() != ring.last() {
        doc.error(
            place.of(raw),
            "a ring needs at least four points, and its last point must repeat its first",
        );
    }
    Some(ring)
}

/// The reason without serde's own position, which is relative to a part of the file.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ")
        .map_or(text.clone(), |(reason, _)| reason.to_owned())
}

/// Tells lines and columns of parts of a text.
struct Places<'t> {
    text: &'t str,
}

impl Places<'_> {
    /// Where a part begins, in bytes. The part must be borrowed from the text.
    fn offset(&self, part: &RawValue) -> usize {
        let (part, text) = (part.get().as_ptr() as usize, self.text.as_ptr() as usize);
        part.saturating_sub(text).min(self.text.len())
    }

    fn of(&self, part: &RawValue) -> At {
        self.at(self.offset(part))
    }

    /// Where a reader's error in the part that begins at `offset` is.
    fn of_error(&self, offset: usize, error: &serde_json::Error) -> At {
        let start = self.at(offset);
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let (line, column) = (number(error.line().max(1)), number(error.column().max(1)));
        if line == 1 {
            At {
                line: start.line,
                column: start.column + column - 1,
            }
        } else {
            At {
                line: start.line + line - 1,
                column,
            }
        }
    }

    fn at(&self, offset: usize) -> At {
        let before = self.text.get(..offset).unwrap_or_default();
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count()
            + 1;
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        At {
            line: number(line),
            column: number(column),
        }
    }
}
