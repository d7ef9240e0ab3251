//! How a text speaks of a place that it names: as where the trouble is, by the way, or not of the place at all.
//!
//! Only a few words beside the name are looked at, within its sentence.

use std::ops::Range;

use super::street;

/// How a name is said, the one that tells least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::engine) enum Role {
    /// As part of the name of a street or a line.
    Other,
    /// By the way: where somebody lives or comes from, or an end of a journey.
    Aside,
    /// As a place of the message.
    Here,
}

/// How a name is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) role: Role,
    /// It is beside it rather than in it.
    pub(super) is_near: bool,
}

/// The names of a text, from first to last.
#[derive(Debug)]
pub(super) struct Context<'a> {
    text: &'a str,
    /// Where the last name ended, and how it was said.
    last: Option<(usize, Role)>,
    /// The next name is the other end of a journey.
    arrives: bool,
}

/// So much before a name is looked at, in bytes: eight Chinese characters, or four English words.
const WINDOW: usize = 26;
/// The two ends of a journey lie no further apart, in bytes.
const JOURNEY: usize = 40;

/// What ends a part of a sentence.
const STOPS: [char; 14] = [
    '，', '。', '；', '！', '？', '、', ',', ';', '!', '?', '\n', '（', '(', '.',
];

/// Before the place where somebody lives, or comes from.
const HOMES: [&str; 18] = [
    "住在",
    "家住",
    "我住",
    "居住在",
    "居住于",
    "现居",
    "暂住",
    "户口在",
    "户籍在",
    "户口是",
    "户籍是",
    "来自",
    "老家",
    "娘家",
    "婆家",
    "单位在",
    "上班在",
    "工作在",
];
/// The same in English and Spanish, lower-case.
const ENGLISH_HOMES: [&str; 18] = [
    "live in ",
    "live at ",
    "living in ",
    "lives in ",
    "lived in ",
    "reside in ",
    "resident of ",
    "moved from ",
    "come from ",
    "i'm from ",
    "am from ",
    "work in ",
    "works in ",
    "working in ",
    "born in ",
    "vivo en ",
    "office in ",
    "office is in ",
];
/// Behind such a place.
const AFTER_HOMES: [&str; 10] = [
    "上班",
    "工作",
    "居住",
    "住，",
    "住,",
    "户口",
    "户籍",
    "搬来",
    "搬到",
    "搬过来",
];

/// Before a place that it is not.
const NOT: [&str; 9] = [
    "不在",
    "不是",
    "不属于",
    "不归",
    "并非",
    "not in ",
    "not ",
    "isn't in ",
    "outside ",
];

/// Behind what it is only near, and in English before it.
const NEAR: [&str; 8] = ["附近", "旁边", "旁", "对面", "周边", "隔壁", "以北", "以南"];
const ENGLISH_NEAR: [&str; 8] = [
    "near ",
    "near the ",
    "opposite ",
    "across from ",
    "next to ",
    "close to ",
    "behind ",
    "by the ",
];

/// Between the ends of a journey.
const TO: [&str; 9] = ["到", "至", "去", "往", "开往", "回", " to ", "→", "—"];

/// Before a person's name, lower-case.
const TITLES: [&str; 9] = [
    "mr. ",
    "mrs. ",
    "ms. ",
    "miss ",
    "dr. ",
    "named ",
    "my name is ",
    "officer ",
    "inspector ",
];

