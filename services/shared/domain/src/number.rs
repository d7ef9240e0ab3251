//! The case number: what a citizen is told, reads back on the phone, and finds the case by.
//!
//! `07-0001234-8`: the partition that holds the case (two digits), the case's sequence within it (seven digits, more
//! when the city has had more than ten million cases in one partition), a check digit. Digits only, because they are
//! said alike in every language a hotline speaks. The check digit is Damm's (H. M. Damm, *Total anti-symmetrische
//! Quasigruppen*, Marburg 2004): it detects every wrong digit and every swap of two neighbours, so a misheard number
//! is refused and never leads to somebody else's case.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The most partitions a store may have: a case number gives the partition two digits.
pub const MAX_PARTITIONS: u8 = 100;

/// The largest sequence number, twelve digits.
pub const MAX_SEQUENCE: u64 = 999_999_999_999;

/// One of the store's partitions, `0..partitions`; each is one Redis hash tag.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
pub struct Partition(pub u8);

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p{:02}", self.0)
    }
}

/// The number of a case.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CaseNumber {
    partition: Partition,
    sequence: u64,
}

/// Why a text is not a case number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CaseNumberError {
    /// Something other than digits, spaces and dashes.
    #[error("contains {0:?}; a case number has only digits, such as 07-0001234-8")]
    Character(char),
    /// Too few or too many digits.
    #[error("has {0} digits; a case number has 10 to 15, such as 07-0001234-8")]
    Length(usize),
    /// The last digit does not fit the others: one of them was misheard or mistyped.
    #[error("is not right: the check digit does not fit, please read it again")]
    CheckDigit,
}

/// Damm's totally anti-symmetric quasigroup of order 10.
const DAMM: [[u8; 10]; 10] = [
    [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
    [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
    [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
    [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
    [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
    [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
    [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
    [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
    [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
    [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
];

fn check_digit(digits: impl Iterator<Item = u8>) -> u8 {
    digits.fold(0, |interim, digit| {
        DAMM[usize::from(interim)][usize::from(digit)]
    })
}

impl CaseNumber {
    /// The number of the case with this sequence number in this partition; `None` beyond [`MAX_PARTITIONS`] or [`MAX_SEQUENCE`].
    #[must_use]
    pub fn new(partition: Partition, sequence: u64) -> Option<Self> {
        (partition.0 < MAX_PARTITIONS && sequence <= MAX_SEQUENCE).then_some(Self {
            partition,
            sequence,
        })
    }

    /// The partition that holds the case.
    #[must_use]
    pub fn partition(self) -> Partition {
        self.partition
    }

    /// The case's place in the order of its partition.
    #[must_use]
    pub fn sequence(self) -> u64 {
        self.sequence
    }
}

impl fmt::Display for CaseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = format!("{:02}{:07}", self.partition.0, self.sequence);
        let check = check_digit(body.bytes().map(|b| b - b'0'));
        write!(f, "{}-{}-{check}", &body[..2], &body[2..])
    }
}

impl fmt::Debug for CaseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for CaseNumber {
    type Err = CaseNumberError;

    /// Reads a number as people write it: dashes and spaces are passed over.
    fn from_str(text: &str) -> Result<Self, CaseNumberError> {
        let mut digits = [0_u8; 15];
        let mut count = 0;
        for c in text.chars().filter(|c| !matches!(c, '-' | ' ')) {
            let digit = c.to_digit(10).ok_or(CaseNumberError::Character(c))?;
            if let Some(slot) = digits.get_mut(count) {
                *slot = u8::try_from(digit).unwrap_or_default();
            }
            count += 1;
        }
        if !(10..=15).contains(&count) {
            return Err(CaseNumberError::Length(count));
        }
        let (body, check) = digits[..count].split_at(count - 1);
        if check_digit(body.iter().copied()) != check[0] {
            return Err(CaseNumberError::CheckDigit);
        }
        let sequence = body[2..]
            .iter()
            .fold(0, |n, digit| n * 10 + u64::from(*digit));
        // A padded sequence longer than seven digits is not how we print one, so it was not ours.
        if body.len() > 9 && body[2] == 0 {
            return Err(CaseNumberError::Length(count));
        }
        Ok(Self {
            partition: Partition(body[0] * 10 + body[1]),
            sequence,
        })
    }
}

impl TryFrom<String> for CaseNumber {
    type Error = CaseNumberError;
    fn try_from(text: String) -> Result<Self, CaseNumberError> {
        text.parse()
    }
}

impl From<CaseNumber> for String {
    fn from(number: CaseNumber) -> Self {
        number.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn digits_of(number: &str) -> Vec<u8> {
        number.bytes().filter(u8::is_ascii_digit).collect()
    }

    proptest! {
        #[test]
        fn every_number_reads_back(partition in 0..MAX_PARTITIONS, sequence in 0..=MAX_SEQUENCE) {
            let number = CaseNumber::new(Partition(partition), sequence).unwrap();
            prop_assert_eq!(number.to_string().parse(), Ok(number));
            prop_assert_eq!(number.to_string().replace('-', " ").parse(), Ok(number));
        }

        #[test]
        fn one_misheard_digit_is_always_refused(sequence in 0..=MAX_SEQUENCE, at in 0..15_usize, by in 1..10_u8) {
            let mut digits = digits_of(&CaseNumber::new(Partition(7), sequence).unwrap().to_string());
            let at = at % digits.len();
            digits[at] = b'0' + (digits[at] - b'0' + by) % 10;
            prop_assert_eq!(String::from_utf8(digits).unwrap().parse::<CaseNumber>(), Err(CaseNumberError::CheckDigit));
        }

        #[test]
        fn two_swapped_neighbours_are_always_refused(sequence in 0..=MAX_SEQUENCE, at in 0..14_usize) {
            let mut digits = digits_of(&CaseNumber::new(Partition(7), sequence).unwrap().to_string());
            let at = at % (digits.len() - 1);
            prop_assume!(digits[at] != digits[at + 1]);
            digits.swap(at, at + 1);
            prop_assert_eq!(String::from_utf8(digits).unwrap().parse::<CaseNumber>(), Err(CaseNumberError::CheckDigit));
        }
    }

    #[test]
    fn the_example_in_the_documents_is_a_number() {
        let number = CaseNumber::new(Partition(7), 1_234).unwrap();
        assert_eq!(number.to_string(), "07-0001234-8");
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(
            "12a".parse::<CaseNumber>(),
            Err(CaseNumberError::Character('a'))
        );
        assert_eq!(
            "07-123".parse::<CaseNumber>(),
            Err(CaseNumberError::Length(5))
        );
        assert_eq!(
            "1".repeat(40).parse::<CaseNumber>(),
            Err(CaseNumberError::Length(40))
        );
        assert_eq!("".parse::<CaseNumber>(), Err(CaseNumberError::Length(0)));
        assert!(CaseNumber::new(Partition(100), 1).is_none());
    }
}
