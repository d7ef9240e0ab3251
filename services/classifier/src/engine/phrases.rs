//! Many phrases found in one pass over a text.

use std::collections::HashMap;
use std::sync::Arc;

use super::beginnings::{Beginnings, Start};

/// Phrases, each with what it means. The same phrase in any case of ASCII letters is one phrase with several meanings.
#[derive(Debug)]
pub(super) struct Phrases<M> {
    beginnings: Beginnings,
    entries: Vec<Phrase<M>>,
    plurals: bool,
}

/// One phrase.
#[derive(Debug)]
pub(super) struct Phrase<M> {
    /// As the pack spells it.
    pub(super) text: Arc<str>,
    /// How much it says; see [`units`].
    pub(super) units: f32,
    /// What it means; at least one meaning.
    pub(super) meanings: Vec<M>,
}

/// Where a phrase was found: `text[start..end]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) start: usize,
    pub(super) end: usize,
    /// The phrase's number, for [`Phrases::get`].
    pub(super) phrase: usize,
}

impl<M> Phrases<M> {
    /// Compiles the phrases. With `plurals`, a Latin word is also found with `s` or `es` behind it.
    pub(super) fn new(phrases: impl IntoIterator<Item = (Arc<str>, M)>, plurals: bool) -> Self {
        let mut numbers: HashMap<String, usize> = HashMap::new();
        let mut entries: Vec<Phrase<M>> = Vec::new();
        let said = |text: &Arc<str>| !text.trim().is_empty();
        for (text, meaning) in phrases.into_iter().filter(|(text, _)| said(text)) {
            let number = *numbers.entry(text.to_ascii_lowercase()).or_insert_with(|| {
                let units = units(&text);
                entries.push(Phrase {
                    text,
                    units,
                    meanings: Vec::new(),
                });
                entries.len() - 1
            });
            entries[number].meanings.push(meaning);
        }
        let beginnings = Beginnings::new(entries.iter().map(|entry| &*entry.text));
        Self {
            beginnings,
            entries,
            plurals,
        }
    }

    /// The phrase of this number.
    pub(super) fn get(&self, number: usize) -> &Phrase<M> {
        &self.entries[number]
    }

    /// How many phrases there are.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The phrases as they are spelled, in the order of their numbers, and whether plurals are found.
    pub(super) fn spelled(&self) -> (Vec<&str>, bool) {
        let texts = self.entries.iter().map(|entry| &*entry.text);
        (texts.collect(), self.plurals)
    }

    /// Puts every find into `hits` (emptied first), by start, the longer first. A Latin phrase must stand alone.
    pub(super) fn find(&self, text: &str, hits: &mut Vec<Hit>) {
        hits.clear();
        let mut room = Room::default();
        room.starts_in(&self.beginnings, text);
        let Room { starts, nodes } = &mut room;
        self.beginnings
            .phrases_at(text, starts, nodes, |phrase, start, end| {
                if Ending::of(text, start, end).suits(self.plurals) {
                    insert(hits, Hit { start, end, phrase });
                }
            });
    }
}

/// Room to find phrases in, reused over a batch.
#[derive(Debug, Default)]
pub(super) struct Room {
    starts: Vec<Start>,
    nodes: Vec<u64>,
}

impl Room {
    /// Takes every place of the text where a phrase may begin, in order: never within a word.
    fn starts_in(&mut self, beginnings: &Beginnings, text: &str) {
        self.starts.clear();
        let mut letters = text.char_indices();
        let mut next = letters.next();
        let mut in_word = false;
        while let Some((at, first)) = next {
            next = letters.next();
            let was_in_word = std::mem::replace(&mut in_word, is_word(first));
            if !(was_in_word && in_word) {
                let second = next.map(|(_, second)| second);
                self.starts.extend(beginnings.start(at, first, second));
            }
        }
    }
}

/// Puts a find before those that are shorter and begin at the same place.
fn insert(hits: &mut Vec<Hit>, hit: Hit) {
    let shorter = hits.iter().rev();
    let shorter = shorter.take_while(|other| other.start == hit.start).count();
    hits.insert(hits.len() - shorter, hit);
}

