//! Where a sign stands decides what it says, on the small pack.

use swiftline_domain::city::testing::small_pack;

use super::super::tests::complaint;
use super::*;

fn told(text: &str, kind: Option<Kind>) -> Told<Kind> {
    let kinds = Kinds::new(&small_pack().taxonomy);
    let complaint = Complaint {
        kind,
        ..complaint(text)
    };
    let mut hits = Vec::new();
    kinds.phrases.find(&complaint.text, &mut hits);
    kinds.decide(&complaint, &hits, &mut Scratch::default())
}

fn check(wanted: Kind, texts: &[&str]) {
    for text in texts {
        assert_eq!(told(text, None).value, wanted, "{text}");
    }
}

#[test]
fn without_a_sign_it_is_a_complaint() {
    check(Kind::Complaint, &["", "路灯不亮", "no light"]);
    assert_eq!(told("路灯不亮", None).found, None);
}

#[test]
fn the_operators_word_goes_before_the_texts() {
    assert_eq!(
        told("请问几点开门", Some(Kind::Report)),
        Told::silently(Kind::Report)
    );
}

#[test]
fn manners_at_the_end_say_nothing() {
    check(
        Kind::Complaint,
        &[
            "路灯坏了半个月，反映多次没人修，希望尽快解决，感谢",
            "There has been no heat in the building since Tuesday. Thank you",
            "楼下烧烤店的油烟每天晚上直接排到居民楼里，严重影响居民休息，反映多次没有人管，特此向市政府提出，建议",
        ],
    );
    check(
        Kind::Praise,
        &["感谢抢修的师傅", "Thank you for fixing the light"],
    );
    check(
        Kind::Suggestion,
        &["建议增加饮水机", "I suggest adding a bench"],
    );
}

#[test]
fn a_question_asks_and_a_rhetorical_one_complains() {
    check(
        Kind::Consultation,
        &["请问几点开门", "Where can I drop off old paint?"],
    );
    check(
        Kind::Complaint,
        &[
            "施工队凌晨还在打桩，到底管不管？",
            "How long do I have to wait until somebody comes?",
        ],
    );
}

#[test]
fn it_says_what_decided() {
    let (found, points) = told("我要举报一家工厂", None).found.unwrap();
    assert_eq!(found, "举报");
    assert!(points > COMPLAINT);
}
