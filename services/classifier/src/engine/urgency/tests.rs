//! What turns a cue, one by one, on the small pack.

use std::sync::Arc;

use swiftline_domain::city::testing::small_pack;
use swiftline_domain::vocabulary::Kind;

use super::super::tests::complaint;
use super::*;
use crate::model::testing::parts;
use crate::model::{Calibration, Model, ModelKind};

fn told(text: &str, of_category: Urgency, kind: Kind) -> Told<Urgency> {
    thread_local! {
        static WORDS: Urgencies = Urgencies::new(&small_pack().taxonomy);
    }
    WORDS.with(|words| decided(words, text, of_category, kind, None))
}

fn decided(
    words: &Urgencies,
    text: &str,
    of_category: Urgency,
    kind: Kind,
    second: Option<Asked<'_>>,
) -> Told<Urgency> {
    let mut hits = Vec::new();
    words.phrases.find(text, &mut hits);
    let mut scratch = Scratch::default();
    words.decide(
        (&complaint(text), &hits),
        of_category,
        kind,
        second,
        &mut scratch,
    )
}

fn of(text: &str) -> Urgency {
    told(text, Urgency::Normal, Kind::Complaint).value
}

fn check(wanted: Urgency, texts: &[&str]) {
    let wrong: Vec<_> = texts.iter().filter(|text| of(text) != wanted).collect();
    assert!(wrong.is_empty(), "not {wanted}: {wrong:#?}");
}

#[test]
fn what_is_seen_now_counts() {
    check(
        Urgency::Emergency,
        &[
            "楼道里有煤气的味道",
            "厨房着火了",
            "a strong smell of gas",
            "There’s a fire in the kitchen",
        ],
    );
    check(
        Urgency::Urgent,
        &["小区停水两天", "no electricity since noon"],
    );
    check(
        Urgency::Normal,
        &["路灯不亮", "the bench is broken in half", ""],
    );
}

#[test]
fn what_is_negated_does_not_and_a_double_negation_does() {
    check(
        Urgency::Normal,
        &[
            "没有漏气",
            "nobody is trapped",
            "there is no sign of a gas leak",
        ],
    );
    check(
        Urgency::Emergency,
        &[
            "不是说没有漏气，味道很大",
            "没人受伤，但是还在漏气",
            "nobody came and there is a gas leak",
            "没人管，已经着火了",
        ],
    );
}

#[test]
fn what_is_over_does_not_unless_it_is_back() {
    check(
        Urgency::Normal,
        &[
            "昨天着火了，已经扑灭",
            "The gas leak was fixed yesterday",
            "There was a gas leak. It was fixed.",
            "去年楼下着火",
        ],
    );
    check(
        Urgency::Emergency,
        &[
            "昨天修好了，今天又漏气了",
            "The gas leak was never fixed",
            "漏气，什么时候能修好了",
        ],
    );
}

#[test]
fn what_is_only_supposed_talked_of_or_feared_counts_less() {
    check(
        Urgency::Normal,
        &[
            "如果着火了应该怎么办",
            "a training on house fires, planned for May",
            "What should I do if there is a gas leak",
        ],
    );
    check(
        Urgency::Urgent,
        &["线路老化，容易引起火灾", "this could cause a gas leak"],
    );
    check(
        Urgency::Emergency,
        &["If nobody comes I will kill myself", "再不解决我就跳楼"],
    );
}

#[test]
fn a_figure_of_speech_is_none() {
    check(
        Urgency::Normal,
        &[
            "生意火爆",
            "跳楼价",
            "my team is on fire this season",
            "I am drowning in paperwork",
        ],
    );
}

#[test]
fn who_suffers_more_raises_but_only_a_device_makes_an_emergency() {
    check(Urgency::Normal, &["电梯坏了", "the elevator is broken"]);
    check(
        Urgency::Urgent,
        &[
            "电梯坏了，家里有人坐轮椅",
            "no water and a newborn baby at home, at night",
        ],
    );
    check(
        Urgency::Emergency,
        &[
            "停电了，家里有人用呼吸机",
            "no power and my son is on a ventilator",
        ],
    );
}

#[test]
fn what_a_long_letter_mentions_on_its_way_is_not_this_minute() {
    let story = "我们小区的物业管理一直有很多问题，反映过很多次都没有得到答复。".repeat(9);
    assert_eq!(of("楼里着火了"), Urgency::Emergency);
    assert_eq!(of(&format!("{story}楼里着火了。")), Urgency::Urgent);
    assert_eq!(of(&format!("{story}现在楼里着火了。")), Urgency::Emergency);
}

