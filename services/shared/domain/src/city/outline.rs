//! `outlines.geojson`: where the areas are on the map.

use std::collections::HashMap;

use crate::complaint::{Extent, Location};
use crate::id::AreaId;

/// A closed line of (longitude, latitude) in degrees, WGS-84; the last point repeats the first.
pub type Ring = Vec<(f64, f64)>;

/// An outer line and the holes in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Polygon {
    /// The outer line.
    pub exterior: Ring,
    /// What is cut out of it.
    pub holes: Vec<Ring>,
}

/// The outlines of the areas that have one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outlines {
    pub(super) by_area: HashMap<AreaId, Vec<Polygon>>,
    pub(super) extent: Option<Extent>,
}

impl Outlines {
    /// The polygons of an area; none when the pack has no outline of it.
    #[must_use]
    pub fn of_area(&self, area: &str) -> &[Polygon] {
        self.by_area.get(area).map_or(&[], Vec::as_slice)
    }

    /// Every outline, in no particular order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&AreaId, &[Polygon])> {
        self.by_area
            .iter()
            .map(|(area, polygons)| (area, polygons.as_slice()))
    }

    /// The rectangle around all outlines; `None` when there is none.
    #[must_use]
    pub fn extent(&self) -> Option<Extent> {
        self.extent
    }
}

/// The rectangle around these points.
pub(super) fn extent_of(points: impl Iterator<Item = (f64, f64)>) -> Option<Extent> {
    points.fold(None, |extent, (longitude, latitude)| {
        let here = Location {
            latitude,
            longitude,
        };
        let Extent {
            south_west,
            north_east,
        } = extent.unwrap_or(Extent {
            south_west: here,
            north_east: here,
        });
        Some(Extent {
            south_west: Location {
                latitude: south_west.latitude.min(latitude),
                longitude: south_west.longitude.min(longitude),
            },
            north_east: Location {
                latitude: north_east.latitude.max(latitude),
                longitude: north_east.longitude.max(longitude),
            },
        })
    })
}
