//! What can be wrong with `knowledge.yaml`, and with the score from which its answers are given.

use super::{gives, gives_part};
use crate::city::testing::{small_pack, small_pack_files};
use crate::city::{CityPack, KNOWLEDGE_FILE};
use crate::vocabulary::Language;

const FILE: &str = KNOWLEDGE_FILE;

#[test]
fn entries_are_read_as_meant() {
    let pack = small_pack();
    assert_eq!(pack.city.answer_from, Some(0.6));
    assert_eq!(pack.knowledge.iter().len(), 2);
    let meter = pack.knowledge.get("gas-meter").unwrap();
    assert_eq!(pack.knowledge.at(1), Some(meter));
    assert_eq!(meter.category.as_str(), "utilities.gas");
    assert_eq!(meter.questions.in_language(Language::CHINESE).len(), 3);
    assert!(
        meter
            .answer
            .in_language(Language::ENGLISH)
            .starts_with("Use four AA")
    );
    assert_eq!(meter.source.url.as_ref(), "https://small.example/gas");
    let day = |text: &str| text.parse().unwrap();
    assert!(meter.holds_on(day("2027-09-30")) && !meter.holds_on(day("2027-10-01")));
    let season = pack.knowledge.get("heating-season").unwrap();
    assert!(season.holds_on(day("2100-01-01")));
}

#[test]
fn a_pack_may_have_no_answers_and_then_gives_none() {
    let mut files = small_pack_files();
    files.remove(FILE);
    let city = files.get_mut("city.yaml").unwrap();
    *city = city.replace("knowledge: {answer_from: 0.6}\n", "");
    let pack = CityPack::parse(&files).unwrap();
    assert_eq!(
        (pack.knowledge.iter().len(), pack.city.answer_from),
        (0, None)
    );
}

#[test]
fn references_and_ids() {
    gives(
        FILE,
        "category: utilities.gas",
        "category: utilities.gaz",
        "knowledge.yaml:11:15: category \"utilities.gaz\" does not exist; did you mean \"utilities.gas\"?",
    );
    gives(
        FILE,
        "id: gas-meter",
        "id: heating-season",
        "knowledge.yaml:10:9: entry \"heating-season\" is already on line 2; ids must differ",
    );
    gives_part(
        FILE,
        "id: gas-meter",
        "id: gas meter",
        "id \"gas meter\" contains ' '",
    );
    gives_part(
        FILE,
        "checked:",
        "cheked:",
        "unknown key \"cheked\"; did you mean \"checked\"?",
    );
    gives_part(
        FILE,
        "    category: utilities.gas\n",
        "",
        "knowledge.yaml:10:5: `category` is missing",
    );
}

#[test]
fn languages_of_questions_and_answer() {
    gives(
        FILE,
        "{zh: 使用四节五号碱性电池，自行更换即可。, en: Use",
        "{en: Use",
        "knowledge.yaml:15:13: the answer in the city's default language is missing; add zh: …",
    );
    gives(
        FILE,
        ", en: Use four AA batteries; you may change them yourself.}",
        "}",
        "knowledge.yaml:15:13: has nothing in en, a language of the questions; add en: …",
    );
    gives(
        FILE,
        ", 燃气表怎么换电池, 燃气表电池去哪里买]",
        "]",
        "knowledge.yaml:13:7: has 1 wordings in zh, a language of the answer; write at least 3 as people ask",
    );
    gives_part(
        FILE,
        "en: [how do i change",
        "fr: [how do i change",
        "language \"fr\" is not among the city's (zh, en)",
    );
    gives_part(
        FILE,
        "燃气表怎么换电池",
        "燃气表没电了怎么办",
        "\"燃气表没电了怎么办\" stands twice in this list",
    );
}

#[test]
fn sources_dates_and_shares() {
    for url in [
        "small.example/gas",
        "ftp://small.example",
        "https://small",
        "https://small..example",
        "https://small.example/a b",
    ] {
        gives_part(
            FILE,
            "https://small.example/gas",
            url,
            "is no address of a page; write it like https://www.example.org/page",
        );
    }
    gives(
        FILE,
        "valid_until: \"2027-09-30\"",
        "valid_until: \"2026-09-30\"",
        "knowledge.yaml:18:18: 2026-09-30 is before 2026-10-01, when the answer was checked; take the entry out or check it again",
    );
    gives_part(
        FILE,
        "\"2027-09-30\"",
        "\"30.9.2027\"",
        "\"30.9.2027\" is no date of the calendar; write it as 2026-10-01",
    );
    gives_part(FILE, "entries:", "entries: []\nx:", "the list is empty");
    gives_part(
        "city.yaml",
        "answer_from: 0.6",
        "answer_from: 60",
        "the number 60 stands here; write a number from 0 to 1",
    );
    gives_part(
        "city.yaml",
        "{answer_from: 0.6}",
        "{}",
        "`answer_from` is missing",
    );
}
