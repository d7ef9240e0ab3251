//! Which areas a point lies in.

use geo::{Area as _, BoundingRect as _, Coord, Intersects as _, LineString, Polygon};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};
use swiftline_domain::city::{CityPack, Ring};
use swiftline_domain::complaint::Location;

/// A polygon's box, with the polygon's number.
type Boxed = GeomWithData<Rectangle<[f64; 2]>, usize>;

/// All outlines of a city, behind an R-tree of their boxes.
#[derive(Debug)]
pub(super) struct OutlineIndex {
    tree: RTree<Boxed>,
    polygons: Vec<Outlined>,
}

#[derive(Debug)]
struct Outlined {
    polygon: Polygon,
    /// The area's place in the pack.
    area: usize,
    level: u8,
    /// In square degrees; only compared.
    size: f64,
}

impl OutlineIndex {
    pub(super) fn new(pack: &CityPack) -> Self {
        let mut polygons: Vec<Outlined> = pack
            .areas
            .iter()
            .enumerate()
            .flat_map(|(number, area)| {
                let level = area.kind.level();
                pack.outlines
                    .of_area(area.id.as_str())
                    .iter()
                    .map(move |outline| {
                        let holes = outline.holes.iter().map(line).collect();
                        let polygon = Polygon::new(line(&outline.exterior), holes);
                        Outlined {
                            size: polygon.unsigned_area(),
                            polygon,
                            area: number,
                            level,
                        }
                    })
            })
            .collect();
        // The order of preference where several hold a point: the finer level, the smaller, the earlier in the pack.
        polygons.sort_by(|a, b| {
            b.level
                .cmp(&a.level)
                .then(a.size.total_cmp(&b.size))
                .then(a.area.cmp(&b.area))
        });
        let boxes = polygons
            .iter()
            .enumerate()
            .filter_map(|(number, outlined)| {
                let around = outlined.polygon.bounding_rect()?;
                let (min, max) = (around.min(), around.max());
                Some(Boxed::new(
                    Rectangle::from_corners([min.x, min.y], [max.x, max.y]),
                    number,
                ))
            });
        Self {
            tree: RTree::bulk_load(boxes.collect()),
            polygons,
        }
    }

    /// The smallest area that holds the point, by its place in the pack; an edge belongs to both sides, the preferred
    /// one wins.
    pub(super) fn area_at(&self, at: Location) -> Option<usize> {
        let point = [at.longitude, at.latitude];
        let here = Coord {
            x: at.longitude,
            y: at.latitude,
        };
        self.tree
            .locate_in_envelope_intersecting(&AABB::from_point(point))
            .map(|boxed| boxed.data)
            .filter(|number| self.polygons[*number].polygon.intersects(&here))
            .min()
            .map(|number| self.polygons[number].area)
    }
}

fn line(ring: &Ring) -> LineString {
    LineString::from(ring.clone())
}
