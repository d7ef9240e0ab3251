//! Recurring issues in a file of messages, ranked by heat.
//!
//! ```text
//! words: names and shingles ─▶ weights (tf-idf) ─▶ nearest neighbours ─▶ groups by average likeness ─▶ heat
//! ```
//!
//! Matter and place are weighed apart: two messages are alike when what they say is alike *and* the names in them are, so
//! that another topic at the same estate stays another issue, and the same nuisance elsewhere too. See `group` for why
//! groups do not chain and why the work grows with the messages and not with their pairs.

mod group;
mod heat;
mod vectors;
mod words;

use std::collections::HashMap;

use jiff::Timestamp;
use swiftline_domain::vocabulary::Urgency;

use self::group::{Group, Rule};
use self::vectors::{Vector, Weighing};
use self::words::{Lexicon, Words};

/// The most messages of one call: word numbers and memory are made for it.
pub const MAX_MESSAGES: usize = 1_000_000;

/// The least share of an issue's messages that name its place.
const LEAST_PLACED: f32 = 0.3;

const MATTER: Weighing = Weighing {
    most: 0.1,
    power: 1.0,
    room: 200,
};
const PLACE: Weighing = Weighing {
    most: 0.05,
    power: 1.0,
    room: 12,
};
/// Chosen on `hot_issues.jsonl` of the open data, see `train eval likeness`.
const RULE: Rule = Rule {
    threshold: 0.025,
    // Below the threshold: the same words about another place never are the same issue.
    elsewhere: 0.02,
    here: 4.0,
    anywhere: 0.7,
};

/// A message to be grouped.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// Its subject; may be empty.
    pub subject: &'a str,
    /// Its text.
    pub detail: &'a str,
    /// Who wrote it: messages of one caller have the same.
    pub caller: &'a str,
    /// When.
    pub at: Timestamp,
    /// How many others supported it.
    pub votes: u64,
    /// How urgent it is.
    pub urgency: Urgency,
}

/// Messages that tell of the same thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Issue {
    /// The messages by their place in what was given, the earliest first.
    pub members: Vec<usize>,
    /// The most typical of them.
    pub central: usize,
    /// The name that most of them share, if there is one.
    pub place: Option<String>,
    /// How many different people wrote them.
    pub callers: usize,
    /// How hot it is, in callers; see the module `heat` for the formula.
    pub heat: f32,
}

