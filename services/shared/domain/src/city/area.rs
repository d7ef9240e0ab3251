//! `areas.yaml`: the places of the city, in two levels, the landmarks that name them, and what only sounds like them.

use std::sync::Arc;

use indexmap::IndexMap;

use super::Names;
use super::words::words;
use crate::id::AreaId;

words! {
    /// What sort of place an area is.
    AreaKind {
        /// A district of Beijing (level 1).
        District = "district",
        /// A subdistrict, town or township (level 2).
        Subdistrict = "subdistrict",
        /// A borough of New York (level 1).
        Borough = "borough",
        /// A community district (level 2).
        CommunityDistrict = "community_district",
    }
}

impl AreaKind {
    /// 1 for what lies directly under the city, 2 for what lies in such an area.
    #[must_use]
    pub const fn level(self) -> u8 {
        match self {
            Self::District | Self::Borough => 1,
            Self::Subdistrict | Self::CommunityDistrict => 2,
        }
    }
}

/// A place of the city's own list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Area {
    /// Its official code where there is one.
    pub id: AreaId,
    /// What sort of place it is.
    pub kind: AreaKind,
    /// The level-1 area it lies in; `None` exactly for level 1.
    pub parent: Option<AreaId>,
    /// Its name.
    pub name: Names,
    /// Other names it goes by. The same alias may stand on several areas: then it is ambiguous.
    pub aliases: Box<[Arc<str>]>,
}

/// A well-known place that names an area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Landmark {
    /// What people call it.
    pub name: Arc<str>,
    /// What else they call it.
    pub aliases: Box<[Arc<str>]>,
    /// Where it is.
    pub area: AreaId,
}

/// All areas and landmarks, in the order of the file.
#[derive(Debug, Clone, Default)]
pub struct Areas {
    pub(super) by_id: IndexMap<AreaId, Area>,
    pub(super) landmarks: Box<[Landmark]>,
    pub(super) not_places: Box<[Arc<str>]>,
}

impl Areas {
    /// The area of this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Area> {
        self.by_id.get(id)
    }

    /// Every area, in the order of the file.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Area> {
        self.by_id.values()
    }

    /// How many areas of this kind there are.
    #[must_use]
    pub fn count(&self, kind: AreaKind) -> usize {
        self.iter().filter(|area| area.kind == kind).count()
    }

    /// The area itself, then what it lies in; empty for an unknown id. At most two.
    pub fn lineage(&self, id: &str) -> impl Iterator<Item = &Area> {
        std::iter::successors(self.get(id), |area| {
            area.parent
                .as_ref()
                .and_then(|parent| self.get(parent.as_str()))
        })
        .take(2)
    }

    /// The level-1 area that this area is or lies in.
    #[must_use]
    pub fn district_of(&self, id: &str) -> Option<&Area> {
        self.lineage(id).find(|area| area.kind.level() == 1)
    }

    /// Whether `id` is `ancestor` or lies in it.
    #[must_use]
    pub fn is_within(&self, id: &str, ancestor: &str) -> bool {
        self.lineage(id).any(|area| area.id.as_str() == ancestor)
    }

    /// The well-known places.
    #[must_use]
    pub fn landmarks(&self) -> &[Landmark] {
        &self.landmarks
    }

    /// Expressions that hold the name of an area and do not mean it: a person, a brand, a town elsewhere.
    #[must_use]
    pub fn not_places(&self) -> &[Arc<str>] {
        &self.not_places
    }

    /// The area's place in [`Areas::iter`], for dense tables.
    #[must_use]
    pub fn ordinal(&self, id: &str) -> Option<usize> {
        self.by_id.get_index_of(id)
    }
}
