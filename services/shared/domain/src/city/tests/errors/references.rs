//! Ids, and what refers to them.

use super::{errors, gives, gives_part};
use crate::city::CityPack;
use crate::city::testing::small_pack_files;

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
        "skills: [juggling]",
        "no team has the skill \"juggling\"",
    );
}

#[test]
fn a_skill_that_another_unit_has_is_no_error_of_the_pack() {
    let mut files = small_pack_files();
    let rules = files.get_mut("rules.yaml").unwrap();
    *rules = rules.replace("skills: [lights]", "skills: [gas]");
    CityPack::parse(&files).unwrap();
}

#[test]
fn errors_have_a_kind_for_programs() {
    for (file, from, to, kind) in [
        (
            "rules.yaml",
            "unit: util-gas",
            "unit: util-gaz",
            "unknown_unit",
        ),
        ("rules.yaml", "[\"01002\"]", "[\"01009\"]", "unknown_area"),
        (
            "rules.yaml",
            "[utilities.gas]",
            "[utilities.gaz]",
            "unknown_category",
        ),
        (
            "rules.yaml",
            "{by_place: district}, lane",
            "{by_place: department, function: x}, lane",
            "unknown_function",
        ),
        (
            "rules.yaml",
            "clock: emergency",
            "clock: emergenci",
            "unknown_clock",
        ),
        (
            "rules.yaml",
            "skills: [gas]",
            "skills: [gaz]",
            "unknown_skill",
        ),
        (
            "rules.yaml",
            "description: Gas leaks",
            "descripton: Gas",
            "unknown_key",
        ),
        (
            "rules.yaml",
            "id: gas-words",
            "id: gas-leak",
            "duplicate_id",
        ),
        (
            "rules.yaml",
            "    when:\n      keywords: {any_of: [燃气泄漏, gas leak]}\n",
            "",
            "never_reached",
        ),
        (
            "rules.yaml",
            "hours: \"22",
            "guard: nope > 1\n      hours: \"22",
            "guard",
        ),
        ("rules.yaml", "lane: emergency", "lane: fast", "invalid"),
        ("rules.yaml", "rules:", "rules: [", "yaml"),
        ("teams.yaml", "capacity: 20", "capacity: many", "wrong_type"),
        ("teams.yaml", "capacity: 20, ", "", "missing_key"),
    ] {
        let errors = errors(file, from, to);
        assert!(
            errors.errors().iter().any(|error| error.kind == kind),
            "{kind}: {errors:?}"
        );
    }
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
