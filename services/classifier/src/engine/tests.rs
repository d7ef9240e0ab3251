//! The engine on the small pack.

use proptest::prelude::*;
use swiftline_domain::city::testing::small_pack;
use swiftline_domain::classification::{
    Classification, EvidenceAbout, MAX_CANDIDATES, MAX_EVIDENCE,
};
use swiftline_domain::complaint::{Complaint, Location, Source};
use swiftline_domain::id::AreaId;
use swiftline_domain::vocabulary::{Channel, Kind, Line, ReporterType, Urgency};

use super::{Classify, Engine};

pub(super) fn complaint(text: &str) -> Complaint {
    Complaint {
        text: text.to_owned(),
        channel: Channel::Phone,
        line: Line::General,
        reporter: ReporterType::Resident,
        kind: None,
        language: None,
        location: None,
        address: None,
        source: None,
        reported_at: None,
        confidential: false,
        attachments: Vec::new(),
        answer: None,
    }
}

fn at(latitude: f64, longitude: f64) -> Complaint {
    let location = Some(Location {
        latitude,
        longitude,
    });
    Complaint {
        location,
        ..complaint("something is broken here")
    }
}

fn of_type(complaint_type: &str, text: &str) -> Complaint {
    let source = Source {
        complaint_type: complaint_type.to_owned(),
        ..Source::default()
    };
    Complaint {
        source: Some(source),
        ..complaint(text)
    }
}

fn classify(complaint: &Complaint) -> Classification {
    Engine::new(&small_pack()).classify_one(complaint)
}

fn category(classification: &Classification) -> &str {
    classification
        .category
        .as_ref()
        .map_or("", |id| id.as_str())
}

fn place(classification: &Classification) -> &str {
    classification.place.as_ref().map_or("", |id| id.as_str())
}

fn found(classification: &Classification, about: EvidenceAbout) -> Vec<&str> {
    let about = classification
        .evidence
        .iter()
        .filter(|evidence| evidence.about == about);
    about.map(|evidence| evidence.found.as_str()).collect()
}

#[test]
fn words_tell_the_category() {
    for (text, wanted) in [
        ("There is no heat in my apartment", "housing.heating"),
        ("两个radiator都坏了", "housing.heating"),
        ("我家暖气不热，希望尽快处理", "housing.heating"),
        ("The STREETLIGHTS on my block are out", "streets.light"),
        (
            "小区门口路灯不亮，路面有坑洼，路灯坏了一个月",
            "streets.light",
        ),
        ("The boiler broke", "housing.heating.boiler"),
        ("楼上太吵", "noise"),
    ] {
        assert_eq!(category(&classify(&complaint(text))), wanted, "{text}");
    }
}

#[test]
fn without_a_word_of_the_pack_there_is_no_category() {
    let told = classify(&complaint("She gasped at the biogas plant"));
    assert_eq!(
        (told.category, told.confidence, told.alternatives),
        (None, 0.0, vec![])
    );
}

#[test]
fn what_is_said_more_and_longer_weighs_more() {
    let vague = classify(&complaint("gas"));
    let clear = classify(&complaint("no heat, cold radiator, no heat for days"));
    let torn = classify(&complaint("no heat and loud music"));
    assert!(vague.confidence < clear.confidence && clear.confidence < 1.0);
    assert!(torn.confidence < 0.5, "{torn:?}");
    assert_eq!(
        category(&torn),
        "housing.heating",
        "the taxonomy's order breaks the tie"
    );
    assert_eq!(torn.alternatives.len(), 1);
    assert_eq!(torn.alternatives[0].0.as_str(), "noise");
    assert_eq!(
        found(&clear, EvidenceAbout::Category),
        ["no heat", "radiator"]
    );
}

#[test]
fn another_systems_complaint_type_decides() {
    let told = classify(&of_type(" heat/hot water ", "noise, noise and loud music"));
    assert_eq!(category(&told), "housing.heating");
    assert!(told.confidence > 0.95);
    assert_eq!(found(&told, EvidenceAbout::Category), ["HEAT/HOT WATER"]);
    assert_eq!(told.alternatives[0].0.as_str(), "noise");
    assert!(told.alternatives[0].1 < 1.0 - told.confidence);
}

#[test]
fn words_choose_below_what_the_complaint_type_means() {
    let told = classify(&of_type("HEAT/HOT WATER", "the boiler broke, loud music"));
    assert_eq!(category(&told), "housing.heating.boiler");
    assert_eq!(
        found(&told, EvidenceAbout::Category),
        ["HEAT/HOT WATER", "boiler"]
    );
}

#[test]
fn an_unmapped_complaint_type_is_read_like_text() {
    assert_eq!(
        category(&classify(&of_type("Street Light Out", "please come"))),
        "streets.light"
    );
}

