//! Names of areas that are only part of a street's name.
//!
//! Manhattan Avenue is in Brooklyn, and 朝阳北路 runs through several subdistricts: a name with a street's ending behind
//! it says little of where something is.

/// Endings of street names in English, whole words, lower-case.
const ENGLISH: [&str; 30] = [
    "ave",
    "avenue",
    "av",
    "blvd",
    "boulevard",
    "bridge",
    "concourse",
    "court",
    "ct",
    "drive",
    "dr",
    "expressway",
    "expy",
    "highway",
    "hwy",
    "lane",
    "ln",
    "parkway",
    "pkwy",
    "pl",
    "place",
    "rd",
    "road",
    "st",
    "street",
    "terrace",
    "tpke",
    "tunnel",
    "turnpike",
    "way",
];

/// What stands on a street: with it, "street" is no name's ending.
const ON_STREETS: [&str; 9] = [
    "light", "lights", "lamp", "lamps", "sign", "signs", "cleaning", "sweeping", "vendor",
];

/// Endings of the names of streets and lines in Chinese, straight behind the name, perhaps with one of [`DIRECTIONS`]
/// between.
const CHINESE: [&str; 9] = [
    "路", "大街", "街", "大道", "胡同", "巷", "隧道", "高速", "线",
];

/// What begins like the ending of a street's name and is none: lamps, surfaces, kerbs, subdistricts.
const NOT_STREETS: [&str; 13] = [
    "路灯", "路面", "路口", "路边", "路上", "路段", "路过", "街道", "街边", "街上", "线路", "线上",
    "线下",
];

/// The last character of an official name: nothing behind it belongs to the name any more.
const OFFICIAL: [char; 5] = ['区', '县', '镇', '乡', '道'];

/// East, west, south, north, middle, inner, outer.
const DIRECTIONS: [char; 7] = ['东', '西', '南', '北', '中', '内', '外'];

/// Whether `after`, which follows the name of an area, makes it the name of a street.
pub(super) fn names_street(name: &str, after: &str) -> bool {
    if name.ends_with(OFFICIAL) {
        return false;
    }
    let begins =
        |rest: &str, endings: &[&str]| endings.iter().any(|ending| rest.starts_with(ending));
    let direct = |rest: &str| begins(rest, &CHINESE) && !begins(rest, &NOT_STREETS);
    if direct(after) || after.strip_prefix(DIRECTIONS).is_some_and(direct) {
        return true;
    }
    let Some(rest) = after.strip_prefix(' ') else {
        return false;
    };
    let mut words = rest.split(|c: char| !c.is_ascii_alphabetic());
    let is_any = |word: Option<&str>, list: &[&str]| {
        word.is_some_and(|word| list.iter().any(|other| other.eq_ignore_ascii_case(word)))
    };
    let ending = words.next();
    let is_street = is_any(ending, &["street"]) && is_any(words.next(), &ON_STREETS);
    is_any(ending, &ENGLISH) && !is_street
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn streets_are_told_from_places() {
        for street in [
            " Avenue, Brooklyn",
            " BLVD",
            " st.",
            "北路12号",
            "路",
            "大街",
        ] {
            assert!(names_street("河口", street), "{street}");
        }
        for place in [
            "",
            " and Queens",
            ", Street",
            "街道",
            "区",
            "东边",
            "路灯",
            "streets",
            " Avenues",
            " street light is out",
        ] {
            assert!(!names_street("河口", place), "{place}");
        }
        assert!(!names_street("东山区", "大街上"));
    }
}
