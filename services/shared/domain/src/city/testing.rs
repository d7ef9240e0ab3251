//! A small city for tests: two districts with two subdistricts each, two departments, a gas company, six rules.
//!
//! Its time zone is Asia/Shanghai, its languages Chinese (the default) and English. 2026-10-01 is a holiday,
//! Saturday 2026-10-10 a make-up workday. The place names are made up.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::CityPack;

const CITY: &str = r"
id: small
name: {zh: 小城, en: Small City}
time_zone: Asia/Shanghai
default_language: zh
languages: [zh, en]
sources: [{what: everything, origin: made up for tests, licence: CC0}]
triage: {min_confidence: 0.35}
offers:
  sign_within: {emergency: 10m, urgent: 30m, normal: 4h}
  max_hops: 3
unit_classes: [district, subdistrict, department, utility]
knowledge: {answer_from: 0.6}
";

const AREAS: &str = r#"
areas:
  - {id: "01", kind: district, name: {zh: 东山区, en: Dongshan}, aliases: [东山]}
  - {id: "01001", kind: subdistrict, parent: "01", name: {zh: 河口街道, en: Hekou}, aliases: [河口]}
  - {id: "01002", kind: subdistrict, parent: "01", name: {zh: 林前街道, en: Linqian}}
  - {id: "02", kind: district, name: {zh: 西湖区, en: Xihu}}
  - {id: "02001", kind: subdistrict, parent: "02", name: {zh: 石桥镇, en: Shiqiao}, aliases: [石桥]}
  - {id: "02002", kind: subdistrict, parent: "02", name: {zh: 新站街道, en: Xinzhan}}
landmarks:
  - {name: 钟楼, aliases: [Clock Tower], area: "01001"}
"#;

const UNITS: &str = r#"
units:
  - {id: dongshan, class: district, area: "01", name: {zh: 东山区政府, en: Dongshan District}}
  - {id: st-hekou, class: subdistrict, area: "01001", parent: dongshan, name: {zh: 河口街道办事处, en: Hekou Office}}
  - {id: st-linqian, class: subdistrict, area: "01002", parent: dongshan, name: {zh: 林前街道办事处, en: Linqian Office}}
  - {id: xihu, class: district, area: "02", name: {zh: 西湖区政府, en: Xihu District}}
  - {id: st-shiqiao, class: subdistrict, area: "02001", parent: xihu, name: {zh: 石桥镇政府, en: Shiqiao Town}}
  - {id: st-xinzhan, class: subdistrict, area: "02002", parent: xihu, name: {zh: 新站街道办事处, en: Xinzhan Office}}
  - {id: dept-streets, class: department, name: {zh: 市政管理局, en: Streets Department}}
  - {id: dept-hotline, class: department, name: {zh: 热线办, en: Hotline Office}}
  - {id: util-gas, class: utility, name: {zh: 燃气公司, en: Gas Company}}
"#;

const TEAMS: &str = r#"
teams:
  - {id: dongshan-a, unit: dongshan, name: {zh: 东山一组}, capacity: 20, languages: [zh, en], hours: always}
  - {id: hekou-a, unit: st-hekou, name: {zh: 河口一组}, capacity: 4, languages: [zh, en], hours: always}
  - {id: hekou-b, unit: st-hekou, name: {zh: 河口二组}, capacity: 2, skills: [heating], hours: {workday: "08:30-18:00"}}
  - {id: linqian-a, unit: st-linqian, name: {zh: 林前一组}, capacity: 3, hours: {workday: "22:00-06:00", weekend: "09:00-17:00"}}
  - {id: xihu-a, unit: xihu, name: {zh: 西湖一组}, capacity: 20, languages: [zh, en], hours: always}
  - {id: shiqiao-a, unit: st-shiqiao, name: {zh: 石桥一组}, capacity: 3, hours: always}
  - {id: xinzhan-a, unit: st-xinzhan, name: {zh: 新站一组}, capacity: 3, hours: always}
  - {id: streets-a, unit: dept-streets, name: {zh: 市政一组}, capacity: 10, skills: [lights, roads], hours: always}
  - {id: hotline-a, unit: dept-hotline, name: {zh: 热线一组}, capacity: 50, languages: [zh, en], hours: always}
  - {id: gas-a, unit: util-gas, name: {zh: 燃气抢修一组}, capacity: 5, skills: [gas], languages: [zh, en], hours: always}