/// Finds the issues of at least two messages, the hottest first. Takes about a millisecond a message; the same messages give
/// the same issues.
#[must_use]
pub fn mine(messages: &[Message<'_>]) -> Vec<Issue> {
    let messages = &messages[..messages.len().min(MAX_MESSAGES)];
    let lexicon = Lexicon::new(messages.iter().map(|one| (one.subject, one.detail)));
    let words: Vec<Words> = messages
        .iter()
        .map(|one| lexicon.words(one.subject, one.detail))
        .collect();
    let (matter, _) = vectors::weigh(words.iter().map(|words| words.shingles.as_slice()), MATTER);
    let (places, names) = vectors::weigh(words.iter().map(|words| words.names.as_slice()), PLACE);
    drop(words);
    let newest = messages.iter().map(|one| one.at).max().unwrap_or_default();
    let groups = group::group(&matter, &places, &RULE);
    let mut issues: Vec<Issue> = groups
        .into_iter()
        .filter(|group| group.members.len() >= 2)
        .map(|group| {
            let members = in_time(&group, messages);
            let told: Vec<&Message<'_>> = members.iter().map(|at| &messages[*at]).collect();
            let callers: std::collections::HashSet<&str> =
                told.iter().map(|one| one.caller).collect();
            Issue {
                central: central(&group, &members, &matter, &places),
                place: place(&group, &places, &names).and_then(|name| spell(&lexicon, name, &told)),
                callers: callers.len(),
                heat: heat::heat(&told, newest),
                members,
            }
        })
        .collect();
    issues.sort_by(|a, b| b.heat.total_cmp(&a.heat).then(a.members.cmp(&b.members)));
    issues
}

fn in_time(group: &Group, messages: &[Message<'_>]) -> Vec<usize> {
    let mut members: Vec<usize> = group
        .members
        .iter()
        .map(|member| *member as usize)
        .collect();
    members.sort_unstable_by_key(|member| (messages[*member].at, *member));
    members
}

/// The message that is most like all of them together; of equals the earliest.
fn central(group: &Group, members: &[usize], matter: &[Vector], places: &[Vector]) -> usize {
    let typical =
        |member: usize| matter[member].dot(&group.matter) + places[member].dot(&group.place);
    let mut best = (members[0], f32::MIN);
    for member in members {
        let score = typical(*member);
        if score > best.1 {
            best = (*member, score);
        }
    }
    best.0
}

/// The name that weighs most, when enough of the messages have it.
fn place(group: &Group, places: &[Vector], names: &[u64]) -> Option<u64> {
    let mut holders: HashMap<u32, usize> = HashMap::new();
    for member in &group.members {
        for (name, _) in &places[*member as usize].0 {
            *holders.entry(*name).or_default() += 1;
        }
    }
    let least = LEAST_PLACED * group.members.len() as f32;
    let top = group.place.top(8).into_iter();
    let (name, _) = top
        .filter(|(name, _)| holders.get(name).is_some_and(|held| *held as f32 >= least))
        .max_by(|(one, a), (other, b)| {
            let held = |name: &u32| holders.get(name).copied().unwrap_or_default();
            held(one).cmp(&held(other)).then(a.total_cmp(b))
        })?;
    names.get(name as usize).copied()
}

fn spell(lexicon: &Lexicon, name: u64, told: &[&Message<'_>]) -> Option<String> {
    told.iter()
        .flat_map(|one| [one.subject, one.detail])
        .find_map(|text| lexicon.spell(name, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + day * 86_400).unwrap()
    }

    fn message(
        subject: &'static str,
        detail: &'static str,
        caller: &'static str,
        day: i64,
    ) -> Message<'static> {
        Message {
            subject,
            detail,
            caller,
            at: at(day),
            votes: 0,
            urgency: Urgency::Normal,
        }
    }

    fn file() -> Vec<Message<'static>> {
        vec![
            message(
                "朝晖新苑旁混凝土厂噪音大",
                "朝晖新苑旁的混凝土厂昼夜生产，粉尘噪音让人无法休息",
                "a",
                3,
            ),
            message("何时修好路灯", "槐安路的路灯坏了三盏，晚上漆黑一片", "b", 1),
            message(
                "混凝土厂粉尘扰民",
                "住在朝晖新苑，混凝土厂粉尘很大，夜里噪音不停",
                "c",
                1,
            ),
            message(
                "丹枫新苑旁混凝土厂噪音大",
                "丹枫新苑旁的混凝土厂昼夜生产，粉尘噪音让人无法休息",
                "d",
                2,
            ),
            message(
                "朝晖新苑电梯停运",
                "朝晖新苑三栋电梯停运一周，老人上不了楼",
                "e",
                4,
            ),
            message(
                "丹枫新苑混凝土厂",
                "丹枫新苑门口的混凝土厂粉尘噪音何时能管",
                "f",
                9,
            ),
            message("公积金提取材料", "公积金提取要哪些材料，网上能办吗", "g", 5),
            message(
                "朝晖新苑混凝土厂",
                "朝晖新苑门口的混凝土厂粉尘噪音何时能管",
                "a",
                20,
            ),
        ]
    }

    #[test]
    fn the_same_nuisance_elsewhere_and_another_matter_here_stay_apart() {
        let issues = mine(&file());
        let members: Vec<&[usize]> = issues
            .iter()
            .map(|issue| issue.members.as_slice())
            .collect();
        assert_eq!(
            members,
            [&[2, 0, 7][..], &[3, 5]],
            "by heat; each in the order of time"
        );
        assert_eq!(issues[0].place.as_deref(), Some("朝晖新苑"));
        assert_eq!((issues[0].callers, issues[1].callers), (2, 2));
        assert!(issues[0].members.contains(&issues[0].central));
        assert!(issues[0].heat > issues[1].heat);
    }

    #[test]
    fn the_same_file_gives_the_same_issues() {
        assert_eq!(mine(&file()), mine(&file()));
    }

    #[test]
    fn few_messages_are_no_trouble() {
        assert_eq!(mine(&[]), []);
        assert_eq!(mine(&file()[..1]), []);
        let empty = [message("", "", "a", 1), message("", "", "b", 1)];
        assert_eq!(mine(&empty), []);
    }
}