#[test]
fn kind_is_the_operators_word_else_the_texts() {
    let with = |kind, text| {
        classify(&Complaint {
            kind,
            ..complaint(text)
        })
        .kind
    };
    assert_eq!(with(Some(Kind::Report), "请问怎么办"), Kind::Report);
    assert_eq!(with(None, "请问什么时候供暖"), Kind::Consultation);
    assert_eq!(with(None, "Thank you for the quick repair"), Kind::Praise);
    assert_eq!(with(None, "no heat"), Kind::Complaint);
}

#[test]
fn urgency_is_the_most_pressing_of_category_and_words() {
    let urgency = |text| classify(&complaint(text)).urgency;
    assert_eq!(urgency("there is a pothole"), Urgency::Normal);
    assert_eq!(urgency("no heat"), Urgency::Urgent);
    assert_eq!(urgency("pothole, and no water"), Urgency::Urgent);
    assert_eq!(urgency("I think there is a gas leak"), Urgency::Emergency);
    assert_eq!(urgency("小区燃气泄漏"), Urgency::Emergency);
    let told = classify(&complaint("小区燃气泄漏"));
    assert_eq!(
        category(&told),
        "utilities.gas",
        "the emergency's longer word does not hide the category's"
    );
    assert_eq!(found(&told, EvidenceAbout::Urgency), ["燃气泄漏"]);
}

#[test]
fn language_is_told_from_the_cheapest_sure_sign() {
    let language = |text| classify(&complaint(text)).language.to_string();
    assert_eq!(language("楼上太吵"), "zh");
    assert_eq!(
        language("The light in our street is out and nobody has come"),
        "en"
    );
    assert_eq!(language("no heat"), "en", "by the pack's own words");
    assert_eq!(
        language("No hay agua caliente en el edificio desde el lunes y tenemos niños pequeños"),
        "es"
    );
    assert_eq!(language("xq zz"), "und");
    assert_eq!(language("12345"), "und");
    let hinted = Complaint {
        language: "fr".parse().ok(),
        ..complaint("楼上太吵")
    };
    assert_eq!(classify(&hinted).language.to_string(), "fr");
    assert_eq!(
        found(&classify(&complaint("no heat")), EvidenceAbout::Language),
        ["no heat"]
    );
}

#[test]
fn a_point_in_an_outline_is_the_place() {
    let told = classify(&at(40.05, 116.05));
    assert_eq!(place(&told), "01001");
    assert_eq!(found(&told, EvidenceAbout::Place), ["01001"]);
    assert_eq!(
        place(&classify(&at(40.05, 116.45))),
        "02001",
        "the second polygon of two"
    );
    assert_eq!(place(&classify(&at(40.05, 116.35))), "", "in the hole");
    assert_eq!(
        place(&classify(&at(40.05, 116.1))),
        "01001",
        "an edge goes to the earlier area"
    );
    assert_eq!(place(&classify(&at(0.0, 0.0))), "");
    assert_eq!(place(&classify(&at(f64::NAN, f64::INFINITY))), "");
}

#[test]
fn a_point_outside_leaves_it_to_the_words() {
    let astray = Complaint {
        text: "东山区路灯不亮".into(),
        ..at(0.0, 0.0)
    };
    assert_eq!(place(&classify(&astray)), "01");
}

#[test]
fn names_tell_the_place() {
    for (text, wanted) in [
        ("东山区河口街道路灯不亮", "01001"),
        ("河口路灯不亮", "01001"),
        ("东山区路灯不亮", "01"),
        ("Street light out in Hekou", "01001"),
        ("钟楼旁边太吵", "01001"),
        ("near the clock tower", "01001"),
        ("石桥镇供暖", "02001"),
        ("unhekoud", ""),
        ("河口大街路灯不亮", ""),
    ] {
        assert_eq!(place(&classify(&complaint(text))), wanted, "{text}");
    }
}

#[test]
fn the_address_weighs_more_than_the_text() {
    let street = Complaint {
        address: Some("5 Hekou Avenue, Hekou".into()),
        ..complaint("dark")
    };
    assert_eq!(
        place(&classify(&street)),
        "01001",
        "the weightiest of a name's mentions counts"
    );
    let moved = Complaint {
        address: Some("西湖区新站街道5号".into()),
        ..complaint("我从河口搬来")
    };
    let told = classify(&moved);
    assert_eq!(place(&told), "02002");
    assert_eq!(found(&told, EvidenceAbout::Place), ["西湖区", "新站街道"]);
}

#[test]
fn where_somebody_lives_is_not_where_it_is() {
    for (text, wanted) in [
        ("我住在东山区，在西湖区新站街道的店里买到假货", "02002"),
        ("我住在东山区河口街道，没有热水", "01001"),
        ("不在东山区，在西湖区", "02"),
        ("从河口到石桥的公交在林前街道甩站", "01002"),
    ] {
        assert_eq!(place(&classify(&complaint(text))), wanted, "{text}");
    }
}

