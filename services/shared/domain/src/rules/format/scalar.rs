//! One value as text: plain where that reads back as the same, else quoted.

use std::borrow::Cow;
use std::fmt::Write as _;

/// A value that is neither a map nor a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Scalar {
    /// A text.
    Text(String),
    /// A truth value, a number or nothing, as it is written.
    Plain(String),
}

impl Scalar {
    /// The value on one line. `flow` = inside brackets or braces, where commas and brackets need quotes too.
    pub(super) fn on_one_line(&self, flow: bool) -> Cow<'_, str> {
        match self {
            Self::Plain(text) => text.into(),
            Self::Text(text) if is_plain(text, flow) => text.into(),
            Self::Text(text) if is_single(text) => format!("'{text}'").into(),
            Self::Text(text) => double_quoted(text).into(),
        }
    }

    /// A text of several lines that can be written as a literal block: its header and its lines.
    pub(super) fn as_block(&self) -> Option<(&'static str, std::str::Lines<'_>)> {
        let Self::Text(text) = self else { return None };
        let body = text.strip_suffix('\n');
        let lines = body.unwrap_or(text);
        let fits = text.contains('\n')
            && lines.starts_with(|c: char| !c.is_whitespace())
            && !lines.ends_with('\n')
            && lines.chars().all(|c| c == '\n' || is_printed(c))
            && lines.lines().all(|line| line.trim_end() == line);
        fits.then(|| (if body.is_some() { "|" } else { "|-" }, lines.lines()))
    }
}

/// Characters that may stand in a text without quotes.
fn is_printed(c: char) -> bool {
    !c.is_control()
        && !matches!(
            c,
            '\u{feff}' | '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}'
        )
}

/// Whether a text reads back as itself without quotes, in any YAML reader.
fn is_plain(text: &str, flow: bool) -> bool {
    const FIRST: &str = "-?:,[]{}#&*!|>'\"%@`.+~=<";
    let Some(first) = text.chars().next() else {
        return false;
    };
    let unsafe_in_flow = |c: char| flow && matches!(c, ',' | '[' | ']' | '{' | '}');
    text.trim() == text
        && !FIRST.contains(first)
        && !text.ends_with(':')
        && !text.contains(": ")
        && !text.contains(" #")
        && text.chars().all(|c| is_printed(c) && !unsafe_in_flow(c))
        && !is_a_word_of_yaml(text)
        && !looks_like_a_number(text)
}

/// Words that some reader takes for something else than text.
fn is_a_word_of_yaml(text: &str) -> bool {
    const WORDS: [&str; 11] = [
        "null", "true", "false", "yes", "no", "on", "off", "y", "n", "inf", "nan",
    ];
    WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Numbers, dates, hours and whatever else begins with a digit and has nothing but what such things are made of.
fn looks_like_a_number(text: &str) -> bool {
    let part = |c: char| c.is_ascii_hexdigit() || "xXoOtTzZ_:.+- ".contains(c);
    text.starts_with(|c: char| c.is_ascii_digit()) && text.chars().all(part)
}

/// Whether single quotes, in which nothing is escaped, make a text easier to read than double ones.
fn is_single(text: &str) -> bool {
    text.contains(['"', '\\']) && !text.contains('\'') && text.chars().all(is_printed)
}

fn double_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if is_printed(c) => out.push(c),
            c => {
                let _ = write!(out, "\\u{:04x}", u32::from(c)); // all of them have four digits
            }
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::city::reading::{Value, parse};

    fn text(text: &str) -> Scalar {
        Scalar::Text(text.to_owned())
    }

    #[test]
    fn quotes_stand_only_where_they_are_needed() {
        for plain in [
            "gas leak",
            "a: b"[..1].as_ref(),
            "4号线",
            "B1",
            "qn-14",
            "it's",
            "a#b",
            "hour >= 22 && x == \"y\"",
        ] {
            assert_eq!(text(plain).on_one_line(false), plain);
        }
        for (value, flow, expected) in [
            ("Roads, bridges", false, "Roads, bridges"),
            ("Roads, bridges", true, "\"Roads, bridges\""),
            ("110105", true, "\"110105\""),
            ("22:00-06:00", true, "\"22:00-06:00\""),
            ("no", true, "\"no\""),
            ("", false, "\"\""),
            ("a: b", false, "\"a: b\""),
            ("a #b", false, "\"a #b\""),
            ("\"x\" in day: [1]", false, "'\"x\" in day: [1]'"),
            ("'\"\\", true, "\"'\\\"\\\\\""),
            ("a\u{1}\n\tb\u{feff}", false, "\"a\\u0001\\n\\tb\\ufeff\""),
        ] {
            assert_eq!(text(value).on_one_line(flow), expected);
        }
        assert_eq!(Scalar::Plain("true".to_owned()).on_one_line(true), "true");
    }

    #[test]
    fn several_lines_are_a_literal_block_where_it_gives_them_back() {
        let header = |value: &str| text(value).as_block().map(|(header, _)| header);
        assert_eq!(header("a\n\n  b"), Some("|-"));
        assert_eq!(header("a\nb\n"), Some("|"));
        for no in ["a", "a\n", " a\nb", "a\nb\n\n", "a \nb", "a\u{1}\nb"] {
            assert!(header(no).is_none() || no == "a\n", "{no:?}");
        }
    }

    /// Texts with what is dear to YAML, and any others.
    fn texts() -> impl Strategy<Value = String> {
        prop_oneof![
            "[-?:,\\[\\]{}#&*!|>'\"%@`.+~=< a0e_\\\\\n\t]{0,8}",
            "[0-9xoe:._+-]{1,6}",
            "(?i)(null|true|yes|~|\\.inf|<<|---|\\.\\.\\.|0x1f|1e3|0o7|2026-10-01)",
            any::<String>(),
        ]
    }

    proptest! {
        #[test]
        fn every_text_reads_back(value in texts()) {
            let scalar = text(&value);
            let flow = format!("[{}]", scalar.on_one_line(true));
            let block = format!("- {}\n", scalar.on_one_line(false));
            for yaml in [flow, block] {
                let Value::List(items) = parse("x", &yaml).unwrap().value else {
                    panic!("{yaml}");
                };
                prop_assert!(matches!(&items[..], [item] if matches!(&item.value, Value::Text(text) if *text == value)), "{}", yaml);
            }
            if let Some((header, lines)) = scalar.as_block() {
                let mut yaml = format!("k: {header}\n");
                for line in lines {
                    yaml.push_str(&format!("{}{line}\n", if line.is_empty() { "" } else { "  " }));
                }
                let Value::Map(map) = parse("x", &yaml).unwrap().value else {
                    panic!("{yaml}");
                };
                prop_assert!(matches!(&map[0].1.value, Value::Text(text) if *text == value), "{}", yaml);
            }
        }
    }
}