impl<'a> Context<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self {
            text,
            last: None,
            arrives: false,
        }
    }

    /// How the name at `here` is said; `None` where it is said not to be the place. `next` is the name after it. To be asked
    /// for the names in their order.
    pub(super) fn of(
        &mut self,
        name: &str,
        here: Range<usize>,
        next: Option<Range<usize>>,
    ) -> Option<Said> {
        let window = self.window(here.start);
        let before = part_before(window);
        let after = &self.text[here.end..];
        let is_latin = name.is_ascii();
        let lower = if is_latin {
            window.to_ascii_lowercase()
        } else {
            String::new()
        };
        let arrived = std::mem::take(&mut self.arrives);
        let departs = next.is_some_and(|next| self.departs(before, here.end, &next));
        self.arrives = departs;
        let is_denied = ends_with(before, &NOT) || is_latin && ends_with(&lower, &NOT);
        let is_person = is_latin && ends_with(&lower, &TITLES);
        if is_denied || is_person || is_number(name) && !is_postcode(before, after) {
            return None;
        }
        let follows = self.last.filter(|(end, _)| self.joins(*end, here.start));
        let is_other = street::names_street(name, after);
        let is_aside = arrived
            || departs
            || is_home(before)
            || is_latin && is_home(part_before(&lower))
            || starts_with(after, &AFTER_HOMES)
            || before.ends_with('从') && after.starts_with(['搬', '迁', '来'])
            || follows.is_some_and(|(_, role)| role == Role::Aside);
        let role = if is_other {
            Role::Other
        } else if is_aside {
            Role::Aside
        } else {
            Role::Here
        };
        self.last = Some((here.end, role));
        let is_near = starts_with(after, &NEAR) || is_latin && ends_with(&lower, &ENGLISH_NEAR);
        Some(Said { role, is_near })
    }

    /// What stands before a name, no longer than [`WINDOW`] and behind the name before.
    fn window(&self, start: usize) -> &'a str {
        let from = self.text.ceil_char_boundary(start.saturating_sub(WINDOW));
        let last = self.last.map_or(0, |(end, _)| end);
        &self.text[from.max(last)..start]
    }

    /// Whether a name goes on where the last one ended: 海淀区中关村, Astoria, Queens.
    fn joins(&self, end: usize, start: usize) -> bool {
        let between = &self.text[end..start];
        between.len() <= 3
            && between
                .chars()
                .all(|c| matches!(c, ' ' | '的' | '市' | ',' | '-' | '·'))
    }

    /// Whether a journey goes from here to the next name.
    fn departs(&self, before: &str, end: usize, next: &Range<usize>) -> bool {
        let between = &self.text[end..next.start];
        if between.len() > JOURNEY || between.contains(['。', '；', '！', '？']) {
            return false;
        }
        let between_words = between.trim_matches(|c| matches!(c, '站' | ' '));
        let is_straight = TO.iter().any(|to| between_words == to.trim());
        let starts =
            before.ends_with(['从', '由', '自']) || ends_with_ignoring_case(before, "from ");
        is_straight
            || starts && TO.iter().any(|to| holds(between, to))
            || ends_with_ignoring_case(before, "between ") && between == " and "
    }
}

/// The part of the sentence in `window` that goes up to the name behind it; an enumeration or an address goes on over a
/// comma straight before the name.
fn part_before(window: &str) -> &str {
    let part = window.trim_end_matches(' ');
    if part.ends_with(['，', ',', '、']) {
        return "";
    }
    window.rfind(STOPS).map_or(window, |stop| &window[stop..])
}

/// Whether these words go before the place where somebody lives.
fn is_home(before: &str) -> bool {
    let homes: &[&str] = if before.is_ascii() {
        &ENGLISH_HOMES
    } else {
        &HOMES
    };
    homes.iter().any(|home| holds(before, home))
}

/// As `str::contains`, quicker where both are a few words.
fn holds(text: &str, words: &str) -> bool {
    let (text, words) = (text.as_bytes(), words.as_bytes());
    let starts = text.len().saturating_sub(words.len().saturating_sub(1));
    (0..starts).any(|at| text[at] == words[0] && text[at..].starts_with(words))
}

fn ends_with(text: &str, endings: &[&str]) -> bool {
    endings.iter().any(|ending| text.ends_with(ending))
}

fn starts_with(text: &str, beginnings: &[&str]) -> bool {
    beginnings
        .iter()
        .any(|beginning| text.starts_with(beginning))
}

/// `ending` is ASCII in lower case.
fn ends_with_ignoring_case(text: &str, ending: &str) -> bool {
    let from = text.len().checked_sub(ending.len());
    from.is_some_and(|from| text.as_bytes()[from..].eq_ignore_ascii_case(ending.as_bytes()))
}