"#;

const CLOCKS: &str = r"
classes:
  - {id: emergency, dispatch: 1h, handle: 2h, callback: 24h, working_time: false}
  - {id: utility, dispatch: 2h, handle: 24h, callback: 24h, working_time: false}
  - {id: general, dispatch: 24h, handle: 15d, callback: 3d, working_time: true}
warn_at: 0.8
";

const TAXONOMY: &str = r#"
categories:
  - {id: housing, name: {zh: 住房, en: Housing}}
  - id: housing.heating
    name: {zh: 供暖, en: Heating}
    urgency: urgent
    clock: utility
    skills: [heating]
    source_types: ["HEAT/HOT WATER"]
    keywords: {zh: [暖气不热, 供暖], en: [no heat, radiator]}
  - {id: housing.heating.boiler, name: {zh: 锅炉, en: Boiler}, keywords: {zh: [锅炉], en: [boiler]}}
  - {id: streets, name: {zh: 道路, en: Streets}}
  - id: streets.light
    name: {zh: 路灯, en: Street Light}
    source_types: [Street Light Condition]
    keywords: {zh: [路灯], en: [street light, streetlight]}
  - {id: streets.pothole, name: {zh: 坑洼, en: Pothole}, source_types: [Street Condition], keywords: {zh: [坑洼, 路面塌陷], en: [pothole]}}
  - id: utilities
    name: {zh: 公用事业, en: Utilities}
    urgency: urgent
    clock: utility
  - {id: utilities.gas, name: {zh: 燃气, en: Gas}, skills: [gas], keywords: {zh: [燃气, 煤气], en: [gas]}}
  - {id: noise, name: {zh: 噪声, en: Noise}, source_types: [Noise - Residential], keywords: {zh: [噪音, 太吵], en: [loud music, noise]}}
kinds:
  consultation: {zh: [请问, 咨询], en: [how do i]}
  praise: {zh: [表扬, 感谢], en: [thank you]}
urgency:
  emergency: {zh: [着火, 燃气泄漏], en: [gas leak, on fire]}
  urgent: {zh: [停水], en: [no water]}
"#;

const CALENDAR: &str = r#"
weekend: [saturday, sunday]
office_hours: "09:00-18:00"
holidays:
  - {date: 2026-10-01, name: {zh: 国庆节, en: National Day}}
make_up_workdays: [2026-10-10]
"#;

const RULES: &str = r#"
rules:
  - id: gas-leak
    description: Gas leaks go to the gas company at once, wherever they are.
    when:
      category: {any_of: [utilities.gas]}
      kind: {none_of: [praise]}
    then: {lead: {unit: util-gas}, lane: emergency, clock: emergency, skills: [gas]}
  - id: gas-words
    description: Words that mean escaping gas, whatever the category.
    when:
      keywords: {any_of: [燃气泄漏, gas leak]}
    then: {lead: {unit: util-gas}, lane: emergency, clock: emergency}
  - id: street-lights
    description: The streets department repairs the lights of Dongshan.
    when:
      category: {any_of: [streets.light]}
      place: {any_of: ["01"], none_of: ["01002"]}
    then: {lead: {unit: dept-streets}, skills: [lights]}
  - id: night-noise
    description: Noise at night goes to the district.
    when:
      category: {any_of: [noise]}
      place: {known: true}
      hours: "22:00-06:00"
    then: {lead: {by_place: district}, lane: urgent}
  - id: no-place
    description: Without a place the hotline asks again.
    when:
      place: {known: false}
    then: {lead: {unit: dept-hotline}}
  - id: the-rest-of-housing
    description: Housing is the subdistrict's.
    when:
      category: {any_of: [housing, streets, noise]}
    then: {lead: {by_place: subdistrict}}
backstop:
  lead: {by_place: district}
  otherwise: {unit: dept-hotline}
"#;

