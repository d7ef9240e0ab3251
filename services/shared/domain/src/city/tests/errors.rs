//! Each thing that can be wrong with a pack is found where it is.

use crate::city::testing::small_pack_files;
use crate::city::{CityPack, PackErrors};

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
        "when:\n      category",
        "when: all\n#",
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
fn bad_ids_and_duplicates() {
    gives_part(
        "teams.yaml",
        "id: hekou-a",
        "id: hekou a",
        "teams.yaml:3:10: id \"hekou a\" contains ' '",
    );
    gives(
        "teams.yaml",
        "id: hekou-b",
        "id: hekou-a",
        "teams.yaml:4:10: team \"hekou-a\" is already on line 3; ids must differ",
    );
    gives_part(
        "areas.yaml",
        r#"id: "01002""#,
        r#"id: "01001""#,
        "areas.yaml:4:10: area \"01001\" is already on line 3",
    );
    gives_part(
        "units.yaml",
        "id: xihu,",
        "id: dongshan,",
        "units.yaml:5:10: unit \"dongshan\" is already on line 2",
    );
    gives_part(
        "taxonomy.yaml",
        "id: streets.pothole",
        "id: streets.light",
        "category \"streets.light\" is already on line 12",
    );
    gives_part(
        "clocks.yaml",
        "id: utility",
        "id: emergency",
        "clocks.yaml:3:10: class of clocks \"emergency\" is already on line 2",
    );
    gives(
        "rules.yaml",
        "id: gas-words",
        "id: gas-leak",
        "rules.yaml:8:9: rule \"gas-leak\" is already on line 2; ids must differ",
    );
}

#[test]
fn unknown_references_suggest_the_likely_one() {
    gives(
        "teams.yaml",
        "unit: st-hekou,",
        "unit: st-hekuo,",
        "teams.yaml:3:25: unit \"st-hekuo\" does not exist; did you mean \"st-hekou\"?",
    );
    gives_part(
        "units.yaml",
        r#"area: "01001""#,
        r#"area: "zzz""#,
        "area \"zzz\" does not exist; areas.yaml lists them",
    );
    gives_part(
        "units.yaml",
        "parent: dongshan",
        "parent: dongshang",
        "unit \"dongshang\" does not exist; did you mean \"dongshan\"?",
    );
    gives_part(
        "areas.yaml",
        r#"parent: "01""#,
        r#"parent: "09""#,
        "area \"09\" does not exist",
    );
    gives_part(
        "areas.yaml",
        r#"area: "01001""#,
        r#"area: "01009""#,
        "areas.yaml:9:46: area \"01009\" does not exist",
    );
    gives_part(
        "taxonomy.yaml",
        "clock: utility",
        "clock: utilty",
        "class of clocks \"utilty\" does not exist; did you mean \"utility\"?",
    );
    gives_part(
        "taxonomy.yaml",
        "id: noise,",
        "id: nose.loud,",
        "category \"nose\" does not exist",
    );
    gives_part(
        "rules.yaml",
        "[utilities.gas]",
        "[utilities.gaz]",
        "rules.yaml:5:27: category \"utilities.gaz\" does not exist; did you mean \"utilities.gas\"?",
    );
    gives_part(
        "rules.yaml",
        "none_of: [\"01002\"]",
        "none_of: [\"01003\"]",
        "area \"01003\" does not exist",
    );
    gives_part(
        "rules.yaml",
        "clock: emergency",
        "clock: emergencies",
        "class of clocks \"emergencies\" does not exist; did you mean \"emergency\"?",
    );
    gives_part(
        "rules.yaml",
        "{unit: dept-streets}",
        "{unit: dept-street}",
        "unit \"dept-street\" does not exist; did you mean \"dept-streets\"?",
    );
    gives_part(
        "rules.yaml",
        "otherwise: {unit: dept-hotline}",
        "otherwise: {unit: hotline}",
        "unit \"hotline\" does not exist",
    );
    gives_part(
        "outlines.geojson",
        "\"01002\"",
        "\"01009\"",
        "outlines.geojson:3:1: area \"01009\" does not exist",
    );
}

#[test]
fn skills_that_nobody_has() {
    gives_part(
        "taxonomy.yaml",
        "skills: [heating]",
        "skills: [heatng]",
        "no team has the skill \"heatng\"; did you mean \"heating\"?",
    );
    gives_part(
        "rules.yaml",
        "skills: [lights]",
        "skills: [gas]",
        "no team of unit \"dept-streets\" has the skills [gas]; name skills that one of its teams has",
    );
    gives_part(
        "rules.yaml",
        "skills: [lights]",
        "skills: [juggling]",
        "no team has the skill \"juggling\"",
    );
}

