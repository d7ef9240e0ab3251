//! Whole texts.

use super::*;

fn told(text: &str) -> String {
    match of_text(text) {
        Guess::Sure(language) | Guess::Perhaps(Some(language)) => language.to_string(),
        Guess::Perhaps(None) => "und".to_owned(),
    }
}

#[test]
fn scripts_tell_their_languages() {
    for (text, wanted) in [
        ("小区停水了", "zh"),
        ("呢度嘅水管爆咗，冇人理", "zh"),
        ("水道が止まりました", "ja"),
        ("東京駅前 断水 至急対応", "ja"),
        ("鲜の每日超市太吵了", "zh"),
        ("물이 안 나옵니다", "ko"),
        ("ไม่มีน้ำ", "th"),
        ("ཆུ་མི་འདུག", "bo"),
        ("В доме нет воды", "ru"),
        ("У будинку немає світла", "uk"),
        ("Үйде жылу жоқ, су да жоқ", "kk"),
        ("لا يوجد ماء في المبنى", "ar"),
        ("ئۆيدە سۇ توختاپ قالدى", "ug"),
        ("گھر میں پانی نہیں ہے", "ur"),
        ("در خانه آب گرم نداریم", "fa"),
        ("אין מים חמים בבניין", "he"),
        ("מיר האבן נישט קיין הייצונג", "yi"),
        ("घर में पानी नहीं है", "hi"),
        ("ঘরে পানি নেই", "bn"),
    ] {
        assert_eq!(told(text), wanted, "{text}");
    }
}

#[test]
fn words_tell_the_languages_of_the_latin_script() {
    for (text, wanted) in [
        ("There is no heat in my building", "en"),
        ("No hay agua caliente en mi edificio", "es"),
        ("Il n'y a pas de chauffage chez nous", "fr"),
        ("Pa gen dlo nan kay la", "ht"),
        ("Não temos água quente no prédio", "pt"),
        ("Non c'è acqua calda nel palazzo", "it"),
        ("Wir haben seit drei Tagen keine Heizung", "de"),
        ("Nie ma ciepłej wody w budynku", "pl"),
        ("Nhà tôi không có nước", "vi"),
        ("wo jia mei you shui le", "zh"),
        ("ting dian le", "zh"),
    ] {
        assert_eq!(told(text), wanted, "{text}");
    }
}

#[test]
fn the_grammar_decides_where_scripts_are_mixed() {
    for (text, wanted) in [
        ("我家的 wifi 信号 is bad", "zh"),
        ("我的Apple MacBook Pro在Sanlitun Apple Store修不好", "zh"),
        (
            "There is no hot water at 朝阳区建国路88号现代城5号楼2单元1203室 since Monday",
            "en",
        ),
        ("There is no water near 东直门", "en"),
        ("Не работает лифт, Otis GeN2 Comfort", "ru"),
    ] {
        assert_eq!(told(text), wanted, "{text}");
    }
}

#[test]
fn without_evidence_it_stays_open() {
    for text in ["", "12345", "???", "xq zz", "🦀 !!", "ABC-123"] {
        assert_eq!(told(text), "und", "{text}");
    }
}

#[test]
fn a_text_is_cut_between_characters() {
    let long = "水".repeat(1_000);
    assert_eq!(beginning(&long, ENOUGH_BYTES).len(), 399);
    assert_eq!(beginning("short", ENOUGH_BYTES), "short");
}
