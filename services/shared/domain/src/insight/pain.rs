//! Pain points: which themes weigh on which districts over a year, and whether it gets better.

use std::collections::BTreeMap;

use super::counts::{Cell, Day};
use super::grid::theme;
use crate::city::CityPack;
use crate::id::{AreaId, CategoryId};

/// A theme in a district over a period.
#[derive(Debug, Clone, PartialEq)]
pub struct PainPoint {
    /// The theme: a top category.
    pub theme: CategoryId,
    /// The district; `None` where nobody knows the place.
    pub district: Option<AreaId>,
    /// What was counted in the period.
    pub now: Cell,
    /// What was counted in the period before.
    pub before: Cell,
    /// Its share of all cases of the period, 0 to 1.
    pub share: f64,
    /// Cases now over cases before, less one; `None` without any before.
    pub change: Option<f64>,
}

/// The pain points of a period against the one before, the most cases first; of equals by theme and district.
#[must_use]
pub fn pain_points(pack: &CityPack, now: &[Day], before: &[Day]) -> Vec<PainPoint> {
    let now = by_theme(pack, now);
    let before = by_theme(pack, before);
    let all: u64 = now.values().map(|cell| cell.told).sum();
    let keys = now
        .keys()
        .chain(before.keys().filter(|key| !now.contains_key(*key)));
    let point = |key: &(CategoryId, Option<AreaId>)| {
        let of = |cells: &BTreeMap<_, Cell>| cells.get(key).copied().unwrap_or_default();
        let (now, before) = (of(&now), of(&before));
        PainPoint {
            theme: key.0.clone(),
            district: key.1.clone(),
            now,
            before,
            share: now.told as f64 / all.max(1) as f64,
            change: (before.told > 0).then(|| now.told as f64 / before.told as f64 - 1.0),
        }
    };
    let mut points: Vec<PainPoint> = keys.map(point).collect();
    points.sort_by(|one, other| {
        let name = |point: &PainPoint| (point.theme.clone(), point.district.clone());
        other
            .now
            .told
            .cmp(&one.now.told)
            .then_with(|| name(one).cmp(&name(other)))
    });
    points
}

type ByTheme = BTreeMap<(CategoryId, Option<AreaId>), Cell>;

/// Counts of categories that no theme of the pack has are left out.
fn by_theme(pack: &CityPack, days: &[Day]) -> ByTheme {
    let mut sums = ByTheme::new();
    for ((category, area), cell) in days.iter().flat_map(|day| &day.cells) {
        let Ok(category) = CategoryId::new(category) else {
            continue;
        };
        let Some(theme) = pack.taxonomy.get(theme(&category)) else {
            continue;
        };
        let district = pack.areas.district_of(area).map(|area| area.id.clone());
        sums.entry((theme.id.clone(), district))
            .or_default()
            .add(*cell);
    }
    sums
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::city::testing::small_pack;

    fn day(told: &[(&str, &str, u64, u64, u64)]) -> Day {
        let cell = |(category, area, told, solved, unsolved): &(&str, &str, u64, u64, u64)| {
            let cell = Cell {
                told: *told,
                solved: *solved,
                unsolved: *unsolved,
            };
            (((*category).to_owned(), (*area).to_owned()), cell)
        };
        Day {
            date: date(2026, 11, 22),
            cells: told.iter().map(cell).collect(),
        }
    }

    #[test]
    fn categories_add_up_to_themes_and_subdistricts_to_districts() {
        let now = [
            day(&[
                ("housing.heating", "01001", 3, 1, 1),
                ("housing", "01002", 3, 0, 2),
                ("noise", "02", 4, 0, 0),
            ]),
            day(&[("no.such", "01", 9, 0, 0), ("noise", "", 2, 0, 0)]),
        ];
        let before = [day(&[
            ("housing.heating.boiler", "01", 4, 0, 0),
            ("streets", "02", 7, 0, 0),
        ])];
        let points = pain_points(&small_pack(), &now, &before);
        let names: Vec<(&str, Option<&str>, u64)> = points
            .iter()
            .map(|point| {
                (
                    point.theme.as_str(),
                    point.district.as_ref().map(AreaId::as_str),
                    point.now.told,
                )
            })
            .collect();
        assert_eq!(
            names,
            [
                ("housing", Some("01"), 6),
                ("noise", Some("02"), 4),
                ("noise", None, 2),
                ("streets", Some("02"), 0)
            ]
        );
        assert_eq!((points[0].share, points[0].change), (0.5, Some(0.5)));
        assert_eq!(points[0].now.unsolved_share(), Some(0.75));
        assert_eq!(
            (points[1].change, points[1].now.unsolved_share()),
            (None, None)
        );
        assert_eq!(points[3].change, Some(-1.0));
    }
}
