//! Pseudonyms of callers: a keyed hash of how they can be reached.

use chacha20poly1305::Key;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use swiftline_proto::types::v1::Contact;

/// Keeps the key of pseudonyms apart from the one that seals, which is used for nothing but sealing and deriving this.
const LABEL: &[u8] = b"swiftline pseudonyms of callers, version 1";
/// Fewer digits than this are no telephone number.
const LEAST_DIGITS: usize = 5;
/// The digits of a North American number after its country code.
const NORTH_AMERICAN: usize = 10;

/// Tells callers apart without knowing them.
pub(super) struct Callers(Hmac<Sha256>);

impl Callers {
    pub(super) fn derived_from(key: &Key) -> Self {
        let derived = keyed(*key).chain_update(LABEL).finalize();
        Self(keyed(derived.into_bytes()))
    }

    /// See [`super::Keyring::caller`].
    pub(super) fn pseudonym(&self, contact: &Contact) -> u64 {
        let by_phone = phone(&contact.phone).map(|digits| format!("phone {digits}"));
        let Some(reached) = by_phone.or_else(|| email(&contact.email)) else {
            return 0;
        };
        let tag = self.0.clone().chain_update(reached).finalize().into_bytes();
        let first = u64::from_be_bytes(std::array::from_fn(|at| tag[at]));
        first.max(1)
    }
}

/// HMAC with a key that is shorter than its block, and so filled up with zeros.
fn keyed(key: impl Into<[u8; 32]>) -> Hmac<Sha256> {
    let mut block = [0; 64];
    block[..32].copy_from_slice(&key.into());
    Hmac::new(&block.into())
}

/// A telephone number in one form, whichever way it was written.
fn phone(text: &str) -> Option<String> {
    let text = text.trim_start_matches(|c: char| digit(c).is_none() && !is_plus(c));
    let number = text.chars().take_while(|c| {
        let between = matches!(c, ' ' | '-' | '.' | '/' | '(' | ')' | '\u{a0}' | '\u{3000}');
        between || is_plus(*c) || digit(*c).is_some()
    });
    let number: String = number
        .filter_map(|c| is_plus(c).then_some('+').or_else(|| digit(c)))
        .collect();
    let abroad = number
        .strip_prefix('+')
        .or_else(|| number.strip_prefix("00"));
    let home = match abroad {
        Some(code) => without_code(code),
        None => &number,
    };
    let digits = home.replace('+', "");
    let digits = digits.trim_start_matches('0');
    (digits.len() >= LEAST_DIGITS).then(|| digits.to_owned())
}

fn without_code(number: &str) -> &str {
    let northern = |rest: &&str| rest.len() == NORTH_AMERICAN;
    let home = number.strip_prefix("86");
    home.or_else(|| number.strip_prefix('1').filter(northern))
        .unwrap_or(number)
}

fn email(text: &str) -> Option<String> {
    let address = text.trim().to_lowercase();
    address.contains('@').then(|| format!("email {address}"))
}

fn is_plus(c: char) -> bool {
    matches!(c, '+' | '＋')
}

/// Full-width digits, as Chinese keyboards give them, are digits.
fn digit(c: char) -> Option<char> {
    match c {
        '0'..='9' => Some(c),
        '０'..='９' => char::from_digit(u32::from(c) - u32::from('０'), 10),
        _ => None,
    }
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    fn callers(byte: u8) -> Callers {
        Callers::derived_from(&Key::from([byte; 32]))
    }

    fn by_phone(phone: &str) -> Contact {
        Contact {
            phone: phone.to_owned(),
            ..Contact::default()
        }
    }

    fn by_email(email: &str) -> Contact {
        Contact {
            email: email.to_owned(),
            ..Contact::default()
        }
    }

    #[test]
    fn a_number_is_the_same_however_it_is_written() {
        for (same, ways) in [
            (
                "13800000000",
                &[
                    "138 0000 0000",
                    "+86 138-0000-0000",
                    "0086 13800000000",
                    "＋86１３８００００００００",
                    "tel: 13800000000",
                    "138 0000 0000 转 801",
                    "13800000000 (after six)",
                ][..],
            ),
            (
                "1055550100",
                &["010-5555 0100", "+86 10 5555 0100", "(010)5555-0100"],
            ),
            (
                "2125550100",
                &[
                    "212-555-0100",
                    "+1 (212) 555-0100",
                    "001 212.555.0100",
                    "212-555-0100 ext. 7",
                ],
            ),
            ("442079460000", &["+44 20 7946 0000", "0044 2079460000"]),
        ] {
            for way in ways {
                assert_eq!(phone(way).as_deref(), Some(same), "{way}");
            }
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in ["", "unknown", "110", "-", "+", "ask at the door", "0000"] {
            assert_eq!(phone(text), None, "{text}");
        }
    }

    #[test]
    fn the_same_caller_has_the_same_pseudonym_and_nobody_else_has_it() {
        let callers = callers(1);
        let of = |contact: &Contact| callers.pseudonym(contact);
        let one = of(&by_phone("+86 138 0000 0000"));
        assert_eq!(one, of(&by_phone("13800000000")));
        assert_ne!(one, of(&by_phone("13800000001")));
        assert_ne!(one, 0);
        let mail = of(&by_email(" A@example.org"));
        assert_eq!(mail, of(&by_email("a@example.org")));
        assert_ne!(mail, one);
        let both = Contact {
            email: "a@example.org".to_owned(),
            ..by_phone("13800000000")
        };
        assert_eq!(of(&both), one, "the number counts before the address");
        let no_number = Contact {
            phone: "unknown".to_owned(),
            ..by_email("a@example.org")
        };
        assert_eq!(of(&no_number), mail);
    }

    #[test]
    fn who_cannot_be_told_is_nobody() {
        let name = Contact {
            name: "A".to_owned(),
            other: "second floor".to_owned(),
            ..Contact::default()
        };
        for contact in [Contact::default(), name, by_email("none")] {
            assert_eq!(callers(1).pseudonym(&contact), 0);
        }
    }

    #[test]
    fn another_key_makes_another_pseudonym() {
        let contact = by_phone("13800000000");
        let (one, other) = (
            callers(1).pseudonym(&contact),
            callers(2).pseudonym(&contact),
        );
        assert_ne!(one, other);
    }
}
