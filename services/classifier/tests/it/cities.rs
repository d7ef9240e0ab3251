//! The engine with the packs that ship, on sentences made up for this test. Real messages are measured elsewhere; this
//! keeps the plain cases plain.

use std::path::Path;
use std::sync::OnceLock;

use swiftline_classifier::engine::Engine;
use swiftline_config::read_folder;
use swiftline_domain::city::CityPack;
use swiftline_domain::classification::Classification;
use swiftline_domain::complaint::{Complaint, Location, Source};
use swiftline_domain::id::CategoryId;
use swiftline_proto::types::v1 as wire;

use crate::rig::complaint;

fn engine(city: &str) -> Engine {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../k8s/cities")
        .join(city);
    Engine::new(&CityPack::load(&folder, read_folder).unwrap())
}

fn beijing() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| engine("beijing"))
}

fn new_york() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| engine("nyc"))
}

fn spoken(text: &str) -> Complaint {
    let wire: wire::Complaint = complaint(text);
    Complaint::try_from(wire).unwrap()
}

fn at(latitude: f64, longitude: f64) -> Complaint {
    Complaint {
        location: Some(Location {
            latitude,
            longitude,
        }),
        ..spoken("路灯不亮")
    }
}

fn place(told: &Classification) -> &str {
    told.place.as_ref().map_or("", |id| id.as_str())
}

/// Text, category, place, urgency, language.
type Case = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

