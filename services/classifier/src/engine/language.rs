//! The language of the text, from the cheapest sure sign to the dearest: the operator's word; the script; English
//! function words; the trigram identifier where it is confident; the language of the pack's words that were found.

use std::sync::LazyLock;

use swiftline_domain::complaint::Complaint;
use swiftline_domain::vocabulary::Language;
use whatlang::{Detector, Lang};

use super::Told;
use super::dialect::iso_639_1;
use super::reading::Reading;

/// The identifier's answer goes before the pack's words when it is this sure (0 to 1).
const SURE: f64 = 0.8;

/// It is taken when no word tells more and it is this sure. On sentences of the Universal Declaration of Human Rights in
/// twelve languages, cut at 80 bytes, one answer in three hundred above this is wrong.
const FLOOR: f64 = 0.25;

/// The same for texts of fewer than [`SHORT_LETTERS`] letters, where it mostly guesses.
const SHORT_FLOOR: f64 = 0.6;
const SHORT_LETTERS: usize = 24;

/// The language shows in the first so many bytes; a long letter need not be read whole.
const ENOUGH_BYTES: usize = 400;

/// A Han character says about as much as three Latin letters.
const LETTERS_PER_HAN: usize = 3;

/// Short English words that hardly occur in other languages of the Latin script, packed by [`pack`]; sorted.
const ENGLISH: [u64; 44] = {
    let words: [&[u8]; 44] = [
        b"is", b"my", b"of", b"to", b"and", b"are", b"but", b"can", b"has", b"her", b"his", b"its",
        b"not", b"our", b"out", b"she", b"the", b"was", b"you", b"been", b"does", b"from", b"have",
        b"into", b"that", b"they", b"this", b"were", b"what", b"when", b"with", b"your", b"about",
        b"after", b"could", b"every", b"their", b"there", b"where", b"which", b"would", b"cannot",
        b"should", b"because",
    ];
    let (mut packed, mut number) = ([0; 44], 0);
    while number < words.len() {
        packed[number] = pack(words[number]);
        number += 1;
    }
    packed
};

/// So many words in a hundred must be such words. Every fourth word of running English is one.
const ENGLISH_PERCENT: usize = 15;

pub(super) fn decide(complaint: &Complaint, reading: &Reading<'_>) -> Told<Language> {
    if let Some(language) = complaint.language {
        return Told::silently(language);
    }
    let text = beginning(&complaint.text);
    let script = Script::of(text);
    if let Some(language) = script.language() {
        return Told::silently(language);
    }
    if is_english(text) {
        return Told::silently(Language::ENGLISH);
    }
    let is_short = script.letters() < SHORT_LETTERS;
    let by_words = || {
        let (language, find) = reading.language_of_words()?;
        Some(Told {
            value: language,
            found: Some((find.word.to_string(), find.weight)),
        })
    };
    let identified = |told: Option<(Language, f64)>, floor| {
        told.filter(|(_, sure)| *sure >= floor)
            .map(|(language, _)| Told::silently(language))
    };
    let told = if is_short {
        by_words().or_else(|| identified(identify(text), SHORT_FLOOR))
    } else {
        let guess = identify(text);
        identified(guess, SURE)
            .or_else(by_words)
            .or_else(|| identified(guess, FLOOR))
    };
    told.unwrap_or(Told::silently(Language::UNDETERMINED))
}

/// The first [`ENOUGH_BYTES`], cut between characters.
fn beginning(text: &str) -> &str {
    &text[..text.floor_char_boundary(ENOUGH_BYTES)]
}

/// How many letters there are of the scripts that tell the language.
#[derive(Debug, Default)]
struct Script {
    han: usize,
    kana: usize,
    hangul: usize,
    other: usize,
}

impl Script {
    fn of(text: &str) -> Self {
        let mut script = Self::default();
        for c in text.chars() {
            match c {
                '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{20000}'..='\u{3FFFF}' => {
                    script.han += 1;
                }
                // Punctuation of these scripts, told from letters more cheaply than by asking Unicode.
                '\u{2000}'..='\u{206F}' | '\u{3000}'..='\u{303F}' | '\u{FF00}'..='\u{FF20}' => {}
                '\u{3041}'..='\u{30FF}' => script.kana += 1,
                '\u{1100}'..='\u{11FF}' | '\u{AC00}'..='\u{D7AF}' => script.hangul += 1,
                _ if c.is_alphabetic() => script.other += 1,
                _ => {}
            }
        }
        script
    }

