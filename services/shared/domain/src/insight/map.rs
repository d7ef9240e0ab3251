//! The public opinion map: counts of areas as GeoJSON (RFC 7946), ready to be drawn.
//!
//! Every area of the level is a feature, with null for a geometry where the pack has no outline. Outer lines run against the
//! clock and holes with it, as the RFC wants. The rate is the area's share of the city's counts: packs have no populations.

use serde_json::{Value, json};

use super::counts::{Cell, Day};
use crate::city::{Area, CityPack, Polygon, Ring};
use crate::id::AreaId;
use crate::vocabulary::Language;

/// Which counts a map shows.
#[derive(Debug, Clone, Copy, Default)]
pub struct MapOf<'a> {
    /// Only of this category and those under it.
    pub category: Option<&'a str>,
    /// Names in this language; the city's own without.
    pub language: Option<Language>,
    /// 1: districts, 2: what lies in them.
    pub level: u8,
}

/// The map of these days, as a GeoJSON text.
#[must_use]
pub fn geo_json(pack: &CityPack, days: &[Day], of: &MapOf<'_>) -> String {
    let cells: Vec<(&str, Cell)> = days
        .iter()
        .flat_map(|day| &day.cells)
        .filter(|((category, _), _)| of.category.is_none_or(|wanted| is_within(category, wanted)))
        .map(|((_, area), cell)| (area.as_str(), *cell))
        .collect();
    let all: u64 = cells.iter().map(|(_, cell)| cell.told).sum();
    let feature = |area: &Area| {
        let mut sum = Cell::default();
        for (place, cell) in &cells {
            if pack.areas.is_within(place, area.id.as_str()) {
                sum.add(*cell);
            }
        }
        feature(pack, area, sum, all, of.language)
    };
    let areas = pack.areas.iter();
    let features: Vec<Value> = areas
        .filter(|area| area.kind.level() == of.level)
        .map(feature)
        .collect();
    json!({"type": "FeatureCollection", "features": features}).to_string()
}