fn check(engine: &Engine, cases: &[Case]) {
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(text, category, area, urgency, language)| {
            let told = engine.classify_one(&spoken(text));
            let found = told.category.as_ref().map_or("", |id| id.as_str());
            let said = (
                found,
                place(&told),
                told.urgency.as_str(),
                told.language.to_string(),
            );
            let wanted = (*category, *area, *urgency, (*language).to_owned());
            (said != wanted).then(|| format!("{text}\n  told   {said:?}\n  wanted {wanted:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn beijing_understands_plain_complaints() {
    check(
        beijing(),
        &[
            (
                "朝阳区望京街道一处小区暖气不热，室温不达标",
                "utilities.heating",
                "110105026",
                "urgent",
                "zh",
            ),
            (
                "海淀区中关村街道小区停水一整天了",
                "utilities.water_supply",
                "110108011",
                "urgent",
                "zh",
            ),
            (
                "楼道里闻到燃气味，怀疑燃气泄漏，在东城区",
                "utilities.gas",
                "110101",
                "emergency",
                "zh",
            ),
            (
                "海淀区一个路口的路灯坏了，晚上很黑",
                "roads.street_light",
                "110108",
                "normal",
                "zh",
            ),
            (
                "小区电梯故障，有老人被困电梯里，朝阳区",
                "property.elevator",
                "110105",
                "emergency",
                "zh",
            ),
            (
                "楼下烧烤店油烟直排，味道很大",
                "environment.fumes",
                "",
                "normal",
                "zh",
            ),
            (
                "工地夜间施工噪音太大，无法休息",
                "environment.noise.construction",
                "",
                "normal",
                "zh",
            ),
            (
                "广场舞音响声音太大",
                "environment.noise.square_dance",
                "",
                "normal",
                "zh",
            ),
            ("公司拖欠工资三个月不给", "labour.wages", "", "normal", "zh"),
            (
                "希望增加公交车班次，早高峰等车太久",
                "transport.bus",
                "",
                "normal",
                "zh",
            ),
            (
                "共享单车乱停放堵住人行道",
                "transport.bike",
                "",
                "normal",
                "zh",
            ),
            (
                "健身房预付卡不退款，老板跑路",
                "market.prepaid",
                "",
                "normal",
                "zh",
            ),
            (
                "想给老楼加装电梯，怎么申请",
                "property.add_elevator",
                "",
                "normal",
                "zh",
            ),
            (
                "小区垃圾无人清运，垃圾桶满溢",
                "city_order.garbage",
                "",
                "normal",
                "zh",
            ),
            (
                "天安门广场附近有人乱贴小广告",
                "city_order.posters",
                "110101001",
                "normal",
                "zh",
            ),
            (
                "There is no heat in our building in Chaoyang District",
                "utilities.heating",
                "110105",
                "urgent",
                "en",
            ),
        ],
    );
}

#[test]
fn beijing_tells_the_kind() {
    for (text, kind) in [
        ("请问如何办理居住证", "consultation"),
        ("建议在路口增设红绿灯", "suggestion"),
        ("表扬社区工作人员，为他点赞", "praise"),
        ("我要举报一家无证经营的餐馆", "report"),
        ("投诉物业不作为", "complaint"),
    ] {
        assert_eq!(
            beijing().classify_one(&spoken(text)).kind.as_str(),
            kind,
            "{text}"
        );
    }
}

#[test]
fn beijing_finds_districts_by_point_and_subdistricts_by_name_within() {
    let forbidden_city = at(39.9163, 116.3972);
    assert_eq!(place(&beijing().classify_one(&forbidden_city)), "110101");
    let named = Complaint {
        text: "东华门街道路灯不亮".into(),
        ..forbidden_city
    };
    assert_eq!(place(&beijing().classify_one(&named)), "110101001");
    let elsewhere = Complaint {
        text: "望京街道路灯不亮".into(),
        ..at(39.9163, 116.3972)
    };
    assert_eq!(
        place(&beijing().classify_one(&elsewhere)),
        "110101",
        "the point outweighs a name elsewhere"
    );
}

#[test]
fn new_york_understands_plain_complaints() {
    check(
        new_york(),
        &[
            (
                "There has been no heat in my apartment in Astoria for two days",
                "housing.heating",
                "qn-01",
                "urgent",
                "en",
            ),
            (
                "I smell gas in the hallway, there may be a gas leak. Park Slope.",
                "utilities.gas_leak",
                "bk-06",
                "emergency",
                "en",
            ),
            (
                "A huge pothole in the street in Staten Island",
                "street.condition.pothole",
                "staten-island",
                "normal",
                "en",
            ),
            (
                "The street light is out on my block in the Bronx",
                "street.light",
                "bronx",
                "normal",
                "en",
            ),
            (
                "My neighbor plays loud music every night",
                "noise.residential",
                "",
                "normal",
                "en",
            ),
            (
                "A car is blocking my driveway",
                "parking.blocked_driveway",
                "",
                "normal",
                "en",
            ),
            (
                "There is a rat in the basement and more rats outside",
                "health.rodent",
                "",
                "normal",
                "en",
            ),
            (
                "No hay calefacción en mi edificio y hace mucho frío, llevamos tres días así",
                "housing.heating",
                "",
                "urgent",
                "es",
            ),
        ],
    );
}

#[test]
fn new_york_takes_the_forms_of_its_own_data() {
    let source = |complaint_type: &str, descriptor: &str| Source {
        key: String::new(),
        complaint_type: complaint_type.to_owned(),
        descriptor: descriptor.to_owned(),
    };
    for (complaint_type, descriptor, category) in [
        ("HEAT/HOT WATER", "ENTIRE BUILDING", "housing.heating"),
        (
            "Illegal Parking",
            "Blocked Hydrant",
            "parking.illegal.hydrant",
        ),
        (
            "Noise - Street/Sidewalk",
            "Loud Music/Party",
            "noise.street",
        ),
        ("Rodent", "Rat Sighting", "health.rodent"),
    ] {
        let complaint = Complaint {
            source: Some(source(complaint_type, descriptor)),
            ..spoken(descriptor)
        };
        let told = new_york().classify_one(&complaint);
        assert_eq!(
            told.category.as_ref().map(CategoryId::as_str),
            Some(category),
            "{complaint_type}"
        );
        assert!(told.confidence > 0.9);
    }
    for (address, area) in [
        ("73-42 68 AVENUE, 05 QUEENS", "qn-05"),
        ("540 MANHATTAN AVENUE, MANHATTAN", "manhattan"),
        ("100 MANHATTAN AVENUE, BROOKLYN", "brooklyn"),
        ("FLUSHING, QUEENS", "qn-07"),
    ] {
        let complaint = Complaint {
            address: Some(address.to_owned()),
            ..spoken("Rat Sighting")
        };
        assert_eq!(
            place(&new_york().classify_one(&complaint)),
            area,
            "{address}"
        );
    }
    assert_eq!(
        place(&new_york().classify_one(&at(40.710_518_93, -73.878_620_09))),
        "qn-05"
    );
}