/// Several lists of phrases, found in one pass over a text.
#[derive(Debug)]
pub(super) struct Lists<const N: usize> {
    beginnings: Beginnings,
    /// By phrase: its number in each list, if it has one.
    numbers: Vec<[Option<u32>; N]>,
    plurals: [bool; N],
}

impl<const N: usize> Lists<N> {
    /// Of what [`Phrases::spelled`] says of each list.
    pub(super) fn new(lists: [(Vec<&str>, bool); N]) -> Self {
        let mut known: HashMap<String, usize> = HashMap::new();
        let mut texts: Vec<&str> = Vec::new();
        let mut numbers: Vec<[Option<u32>; N]> = Vec::new();
        for (list, (phrases, _)) in lists.iter().enumerate() {
            for (number, text) in (0..).zip(phrases) {
                let at = *known.entry(text.to_ascii_lowercase()).or_insert_with(|| {
                    texts.push(text);
                    numbers.push([None; N]);
                    texts.len() - 1
                });
                numbers[at][list] = Some(number);
            }
        }
        Self {
            beginnings: Beginnings::new(texts.into_iter()),
            numbers,
            plurals: lists.map(|(_, plurals)| plurals),
        }
    }

    /// Puts the finds of each list into `hits`, as [`Phrases::find`] of the list does.
    pub(super) fn find(&self, text: &str, room: &mut Room, hits: &mut [Vec<Hit>; N]) {
        hits.iter_mut().for_each(Vec::clear);
        room.starts_in(&self.beginnings, text);
        let Room { starts, nodes } = room;
        self.beginnings
            .phrases_at(text, starts, nodes, |phrase, start, end| {
                let ending = Ending::of(text, start, end);
                let lists = self.numbers[phrase].iter().zip(self.plurals);
                for (hits, (number, plurals)) in hits.iter_mut().zip(lists) {
                    if let Some(number) = number
                        && ending.suits(plurals)
                    {
                        let phrase = *number as usize;
                        insert(hits, Hit { start, end, phrase });
                    }
                }
            });
    }
}

/// Passes over what lies within something longer that was said: `heat` within `no heat`, 朝阳 within 朝阳区.
///
/// Feed it hits in the order of [`Phrases::find`].
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Outermost {
    reached: usize,
}

impl Outermost {
    /// Whether this hit reaches beyond all before it.
    pub(super) fn take(&mut self, hit: Hit) -> bool {
        let beyond = hit.end > self.reached;
        self.reached = self.reached.max(hit.end);
        beyond
    }
}

/// How much a phrase says: a letter of a script without spaces counts 1, a word of the others 2. So 供暖 weighs like
/// `radiator` and 暖气不热 like `no heat`.
pub(super) fn units(phrase: &str) -> f32 {
    let (mut units, mut in_word) = (0_u16, false);
    for c in phrase.chars() {
        let word = is_word(c);
        if word && !in_word {
            units = units.saturating_add(2);
        } else if is_spaceless(c) {
            units = units.saturating_add(1);
        }
        in_word = word || (in_word && matches!(c, '\'' | '’' | '-' | '.'));
    }
    f32::from(units.max(1))
}

/// Letters and digits of scripts that put spaces between words.
#[inline]
fn is_word(c: char) -> bool {
    match c {
        '\0'..='\x7f' => c.is_ascii_alphanumeric(),
        // These come often, and asking the tables of Unicode for them takes long.
        '\u{4E00}'..='\u{9FFF}' => false,
        '，' | '。' | '、' | '？' | '！' | '：' | '；' | '“' | '”' | '（' | '）' => {
            false
        }
        _ => !is_spaceless(c) && c.is_alphanumeric(),
    }
}

