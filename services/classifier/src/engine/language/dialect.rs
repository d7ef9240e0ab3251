//! The trigram identifier, for languages of the Latin script whose words we do not list or did not meet.

use std::sync::LazyLock;

use swiftline_domain::vocabulary::Language;
use whatlang::{Detector, Lang};

/// The languages that it may answer, with the codes that the rest of Swiftline uses. Others are left out on purpose:
/// a hotline hardly hears them, and they take the certainty from their larger neighbours.
const HEARD: [(Lang, &str); 26] = [
    (Lang::Eng, "en"),
    (Lang::Spa, "es"),
    (Lang::Fra, "fr"),
    (Lang::Por, "pt"),
    (Lang::Ita, "it"),
    (Lang::Deu, "de"),
    (Lang::Pol, "pl"),
    (Lang::Vie, "vi"),
    (Lang::Ind, "id"),
    (Lang::Tur, "tr"),
    (Lang::Nld, "nl"),
    (Lang::Ron, "ro"),
    (Lang::Tgl, "tl"),
    (Lang::Ces, "cs"),
    (Lang::Slk, "sk"),
    (Lang::Hun, "hu"),
    (Lang::Hrv, "hr"),
    (Lang::Swe, "sv"),
    (Lang::Dan, "da"),
    (Lang::Nob, "no"),
    (Lang::Fin, "fi"),
    (Lang::Lit, "lt"),
    (Lang::Lav, "lv"),
    (Lang::Est, "et"),
    (Lang::Uzb, "uz"),
    (Lang::Aze, "az"),
];

static DETECTOR: LazyLock<Detector> =
    LazyLock::new(|| Detector::with_allowlist(HEARD.iter().map(|(lang, _)| *lang).collect()));

/// Its answer, and how sure it is (0 to 1).
pub(super) fn identify(text: &str) -> Option<(Language, f64)> {
    let info = DETECTOR.detect(text)?;
    let (_, code) = HEARD.iter().find(|(lang, _)| *lang == info.lang())?;
    Some((code.parse().ok()?, info.confidence()))
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn every_language_has_a_code_of_its_own() {
        let codes: std::collections::BTreeSet<&str> = HEARD.iter().map(|(_, code)| *code).collect();
        assert_eq!(codes.len(), HEARD.len());
        assert!(codes.iter().all(|code| code.parse::<Language>().is_ok()));
    }

    #[test]
    fn it_knows_longer_texts_and_nothing_of_none() {
        let hungarian =
            "Három napja nincs meleg víz az egész házban, kérjük, segítsenek minél előbb";
        let (language, sure) = identify(hungarian).unwrap();
        assert_eq!(language.as_str(), "hu");
        assert!(sure >= 0.8);
        assert_eq!(identify("12345"), None);
    }
}
