//! What a text is made of, for likeness: Han letters one by one, words and numbers of the rest, breaks between.

/// A piece of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    /// A Han letter.
    Han(char),
    /// A word or number of letters that are not Han, by the hash of its small letters.
    Word {
        /// Its hash.
        hash: u64,
        /// Whether digits are in it, and nothing else.
        digits: Digits,
    },
    /// A sign that ends a clause, or a line's end.
    Break,
}

/// Which part of a word digits are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Digits {
    /// None.
    None,
    /// Some: a bus line, a building.
    Some,
    /// All: a number.
    All,
}

/// Whether it is a letter of the Han script in everyday use.
pub(super) const fn is_han(letter: char) -> bool {
    matches!(letter, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}')
}

/// Full-width letters and signs as their common forms; capitals as small letters.
pub(super) fn plain(letter: char) -> char {
    let letter = match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(letter as u32 - 0xfee0).unwrap_or(letter),
        '\u{3000}' => ' ',
        letter => letter,
    };
    if letter.is_ascii() {
        letter.to_ascii_lowercase()
    } else if letter > '\u{2fff}' {
        // None of them has capitals.
        letter
    } else {
        letter.to_lowercase().next().unwrap_or(letter)
    }
}

/// The hash of a word's small letters, as [`pieces`] gives it.
pub(super) fn word(letters: &str) -> u64 {
    letters.chars().map(plain).fold(0, step)
}

const fn step(hash: u64, letter: char) -> u64 {
    (hash.rotate_left(5) ^ letter as u64).wrapping_mul(0x517c_c1b7_2722_0a95)
}

/// Shows each piece of a text, in order.
pub(super) fn pieces(text: &str, mut show: impl FnMut(Piece)) {
    let mut word: Option<(u64, Digits)> = None;
    for letter in text.chars() {
        if is_han(letter) {
            end(&mut word, &mut show);
            show(Piece::Han(letter));
            continue;
        }
        let letter = plain(letter);
        // The signs of Chinese come often, and asking the tables of Unicode for them takes long.
        if !('\u{3001}'..='\u{303f}').contains(&letter) && letter.is_alphanumeric() {
            let digit = letter.is_ascii_digit();
            let (hash, digits) = match word {
                None if digit => (0, Digits::All),
                None => (0, Digits::None),
                Some((hash, digits)) if digit == (digits == Digits::All) => (hash, digits),
                Some((hash, Digits::None)) if !digit => (hash, Digits::None),
                Some((hash, _)) => (hash, Digits::Some),
            };
            word = Some((step(hash, letter), digits));
        } else if letter != '\'' {
            end(&mut word, &mut show);
            if !matches!(letter, ' ' | '\t' | '-' | '#' | '·' | '.') {
                show(Piece::Break);
            }
        }
    }
    end(&mut word, &mut show);
    show(Piece::Break);
}

fn end(word: &mut Option<(u64, Digits)>, show: &mut impl FnMut(Piece)) {
    if let Some((hash, digits)) = word.take() {
        show(Piece::Word { hash, digits });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_comes_apart() {
        let mut seen = Vec::new();
        pieces("水管B2，Don't ＷＡＩＴ 12 4am", |piece| {
            seen.push(piece);
        });
        let of = |text, digits| Piece::Word {
            hash: word(text),
            digits,
        };
        let expected = [
            Piece::Han('水'),
            Piece::Han('管'),
            of("b2", Digits::Some),
            Piece::Break,
            of("dont", Digits::None),
            of("wait", Digits::None),
            of("12", Digits::All),
            of("4am", Digits::Some),
            Piece::Break,
        ];
        assert_eq!(seen, expected);
    }
}
