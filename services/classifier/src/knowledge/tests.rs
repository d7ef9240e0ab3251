//! The base as a whole: what is found, how surely, and what is not.

use swiftline_domain::city::CityPack;
use swiftline_domain::city::testing::{small_pack, small_pack_files};
use swiftline_domain::vocabulary::Language;

use super::{BEST, Hit, Knowledge};

fn best(text: &str, language: Language) -> Option<Hit> {
    let knowledge = Knowledge::new(&small_pack()).unwrap();
    knowledge.search(text, language, BEST).into_iter().next()
}

#[test]
fn a_wording_of_the_base_is_surely_its_entry() {
    for entry in small_pack().knowledge.iter() {
        for (language, question) in entry.questions.iter() {
            let hit = best(question, language).unwrap();
            assert_eq!((&hit.entry, hit.language), (&entry.id, language));
            assert_eq!(&hit.question, question);
            assert!(hit.score > 0.6, "{question}: {}", hit.score);
        }
    }
}

#[test]
fn other_words_find_it_less_surely_and_another_matter_hardly() {
    let exact = best("which battery for the gas meter", Language::ENGLISH).unwrap();
    let other = best(
        "my meter wants batteries, which ones fit?",
        Language::ENGLISH,
    )
    .unwrap();
    assert_eq!(exact.entry, other.entry);
    assert!(other.score < exact.score);
    let nothing = best(
        "my neighbour parks a car on the pavement",
        Language::ENGLISH,
    );
    assert!(nothing.is_none_or(|hit| hit.score < 0.3));
    assert_eq!(best("请问一下，谢谢", Language::CHINESE), None);
    assert_eq!(best("", Language::CHINESE), None);
}

#[test]
fn a_language_without_entries_is_compared_with_all_and_each_entry_comes_once() {
    let knowledge = Knowledge::new(&small_pack()).unwrap();
    let hits = knowledge.search("gas meter 燃气表没电了", Language::UNDETERMINED, BEST);
    let found = hits.iter().filter(|hit| hit.entry.as_str() == "gas-meter");
    assert_eq!(found.count(), 1);
    assert_eq!(hits[0].entry.as_str(), "gas-meter");
    assert_eq!(knowledge.search("燃气表", Language::CHINESE, 0), []);
}

#[test]
fn an_answer_is_given_when_it_is_sure_and_still_holds() {
    let pack = small_pack();
    let knowledge = Knowledge::new(&pack).unwrap();
    let hits = knowledge.search("燃气表没电了怎么办", Language::CHINESE, 1);
    let day = |text: &str| text.parse().unwrap();
    assert!(knowledge.answers(&hits[0], day("2027-09-30")));
    assert!(!knowledge.answers(&hits[0], day("2027-10-01")));
    let doubtful = Hit {
        score: 0.59,
        ..hits[0].clone()
    };
    assert!(!knowledge.answers(&doubtful, day("2026-11-22")));
    let mut silent = pack;
    silent.city.answer_from = None;
    let knowledge = Knowledge::new(&silent).unwrap();
    assert!(!knowledge.answers(&hits[0], day("2026-11-22")));
}

#[test]
fn a_pack_without_answers_has_no_hits() {
    let mut files = small_pack_files();
    files.remove("knowledge.yaml");
    let knowledge = Knowledge::new(&CityPack::parse(&files).unwrap()).unwrap();
    assert_eq!(
        knowledge.search("燃气表没电了", Language::CHINESE, BEST),
        []
    );
    assert_eq!(
        knowledge.search("gas meter", Language::UNDETERMINED, BEST),
        []
    );
}

#[test]
fn long_and_odd_texts_are_searched_too() {
    let knowledge = Knowledge::new(&small_pack()).unwrap();
    let long = "燃气表没电了怎么办。".repeat(2_000);
    assert_eq!(knowledge.search(&long, Language::CHINESE, 1).len(), 1);
    for odd in ["\0", "🙂🙂", "''''", "\u{202e}表", &"x".repeat(100_000)] {
        let _ = knowledge.search(odd, Language::UNDETERMINED, BEST);
    }
}
