//! Names of estates, roads, schools and the like in a text, told by how they end: no list of them is needed, and a new
//! estate is known with its first complaint.
//!
//! A Chinese name is the two to four letters before an ending (`丽发新` + `城`), cut where an administrative word or a
//! function word stands (`A2区`, `在`, `的`). Where nothing cuts it, it may begin with a letter too many, so the shorter form
//! is given as well. An English one is the word before the ending (`fulton` + `street`), with the house number if there
//! is one. What names a sort of place and no place (`幼儿园`, `the park`) is passed over.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::letters::{Piece, word};
use super::minhash::{mix, pair};

/// The most names taken of a text.
pub(super) const MAX_NAMES: usize = 4;
/// The most letters of a Chinese name before its ending.
const MAX_STEM: usize = 3;

/// How Chinese names of places end.
const ENDINGS: &str = "苑园城府郡湾庭居寓厦路街村桥山湖馆院校站里墅邸舍";
/// What never is part of a name, and so cuts it: administrative words, function words, verbs of complaint.
const CUTS: &str = "区市县省镇乡的在是了和与及到从于对向往由被把将我你他她们该此这那本请求问诉映报告询咨有没不住至、户号栋期座条";
/// Sorts of places, which name none.
const SORTS: [&str; 40] = [
    "幼儿园",
    "公园",
    "花园",
    "家园",
    "学校",
    "学院",
    "小学",
    "医院",
    "法院",
    "公路",
    "道路",
    "马路",
    "农村",
    "乡村",
    "新城",
    "商城",
    "车站",
    "电站",
    "地铁站",
    "公交站",
    "垃圾站",
    "搅拌站",
    "变电站",
    "加油站",
    "图书馆",
    "宾馆",
    "茶馆",
    "麻将馆",
    "桥",
    "大桥",
    "天桥",
    "公寓",
    "别墅",
    "宿舍",
    "城里",
    "家里",
    "校园",
    "政府",
    "步行街",
    "检察院",
];
/// How English names of places end.
const ENGLISH_ENDINGS: [(&str, &str); 26] = [
    ("street", "street"),
    ("st", "street"),
    ("avenue", "avenue"),
    ("ave", "avenue"),
    ("av", "avenue"),
    ("road", "road"),
    ("rd", "road"),
    ("boulevard", "boulevard"),
    ("blvd", "boulevard"),
    ("place", "place"),
    ("pl", "place"),
    ("park", "park"),
    ("station", "station"),
    ("school", "school"),
    ("houses", "houses"),
    ("bridge", "bridge"),
    ("square", "square"),
    ("plaza", "plaza"),
    ("tower", "tower"),
    ("towers", "towers"),
    ("hospital", "hospital"),
    ("court", "court"),
    ("parkway", "parkway"),
    ("drive", "drive"),
    ("lane", "lane"),
    ("library", "library"),
];
/// Words before an English ending that make no name of it.
const ENGLISH_CUTS: [&str; 34] = [
    "the",
    "a",
    "an",
    "my",
    "our",
    "your",
    "this",
    "that",
    "same",
    "whole",
    "local",
    "public",
    "main",
    "in",
    "on",
    "at",
    "of",
    "to",
    "and",
    "or",
    "by",
    "near",
    "car",
    "train",
    "subway",
    "bus",
    "gas",
    "fire",
    "police",
    "high",
    "middle",
    "elementary",
    "takes",
    "each",
];

struct Lists {
    sorts: HashSet<u64>,
    english: Vec<(u64, u64)>,
    cuts: HashSet<u64>,
}

static LISTS: LazyLock<Lists> = LazyLock::new(|| Lists {
    sorts: SORTS.iter().map(|sort| of_letters(sort.chars())).collect(),
    english: ENGLISH_ENDINGS
        .iter()
        .map(|(form, ending)| (word(form), word(ending)))
        .collect(),
    cuts: ENGLISH_CUTS.iter().map(|cut| word(cut)).collect(),
});

fn of_letters(letters: impl Iterator<Item = char>) -> u64 {
    letters.fold(0x4e, |hash, letter| pair(hash, letter as u64))
}

/// The endings and cuts as a table of the first 64 Ki letters: each is looked up for every letter of a text.
static SORT_OF_LETTER: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut table = vec![PLAIN; 1 << 16];
    for (letters, sort) in [(CUTS, CUT), (ENDINGS, ENDING)] {
        for letter in letters.chars() {
            table[letter as usize & 0xffff] = sort;
        }
    }
    table
});
const PLAIN: u8 = 0;
const CUT: u8 = 1;
const ENDING: u8 = 2;

/// Finds names in the pieces of a text.
#[derive(Debug)]
pub(super) struct Names {
    found: Vec<u64>,
    /// The last Han letters, since the last cut.
    stem: [char; MAX_STEM],
    stem_len: usize,
    /// Whether more letters stood before the stem.
    overflown: bool,
    /// The last two words.
    words: [Option<(u64, bool)>; 2],
}