    fn letters(&self) -> usize {
        self.han + self.kana + self.hangul + self.other
    }

    /// Han without kana is Chinese, with some kana Japanese; Hangul is Korean.
    fn language(&self) -> Option<Language> {
        let eastern = (self.han + self.kana + self.hangul) * LETTERS_PER_HAN;
        if eastern == 0 || eastern < self.other {
            return None;
        }
        let code = if self.hangul > self.han + self.kana {
            "ko"
        } else if self.kana * 10 >= self.han && self.kana > 0 {
            "ja"
        } else {
            return Some(Language::CHINESE);
        };
        code.parse().ok()
    }
}

/// At least two different function words, and enough of them among all words.
fn is_english(text: &str) -> bool {
    let (mut words, mut told, mut seen) = (0, 0, 0_u64);
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'\'' || !byte.is_ascii();
    for word in text
        .as_bytes()
        .split(|byte| !is_word(byte))
        .filter(|word| !word.is_empty())
    {
        words += 1;
        if word.len() <= 8
            && let Ok(number) = ENGLISH.binary_search(&pack(word))
        {
            told += 1;
            seen |= 1 << number;
        }
    }
    seen.count_ones() >= 2 && told * 100 >= words * ENGLISH_PERCENT
}

/// Up to eight bytes as a number, ASCII letters lower-case. Shorter words are smaller.
const fn pack(word: &[u8]) -> u64 {
    let (mut packed, mut index) = (0, 0);
    while index < word.len() {
        packed = packed << 8 | word[index].to_ascii_lowercase() as u64;
        index += 1;
    }
    packed
}

/// Neighbours of larger languages that a hotline hardly hears, and languages that nobody calls in: left in, they take
/// the certainty from Russian, Spanish or Indonesian.
const UNHEARD: [Lang; 9] = [
    Lang::Epo,
    Lang::Lat,
    Lang::Bel,
    Lang::Mkd,
    Lang::Bul,
    Lang::Jav,
    Lang::Tuk,
    Lang::Slv,
    Lang::Cat,
];

static DETECTOR: LazyLock<Detector> = LazyLock::new(|| Detector::with_denylist(UNHEARD.to_vec()));

/// The trigram identifier's answer, and how sure it is.
fn identify(text: &str) -> Option<(Language, f64)> {
    let info = DETECTOR.detect(text)?;
    Some((iso_639_1(info.lang()), info.confidence()))
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    fn by_script(text: &str) -> Option<Language> {
        Script::of(text).language()
    }

    fn told(text: &str) -> String {
        let found = identify(text).filter(|(_, sure)| *sure >= FLOOR);
        found
            .map_or(Language::UNDETERMINED, |(language, _)| language)
            .to_string()
    }

    #[test]
    fn function_words_are_sorted() {
        assert!(ENGLISH.is_sorted());
        assert_eq!(pack(b"The"), ENGLISH[16]);
    }

    #[test]
    fn scripts_tell_chinese_japanese_and_korean() {
        assert_eq!(by_script("小区停水了"), Some(Language::CHINESE));
        assert_eq!(
            by_script("我家的 wifi 信号 is bad"),
            Some(Language::CHINESE)
        );
        assert_eq!(by_script("水道が止まりました"), "ja".parse().ok());
        assert_eq!(by_script("물이 안 나옵니다"), "ko".parse().ok());
        assert_eq!(by_script("There is no water near 东直门"), None);
        assert_eq!(by_script("no water"), None);
        assert_eq!(by_script("12345 !?"), None);
    }

    #[test]
    fn english_shows_in_its_function_words() {
        assert!(is_english("There is no heat in my building"));
        assert!(!is_english("No hay agua caliente en mi edificio"));
        assert!(!is_english("the"), "one word could be a name");
        assert!(!is_english(""));
    }

    #[test]
    fn the_identifier_knows_longer_texts() {
        assert_eq!(
            told(
                "No hay agua caliente en todo el edificio desde hace tres días, por favor ayúdennos"
            ),
            "es"
        );
        assert_eq!(
            told(
                "В нашем доме уже третий день нет горячей воды, помогите пожалуйста, мы звонили уже пять раз"
            ),
            "ru"
        );
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        let long = "水".repeat(1_000);
        assert_eq!(beginning(&long).len(), 399);
        assert_eq!(beginning("short"), "short");
    }
}