const OUTLINES: &str = r#"{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"area":"01001"},"geometry":{"type":"Polygon","coordinates":[[[116.0,40.0],[116.1,40.0],[116.1,40.1],[116.0,40.1],[116.0,40.0]]]}},
{"type":"Feature","properties":{"area":"01002"},"geometry":{"type":"Polygon","coordinates":[[[116.1,40.0],[116.2,40.0],[116.2,40.1],[116.1,40.1],[116.1,40.0]]]}},
{"type":"Feature","properties":{"area":"02001"},"geometry":{"type":"MultiPolygon","coordinates":[[[[116.2,40.0],[116.3,40.0],[116.3,40.1],[116.2,40.1],[116.2,40.0]]],[[[116.4,40.0],[116.5,40.0],[116.5,40.1],[116.4,40.1],[116.4,40.0]]]]}},
{"type":"Feature","properties":{"area":"02002"},"geometry":{"type":"Polygon","coordinates":[[[116.3,40.0],[116.4,40.0],[116.4,40.1],[116.3,40.1],[116.3,40.0]],[[116.34,40.04],[116.36,40.04],[116.36,40.06],[116.34,40.06],[116.34,40.04]]]}}
]}
"#;

const KNOWLEDGE: &str = r#"
entries:
  - id: heating-season
    category: housing.heating
    questions:
      zh: [什么时候开始供暖, 供暖季到哪天结束, 今年几号来暖气]
      en: [when does the heating start, how long is the heating season, when is the heat turned on]
    answer: {zh: 供暖季从11月15日到次年3月15日。, en: The heating season is from 15 November to 15 March.}
    source: {name: Small City, url: "https://small.example/heating"}
    checked: "2026-10-01"
  - id: gas-meter
    category: utilities.gas
    questions:
      zh: [燃气表没电了怎么办, 燃气表怎么换电池, 燃气表电池去哪里买]
      en: [how do i change the battery of the gas meter, the gas meter is out of battery, which battery for the gas meter]
    answer: {zh: 使用四节五号碱性电池，自行更换即可。, en: Use four AA batteries; you may change them yourself.}
    source: {name: Gas Company, url: "https://small.example/gas"}
    checked: "2026-10-01"
    valid_until: "2027-09-30"
"#;

/// For what is taken in from 2026 on, first answers count on the day they were given; from 2027 on the last, on the day of acceptance.
const SCORES: &str = r"
formulas:
  - from: 2026-01-01
    answers: first
    day: answered
    weights: {response: 1, resolution: 2, satisfaction: 1}
    min_cases: 2
    exclude:
      - {id: inquiry, name: {zh: 咨询, en: Inquiries}, kinds: [consultation, praise]}
      - {id: withdrawn, name: {zh: 撤回, en: Withdrawn}, withdrawn: true}
    rankings:
      - {id: districts, name: {zh: 各区, en: Districts}, by: district}
      - {id: subdistricts, name: {zh: 街道, en: Subdistricts}, by: unit, classes: [subdistrict]}
  - from: 2027-01-01
    answers: last
    day: accepted
    weights: {response: 0, resolution: 1, satisfaction: 1}
    min_cases: 1
    rankings:
      - {id: subdistricts, name: {zh: 街道, en: Subdistricts}, by: unit, classes: [subdistrict]}
";

/// The texts of the small pack's files, for tests that break one of them.
#[must_use]
pub fn small_pack_files() -> BTreeMap<String, String> {
    let files = [
        ("city.yaml", CITY),
        ("areas.yaml", AREAS),
        ("units.yaml", UNITS),
        ("teams.yaml", TEAMS),
        ("clocks.yaml", CLOCKS),
        ("taxonomy.yaml", TAXONOMY),
        ("calendar.yaml", CALENDAR),
        ("rules.yaml", RULES),
        ("outlines.geojson", OUTLINES),
        ("knowledge.yaml", KNOWLEDGE),
        ("scores.yaml", SCORES),
    ];
    files
        .into_iter()
        .map(|(name, text)| (name.to_owned(), text.trim_start().to_owned()))
        .collect()
}

/// The small pack.
///
/// # Panics
/// Never: a test parses it.
#[must_use]
pub fn small_pack() -> CityPack {
    static PACK: LazyLock<CityPack> =
        LazyLock::new(|| CityPack::parse(&small_pack_files()).expect("the small pack is valid"));
    PACK.clone()
}

/// The pack with another capacity of a team, even one that no file may give it.
#[must_use]
pub fn with_capacity(mut pack: CityPack, team: &str, capacity: u32) -> CityPack {
    if let Some(team) = pack.teams.by_id.get_mut(team) {
        team.capacity = capacity;
    }
    pack
}
