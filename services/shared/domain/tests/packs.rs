//! The city packs that ship with Swiftline are valid and complete.

use std::collections::BTreeMap;
use std::path::Path;

use swiftline_domain::city::{AreaKind, CityPack, UnitClass};

fn pack(city: &str) -> CityPack {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../k8s/cities")
        .join(city);
    let read = |folder: &Path, names: &[&str]| {
        let files = names.iter().filter_map(|name| {
            let text = std::fs::read_to_string(folder.join(name)).ok()?;
            Some(((*name).to_owned(), text))
        });
        Ok::<BTreeMap<_, _>, String>(files.collect())
    };
    CityPack::load(&folder, read).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn beijing_has_all_its_districts_and_subdistricts() {
    let pack = pack("beijing");
    assert_eq!(pack.city.id, "beijing");
    assert_eq!(pack.units.count(UnitClass::District), 17);
    assert_eq!(pack.areas.count(AreaKind::District), 17);
    assert_eq!(pack.areas.count(AreaKind::Subdistrict), 349);
}

#[test]
fn new_york_has_its_boroughs_and_community_districts() {
    let pack = pack("nyc");
    assert_eq!(pack.city.id, "nyc");
    assert_eq!(pack.areas.count(AreaKind::Borough), 5);
    assert_eq!(pack.areas.count(AreaKind::CommunityDistrict), 59);
    assert_eq!(pack.units.count(UnitClass::Borough), 5);
}
