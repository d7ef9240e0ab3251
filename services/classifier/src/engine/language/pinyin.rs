//! Whether a word is pinyin without tones: one or several syllables of Mandarin, written together.

/// What a syllable may begin with; none is also allowed. The longer first.
const INITIALS: [&str; 23] = [
    "zh", "ch", "sh", "b", "p", "m", "f", "d", "t", "n", "l", "g", "k", "h", "j", "q", "x", "r",
    "z", "c", "s", "y", "w",
];

/// What may stand behind an initial, by where the mouth begins. `v` is how ü is typed.
const OPEN: &str = " a ai an ang ao e ei en eng o ong ou u ua uai uan uang ui un uo i ";
const CLOSE: &str = " i ia ian iang iao ie in ing iong iu u uan ue un ";
const LIP: &str = " a ai an ang ao ei en eng i ian iao ie in ing iu o ou u ";
const TONGUE: &str =
    " a ai an ang ao e ei en eng i ia ian iang iao ie in ing iu ong ou u uan ui un uo v ve ue ";
const Y: &str = " a an ang ao e i in ing o ong ou u uan ue un ";
const W: &str = " a ai an ang ei en eng o u ";
const ALONE: &str = " a ai an ang ao e ei en er o ou ";

/// No syllable is longer.
const LONGEST: usize = 6;

/// Words longer than this are none.
const LONGEST_WORD: usize = 24;

/// Whether `word`, of lower-case ASCII letters, can be read as syllables from end to end.
pub(super) fn is_pinyin(word: &[u8]) -> bool {
    if word.len() > LONGEST_WORD {
        return false;
    }
    // Bit n: the first n letters are whole syllables.
    let mut reached: u32 = 1;
    for start in 0..word.len() {
        if reached >> start & 1 == 0 {
            continue;
        }
        for end in start + 1..=word.len().min(start + LONGEST) {
            if is_syllable(&word[start..end]) {
                reached |= 1 << end;
            }
        }
    }
    !word.is_empty() && reached >> word.len() & 1 == 1
}

fn is_syllable(letters: &[u8]) -> bool {
    let Ok(syllable) = std::str::from_utf8(letters) else {
        return false;
    };
    let initial = INITIALS
        .iter()
        .find(|initial| syllable.starts_with(**initial));
    let Some(initial) = initial else {
        return stands_in(ALONE, syllable);
    };
    let finals = match *initial {
        "j" | "q" | "x" => CLOSE,
        "b" | "p" | "m" | "f" => LIP,
        "d" | "t" | "n" | "l" => TONGUE,
        "y" => Y,
        "w" => W,
        _ => OPEN,
    };
    stands_in(finals, &syllable[initial.len()..])
}

/// Whether `list` has `part` between two spaces.
fn stands_in(list: &str, part: &str) -> bool {
    !part.is_empty() && list.split(' ').any(|other| other == part)
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn syllables_are_read_from_end_to_end() {
        for word in [
            "wo",
            "jia",
            "meiyou",
            "shui",
            "le",
            "tingdian",
            "xiaoqu",
            "zhuang",
            "nve",
            "er",
            "xian",
            "tiananmen",
        ] {
            assert!(is_pinyin(word.as_bytes()), "{word}");
        }
        for word in [
            "",
            "water",
            "street",
            "luz",
            "xq",
            "zz",
            "no",
            "the",
            "zhuangzhuangzhuangzhuangzhuang",
            "bonjour",
        ] {
            assert!(!is_pinyin(word.as_bytes()), "{word}");
        }
    }
}
