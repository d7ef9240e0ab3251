//! The words of a message for mining: shingles that say what the matter is, and names that say where.
//!
//! Names are found in the file itself, so that no list of a city's estates is needed: a piece of three to six Han letters
//! that ends as places do (`苑`, `城`, `路`, `学院`, …), stands in several messages, and mostly follows something that ends before
//! it (a line's begin, `A2区`, `在`). The letters of names are left out of the shingles: what is said and where it is are
//! weighed apart.

use std::collections::HashMap;
use std::ops::Range;

use super::super::letters::{is_han, plain};
use super::super::minhash::{mix, pair};
use super::vectors::SameHash;

/// Letters of a message's detail that are read.
const MAX_LETTERS: usize = 600;
/// What a word of the subject counts against one of the detail.
const SUBJECT: f32 = 2.0;
/// Letters of a name.
const NAME_LETTERS: Range<usize> = 3..7;
/// The share of a name's occurrences that follow something that ends before it.
const LEAST_FREE: f32 = 0.25;

/// How names end.
const ENDINGS: &str =
    "区园苑城府郡湾庭居寓厦场路街道巷村组屯镇乡站桥港湖山馆院校学厂司团际墅岛洲坪里馨寨塘网墩贷";
/// After these a name may begin.
const OPENERS: &str = "市区县镇乡道路的在于对至从和与到及位";
/// No name has these in it.
const NEVER: &str =
    "市县省的了是在和与及我你他她它们这那该本请求问诉映报有没不为因就都也很被把将让给从向对到等";
/// Nor begins with these.
const NEVER_FIRST: &str = "市区县省镇乡路街道个等某各多住";
/// Sorts of places, and words that end as places do.
const SORTS: &str = "小区 社区 花园 家园 公园 幼儿园 学校 小学 中学 大学 学院 马路 公路 道路 街道 农村 乡村 公司 医院 超市 市场 广场 停车场 \
    地铁 集团 居民区 办事处 开发商 工地 主干道 人行道 通道 公交站 地铁站 搅拌站 垃圾站 变电站 加油站 住宅区 安置区 校区 片区 城区 园区 辖区 \
    菜市场 农贸市场 麻将馆 饭馆 宾馆 茶馆 工厂 水泥厂 水厂 搅拌厂 混凝土厂 加工厂 化工厂 大学生 中小学 二期 三期 商铺 门面 政府 业委会 物业公司 自来水公司 有限公司 开发公司 \
    经开区 高新区 开发区 互联网 车站 火车站 天桥 大桥 立交桥 下水道 地下通道 消防通道 生命通道 绿化带 红绿灯 现场 商场 驾校 学区 工业区 风景区 \
    十字路 双向车道 车道 轨道 烟道 频道 渠道 管道 隧道 报道 实际 国际 法院 检察院 研究院 国网 官网 外网 上网 联网 同学 入学 上学 放学 开学 科学 数学";

/// What stands in messages of every matter, by twos.
const COMMON: &str = "何时 时候 什么 怎么 为何 为什 是否 能否 可以 希望 领导 您好 你好 请问 谢谢 投诉 反映 咨询 建议 解决 问题 尊敬 我们 他们 没有 一直 现在 \
    已经 进行 相关 有关 部门 一个 因为 所以 如果 但是 就是 不能 还是 多次 市民";

/// A message's words.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// Shingle → how often, the subject's counting more.
    pub(super) shingles: Vec<(u64, f32)>,
    /// Name → the same.
    pub(super) names: Vec<(u64, f32)>,
}

/// The letters of subject and detail, plain, with what is no letter as spaces.
fn letters(text: &str) -> Vec<char> {
    let known = |letter: char| {
        if letter.is_alphanumeric() {
            letter
        } else {
            ' '
        }
    };
    text.chars()
        .take(MAX_LETTERS)
        .map(plain)
        .map(known)
        .collect()
}

fn is_one_of(set: &[char], letter: char) -> bool {
    set.binary_search(&letter).is_ok()
}

fn sorted(letters: &str) -> Vec<char> {
    let mut letters: Vec<char> = letters.chars().collect();
    letters.sort_unstable();
    letters
}

fn hash(letters: &[char]) -> u64 {
    letters
        .iter()
        .fold(0x6c, |hash, letter| pair(hash, *letter as u64))
}

/// The names of a file.
#[derive(Debug)]
pub(super) struct Lexicon {
    known: HashMap<u64, (), SameHash>,
    endings: Vec<char>,
    common: HashMap<u64, (), SameHash>,
}

/// How often a piece stands anywhere, how often after an opener, and in which message last.
#[derive(Clone, Copy)]
struct Count {
    all: u32,
    free: u32,
    messages: u32,
    last: u32,
}