#[test]
fn levels_parents_and_backstops() {
    gives_part(
        "areas.yaml",
        r#"id: "02", kind: district,"#,
        r#"id: "02", kind: district, parent: "01","#,
        "areas.yaml:5:5: an area of level 1 has no parent",
    );
    gives_part(
        "areas.yaml",
        r#"parent: "02", name: {zh: 石桥镇"#,
        r#"name: {zh: 石桥镇"#,
        "areas.yaml:6:5: `parent` is missing; name the district or borough",
    );
    gives_part(
        "areas.yaml",
        r#"id: "01002", kind: subdistrict, parent: "01""#,
        r#"id: "01002", kind: subdistrict, parent: "01001""#,
        "parent \"01001\" is of level 2",
    );
    gives_part(
        "units.yaml",
        r#"id: xihu, class: district, area: "02""#,
        "id: xihu, class: department",
        "areas.yaml:5:10: district \"02\" has no backstop",
    );
    gives_part(
        "units.yaml",
        r#"class: district, area: "02""#,
        r#"class: district, area: "02001""#,
        "a district cannot answer for \"02001\", which is a subdistrict; it needs an area of level 1",
    );
    gives_part(
        "units.yaml",
        r#"area: "02002""#,
        r#"area: "02001""#,
        "units.yaml:7:5: area \"02001\" already has the unit \"st-shiqiao\"",
    );
    gives_part(
        "units.yaml",
        r#"area: "01001", "#,
        "",
        "units.yaml:3:5: `area` is missing; a subdistrict answers for one",
    );
    gives_part(
        "units.yaml",
        "class: utility,",
        r#"class: utility, area: "01","#,
        "a utility answers for the whole city; leave `area` out",
    );
    gives_part(
        "units.yaml",
        r#"area: "01", name"#,
        r#"area: "01", parent: st-hekou, name"#,
        "unit \"dongshan\" is above itself",
    );
    gives(
        "teams.yaml",
        "unit: st-xinzhan",
        "unit: st-shiqiao",
        "units.yaml:7:10: unit \"st-xinzhan\" has no team; add one with unit: st-xinzhan to teams.yaml",
    );
}

#[test]
fn hours_zones_and_dates() {
    gives(
        "teams.yaml",
        "{workday: \"08:30-18:00\"}",
        "{workday: \"8:30-25:00\"}",
        "teams.yaml:4:102: \"8:30-25:00\" does not give hours of the day; write them as \"08:30-18:00\" (00:00 to 24:00, the two different)",
    );
    gives_part(
        "teams.yaml",
        "hours: always",
        "hours: sometimes",
        "hours \"sometimes\" are not known; write always or",
    );
    gives_part(
        "teams.yaml",
        "{workday: \"08:30-18:00\"}",
        "{}",
        "the team is never on duty",
    );
    gives_part(
        "city.yaml",
        "Asia/Shanghai",
        "Asia/Shangri-La",
        "city.yaml:3:12: time zone \"Asia/Shangri-La\" does not exist",
    );
    gives_part(
        "calendar.yaml",
        "date: 2026-10-01",
        "date: 2026-02-30",
        "\"2026-02-30\" is no date of the calendar; write it as 2026-10-01",
    );
    gives_part(
        "calendar.yaml",
        "[saturday, sunday]",
        "[saturday, sun]",
        "\"sun\" is no day of the week",
    );
    gives_part(
        "calendar.yaml",
        "[saturday, sunday]",
        "[monday, tuesday, wednesday, thursday, friday, saturday, sunday]",
        "every day is a weekend",
    );
    gives_part(
        "calendar.yaml",
        "\"09:00-18:00\"",
        "\"18:00-09:00\"",
        "office hours 18:00-09:00 go on past midnight",
    );
    gives_part(
        "calendar.yaml",
        "[2026-10-10]",
        "[2026-10-10, 2026-10-10]",
        "2026-10-10 is listed twice",
    );
    gives_part(
        "calendar.yaml",
        "[2026-10-10]",
        "[2026-10-12]",
        "2026-10-12 is no weekend day",
    );
    gives_part(
        "calendar.yaml",
        "[2026-10-10]",
        "[2026-10-01]",
        "2026-10-01 is a holiday as well",
    );
    gives_part(
        "calendar.yaml",
        "holidays:",
        "holidays:\n  - {date: 2026-10-01, name: {zh: 国庆}}",
        "2026-10-01 is listed twice",
    );
    gives_part(
        "clocks.yaml",
        "handle: 15d",
        "handle: 15",
        "write it in quotes to make it text",
    );
    gives_part(
        "clocks.yaml",
        "handle: 15d",
        "handle: two weeks",
        "\"two weeks\" is not a length of time",
    );
}

