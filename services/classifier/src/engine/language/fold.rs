//! Words as the lists have them: in lower case, without accents.

use super::words::Tongue;

/// The longest word that is folded; none of the lists is longer.
pub(super) const LONGEST: usize = 24;

/// Gives `each` every word in lower case without accents (empty for a letter that is only a sign), and every letter that
/// speaks for a language; stops when `each` says so.
pub(super) fn fold(text: &str, each: &mut impl FnMut(&[u8], Option<Tongue>) -> bool) {
    let (mut word, mut length) = ([0_u8; LONGEST], 0_usize);
    for c in text.chars() {
        let (letter, mark) = letter(c);
        if mark.is_some() && !each(&[], mark) {
            return;
        }
        if letter != 0 {
            if length < LONGEST {
                word[length] = letter;
            }
            length += 1;
        } else if !is_accent(c) && length > 0 {
            let known = &word[..length.min(LONGEST)];
            length = 0;
            if !each(known, None) {
                return;
            }
        }
    }
    if length > 0 {
        each(&word[..length.min(LONGEST)], None);
    }
}

/// An accent that is typed as a character of its own belongs to the letter before.
const fn is_accent(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036F}')
}

/// The letter in lower case without its accents (0 for none), and the language that the accented letter speaks for.
const fn letter(c: char) -> (u8, Option<Tongue>) {
    if c.is_ascii() {
        let byte = c as u8;
        return if byte.is_ascii_alphabetic() {
            (byte.to_ascii_lowercase(), None)
        } else {
            (0, None)
        };
    }
    match c {
        'ñ' | 'Ñ' => (b'n', Some(Tongue::Spanish)),
        '¿' | '¡' => (0, Some(Tongue::Spanish)),
        'ã' | 'Ã' => (b'a', Some(Tongue::Portuguese)),
        'õ' | 'Õ' => (b'o', Some(Tongue::Portuguese)),
        'ß' => (b's', Some(Tongue::German)),
        'ł' | 'Ł' => (b'l', Some(Tongue::Polish)),
        'ą' | 'Ą' => (b'a', Some(Tongue::Polish)),
        'ę' | 'Ę' => (b'e', Some(Tongue::Polish)),
        'ś' | 'Ś' => (b's', Some(Tongue::Polish)),
        'ż' | 'Ż' | 'ź' | 'Ź' => (b'z', Some(Tongue::Polish)),
        'ć' | 'Ć' => (b'c', Some(Tongue::Polish)),
        'ń' | 'Ń' => (b'n', Some(Tongue::Polish)),
        'ğ' | 'Ğ' => (b'g', Some(Tongue::Turkish)),
        'ı' | 'İ' => (b'i', Some(Tongue::Turkish)),
        'ş' | 'Ş' => (b's', Some(Tongue::Turkish)),
        'ț' | 'Ț' | 'ţ' | 'Ţ' => (b't', Some(Tongue::Romanian)),
        'ș' | 'Ș' => (b's', Some(Tongue::Romanian)),
        'ă' | 'Ă' => (b'a', None),
        'đ' | 'Đ' => (b'd', Some(Tongue::Vietnamese)),
        'ơ' | 'Ơ' => (b'o', Some(Tongue::Vietnamese)),
        'ư' | 'Ư' => (b'u', Some(Tongue::Vietnamese)),
        '\u{1EA0}'..='\u{1EB7}' => (b'a', Some(Tongue::Vietnamese)),
        '\u{1EB8}'..='\u{1EC7}' => (b'e', Some(Tongue::Vietnamese)),
        '\u{1EC8}'..='\u{1ECB}' => (b'i', Some(Tongue::Vietnamese)),
        '\u{1ECC}'..='\u{1EE3}' => (b'o', Some(Tongue::Vietnamese)),
        '\u{1EE4}'..='\u{1EF1}' => (b'u', Some(Tongue::Vietnamese)),
        '\u{1EF2}'..='\u{1EF9}' => (b'y', Some(Tongue::Vietnamese)),
        'œ' | 'Œ' => (b'o', Some(Tongue::French)),
        'ǎ' | 'Ǎ' => (b'a', Some(Tongue::Pinyin)),
        'ě' | 'Ě' => (b'e', None),
        'ǐ' | 'Ǐ' => (b'i', Some(Tongue::Pinyin)),
        'ǒ' | 'Ǒ' => (b'o', Some(Tongue::Pinyin)),
        'ǔ' | 'Ǔ' => (b'u', Some(Tongue::Pinyin)),
        'ǖ' | 'ǘ' | 'ǚ' | 'ǜ' => (b'v', Some(Tongue::Pinyin)),
        _ => (plain(c), None),
    }
}

/// The letter under an accent that several languages put there.
const fn plain(c: char) -> u8 {
    match c {
        'À'..='Æ' | 'à'..='æ' | 'Ā' | 'ā' => b'a',
        'Ç' | 'ç' | 'č' | 'Č' => b'c',
        'È'..='Ë' | 'è'..='ë' | 'Ē' | 'ē' => b'e',
        'Ì'..='Ï' | 'ì'..='ï' | 'Ī' | 'ī' | 'ĩ' | 'Ĩ' => b'i',
        'Ò'..='Ö' | 'ò'..='ö' | 'Ø' | 'ø' | 'Ō' | 'ō' | 'ő' | 'Ő' => b'o',
        'Ù'..='Ü' | 'ù'..='ü' | 'Ū' | 'ū' | 'ű' | 'Ű' | 'ů' | 'Ů' | 'ũ' | 'Ũ' => b'u',
        'Ý' | 'ý' | 'ÿ' => b'y',
        'š' | 'Š' => b's',
        'ž' | 'Ž' => b'z',
        'ř' | 'Ř' => b'r',
        'ň' | 'Ň' => b'n',
        'ď' | 'Ď' => b'd',
        'ť' | 'Ť' => b't',
        _ => 0,
    }
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    fn words_of(text: &str) -> Vec<String> {
        let mut words = Vec::new();
        fold(text, &mut |word, _| {
            if !word.is_empty() {
                words.push(String::from_utf8(word.to_vec()).unwrap());
            }
            true
        });
        words
    }

    #[test]
    fn words_are_folded() {
        assert_eq!(words_of("L’eau, Ça coûte 3€"), ["l", "eau", "ca", "coute"]);
        assert_eq!(words_of("nước e\u{301}t"), ["nuoc", "et"]);
        assert_eq!(words_of("12 !"), [""; 0]);
    }
}
