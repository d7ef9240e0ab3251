//! Sketches and scores of whole messages.

use swiftline_domain::complaint::Location;
use swiftline_domain::id::{AreaId, CategoryId};
use swiftline_domain::number::{CaseNumber, Partition};

use super::online::best;
use super::score::score;
use super::sketch::{Sketch, Sketcher, Told};

const MONTH: u32 = 30 * 86_400;

fn sketch(n: u64, text: &str, category: &str, area: &str) -> Sketch {
    at_point(n, text, category, area, None)
}

fn at_point(n: u64, text: &str, category: &str, area: &str, location: Option<Location>) -> Sketch {
    let (category, area) = (
        category.parse::<CategoryId>().ok(),
        area.parse::<AreaId>().ok(),
    );
    let told = Told {
        text,
        address: None,
        location,
        category: category.as_ref(),
        area: area.as_ref(),
    };
    let at = jiff::Timestamp::from_second(1_800_000_000 + n as i64 * 3_600).unwrap();
    let case = CaseNumber::new(Partition(0), n).unwrap();
    Sketcher::new().sketch(case, at, &told)
}

const PLANT: &str =
    "小区南门外新建的混凝土厂昼夜施工，粉尘很大，窗户都不敢开，夜里噪音让老人孩子睡不着。";

#[test]
fn a_message_is_wholly_like_itself_and_its_sketch_reads_back() {
    let one = sketch(1, PLANT, "noise", "st-1");
    assert!(score(&one, &one, MONTH) > 0.9);
    let mut back = Sketch::from_wire(one.case(), &one.to_wire()).unwrap();
    assert_eq!(score(&one, &back, MONTH), score(&one, &one, MONTH));
    assert!(back.keys().is_empty(), "keys are not kept");
    back.at += MONTH + 1;
    assert_eq!(score(&one, &back, MONTH), 0.0, "outside of the window");
    assert_eq!(Sketch::from_wire(one.case(), &one.to_wire()[1..]), None);
}

#[test]
fn a_near_duplicate_shares_a_key_and_is_linked() {
    let one = sketch(1, PLANT, "noise", "st-1");
    let polite = format!("尊敬的领导您好！{PLANT}请有关部门尽快处理，谢谢！");
    let other = sketch(2, &polite, "noise", "st-1");
    assert!(one.keys().iter().any(|key| other.keys().contains(key)));
    assert!(score(&one, &other, MONTH) > 0.8);
    let elsewhere = sketch(3, PLANT, "noise", "st-2");
    assert!(score(&one, &elsewhere, MONTH) < score(&one, &other, MONTH));
}

#[test]
fn the_same_point_on_the_map_brings_strangers_together() {
    let point = |latitude| {
        Some(Location {
            latitude,
            longitude: -73.95,
        })
    };
    let one = at_point(
        1,
        "Loud music from the bar again",
        "noise",
        "",
        point(40.7121),
    );
    let near = at_point(
        2,
        "loud music, party at the bar",
        "noise",
        "",
        point(40.7119),
    );
    let far = at_point(3, "loud music, party at the bar", "noise", "", point(40.8));
    assert!(one.keys().iter().any(|key| near.keys().contains(key)));
    assert!(score(&one, &near, MONTH) > score(&one, &far, MONTH) + 0.3);
}

#[test]
fn the_best_come_first_and_few() {
    let one = sketch(1, PLANT, "noise", "st-1");
    let others = (2..12).map(|n| sketch(n, PLANT, "noise", "st-1"));
    let links = best(&one, others, MONTH);
    let numbers: Vec<u64> = links.iter().map(|link| link.case.sequence()).collect();
    assert_eq!(numbers, [2, 3, 4, 5, 6], "the nearest in time");
    let stranger = sketch(12, "The lamp before the library is dark", "lamps", "st-9");
    assert!(best(&one, [stranger].into_iter(), MONTH).is_empty());
}

#[test]
fn a_message_without_words_has_no_keys() {
    for text in ["", "！！！", "您好，谢谢！"] {
        assert!(sketch(1, text, "noise", "st-1").keys().is_empty(), "{text}");
    }
}
