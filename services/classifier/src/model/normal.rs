//! Texts as the recipe wants them: characters, with breaks where n-grams end.

use super::{Fields, Spelling};

/// No n-gram goes over it.
pub(super) const BREAK: u32 = 0;

/// A text is read no further than this many characters, many times what people write.
const MAX_CHARS: usize = 20_000;

/// The characters of the subject, a break, and those of the rest, in `out`, which is emptied first. Breaks never stand
/// at the beginning or side by side.
pub(super) fn normalise(spelling: Spelling, fields: Fields<'_>, out: &mut Vec<u32>) {
    out.clear();
    for text in [fields.subject, fields.detail] {
        match spelling {
            Spelling::Han => han(text, out),
            Spelling::Words => words(text, out),
        }
        part(out);
    }
    if out.last() == Some(&BREAK) {
        out.pop();
    }
}

fn part(out: &mut Vec<u32>) {
    if out.last().is_some_and(|last| *last != BREAK) {
        out.push(BREAK);
    }
}

const fn is_han(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}')
}

/// Wide letters, digits and signs as narrow ones.
const fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => match char::from_u32(c as u32 - 0xfee0) {
            Some(narrow) => narrow,
            None => c,
        },
        '\u{3000}' => ' ',
        _ => c,
    }
}

fn han(text: &str, out: &mut Vec<u32>) {
    // A letter, or a letter with digits after it, was read last: a place's code if 区, 县 or 市 follows.
    let mut code = false;
    for c in text.chars().take(MAX_CHARS) {
        if is_han(c) {
            if code && !matches!(c, '市' | '区' | '县') {
                part(out);
            }
            code = false;
            out.push(u32::from(c));
            continue;
        }
        match narrow(c) {
            'a'..='z' | 'A'..='Z' => {
                if code {
                    part(out);
                }
                code = true;
            }
            '0'..='9' if code => {}
            _ => {
                part(out);
                code = false;
            }
        }
    }
}

fn words(text: &str, out: &mut Vec<u32>) {
    const NUMBER: u32 = '0' as u32;
    for c in text.chars().take(MAX_CHARS) {
        match narrow(c) {
            c @ 'a'..='z' => out.push(u32::from(c)),
            c @ 'A'..='Z' => out.push(u32::from(c.to_ascii_lowercase())),
            '0'..='9' => {
                if out.last() != Some(&NUMBER) {
                    out.push(NUMBER);
                }
            }
            '\'' | '’' => {}
            c if c.is_alphabetic() => out.extend(c.to_lowercase().map(u32::from)),
            _ => part(out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(spelling: Spelling, subject: &str, detail: &str) -> String {
        let mut out = vec![7];
        normalise(spelling, Fields { subject, detail }, &mut out);
        let shown = |c: &u32| match *c {
            BREAK => ' ',
            c => char::from_u32(c).unwrap(),
        };
        out.iter().map(shown).collect()
    }

    #[test]
    fn of_chinese_the_characters_remain_and_codes_of_places_vanish() {
        let han = |text| read(Spelling::Han, "", text);
        assert_eq!(han("位于A3区，K8县的 路段!!"), "位于区 县的 路段");
        assert_eq!(han("Ａ３区"), "区");
        assert_eq!(han("A市西湖"), "市西湖");
        assert_eq!(han("坐K8路车"), "坐 路车");
        assert_eq!(han("坐8路车"), "坐 路车");
        assert_eq!(han("用AB区"), "用 区");
        assert_eq!(han("ok, 3 x"), "");
        assert_eq!(read(Spelling::Han, "噪音。", "扰民"), "噪音 扰民");
    }

    #[test]
    fn words_are_small_letters_and_numbers_alike() {
        let words = |text| read(Spelling::Words, "", text);
        assert_eq!(words("Don’t PARK: 12-34, ＯＫ"), "dont park 0 0 ok");
        assert_eq!(words("Über étage"), "über étage");
        assert_eq!(
            read(Spelling::Words, "Noise - Residential", ""),
            "noise residential"
        );
    }

    proptest! {
        #[test]
        fn breaks_only_part(subject in ".*", detail in ".*", han in any::<bool>()) {
            let spelling = if han { Spelling::Han } else { Spelling::Words };
            let mut out = Vec::new();
            normalise(spelling, Fields { subject: &subject, detail: &detail }, &mut out);
            prop_assert!(out.first() != Some(&BREAK) && out.last() != Some(&BREAK));
            prop_assert!(out.windows(2).all(|pair| pair != [BREAK, BREAK]));
        }
    }
}