/// Names of digits alone are postcodes.
fn is_number(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_digit())
}

/// A postcode ends an address or a part of one. A number in front of something is a house, a case, a sum.
fn is_postcode(before: &str, after: &str) -> bool {
    let is_said = ["NY ", "N.Y. ", "zip ", "ZIP ", "code ", "Zip "];
    if ends_with(before, &is_said) {
        return true;
    }
    let ends = after
        .chars()
        .next()
        .is_none_or(|c| matches!(c, ',' | '.' | ';' | '\n' | ')' | '，' | '。'));
    let begins_amount =
        before.ends_with(['$', '#', '号', '-', '/']) || ends_with(before, &["No. ", "number "]);
    ends && !begins_amount && !before.is_empty()
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    /// How each of `names` is said in `text`, in its order.
    fn said(text: &str, names: &[&str]) -> Vec<Option<Said>> {
        let at = |name: &&str| {
            let start = text.find(*name).unwrap();
            start..start + name.len()
        };
        let places: Vec<Range<usize>> = names.iter().map(at).collect();
        let mut context = Context::new(text);
        (0..names.len())
            .map(|n| context.of(names[n], places[n].clone(), places.get(n + 1).cloned()))
            .collect()
    }

    fn roles(text: &str, names: &[&str]) -> Vec<Role> {
        let roles = said(text, names).into_iter().flatten();
        roles.map(|said| said.role).collect()
    }

    #[test]
    fn homes_and_journeys_are_told_by_the_way() {
        use Role::{Aside, Here};
        for (text, names, wanted) in [
            (
                "我住在东山区，在西湖区的店里",
                ["东山区", "西湖区"],
                [Aside, Here],
            ),
            (
                "我住在东山区河口街道",
                ["东山区", "河口街道"],
                [Aside, Aside],
            ),
            (
                "东山区上班，西湖区停水",
                ["东山区", "西湖区"],
                [Aside, Here],
            ),
            ("从河口到石桥的公交", ["河口", "石桥"], [Aside, Aside]),
            ("河口至石桥堵车", ["河口", "石桥"], [Aside, Aside]),
            (
                "I live in Hekou but the noise is in Xihu",
                ["Hekou", "Xihu"],
                [Aside, Here],
            ),
            (
                "the bus from Hekou to Xihu",
                ["Hekou", "Xihu"],
                [Aside, Aside],
            ),
            ("between Hekou and Xihu", ["Hekou", "Xihu"], [Aside, Aside]),
            ("Hekou and Xihu", ["Hekou", "Xihu"], [Here, Here]),
        ] {
            assert_eq!(roles(text, &names), wanted, "{text}");
        }
    }

    #[test]
    fn what_is_denied_is_no_place() {
        assert_eq!(said("不在东山区", &["东山区"]), [None]);
        assert_eq!(said("this is not in Hekou", &["Hekou"]), [None]);
    }

    #[test]
    fn streets_and_people_are_something_else() {
        assert_eq!(roles("Hekou Avenue", &["Hekou"]), [Role::Other]);
        assert_eq!(said("my landlord Mr. Hekou", &["Hekou"]), [None]);
    }

    #[test]
    fn beside_is_near() {
        for text in ["河口旁边的小区", "河口对面"] {
            assert!(said(text, &["河口"])[0].unwrap().is_near, "{text}");
        }
        assert!(said("near Hekou", &["Hekou"])[0].unwrap().is_near);
        assert!(!said("in Hekou", &["Hekou"])[0].unwrap().is_near);
    }

    #[test]
    fn a_postcode_ends_an_address() {
        for text in [
            "Brooklyn, NY 11201",
            "in Brooklyn 11201, again",
            "zip 11201 has no water",
        ] {
            assert_eq!(roles(text, &["11201"]), [Role::Here], "{text}");
        }
        for text in [
            "11201 71 Avenue",
            "11201",
            "it cost $11201",
            "case number 11201.",
        ] {
            assert_eq!(said(text, &["11201"]), [None], "{text}");
        }
    }
}