#[test]
fn a_point_wins_over_words_that_contradict_it() {
    let told = classify(&Complaint {
        text: "西湖区新站街道路灯不亮".into(),
        ..at(40.05, 116.05)
    });
    assert_eq!(place(&told), "01001");
    let candidates: Vec<&str> = told.place_candidates.iter().map(AreaId::as_str).collect();
    assert_eq!(candidates, ["02002"]);
    assert_eq!(found(&told, EvidenceAbout::Place), ["01001", "新站街道"]);
    let lives_there = classify(&Complaint {
        text: "我住在西湖区，路灯不亮".into(),
        ..at(40.05, 116.05)
    });
    assert_eq!(lives_there.place_candidates, []);
}

#[test]
fn several_places_leave_it_open_and_are_kept() {
    let told = classify(&complaint("河口街道和石桥镇都停水了"));
    assert_eq!(told.place, None);
    let candidates: Vec<&str> = told.place_candidates.iter().map(AreaId::as_str).collect();
    assert_eq!(candidates, ["01001", "02001"]);
}

#[test]
fn several_places_in_one_district_are_that_district() {
    let told = classify(&complaint("河口街道和林前街道都停水了"));
    assert_eq!((place(&told), told.place_candidates.len()), ("01", 0));
    assert_eq!(found(&told, EvidenceAbout::Place), ["河口街道", "林前街道"]);
}

#[test]
fn a_batch_gives_what_each_complaint_gives_alone() {
    let engine = Engine::new(&small_pack());
    let texts = ["no heat", "x", "小区燃气泄漏", "请问供暖", "no heat"];
    let complaints: Vec<Complaint> = texts.into_iter().map(complaint).collect();
    let alone: Vec<Classification> = complaints.iter().map(|c| engine.classify_one(c)).collect();
    assert_eq!(engine.classify(&complaints), alone);
    assert_eq!(engine.classify(&[]), []);
}

#[test]
fn the_version_names_the_words_that_decided() {
    let version = Engine::new(&small_pack()).version();
    assert_eq!(version.len(), "keywords-".len() + 12);
    assert_eq!(Engine::new(&small_pack()).version(), version);
    let mut files = swiftline_domain::city::testing::small_pack_files();
    let taxonomy = files.get_mut("taxonomy.yaml").unwrap();
    *taxonomy = taxonomy.replace("boiler]", "boiler, furnace]");
    let other = swiftline_domain::city::CityPack::parse(&files).unwrap();
    assert_ne!(Engine::new(&other).version(), version);
}

/// Anything, and much that looks like the pack's words.
fn texts() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        4 => any::<String>(),
        2 => "[ -~]{0,12}",
        6 => prop::sample::select(vec![
            "no heat", "gas leak", "暖气不热", "燃气泄漏", "河口街道", "西湖区", "石桥", "Clock Tower", "Hekou Avenue", "the",
            "请问", "thank you", "É", "ſ", "İ", "\u{300}", "\u{200d}", "🦀", "ß",
        ]).prop_map(str::to_owned),
    ];
    prop::collection::vec(word, 0..12).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_is_classified_within_bounds(
        text in texts(), address in prop::option::of(texts()), complaint_type in texts(),
        latitude in any::<f64>(), longitude in any::<f64>(),
    ) {
        thread_local! {
            static ENGINE: Engine = Engine::new(&small_pack());
        }
        let location = Some(Location { latitude, longitude });
        let complaint = Complaint { address, location, ..of_type(&complaint_type, &text) };
        let told = ENGINE.with(|engine| engine.classify_one(&complaint));
        prop_assert!((0.0..=1.0).contains(&told.confidence));
        prop_assert_eq!(told.category.is_none(), told.confidence == 0.0);
        let shares: Vec<f32> = told.alternatives.iter().map(|(_, share)| *share).collect();
        prop_assert!(shares.iter().all(|share| (0.0..=told.confidence).contains(share)));
        prop_assert!(shares.is_sorted_by(|a, b| a >= b) && shares.len() <= MAX_CANDIDATES);
        prop_assert!(told.alternatives.iter().all(|(other, _)| Some(other) != told.category.as_ref()));
        prop_assert!(told.place.is_none() || !told.place_candidates.contains(told.place.as_ref().unwrap()));
        prop_assert!(told.place_candidates.len() <= MAX_CANDIDATES && told.evidence.len() <= MAX_EVIDENCE);
        prop_assert!(told.evidence.iter().all(|evidence| evidence.weight.is_finite() && evidence.weight > 0.0));
        prop_assert!(told.language.as_str() != "ja" || complaint.text.chars().any(|c| u32::from(c) > 0x2E7F));
    }
}