/// Letters of scripts that put no spaces between words: Han, kana, Thai, Lao, Khmer, Burmese.
pub(super) fn is_spaceless(c: char) -> bool {
    matches!(c,
        '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}'
        | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// How a find ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// With a word, or where words have no ends.
    Whole,
    /// Before the `s` or `es` of its plural.
    Plural,
    /// In the middle of a word.
    Broken,
}

impl Ending {
    fn of(text: &str, start: usize, end: usize) -> Self {
        let after = &text[end..];
        if !begins_word(after) {
            return Self::Whole;
        }
        let ends_word = text[start..end].chars().next_back().is_some_and(is_word);
        if !ends_word {
            Self::Whole
        } else if end - start >= 3 && is_plural(after) {
            Self::Plural
        } else {
            Self::Broken
        }
    }

    fn suits(self, plurals: bool) -> bool {
        self == Self::Whole || plurals && self == Self::Plural
    }
}

fn begins_word(text: &str) -> bool {
    text.chars().next().is_some_and(is_word)
}

/// Whether what follows is the ending `s` or `es` and no more.
fn is_plural(after: &str) -> bool {
    ["es", "s", "ES", "S"]
        .iter()
        .filter_map(|ending| after.strip_prefix(ending))
        .any(|rest| !begins_word(rest))
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    fn found<'a>(words: &[&'a str], text: &str) -> Vec<&'a str> {
        let phrases = Phrases::new(words.iter().map(|word| (Arc::from(*word), ())), true);
        let mut hits = Vec::new();
        phrases.find(text, &mut hits);
        hits.iter().map(|hit| words[hit.phrase]).collect()
    }

    #[test]
    fn latin_words_stand_alone_and_chinese_ones_need_not() {
        assert_eq!(
            found(&["gas", "燃气"], "I smell GAS. 小区燃气泄漏"),
            ["gas", "燃气"]
        );
        assert_eq!(
            found(&["gas"], "she gasps, biogas, Gasse, gás, gasé"),
            [""; 0]
        );
        assert_eq!(found(&["gas"], "有gas味"), ["gas"]);
    }

    #[test]
    fn a_plural_is_the_same_word() {
        assert_eq!(
            found(&["rat", "bus"], "rats, RATS; buses"),
            ["rat", "rat", "bus"]
        );
        assert_eq!(found(&["rat", "no"], "ratsy rate nos"), [""; 0]);
    }

    #[test]
    fn what_lies_within_something_longer_is_passed_over() {
        let words = ["电梯", "加装电梯", "停水", "水管爆裂"];
        let phrases = Phrases::new(words.iter().map(|word| (Arc::from(*word), ())), true);
        let mut hits = Vec::new();
        phrases.find("加装电梯，停水管爆裂", &mut hits);
        let mut outermost = Outermost::default();
        let taken: Vec<&str> = hits
            .iter()
            .filter(|hit| outermost.take(**hit))
            .map(|hit| words[hit.phrase])
            .collect();
        assert_eq!(taken, ["加装电梯", "停水", "水管爆裂"]);
    }

    #[test]
    fn one_phrase_may_mean_several_things() {
        let phrases = Phrases::new([("No Heat".into(), 1), ("no heat".into(), 2)], false);
        assert_eq!((phrases.len(), &phrases.get(0).meanings), (1, &vec![1, 2]));
    }

    #[test]
    fn longer_phrases_say_more() {
        assert_eq!([units("供暖"), units("radiator")], [2.0, 2.0]);
        assert_eq!([units("暖气不热"), units("no heat")], [4.0, 4.0]);
        assert_eq!(
            [units("HEAT/HOT WATER"), units("owner's"), units("wifi信号")],
            [6.0, 2.0, 4.0]
        );
        assert_eq!(units("!"), 1.0);
    }

    #[test]
    fn lists_find_together_what_each_finds_alone() {
        let one = ["gas", "燃气", "no heat", "heat"].map(|word| (Arc::from(word), ()));
        let other = ["Heat", "气", "street"].map(|word| (Arc::from(word), ()));
        let (one, other) = (Phrases::new(one, true), Phrases::new(other, false));
        let lists = Lists::new([one.spelled(), other.spelled()]);
        let mut together = [Vec::new(), Vec::new()];
        for text in ["燃气，no heat, heats; gasp", "HEAT on two streets, 气", ""] {
            lists.find(text, &mut Room::default(), &mut together);
            let (mut first, mut second) = (Vec::new(), Vec::new());
            one.find(text, &mut first);
            other.find(text, &mut second);
            assert_eq!(together, [first, second], "{text}");
        }
    }

    #[test]
    fn without_phrases_nothing_is_found() {
        assert_eq!(found(&[], "anything"), [""; 0]);
    }
}
