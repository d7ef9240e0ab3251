//! What can be wrong with the `callbacks` of `city.yaml`.

use super::gives;
use crate::city::testing::{small_pack, small_pack_files};
use crate::city::{CityPack, Discontent};
use crate::vocabulary::Language;

/// The small pack with this line at the end of its `city.yaml`; it is the twelfth.
const LAST: &str = "knowledge: {answer_from: 0.6}\n";

fn with(line: &str) -> String {
    format!("{LAST}{line}\n")
}

#[test]
fn a_pack_that_says_nothing_reopens_for_both_and_asks_by_phone() {
    let terms = small_pack().city.callbacks;
    assert_eq!(&*terms.reopen_when, Discontent::ALL);
    assert_eq!((terms.dissatisfied_reopens, terms.invitation), (1, None));
}

#[test]
fn what_it_says_is_read_as_meant() {
    let mut files = small_pack_files();
    let city = files.get_mut("city.yaml").unwrap();
    city.push_str(
        "callbacks:\n  reopen_when: [unsolved]\n  dissatisfied_reopens: 3\n  invitation: {zh: \"{number}: {link}\", en: \"Done? {link}\"}\n",
    );
    let terms = CityPack::parse(&files).unwrap().city.callbacks;
    assert_eq!(*terms.reopen_when, [Discontent::Unsolved]);
    assert_eq!(terms.dissatisfied_reopens, 3);
    let words = terms.invitation.unwrap();
    assert_eq!(words.in_language(Language::ENGLISH), "Done? {link}");
    let french = "fr".parse().unwrap();
    assert_eq!(words.in_language(french), "{number}: {link}");
}

#[test]
fn a_slip_is_found_where_it_is() {
    gives(
        "city.yaml",
        LAST,
        &with("callbacks: {reopen_when: [unsolved, disatisfied]}"),
        "city.yaml:13:37: \"disatisfied\" is not one of unsolved, dissatisfied",
    );
    gives(
        "city.yaml",
        LAST,
        &with("callbacks: {reopen_wen: [unsolved]}"),
        "city.yaml:13:13: unknown key \"reopen_wen\"; did you mean \"reopen_when\"?",
    );
    gives(
        "city.yaml",
        LAST,
        &with("callbacks: {reopen_when: unsolved}"),
        "city.yaml:13:26: the text \"unsolved\" stands here; write a list",
    );
    gives(
        "city.yaml",
        LAST,
        &with("callbacks: {dissatisfied_reopens: 0}"),
        "city.yaml:13:35: the number 0 stands here; write a whole number of at least 1",
    );
}

#[test]
fn an_invitation_has_the_link_and_no_blank_that_nobody_fills() {
    gives(
        "city.yaml",
        LAST,
        &with("callbacks: {invitation: {zh: 请回复}}"),
        "city.yaml:13:25: the invitation in \"zh\" has no {link} for the citizen to answer by",
    );
    gives(
        "city.yaml",
        LAST,
        &with("callbacks: {invitation: {zh: \"{name} {link}\"}}"),
        "city.yaml:13:25: the invitation in \"zh\" has braces around something else than {number} or {link}",
    );
    gives(
        "city.yaml",
        LAST,
        &with("callbacks: {invitation: {en: \"{link}\"}}"),
        "city.yaml:13:25: the invitation in the city's default language is missing; add zh: …",
    );
}