#[test]
fn the_category_is_a_floor_only_where_there_is_trouble() {
    let urgent = |text, kind| told(text, Urgency::Urgent, kind).value;
    assert_eq!(urgent("家里怎么弄都不行", Kind::Complaint), Urgency::Urgent);
    assert_eq!(urgent("燃气费怎么交", Kind::Complaint), Urgency::Normal);
    assert_eq!(urgent("什么时候供暖", Kind::Consultation), Urgency::Normal);
    assert_eq!(
        urgent("停电了，什么时候来", Kind::Consultation),
        Urgency::Urgent
    );
    assert_eq!(urgent("没有漏气", Kind::Complaint), Urgency::Normal);
    assert_eq!(urgent("不急，有空看看", Kind::Complaint), Urgency::Normal);
    let fire = told(
        "the bar is on fire this season",
        Urgency::Emergency,
        Kind::Complaint,
    );
    assert_eq!(fire.value, Urgency::Normal);
}

#[test]
fn it_says_what_decided() {
    let found = |text| told(text, Urgency::Normal, Kind::Complaint).found;
    assert_eq!(found("燃气泄漏").unwrap().0, "燃气泄漏");
    assert_eq!(found("楼道里煤气的味道很大").unwrap().0, "煤气 + 味道");
    let (said, weight) = found("没有燃气泄漏").unwrap();
    assert_eq!(said, "燃气泄漏 − 没有");
    assert!(weight > 0.0 && weight < URGENT_AT);
    let (said, weight) = found("停水了，家里有老人").unwrap();
    assert_eq!(said, "停水 + 老人");
    assert!(
        (weight - 1.5).abs() < 1e-5,
        "the city's word and who suffers"
    );
    assert_eq!(found("路灯不亮"), None);
}

/// A model that raises from these scores, whatever it reads.
fn second(from: f32, in_doubt: f32) -> Arc<Model> {
    let mut parts = parts();
    let header = &mut parts.header;
    header.kind = ModelKind::Urgency;
    header.labels = Urgency::ALL.iter().map(ToString::to_string).collect();
    header.trained_on = vec![1; 3];
    header.calibration = Calibration::NONE;
    let at = OperatingPoint {
        emergency: from,
        urgent: from,
        emergency_in_doubt: in_doubt,
        urgent_in_doubt: in_doubt,
        of_many: 0.0,
    };
    let metrics = at.to_metrics().map(|(name, at)| (name.to_owned(), at));
    header.metrics = metrics.into();
    parts.biases = vec![0.0; 3];
    parts.weights = parts.keys.iter().flat_map(|_| [0.0, 0.0, 1.0]).collect();
    Arc::new(parts.to_bytes().unwrap().1)
}

fn told_with(model: &Arc<Model>, text: &str, kind: Kind) -> Told<Urgency> {
    let second = Second::new(model).unwrap();
    let asked = Asked {
        second: &second,
        scratch: &mut crate::model::Scratch::new(),
        observer: None,
    };
    let words = Urgencies::new(&small_pack().taxonomy);
    decided(&words, text, Urgency::Normal, kind, Some(asked))
}

#[test]
fn a_second_opinion_raises_and_names_itself() {
    let alarmed = second(-9.0, 9.0);
    let told = told_with(&alarmed, "路灯不亮", Kind::Complaint);
    assert_eq!(told.value, Urgency::Emergency);
    let (found, weight) = told.found.unwrap();
    assert_eq!(found, "tiny");
    assert!((0.0..=1.0).contains(&weight));
    let empty = told_with(&alarmed, "", Kind::Complaint);
    assert_eq!(empty, Told::silently(Urgency::Normal));
}

#[test]
fn a_second_opinion_must_be_surer_where_a_cue_was_taken_back_or_nobody_is_called_for() {
    let alarmed = second(-9.0, 9.0);
    for (text, kind) in [
        ("没有漏气", Kind::Complaint),
        ("昨天着火了，已经扑灭", Kind::Complaint),
        ("不急，有空看看", Kind::Complaint),
        ("路灯不亮", Kind::Consultation),
        ("路灯不亮", Kind::Praise),
    ] {
        let told = told_with(&alarmed, text, kind);
        assert_eq!(told.value, Urgency::Normal, "{text}");
    }
    let sure = told_with(&second(-9.0, -9.0), "没有漏气", Kind::Complaint);
    assert_eq!(sure.value, Urgency::Emergency);
}

#[test]
fn a_second_opinion_never_lowers() {
    let calm = second(9.0, 9.0);
    let told = told_with(&calm, "厨房着火了", Kind::Complaint);
    assert_eq!(told.value, Urgency::Emergency);
    assert_ne!(told.found.unwrap().0, "tiny");
}

#[test]
fn a_model_of_something_else_or_without_operating_point_gives_none() {
    let other = Arc::new(parts().to_bytes().unwrap().1);
    assert!(Second::new(&other).is_none());
    assert!(opinion(&other, "停水", &mut crate::model::Scratch::new()).is_none());
    let mut silent = parts();
    silent.header.kind = ModelKind::Urgency;
    assert!(Second::new(&Arc::new(silent.to_bytes().unwrap().1)).is_none());
}
