//! Values that mean nothing, and rules that cannot work.

use crate::city::CityPack;
use crate::city::testing::small_pack_files;

use super::{gives, gives_part};

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