#[test]
fn shares_languages_and_names() {
    gives_part(
        "city.yaml",
        "min_confidence: 0.35",
        "min_confidence: 35",
        "city.yaml:7:26: the number 35 stands here; write a number from 0 to 1",
    );
    gives_part(
        "clocks.yaml",
        "warn_at: 0.8",
        "warn_at: 0",
        "a clock cannot warn before it has run",
    );
    gives_part(
        "clocks.yaml",
        "id: general",
        "id: ordinary",
        "the class `general` is missing",
    );
    gives_part(
        "city.yaml",
        "default_language: zh",
        "default_language: fr",
        "default language \"fr\" is not among `languages`; add it",
    );
    gives_part(
        "units.yaml",
        "{zh: 西湖区政府, en: Xihu District}",
        "{en: Xihu District}",
        "units.yaml:5:51: the name in the city's default language is missing; add zh: …",
    );
    gives_part(
        "units.yaml",
        "en: Xihu District",
        "eng: Xihu District",
        "language \"eng\" is not among the city's (zh, en)",
    );
    gives_part(
        "units.yaml",
        "en: Xihu District",
        "en: Xihu, District",
        "\"District\" has no value; if it belongs to the text before it, put that text with its comma in quotes",
    );
    gives_part(
        "units.yaml",
        "{zh: 西湖区政府, en: Xihu District}",
        "西湖区政府",
        "write the name by language",
    );
    gives_part(
        "taxonomy.yaml",
        "[路灯]",
        "[路灯, 路灯]",
        "\"路灯\" stands twice in this list",
    );
    gives_part(
        "taxonomy.yaml",
        "[Street Condition]",
        "[street light condition]",
        "source type \"street light condition\" already means the category \"streets.light\"",
    );
    gives_part(
        "taxonomy.yaml",
        "urgency: urgent",
        "urgency: very",
        "\"very\" is not one of normal, urgent, emergency",
    );
}

#[test]
fn rules_that_cannot_work() {
    gives_part(
        "rules.yaml",
        "when:\n      place: {known: false}",
        "when: {}",
        "rules.yaml:30:5: rule \"the-rest-of-housing\" is never reached: \"no-place\" before it matches everything",
    );
    gives_part(
        "rules.yaml",
        "{known: false}",
        "{known: false, any_of: [\"01\"]}",
        "a complaint without a place is in no area",
    );
    gives_part(
        "rules.yaml",
        "{known: false}",
        "{}",
        "nothing is asked; write known, any_of or none_of",
    );
    gives_part(
        "rules.yaml",
        "{none_of: [praise]}",
        "{}",
        "nothing is asked; write any_of or none_of",
    );
    gives_part(
        "rules.yaml",
        "{none_of: [praise]}",
        "{any_of: [praise], none_of: [praise]}",
        "the same value is in any_of and in none_of",
    );
    gives_part(
        "rules.yaml",
        "[燃气泄漏, gas leak]",
        "[燃气泄漏, \" \"]",
        "is empty; write some text",
    );
    gives_part(
        "rules.yaml",
        "{by_place: subdistrict}",
        "{by_place: village}",
        "\"village\" is not one of subdistrict, district",
    );
    gives_part(
        "rules.yaml",
        "{by_place: subdistrict}",
        "{}",
        "write one of {unit: <unit id>}",
    );
    let mut files = small_pack_files();
    files.insert(
        "rules.yaml".into(),
        "rules: []\nbackstop: {lead: {by_place: district}, otherwise: {unit: xihu}}\n".into(),
    );
    let errors = CityPack::parse(&files).unwrap_err();
    assert_eq!(
        errors.to_string(),
        "rules.yaml:1:8: the list is empty; write what belongs into it or leave it out"
    );
}

#[test]
fn outlines_that_lie_nowhere() {
    gives_part(
        "outlines.geojson",
        "[[[116.0,40.0]",
        "[[[40.0,116.0]",
        "outlines.geojson:2:93: latitude 116 is outside -90 to 90 in [40, 116]; longitude and latitude look swapped",
    );
    gives_part(
        "outlines.geojson",
        "[[[116.0,40.0]",
        "[[[216.0,40.0]",
        "longitude 216 is outside -180 to 180",
    );
    gives_part(
        "outlines.geojson",
        "[116.0,40.1],[116.0,40.0]]",
        "[116.0,40.1]]",
        "its last point must repeat its first",
    );
    gives_part(
        "outlines.geojson",
        "[[[116.0,40.0]",
        "[[[\"116\",40.0]",
        "outlines.geojson:2:9",
    );
    gives_part(
        "outlines.geojson",
        "\"Polygon\"",
        "\"Point\"",
        "write a Feature with properties",
    );
    gives_part(
        "outlines.geojson",
        "\"features\":[",
        "\"features\":",
        "is not a GeoJSON FeatureCollection",
    );
    gives_part(
        "outlines.geojson",
        "\"01001\"",
        "\"01 001\"",
        "area id \"01 001\" contains ' '",
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
    assert_eq!(errors.errors().len(), super::super::MAX_ERRORS);
    assert!(
        errors
            .to_string()
            .ends_with(&format!("and {} more", errors.more()))
    );
}
