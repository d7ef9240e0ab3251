//! `units.yaml`: who may receive an order.

use std::collections::HashMap;

use indexmap::IndexMap;

use super::Names;
use super::words::words;
use crate::id::{AreaId, FunctionId, UnitId};

words! {
    /// What sort of receiver a unit is.
    UnitClass {
        /// A district government: the backstop of its area.
        District = "district",
        /// A subdistrict office or township government.
        Subdistrict = "subdistrict",
        /// A department of the city, or of a district where it has an area.
        Department = "department",
        /// A public utility.
        Utility = "utility",
        /// A city agency of New York.
        Agency = "agency",
        /// A borough's office: the backstop of its area.
        Borough = "borough",
        /// A community board.
        CommunityBoard = "community_board",
    }
}

impl UnitClass {
    /// Whether units of this class are the backstop of a level-1 area.
    #[must_use]
    pub const fn is_backstop(self) -> bool {
        matches!(self, Self::District | Self::Borough)
    }

    /// Whether units of this class answer for an area.
    #[must_use]
    pub const fn has_area(self) -> bool {
        matches!(
            self,
            Self::District | Self::Borough | Self::Subdistrict | Self::CommunityBoard
        )
    }
}

/// A receiving unit (承办单位).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Its id.
    pub id: UnitId,
    /// What sort of receiver it is.
    pub class: UnitClass,
    /// The area it answers for; `None` for units of the whole city.
    pub area: Option<AreaId>,
    /// What it is for, if it is the department of a district; `None` for all others.
    pub function: Option<FunctionId>,
    /// The unit above it.
    pub parent: Option<UnitId>,
    /// Its name.
    pub name: Names,
}

/// All units, in the order of the file. At most one answers for an area.
#[derive(Debug, Clone, Default)]
pub struct Units {
    pub(super) by_id: IndexMap<UnitId, Unit>,
    pub(super) by_area: HashMap<AreaId, UnitId>,
    pub(super) by_function: HashMap<(AreaId, FunctionId), UnitId>,
}

impl Units {
    /// The unit of this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Unit> {
        self.by_id.get(id)
    }

    /// The unit that answers for exactly this area.
    #[must_use]
    pub fn of_area(&self, area: &str) -> Option<&Unit> {
        self.by_area.get(area).and_then(|id| self.get(id.as_str()))
    }

    /// The department of this district that has this function.
    #[must_use]
    pub fn of_function(&self, district: &AreaId, function: &FunctionId) -> Option<&Unit> {
        let key = (district.clone(), function.clone());
        self.by_function
            .get(&key)
            .and_then(|id| self.get(id.as_str()))
    }

    /// Every unit, in the order of the file.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Unit> {
        self.by_id.values()
    }

    /// How many units of this class there are.
    #[must_use]
    pub fn count(&self, class: UnitClass) -> usize {
        self.iter().filter(|unit| unit.class == class).count()
    }
}
