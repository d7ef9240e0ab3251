//! The city packs that ship with Swiftline are valid and complete.

use std::collections::BTreeMap;
use std::path::Path;

use swiftline_domain::city::{AreaKind, CityPack, OUTLINES_FILE, PACK_FILES, UnitClass};

fn pack(city: &str) -> CityPack {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../k8s/cities")
        .join(city);
    let files: BTreeMap<String, String> = PACK_FILES
        .into_iter()
        .chain([OUTLINES_FILE])
        .filter_map(|file| {
            Some((
                file.to_owned(),
                std::fs::read_to_string(folder.join(file)).ok()?,
            ))
        })
        .collect();
    CityPack::parse(&files).unwrap_or_else(|errors| panic!("k8s/cities/{city}:\n{errors}"))
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
