//! Where a message's clauses and sentences end.

/// An end of a clause, and whether the sentence ends there too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Break {
    pub(super) at: usize,
    pub(super) sentence: bool,
}

/// The bytes that a break may begin with: few, so that most of a text is passed over quickly.
static MAY_BREAK: [bool; 256] = {
    let (marks, mut may, mut at) = (b"!?\n.,;: \xE3\xEF", [false; 256], 0);
    while at < marks.len() {
        may[marks[at] as usize] = true;
        at += 1;
    }
    may
};

/// Puts every break of the text into `breaks` (emptied first), in order.
pub(super) fn breaks(text: &str, breaks: &mut Vec<Break>) {
    breaks.clear();
    breaks.extend(each_break(text));
}

/// Every break of the text, in order. A space between Chinese words is one.
pub(super) fn each_break(text: &str) -> impl Iterator<Item = Break> {
    let bytes = text.as_bytes();
    let marks = bytes.iter().enumerate();
    let marks = marks.filter(|(_, byte)| MAY_BREAK[usize::from(**byte)]);
    marks.filter_map(move |(at, byte)| {
        let next = bytes.get(at + 1).copied();
        let sentence = match byte {
            b'!' | b'?' | b'\n' => true,
            b'.' if next.is_none_or(|next| next.is_ascii_whitespace()) => true,
            b',' | b';' | b':' => false,
            b' ' if at > 0 && !bytes[at - 1].is_ascii() && next.is_some_and(|b| !b.is_ascii()) => {
                false
            }
            // 。 is E3 80 82; ！，：；？ are EF BC 81, 8C, 9A, 9B, 9F.
            0xE3 if bytes[at..].starts_with(&[0xE3, 0x80, 0x82]) => true,
            0xEF if next == Some(0xBC) => match bytes.get(at + 2) {
                Some(0x81 | 0x9F) => true,
                Some(0x8C | 0x9A | 0x9B) => false,
                _ => return None,
            },
            _ => return None,
        };
        Some(Break { at, sentence })
    })
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    fn parts(text: &str) -> String {
        let mut found = Vec::new();
        breaks(text, &mut found);
        found
            .iter()
            .map(|found| if found.sentence { '|' } else { ',' })
            .collect()
    }

    #[test]
    fn sentences_and_clauses_end_at_their_marks() {
        assert_eq!(parts("停水了，三天了。怎么办？急！"), ",|||");
        assert_eq!(parts("No heat, no water. It is 3.5 degrees!"), ",||");
        assert_eq!(parts("昨天修好了 今天又停水"), ",");
        assert_eq!(parts("停水 ok 了\n（ｏｋ）"), "|");
        assert_eq!(parts(""), "");
    }
}
