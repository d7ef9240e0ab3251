//! Names of estates, roads, schools and the like in a text, told by how they end: no list of them is needed, and a new
//! estate is known with its first complaint.
//!
//! A Chinese name is the two to five letters before an ending (`丽发新` + `城`), cut where an administrative word or a
//! function word stands (`A2区`, `在`, `的`). Where nothing cuts it, it may begin with a letter too many, so the shorter form
//! is given as well. An English one is the word before the ending (`fulton` + `street`), with the house number if there
//! is one. What names a sort of place and no place (`幼儿园`, `the park`) is passed over.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::known::Known;
use super::letters::{Digits, Piece, word};
use super::minhash::{mix, pair};

/// The most names taken of a text.
pub(super) const MAX_NAMES: usize = 5;
/// The most pieces of a name.
pub(super) const MAX_PIECES: usize = MAX_STEM + 1;
/// The most letters of a Chinese name before its ending.
const MAX_STEM: usize = 5;
/// Letters of a stem that is taken out of a longer one.
const SHORT_STEM: usize = 3;

/// How Chinese names of places end.
const ENDINGS: &str = "苑园城府郡湾庭居寓厦路街村桥山湖馆院校学站里墅邸司贷网";
/// What never is part of a name, and so cuts it: administrative words, function words, verbs of complaint.
const CUTS: &str = "区市县省镇乡的在是了和与及到从于对向往由被把将我你他她们该此这那本请查求问诉映报告询咨有没不住至、户号栋期座条";
/// Sorts of places, which name none.
const SORTS: &str = "幼儿园 公园 花园 家园 学校 学院 小学 中学 大学 医院 法院 公路 道路 马路 农村 乡村 新城 商城 车站 电站 \
    地铁站 公交站 垃圾站 搅拌站 变电站 加油站 图书馆 宾馆 茶馆 麻将馆 大桥 天桥 公寓 别墅 宿舍 校园 政府 \
    步行街 检察院 职业学院 职业学校 实验小学 实验中学 公司 物业公司 有限公司 开发公司 燃气公司 自来水公司 \
    热力公司 车贷 网贷";
/// Words that end as places do and are none, whatever stands before them.
const NO_PLACES: &str = "上司 官司 房贷 上网 官网 互联网 到站 出站 进站 夜里 屋里 心里 这里 那里 哪里 家里 城里 跑路 走路 出路 半路 \
    电路 线路";
/// Words of letters and digits that are no bus line or the like.
const NO_CODES: &str = "1st 2nd 3rd 4th 5th 1am 2am 3am 4am 5am 6am 7am 8am 9am 10am 11am 1pm 2pm 3pm 5pm 6pm 7pm 8pm 9pm 10pm \
    11pm 12am 12pm";
/// How English names of places end, short forms with the long one.
const ENGLISH_ENDINGS: &str = "street st=street avenue ave=avenue av=avenue road rd=road boulevard blvd=boulevard place pl=place park station \
    school houses bridge square plaza tower towers hospital court parkway drive lane library";
/// Words before an English ending that make no name of it.
const ENGLISH_CUTS: &str = "the a an my our your this that same whole local public main in on at of to and or by near car train subway \
    bus gas fire police high middle elementary takes each";

struct Lists {
    sorts: Known,
    no_places: Known,
    no_codes: Known,
    english_cuts: Known,
    english_endings: HashMap<u64, u64>,
    is_english_ending: Known,
}

static LISTS: LazyLock<Lists> = LazyLock::new(|| Lists {
    sorts: Known::new(SORTS.split_whitespace().filter_map(of_letters)),
    no_places: Known::new(NO_PLACES.split_whitespace().filter_map(of_letters)),
    no_codes: Known::new(NO_CODES.split_whitespace().map(word)),
    english_cuts: Known::new(ENGLISH_CUTS.split_whitespace().map(word)),
    english_endings: english_endings().collect(),
    is_english_ending: Known::new(english_endings().map(|(form, _)| form)),
});

/// Each form of an ending and the ending.
fn english_endings() -> impl Iterator<Item = (u64, u64)> {
    ENGLISH_ENDINGS.split_whitespace().map(|form| {
        let (form, ending) = form.split_once('=').unwrap_or((form, form));
        (word(form), word(ending))
    })
}

/// The hash of a name, from its ending backwards: so one pass gives those of all its tails.
fn of_letters(name: &str) -> Option<u64> {
    let mut letters = name.chars().rev();
    let ending = of_ending(letters.next()?);
    Some(letters.fold(ending, |hash, letter| pair(hash, letter as u64)))
}