fn is_within(category: &str, wanted: &str) -> bool {
    category
        .strip_prefix(wanted)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn feature(pack: &CityPack, area: &Area, sum: Cell, all: u64, language: Option<Language>) -> Value {
    let name = language.map_or_else(
        || area.name.text(),
        |language| area.name.in_language(language),
    );
    json!({
        "type": "Feature",
        "id": area.id.as_str(),
        "geometry": geometry(pack.outlines.of_area(area.id.as_str())),
        "properties": {
            "area": area.id.as_str(),
            "name": name,
            "kind": area.kind.as_str(),
            "parent": area.parent.as_ref().map(AreaId::as_str),
            "count": sum.told,
            "share": sum.told as f64 / all.max(1) as f64,
            "solved": sum.solved,
            "unsolved": sum.unsolved,
            "unsolved_share": sum.unsolved_share(),
        },
    })
}

fn geometry(polygons: &[Polygon]) -> Value {
    if polygons.is_empty() {
        return Value::Null;
    }
    let polygon = |polygon: &Polygon| {
        let outer = std::iter::once(turned(&polygon.exterior, true));
        let holes = polygon.holes.iter().map(|hole| turned(hole, false));
        outer.chain(holes).collect::<Vec<_>>()
    };
    let coordinates: Vec<Vec<Ring>> = polygons.iter().map(polygon).collect();
    json!({"type": "MultiPolygon", "coordinates": coordinates})
}

/// The ring in this direction.
fn turned(ring: &Ring, against_the_clock: bool) -> Ring {
    let mut ring = ring.clone();
    if (twice_the_area(&ring) > 0.0) != against_the_clock {
        ring.reverse();
    }
    ring
}

/// Twice the area of a closed ring, above 0 when it runs against the clock.
fn twice_the_area(ring: &Ring) -> f64 {
    let pairs = ring.iter().zip(ring.iter().skip(1));
    pairs
        .map(|(one, other)| one.0 * other.1 - other.0 * one.1)
        .sum()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::city::testing::small_pack;

    fn day() -> Day {
        let cell = |told| Cell {
            told,
            ..Cell::default()
        };
        let key = |category: &str, area: &str| (category.to_owned(), area.to_owned());
        let cells = [
            (key("housing.heating", "01001"), cell(3)),
            (key("housing", "01"), cell(2)),
            (key("noise", "02001"), cell(4)),
            (key("noise", ""), cell(1)),
        ];
        Day {
            date: date(2026, 11, 22),
            cells: cells.into(),
        }
    }

    fn counts(of: MapOf<'_>) -> Vec<(String, u64)> {
        let map: Value = serde_json::from_str(&geo_json(&small_pack(), &[day()], &of)).unwrap();
        let features = map["features"].as_array().unwrap().iter();
        features
            .map(|one| {
                (
                    one["id"].as_str().unwrap().to_owned(),
                    one["properties"]["count"].as_u64().unwrap(),
                )
            })
            .collect()
    }

    #[test]
    fn districts_have_what_lies_in_them_and_each_area_is_there() {
        let of = |level, category| MapOf {
            level,
            category,
            ..MapOf::default()
        };
        let named = |all: &[(&str, u64)]| -> Vec<(String, u64)> {
            all.iter()
                .map(|(id, count)| ((*id).to_owned(), *count))
                .collect()
        };
        assert_eq!(counts(of(1, None)), named(&[("01", 5), ("02", 4)]));
        assert_eq!(
            counts(of(2, None)),
            named(&[("01001", 3), ("01002", 0), ("02001", 4), ("02002", 0)])
        );
        assert_eq!(
            counts(of(1, Some("housing"))),
            named(&[("01", 5), ("02", 0)])
        );
        assert_eq!(counts(of(1, Some("hous"))), named(&[("01", 0), ("02", 0)]));
    }

    #[test]
    fn the_map_is_geojson_as_the_rfc_has_it() {
        let pack = small_pack();
        let map: Value = serde_json::from_str(&geo_json(
            &pack,
            &[day()],
            &MapOf {
                level: 1,
                ..MapOf::default()
            },
        ))
        .unwrap();
        assert_eq!(map["type"], "FeatureCollection");
        let mut drawn = 0;
        for feature in map["features"].as_array().unwrap() {
            assert_eq!(feature["type"], "Feature");
            assert!(feature["properties"].is_object() && feature["id"].is_string());
            let geometry = &feature["geometry"];
            if geometry.is_null() {
                continue;
            }
            drawn += 1;
            assert_eq!(geometry["type"], "MultiPolygon");
            for polygon in geometry["coordinates"].as_array().unwrap() {
                for (number, ring) in polygon.as_array().unwrap().iter().enumerate() {
                    let ring: Ring = serde_json::from_value(ring.clone()).unwrap();
                    assert!(ring.len() >= 4, "a ring has four positions");
                    assert_eq!(ring.first(), ring.last(), "and is closed");
                    assert!(
                        ring.iter()
                            .all(|(x, y)| x.abs() <= 180.0 && y.abs() <= 90.0),
                        "longitude first"
                    );
                    assert_eq!(twice_the_area(&ring) > 0.0, number == 0, "right-hand rule");
                }
            }
        }
        let outlined = pack.areas.iter().filter(|area| area.kind.level() == 1);
        let outlined = outlined.filter(|area| !pack.outlines.of_area(area.id.as_str()).is_empty());
        assert_eq!(drawn, outlined.count());
    }

    #[test]
    fn rings_are_turned_the_right_way() {
        let square: Ring = vec![(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)];
        assert!(twice_the_area(&turned(&square, true)) > 0.0);
        assert!(twice_the_area(&turned(&square, false)) < 0.0);
        let polygon = Polygon {
            exterior: square.iter().rev().copied().collect(),
            holes: vec![square.clone()],
        };
        let drawn = geometry(&[polygon]);
        let outer: Ring = serde_json::from_value(drawn["coordinates"][0][0].clone()).unwrap();
        assert_eq!(outer, square);
        assert_eq!(geometry(&[]), Value::Null);
    }
}