impl Lexicon {
    /// Finds the names of a file.
    pub(super) fn new<'a>(messages: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let endings = sorted(ENDINGS);
        let (openers, never, never_first) = (sorted(OPENERS), sorted(NEVER), sorted(NEVER_FIRST));
        let sorts: Vec<Vec<char>> = SORTS
            .split_whitespace()
            .map(|sort| sort.chars().collect())
            .collect();
        let mut counts: HashMap<u64, Count, SameHash> = HashMap::default();
        for ((subject, detail), message) in messages.zip(0..) {
            for text in [subject, detail] {
                let text = letters(text);
                pieces(&text, &endings, |piece| {
                    let name = &text[piece.clone()];
                    if is_one_of(&never_first, name[0])
                        || name.iter().any(|letter| is_one_of(&never, *letter))
                        || sorts
                            .iter()
                            .any(|sort| name.ends_with(sort) && name.len() < sort.len() + 2)
                    {
                        return;
                    }
                    let before = piece.start.checked_sub(1).map(|at| text[at]);
                    let free =
                        before.is_none_or(|before| !is_han(before) || is_one_of(&openers, before));
                    let count = counts.entry(hash(name)).or_insert(Count {
                        all: 0,
                        free: 0,
                        messages: 0,
                        last: u32::MAX,
                    });
                    count.all += 1;
                    count.free += u32::from(free);
                    if count.last != message {
                        count.last = message;
                        count.messages += 1;
                    }
                });
            }
        }
        let known = counts
            .into_iter()
            .filter(|(_, count)| {
                count.messages >= 2 && count.free as f32 >= LEAST_FREE * count.all as f32
            })
            .map(|(name, _)| (name, ()));
        Self {
            known: known.collect(),
            endings,
            common: COMMON
                .split_whitespace()
                .map(|two| (hash(&two.chars().collect::<Vec<_>>()), ()))
                .collect(),
        }
    }

    /// Every name in a text, with where it stands.
    fn names(&self, text: &[char], mut show: impl FnMut(u64, Range<usize>)) {
        pieces(text, &self.endings, |piece| {
            let name = hash(&text[piece.clone()]);
            if self.known.contains_key(&name) {
                show(name, piece);
            }
        });
    }

    /// The letters of a name as they stand in a text.
    pub(super) fn spell(&self, name: u64, text: &str) -> Option<String> {
        let text = letters(text);
        let mut found = None;
        self.names(&text, |other, piece| {
            if other == name {
                found = Some(text[piece].iter().collect());
            }
        });
        found
    }

    /// The words of a message.
    pub(super) fn words(&self, subject: &str, detail: &str) -> Words {
        let mut shingles: HashMap<u64, f32, SameHash> = HashMap::default();
        let mut names: HashMap<u64, f32, SameHash> = HashMap::default();
        for (text, weight) in [(subject, SUBJECT), (detail, 1.0)] {
            let mut text = letters(text);
            let mut spans = Vec::new();
            self.names(&text, |name, piece| {
                *names.entry(name).or_default() += weight;
                spans.push(piece);
            });
            for letter in spans.into_iter().flatten() {
                text[letter] = ' ';
            }
            self::shingles(&text, |shingle| {
                if !self.common.contains_key(&shingle) {
                    *shingles.entry(shingle).or_default() += weight;
                }
            });
        }
        let sorted = |words: HashMap<u64, f32, SameHash>| {
            let mut words: Vec<_> = words.into_iter().collect();
            words.sort_unstable_by_key(|(word, _)| *word);
            words
        };
        Words {
            shingles: sorted(shingles),
            names: sorted(names),
        }
    }
}

/// Shows each piece of letters that ends as places do.
fn pieces(text: &[char], endings: &[char], mut show: impl FnMut(Range<usize>)) {
    // How many letters there are since the last sign, or since the last district.
    let mut run = 0;
    for (at, letter) in text.iter().enumerate() {
        run = if *letter == ' ' { 0 } else { run + 1 };
        if run >= NAME_LETTERS.start && is_one_of(endings, *letter) {
            for len in NAME_LETTERS.take_while(|len| *len <= run) {
                let from = at + 1 - len;
                // A number or a word of other letters is all of it in the name or not at all.
                let cuts = from > 0
                    && !is_han(text[from])
                    && !is_han(text[from - 1])
                    && text[from - 1] != ' ';
                // And it has at least two letters of its own.
                if !cuts && is_han(text[at - 1]) {
                    show(from..at + 1);
                }
            }
        }
        if *letter == '区' {
            run = 0;
        }
    }
}

/// Han letters by twos and threes, other letters by words.
fn shingles(text: &[char], mut show: impl FnMut(u64)) {
    let mut from = 0;
    while from < text.len() {
        let letter = text[from];
        if letter == ' ' {
            from += 1;
        } else if is_han(letter) {
            for len in [2, 3] {
                if let Some(shingle) = text.get(from..from + len)
                    && shingle.iter().all(|letter| is_han(*letter))
                {
                    show(hash(shingle));
                }
            }
            from += 1;
        } else {
            let len = text[from..]
                .iter()
                .take_while(|letter| **letter != ' ' && !is_han(**letter))
                .count();
            show(mix(hash(&text[from..from + len])));
            from += len;
        }
    }
}