impl Names {
    /// Has found nothing yet.
    pub(super) const fn new() -> Self {
        Self {
            found: Vec::new(),
            stem: ['\0'; MAX_STEM],
            stem_len: 0,
            overflown: false,
            words: [None; 2],
        }
    }

    /// Begins a new message.
    pub(super) fn clear(&mut self) {
        self.found.clear();
        self.cut();
    }

    /// The names found, at most [`MAX_NAMES`], in order of appearance.
    pub(super) fn found(&self) -> &[u64] {
        &self.found
    }

    /// Reads on.
    #[inline]
    pub(super) fn read(&mut self, piece: Piece) {
        match piece {
            Piece::Han(letter) => self.han(letter),
            Piece::Word { hash, number } => self.word(hash, number),
            Piece::Break => self.cut(),
        }
    }

    fn cut(&mut self) {
        self.stem_len = 0;
        self.overflown = false;
        self.words = [None; 2];
    }

    #[inline]
    fn han(&mut self, letter: char) {
        match SORT_OF_LETTER[letter as usize & 0xffff] {
            CUT => self.cut(),
            ENDING => {
                self.chinese(letter);
                self.push(letter);
            }
            _ => self.push(letter),
        }
    }

    fn push(&mut self, letter: char) {
        if self.stem_len == MAX_STEM {
            self.stem.rotate_left(1);
            self.stem_len -= 1;
            self.overflown = true;
        }
        self.stem[self.stem_len] = letter;
        self.stem_len += 1;
    }

    fn chinese(&mut self, ending: char) {
        let stem = self.stem;
        let stem = &stem[..self.stem_len];
        for skipped in 0..=usize::from(self.overflown || stem.len() == MAX_STEM) {
            let stem = stem.get(skipped..).unwrap_or_default();
            if stem.len() >= 2 && !is_sort(stem, ending) {
                self.take(of_letters(stem.iter().copied().chain([ending])));
            }
        }
    }

    fn word(&mut self, hash: u64, number: bool) {
        self.stem_len = 0;
        self.overflown = false;
        let lists = &*LISTS;
        if let Some((_, ending)) = lists.english.iter().find(|(form, _)| *form == hash)
            && let Some((before, counted)) = self.words[1]
            && !lists.cuts.contains(&before)
        {
            let name = pair(before, *ending);
            match self.words[0] {
                // 350 fulton street: the house is a name by itself, and the street another.
                Some((house, true)) if !counted => self.take(pair(house, name)),
                _ => {}
            }
            self.take(name);
        }
        self.words = [self.words[1], Some((hash, number))];
    }

    fn take(&mut self, name: u64) {
        let name = mix(name);
        if self.found.len() < MAX_NAMES && !self.found.contains(&name) {
            self.found.push(name);
        }
    }
}

/// Whether it names a sort of place: by all its letters, or by the last ones after a letter or two that say which.
fn is_sort(stem: &[char], ending: char) -> bool {
    (0..stem.len()).any(|from| {
        let tail = of_letters(stem[from..].iter().copied().chain([ending]));
        LISTS.sorts.contains(&tail) && (from == 0 || stem.len() - from >= 2)
    })
}

#[cfg(test)]
mod tests {
    use super::super::letters::pieces;
    use super::*;

    fn of(text: &str) -> Vec<u64> {
        let mut names = Names::new();
        names.clear();
        pieces(text, |piece| names.read(piece));
        names.found().to_vec()
    }

    fn share(one: &str, other: &str) -> bool {
        let others = of(other);
        of(one).iter().any(|name| others.contains(name))
    }

    #[test]
    fn a_name_is_found_in_whatever_stands_around_it() {
        assert!(share(
            "A2区丽景新城小区旁边的搅拌站",
            "投诉丽景新城附近施工"
        ));
        assert!(share("住在朝霞里的居民", "朝霞里、停水了"));
        assert!(share(
            "noise at 350 Fulton St every night",
            "Loud, 350 fulton street"
        ));
        assert!(share("Fulton St is dark", "rats on Fulton Street"));
    }

    #[test]
    fn another_name_is_another() {
        assert!(!share(
            "丽景新城小区旁边的搅拌站",
            "金湖新城小区旁边的搅拌站"
        ));
        assert!(!share("Fulton Street", "Pearl Street"));
    }

    #[test]
    fn what_names_no_place_is_passed_over() {
        for text in [
            "小区的幼儿园",
            "这条马路",
            "路口有地铁站",
            "the park",
            "my street",
            "",
        ] {
            assert_eq!(of(text), [0; 0], "{text}");
        }
    }

    #[test]
    fn a_few_names_are_enough() {
        let many = "东景苑、西景苑、南景苑、北景苑、中景苑、上景苑";
        assert_eq!(of(many).len(), MAX_NAMES);
    }
}