const fn of_ending(ending: char) -> u64 {
    pair(0x4e, ending as u64)
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
/// Ends the name of a school only after one of [`SCHOOLS`].
const SCHOOL: char = '学';
const SCHOOLS: &str = "小中大";
/// After a number it names a bus line.
const LINE: char = '路';
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
    words: [Option<(u64, Digits)>; 2],
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

    /// Reads on. Tells how many pieces up to here are a name's, at most [`MAX_PIECES`].
    #[inline]
    pub(super) fn read(&mut self, piece: Piece) -> usize {
        match piece {
            Piece::Han(letter) => self.han(letter),
            Piece::Word { hash, digits } => self.word(hash, digits),
            Piece::Break => {
                self.cut();
                0
            }
        }
    }

    fn cut(&mut self) {
        self.stem_len = 0;
        self.overflown = false;
        self.words = [None; 2];
    }

    #[inline]
    fn han(&mut self, letter: char) -> usize {
        let sort = SORT_OF_LETTER[letter as usize & 0xffff];
        if sort == CUT {
            self.cut();
            return 0;
        }
        if letter == LINE
            && self.stem_len == 0
            && let Some((number, Digits::All)) = self.words[1]
        {
            self.take(pair(number, LINE as u64));
        }
        let stem = if sort == ENDING {
            self.chinese(letter)
        } else {
            0
        };
        self.push(letter);
        self.words = [None; 2];
        if stem > 0 { stem + 1 } else { 0 }
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

    /// Takes the stem as it was cut; where nothing cut it, or it is long, also its last letters.
    fn chinese(&mut self, ending: char) -> usize {
        let stem = self.stem;
        let stem = &stem[..self.stem_len];
        if ending == SCHOOL && !stem.last().is_some_and(|letter| SCHOOLS.contains(*letter)) {
            return 0;
        }
        // By the number of letters before the ending, less one.
        let mut tails = [0; MAX_STEM];
        let mut hash = of_ending(ending);
        for (tail, letter) in tails.iter_mut().zip(stem.iter().rev()) {
            hash = pair(hash, *letter as u64);
            *tail = hash;
        }
        let tails = &tails[..stem.len()];
        let lists = &*LISTS;
        if tails.iter().any(|tail| lists.no_places.has(*tail)) {
            return 0;
        }
        // A sort of place is none, alone or after one letter.
        let is_sort = |len: usize| {
            tails[len.saturating_sub(2)..len]
                .iter()
                .any(|tail| lists.sorts.has(*tail))
        };
        let len = tails.len();
        let whole = (len > SHORT_STEM && !self.overflown).then_some(len);
        let short = len.min(SHORT_STEM);
        let shorter = (len >= SHORT_STEM).then(|| short - 1);
        let mut longest = 0;
        for len in [whole, Some(short), shorter].into_iter().flatten() {
            if len >= 2 && !is_sort(len) {
                self.take(tails[len - 1]);
                longest = longest.max(len);
            }
        }
        longest
    }

    fn word(&mut self, hash: u64, digits: Digits) -> usize {
        let mut pieces = 0;
        self.stem_len = 0;
        self.overflown = false;
        let lists = &*LISTS;
        if lists.is_english_ending.has(hash)
            && let Some(ending) = lists.english_endings.get(&hash)
            && let Some((before, counted)) = self.words[1]
            && !lists.english_cuts.has(before)
        {
            let name = pair(before, *ending);
            match self.words[0] {
                // 350 fulton street: the house is a name by itself, and the street another.
                Some((house, Digits::All)) if counted != Digits::All => {
                    self.take(pair(house, name));
                    pieces = 3;
                }
                _ => pieces = 2,
            }
            self.take(name);
        }
        if digits == Digits::Some && !lists.no_codes.has(hash) {
            self.take(hash);
            pieces = 1;
        }
        self.words = [self.words[1], Some((hash, digits))];
        pieces
    }

    fn take(&mut self, name: u64) {
        let name = mix(name);
        if self.found.len() < MAX_NAMES && !self.found.contains(&name) {
            self.found.push(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::letters::pieces;
    use super::*;

    fn of(text: &str) -> Vec<u64> {
        let mut names = Names::new();
        names.clear();
        pieces(text, |piece| {
            names.read(piece);
        });
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
        assert!(share("58路公交车太慢", "等58路要半小时"));
        assert!(share("the B41 is late", "two B41 buses"));
        assert!(share("阳光幼儿园收费", "请查阳光幼儿园"));
        assert!(share("Fulton St is dark", "rats on Fulton Street"));
    }

    #[test]
    fn another_name_is_another() {
        assert!(!share(
            "丽景新城小区旁边的搅拌站",
            "金湖新城小区旁边的搅拌站"
        ));
        assert!(!share("Fulton Street", "Pearl Street"));
        assert!(!share("启明职业学院强制实习", "南湖职业学院强制实习"));
        assert!(!share("58路公交车", "312路公交车"));
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
