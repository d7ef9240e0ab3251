//! The cities that are simulated.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;

use swiftline_domain::city::{CityPack, Unit, UnitClass};
use swiftline_domain::id::UnitId;

use crate::Failure;

/// A city and the units that its orders are for.
pub(crate) struct Layout {
    pub(crate) name: &'static str,
    pub(crate) pack: CityPack,
    /// The district that the surge is in.
    pub(crate) surges_in: UnitId,
    units: Vec<UnitId>,
}

impl Layout {
    /// The units that orders are for.
    pub(crate) fn units(&self) -> Vec<&Unit> {
        let unit = |id: &UnitId| self.pack.units.get(id.as_str());
        self.units.iter().filter_map(unit).collect()
    }
}

/// Both layouts.
pub(crate) fn all(city: &Path) -> Result<[Layout; 2], Failure> {
    let pack = CityPack::load(city, swiftline_config::read_folder)?;
    let offices = first_offices(&pack);
    let large = CityPack::load(city, |folder, names| {
        let mut files = swiftline_config::read_folder(folder, names)?;
        if let Some(teams) = files.get_mut("teams.yaml") {
            *teams = with_eight_teams(teams, &offices);
        }
        Ok::<_, std::io::Error>(files)
    })?;
    let district = pack.units.iter().find(|unit| unit.class.is_backstop());
    let surges_in = district.ok_or("the city has no district")?.id.clone();
    let taking = |unit: &&Unit| unit.class == UnitClass::Subdistrict || unit.class.is_backstop();
    let units = pack.units.iter().filter(taking);
    let units = units.map(|unit| unit.id.clone()).collect();
    Ok([
        Layout {
            name: "17 x 8 teams",
            pack: large,
            surges_in: surges_in.clone(),
            units: offices,
        },
        Layout {
            name: "the pack's teams",
            pack,
            surges_in,
            units,
        },
    ])
}

/// The first subdistrict office of each district.
fn first_offices(pack: &CityPack) -> Vec<UnitId> {
    let mut first: HashMap<&UnitId, &UnitId> = HashMap::new();
    for unit in pack
        .units
        .iter()
        .filter(|unit| unit.class == UnitClass::Subdistrict)
    {
        if let Some(parent) = &unit.parent {
            first.entry(parent).or_insert(&unit.id);
        }
    }
    let districts = pack.units.iter().filter(|unit| unit.class.is_backstop());
    let office = |unit: &Unit| first.get(&unit.id).map(|id| (*id).clone());
    districts.filter_map(office).collect()
}

/// `teams.yaml`, which has a team a line, with eight teams of capacities 10 to 80 for each of these units.
fn with_eight_teams(teams: &str, units: &[UnitId]) -> String {
    let is_theirs = |line: &&str| {
        let mut units = units.iter();
        units.any(|unit| line.contains(&format!("unit: {unit},")))
    };
    let mut text: Vec<&str> = teams.lines().filter(|line| !is_theirs(line)).collect();
    text.push("");
    let mut text = text.join("\n");
    for unit in units {
        for team in 1..=8 {
            let _ = writeln!(
                text,
                "  - {{id: {unit}-{team}, unit: {unit}, name: {{zh: 组}}, capacity: {team}0, hours: always}}"
            );
        }
    }
    text
}
