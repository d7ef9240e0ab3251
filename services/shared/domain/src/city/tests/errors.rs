//! Each thing that can be wrong with a pack is found where it is.

mod callbacks;
mod knowledge;
mod references;
mod values;

use crate::city::testing::small_pack_files;
use crate::city::{CityPack, MAX_ERRORS, PackErrors};

/// The errors of the small pack after replacing `from` by `to` in one file.
#[track_caller]
fn errors(file: &str, from: &str, to: &str) -> PackErrors {
    let mut files = small_pack_files();
    let text = files.get_mut(file).unwrap();
    assert!(text.contains(from), "{file} has no {from:?}");
    *text = text.replacen(from, to, 1);
    CityPack::parse(&files).unwrap_err()
}

/// Breaking the pack this way gives exactly this one error.
#[track_caller]
fn gives(file: &str, from: &str, to: &str, expected: &str) {
    assert_eq!(errors(file, from, to).to_string(), expected);
}

/// Breaking the pack this way gives an error that contains this.
#[track_caller]
fn gives_part(file: &str, from: &str, to: &str, expected: &str) {
    let errors = errors(file, from, to).to_string();
    assert!(
        errors.contains(expected),
        "wanted: {expected}\ngot:\n{errors}"
    );
}

#[test]
fn a_missing_file_and_broken_yaml() {
    let mut files = small_pack_files();
    files.remove("clocks.yaml");
    let errors = CityPack::parse(&files).unwrap_err();
    assert_eq!(
        errors.to_string(),
        "clocks.yaml: is missing from the pack's folder"
    );
    gives_part(
        "city.yaml",
        "languages: [zh, en]",
        "languages: [zh, en",
        "is not valid YAML",
    );
    gives_part("units.yaml", "units:", "units: 3", "is not valid YAML");
}

#[test]
fn outlines_may_be_left_out() {
    let mut files = small_pack_files();
    files.remove("outlines.geojson");
    assert!(CityPack::parse(&files).unwrap().outlines.extent().is_none());
}

#[test]
fn unknown_missing_and_mistyped_fields() {
    gives(
        "city.yaml",
        "unit_classes:",
        "unit_clases:",
        "city.yaml:1:1: `unit_classes` is missing\ncity.yaml:11:1: unknown key \"unit_clases\"; did you mean \"unit_classes\"?",
    );
    gives(
        "teams.yaml",
        "capacity: 20",
        "capacity: many",
        "teams.yaml:2:66: the text \"many\" stands here; write a whole number of at least 1",
    );
    gives(
        "teams.yaml",
        "capacity: 20",
        "capacity: 0",
        "teams.yaml:2:66: the number 0 stands here; write a whole number of at least 1",
    );
    gives_part(
        "teams.yaml",
        "capacity: 20",
        "areas: [\"0\"], capacity: 20",
        "area \"0\" does not exist",
    );
    gives_part(
        "areas.yaml",
        r#"id: "01001", kind"#,
        "id: 1001, kind",
        "areas.yaml:3:10: the number 1001 stands here; write it in quotes to make it text: \"1001\"",
    );
    gives_part(
        "clocks.yaml",
        "working_time: false",
        "working_time: maybe",
        "write true or false",
    );
    gives_part(
        "rules.yaml",
        "when:\n      place: {known: false}",
        "when: all",
        "write a map with category, place",
    );
    gives_part(
        "areas.yaml",
        "aliases: [东山]",
        "aliases: 东山",
        "write a list",
    );
    gives_part(
        "rules.yaml",
        "description: Gas leaks",
        "description: \"\" #",
        "is empty; write some text or leave it out",
    );
    gives_part(
        "rules.yaml",
        "any_of: [utilities.gas]",
        "any_of: []",
        "the list is empty",
    );
    gives_part(
        "calendar.yaml",
        "weekend:",
        "1: x\nweekend:",
        "the number 1 is no key",
    );
}

#[test]
fn every_error_is_told_and_their_number_is_bounded() {
    let mut files = small_pack_files();
    for (file, from, to) in [
        ("teams.yaml", "capacity: 20", "capacity: 0"),
        ("teams.yaml", "capacity: 4", "capacity: -1"),
        ("areas.yaml", "kind: district", "kind: province"),
        ("rules.yaml", "lane: emergency", "lane: fast"),
    ] {
        let text = files.get_mut(file).unwrap();
        *text = text.replacen(from, to, 1);
    }
    let errors = CityPack::parse(&files).unwrap_err();
    let told: Vec<String> = errors.errors().iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 4, "{errors}");
    assert!(told.is_sorted(), "{errors}");

    let rules: String = (0..200).map(|i| format!("  - {{id: r{i}}}\n")).collect();
    files.insert("rules.yaml".into(), format!("rules:\n{rules}"));
    let errors = CityPack::parse(&files).unwrap_err();
    assert_eq!(errors.errors().len(), MAX_ERRORS);
    assert!(
        errors
            .to_string()
            .ends_with(&format!("and {} more", errors.more()))
    );
}
