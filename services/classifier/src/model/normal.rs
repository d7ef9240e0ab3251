//! Texts as the recipe wants them: characters, with breaks where n-grams end.

use super::{Fields, Spelling};

/// No n-gram goes over it.
pub(super) const BREAK: u32 = 0;

/// A text is read no further than this many characters, many times what people write.
pub(super) const MAX_CHARS: usize = 20_000;

/// A text as a recipe wants it.
#[derive(Debug, Clone, Default)]
pub(super) struct Spelled {
    /// Its characters. Breaks never stand at the beginning or side by side.
    pub(super) chars: Vec<u32>,
    /// Where the text has each of them, in bytes; those of the rest follow on those of the subject and the line's end.
    pub(super) at: Vec<u32>,
}

impl Spelled {
    fn push(&mut self, c: u32, at: u32) {
        self.chars.push(c);
        self.at.push(at);
    }

    fn part(&mut self, at: u32) {
        if self.chars.last().is_some_and(|last| *last != BREAK) {
            self.push(BREAK, at);
        }
    }
}

/// Puts the characters of the subject, a break, and those of the rest into `out`, which is emptied first.
pub(super) fn normalise(spelling: Spelling, fields: Fields<'_>, out: &mut Spelled) {
    out.chars.clear();
    out.at.clear();
    let mut from = 0;
    for text in [fields.subject, fields.detail] {
        match spelling {
            Spelling::Han => han(text, from, out),
            Spelling::Words => words(text, from, out),
        }
        if !text.is_empty() {
            from += text.len() as u32;
            out.part(from);
            from += 1;
        }
    }
    if out.chars.last() == Some(&BREAK) {
        out.chars.pop();
        out.at.pop();
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

/// The first characters of a text that begins at `from`, with their places.
fn letters(text: &str, from: u32) -> impl Iterator<Item = (u32, char)> {
    let letters = text.char_indices().take(MAX_CHARS);
    // no place of so many characters exceeds 32 bits
    letters.map(move |(at, c)| (from + at as u32, c))
}

fn han(text: &str, from: u32, out: &mut Spelled) {
    // A letter, or a letter with digits after it, was read last: a place's code if 区, 县 or 市 follows.
    let mut code = false;
    for (at, c) in letters(text, from) {
        if is_han(c) {
            if code && !matches!(c, '市' | '区' | '县') {
                out.part(at);
            }
            code = false;
            out.push(u32::from(c), at);
            continue;
        }
        match narrow(c) {
            'a'..='z' | 'A'..='Z' => {
                if code {
                    out.part(at);
                }
                code = true;
            }
            '0'..='9' if code => {}
            _ => {
                out.part(at);
                code = false;
            }
        }
    }
}

fn words(text: &str, from: u32, out: &mut Spelled) {
    const NUMBER: u32 = '0' as u32;
    for (at, c) in letters(text, from) {
        match narrow(c) {
            c @ 'a'..='z' => out.push(u32::from(c), at),
            c @ 'A'..='Z' => out.push(u32::from(c.to_ascii_lowercase()), at),
            '0'..='9' => {
                if out.chars.last() != Some(&NUMBER) {
                    out.push(NUMBER, at);
                }
            }
            '\'' | '’' => {}
            c if c.is_alphabetic() => c.to_lowercase().for_each(|c| out.push(u32::from(c), at)),
            _ => out.part(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(spelling: Spelling, subject: &str, detail: &str) -> String {
        let mut out = Spelled {
            chars: vec![7],
            at: vec![7],
        };
        normalise(spelling, Fields { subject, detail }, &mut out);
        let shown = |c: &u32| match *c {
            BREAK => ' ',
            c => char::from_u32(c).unwrap(),
        };
        out.chars.iter().map(shown).collect()
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
            let mut out = Spelled::default();
            normalise(spelling, Fields { subject: &subject, detail: &detail }, &mut out);
            let Spelled { chars, at } = out;
            prop_assert!(chars.first() != Some(&BREAK) && chars.last() != Some(&BREAK));
            prop_assert!(chars.windows(2).all(|pair| pair != [BREAK, BREAK]));
            prop_assert!(at.is_sorted() && at.len() == chars.len());
            prop_assert!(at.iter().all(|at| *at as usize <= subject.len() + 1 + detail.len()));
        }
    }
}
