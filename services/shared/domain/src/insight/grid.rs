//! The series that are watched: what complaints are about × where, numbered densely.
//!
//! A subject is a category or, when others lie under it, a theme (a top category): a theme's series has its own complaints
//! and those of every category under it. A place is a district (a level-1 area), or none where nobody knows it.

use std::collections::HashMap;

use crate::city::CityPack;
use crate::id::{AreaId, CategoryId};

/// A series: a subject in a place. Valid for the grid that gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SeriesNo(pub(super) u32);

impl SeriesNo {
    /// Its place among the grid's series, from 0.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// All series of a city pack.
#[derive(Debug, Clone)]
pub struct Grid {
    subjects: Vec<Subject>,
    districts: Vec<AreaId>,
    by_category: HashMap<CategoryId, u32>,
    /// The district's number of every area.
    by_area: HashMap<AreaId, u32>,
}

#[derive(Debug, Clone)]
struct Subject {
    category: CategoryId,
    /// The theme that it belongs to and is not itself.
    theme: Option<u32>,
    is_theme: bool,
}

impl Grid {
    /// The series of this pack.
    #[must_use]
    pub fn of(pack: &CityPack) -> Self {
        let areas = pack.areas.iter();
        let districts: Vec<AreaId> = areas
            .filter(|area| area.parent.is_none())
            .map(|area| area.id.clone())
            .collect();
        let number: HashMap<&AreaId, u32> = districts.iter().zip(0..).collect();
        let in_district = |id: &AreaId| {
            let district = pack.areas.district_of(id.as_str())?;
            number.get(&district.id).copied()
        };
        let by_area = pack.areas.iter();
        let by_area = by_area
            .filter_map(|area| Some((area.id.clone(), in_district(&area.id)?)))
            .collect();
        let by_category: HashMap<CategoryId, u32> = pack
            .taxonomy
            .iter()
            .map(|category| category.id.clone())
            .zip(0..)
            .collect();
        let theme_of = |id: &CategoryId| {
            let theme = by_category.get(theme(id)).copied();
            theme.filter(|theme| by_category.get(id) != Some(theme))
        };
        let mut subjects: Vec<Subject> = pack
            .taxonomy
            .iter()
            .map(|category| Subject {
                category: category.id.clone(),
                theme: theme_of(&category.id),
                is_theme: false,
            })
            .collect();
        for at in 0..subjects.len() {
            if let Some(theme) = subjects[at].theme {
                subjects[theme as usize].is_theme = true;
            }
        }
        Self {
            subjects,
            districts,
            by_category,
            by_area,
        }
    }

    /// How many series there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.subjects.len() * self.places()
    }

    /// Whether there is none: a pack without categories.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The series in which a case of this category at this place counts: its category's first, then its theme's. An area
    /// that the pack does not know counts as no place; a category that it does not know counts nowhere.
    pub fn series(&self, category: &str, area: &str) -> impl Iterator<Item = SeriesNo> + use<> {
        let places = self.places() as u32;
        let place = self.by_area.get(area).copied().unwrap_or(places - 1);
        let subject = self.by_category.get(category).copied();
        let theme = subject.and_then(|subject| self.subjects[subject as usize].theme);
        let subjects = subject.into_iter().chain(theme);
        subjects.map(move |subject| SeriesNo(subject * places + place))
    }

    /// What the series is about, and in which district; `None` where nobody knows the place.
    #[must_use]
    pub fn name(&self, series: SeriesNo) -> (&CategoryId, Option<&AreaId>) {
        let (subject, place) = self.split(series);
        (&self.subjects[subject].category, self.districts.get(place))
    }

    /// The series of this subject in this district, if the pack has both; `None` for a district: no place.
    #[must_use]
    pub fn find(&self, subject: &str, district: Option<&str>) -> Option<SeriesNo> {
        let places = self.places() as u32;
        let subject = *self.by_category.get(subject)?;
        let place = match district {
            None => places - 1,
            Some(district) => *self.by_area.get(district)?,
        };
        Some(SeriesNo(subject * places + place))
    }

    /// Whether the series is a theme's.
    #[must_use]
    pub fn is_theme(&self, series: SeriesNo) -> bool {
        self.subjects[self.split(series).0].is_theme
    }

    /// The series of the theme above in the same place; `None` for a theme.
    #[must_use]
    pub fn above(&self, series: SeriesNo) -> Option<SeriesNo> {
        let (subject, place) = self.split(series);
        let theme = self.subjects[subject].theme?;
        Some(SeriesNo(theme * self.places() as u32 + place as u32))
    }

    /// Every series.
    pub fn iter(&self) -> impl Iterator<Item = SeriesNo> + use<> {
        (0..self.len() as u32).map(SeriesNo)
    }

    /// Districts, and none.
    pub(super) fn places(&self) -> usize {
        self.districts.len() + 1
    }

    pub(super) fn subjects(&self) -> usize {
        self.subjects.len()
    }

    /// The theme above a subject.
    pub(super) fn theme_of(&self, subject: usize) -> Option<usize> {
        self.subjects[subject].theme.map(|theme| theme as usize)
    }

    /// The numbers of a series' subject and place.
    pub(super) fn split(&self, series: SeriesNo) -> (usize, usize) {
        let places = self.places();
        (series.index() / places, series.index() % places)
    }
}

/// The theme of a category: the first part of its id.
#[must_use]
pub fn theme(category: &CategoryId) -> &str {
    let id = category.as_str();
    id.split_once('.').map_or(id, |(theme, _)| theme)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::city::testing::small_pack;

    #[test]
    fn a_case_counts_for_its_category_and_its_theme_in_its_district() {
        let grid = Grid::of(&small_pack());
        let named = |category, area| {
            let series = grid.series(category, area);
            let names = series.map(|series| {
                let (category, district) = grid.name(series);
                (category.to_string(), district.map(ToString::to_string))
            });
            names.collect::<Vec<_>>()
        };
        let name = |category: &str, district: Option<&str>| {
            (category.to_owned(), district.map(ToOwned::to_owned))
        };
        assert_eq!(
            named("housing.heating.boiler", "01002"),
            [
                name("housing.heating.boiler", Some("01")),
                name("housing", Some("01"))
            ]
        );
        assert_eq!(named("noise", "02"), [name("noise", Some("02"))]);
        assert_eq!(named("streets", "nowhere"), [name("streets", None)]);
        assert_eq!(named("unheard-of", "01"), []);
    }

    #[test]
    fn series_are_found_by_name_and_know_their_theme() {
        let grid = Grid::of(&small_pack());
        for series in grid.iter() {
            let (subject, district) = grid.name(series);
            let district = district.map(AreaId::as_str);
            assert_eq!(grid.find(subject.as_str(), district), Some(series));
        }
        let gas = grid.find("utilities.gas", Some("01")).unwrap();
        let theme = grid.above(gas).unwrap();
        assert_eq!(Some(theme), grid.find("utilities", Some("01")));
        assert!(grid.is_theme(theme) && !grid.is_theme(gas));
        assert_eq!(grid.above(theme), None);
        assert_eq!(grid.find("utilities.gas", Some("01001")), Some(gas));
        assert_eq!(grid.find("no", None), None);
    }
}
