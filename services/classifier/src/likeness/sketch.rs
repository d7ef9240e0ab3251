//! A message in a hundred bytes: what likeness needs of it, and the keys by which others find it.

use std::sync::LazyLock;

use jiff::Timestamp;
use swiftline_domain::classification::Classification;
use swiftline_domain::complaint::{Complaint, Location};
use swiftline_domain::id::{AreaId, CategoryId};
use swiftline_domain::number::CaseNumber;

use super::known::Known;
use super::letters::{Piece, pieces, word};
use super::minhash::{KEPT_BYTES, Kept, MinHash, mix, pair};
use super::names::{MAX_NAMES, MAX_PIECES, Names};

/// Bands of the signature, each of [`ROWS`] places: two messages with a resemblance of 0.6 share at least one with a
/// probability of 0.62, with 0.7 of 0.81, with 0.8 of 0.94, with 0.05 of 0.0005. More bands would find more and cost more: a
/// key costs Redis about three microseconds and a hundred bytes. Most near-duplicates share a name or a place as well.
const BANDS: usize = 4;
const ROWS: usize = 3;
/// Single places of the signature that count where area and category are the same: a resemblance is found with its own
/// probability, and a near-duplicate of 0.6 by these or the bands with 0.85.
const PLACED: usize = 1;
/// Names that are keys.
const NAMED: usize = 3;
/// Places by name and by cell that are kept.
const MAX_PLACES: usize = MAX_NAMES + 2;
/// The most keys of a sketch.
const MAX_KEYS: usize = BANDS + PLACED + NAMED + 2;
/// The side of a cell of the map in degrees of latitude, about 220 m; of longitude the same in degrees.
const CELL: f64 = 0.002;
/// Letters of a text that are looked at: the matter is said by then.
const MAX_LETTERS: usize = 2_000;
/// Shingles that wait until it is clear that they are no part of a name; at least [`MAX_PIECES`], a power of two.
const WAITING: usize = 8;
const _: () = assert!(WAITING >= MAX_PIECES);
/// Bytes of a sketch in the store.
pub(super) const WIRE_BYTES: usize = 4 + 2 + 2 + 2 * MAX_PLACES + KEPT_BYTES;

/// What everybody writes to a hotline, whatever the matter.
const BOILERPLATE: [&str; 48] = [
    "您好", "你好", "尊敬", "敬的", "领导", "书记", "市长", "谢谢", "感谢", "希望", "望领", "请求",
    "恳请", "有关", "相关", "关部", "部门", "政府", "解决", "处理", "反映", "投诉", "举报", "咨询",
    "请问", "我们", "我是", "一个", "什么", "没有", "这个", "为什", "尽快", "问题", "市民", "居民",
    "业主", "能否", "是否", "可以", "就是", "他们", "自己", "现在", "已经", "以及", "进行", "多次",
];
/// The same in English, and words of grammar.
const ENGLISH_BOILERPLATE: [&str; 72] = [
    "hello",
    "hi",
    "dear",
    "sir",
    "madam",
    "thanks",
    "thank",
    "you",
    "please",
    "the",
    "a",
    "an",
    "and",
    "or",
    "of",
    "to",
    "in",
    "on",
    "at",
    "is",
    "are",
    "was",
    "were",
    "be",
    "been",
    "it",
    "its",
    "this",
    "that",
    "there",
    "i",
    "we",
    "my",
    "our",
    "me",
    "us",
    "they",
    "their",
    "for",
    "with",
    "from",
    "by",
    "has",
    "have",
    "had",
    "not",
    "no",
    "do",
    "does",
    "did",
    "can",
    "could",
    "would",
    "will",
    "as",
    "so",
    "but",
    "very",
    "all",
    "any",
    "someone",
    "something",
    "help",
    "complaint",
    "report",
    "reporting",
    "complain",
    "issue",
    "problem",
    "about",
    "again",
    "since",
];

static COMMON: LazyLock<Known> = LazyLock::new(|| {
    let chinese = BOILERPLATE.iter().filter_map(|two| {
        let mut letters = two.chars();
        Some(of_two(letters.next()?, letters.next()?))
    });
    let english = ENGLISH_BOILERPLATE.iter().map(|one| mix(word(one)));
    Known::new(chinese.chain(english))
});

#[inline]
fn of_two(one: char, other: char) -> u64 {
    mix((u64::from(one as u32) << 32) | u64::from(other as u32))
}

/// What likeness knows of a message. Holds no text, and none can be got back from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sketch {
    pub(super) case: CaseNumber,
    /// Seconds since 1970.
    pub(super) at: u32,
    pub(super) category: u16,
    pub(super) area: u16,
    /// Names and cells; zeros at the end.
    pub(super) places: [u16; MAX_PLACES],
    pub(super) kept: Kept,
    keys: [u64; MAX_KEYS],
    keys_len: usize,
}

impl Sketch {
    /// The case.
    #[must_use]
    pub fn case(&self) -> CaseNumber {
        self.case
    }

    /// Whether both share a key, so that the index brings one to the other.
    #[must_use]
    pub fn finds(&self, other: &Self) -> bool {
        self.keys().iter().any(|key| other.keys().contains(key))
    }

    /// How alike two messages are, 0 to 1; 0 when more than the window, in seconds, lies between them.
    #[must_use]
    pub fn likeness(&self, other: &Self, window: u32) -> f32 {
        super::score::score(self, other, window)
    }

    /// The keys by which likely others are found, at most 10; none for a message without words.
    pub(super) fn keys(&self) -> &[u64] {
        &self.keys[..self.keys_len]
    }

    fn key(&mut self, key: u64) {
        if self.keys_len < MAX_KEYS {
            self.keys[self.keys_len] = key;
            self.keys_len += 1;
        }
    }

    /// What the store keeps.
    pub(super) fn to_wire(&self) -> [u8; WIRE_BYTES] {
        let mut wire = [0; WIRE_BYTES];
        wire[..4].copy_from_slice(&self.at.to_le_bytes());
        let codes = [self.category, self.area].into_iter().chain(self.places);
        for (at, code) in wire[4..].chunks_exact_mut(2).zip(codes) {
            at.copy_from_slice(&code.to_le_bytes());
        }
        wire[WIRE_BYTES - KEPT_BYTES..].copy_from_slice(&self.kept.0);
        wire
    }

    /// What the store has kept of a case; `None` when it is something else.
    pub(super) fn from_wire(case: CaseNumber, wire: &[u8]) -> Option<Self> {
        let wire: &[u8; WIRE_BYTES] = wire.try_into().ok()?;
        let code = |place: usize| u16::from_le_bytes([wire[4 + 2 * place], wire[5 + 2 * place]]);
        let mut kept = [0; KEPT_BYTES];
        kept.copy_from_slice(&wire[WIRE_BYTES - KEPT_BYTES..]);
        Some(Self {
            case,
            at: u32::from_le_bytes([wire[0], wire[1], wire[2], wire[3]]),
            category: code(0),
            area: code(1),
            places: std::array::from_fn(|place| code(2 + place)),
            kept: Kept(kept),
            keys: [0; MAX_KEYS],
            keys_len: 0,
        })
    }
}

/// What is told of a message.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Told<'a> {
    /// Its text.
    pub text: &'a str,
    /// Where it is, in words.
    pub address: Option<&'a str>,
    /// Where it is, as a point.
    pub location: Option<Location>,
    /// What it is about.
    pub category: Option<&'a CategoryId>,
    /// The area that it is in.
    pub area: Option<&'a AreaId>,
}

impl<'a> Told<'a> {
    /// A complaint and what the classifier says of it.
    #[must_use]
    pub fn of(complaint: &'a Complaint, classification: &'a Classification) -> Self {
        Self {
            text: &complaint.text,
            address: complaint.address.as_deref(),
            location: complaint.location,
            category: classification.category.as_ref(),
            area: classification.place.as_ref(),
        }
    }
}

/// Makes sketches. Has room that is used again, so making one allocates nothing.
#[derive(Debug)]
pub struct Sketcher {
    hash: MinHash,
    names: Names,
}

impl Default for Sketcher {
    fn default() -> Self {
        Self::new()
    }
}

impl Sketcher {
    /// A new one.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            hash: MinHash::new(),
            names: Names::new(),
        }
    }

    /// The sketch of a message that was accepted at this time. Takes about three microseconds for 200 characters.
    pub fn sketch(&mut self, case: CaseNumber, accepted_at: Timestamp, told: &Told<'_>) -> Sketch {
        self.names.clear();
        if let Some(address) = told.address {
            pieces(address, |piece| {
                self.names.read(piece);
            });
        }
        self.read(told.text);
        let code_of = |id: Option<&str>| id.map_or(0, |id| code(word(id)));
        let mut sketch = Sketch {
            case,
            at: u32::try_from(accepted_at.as_second()).unwrap_or_default(),
            category: code_of(told.category.map(CategoryId::as_str)),
            area: code_of(told.area.map(AreaId::as_str)),
            places: [0; MAX_PLACES],
            kept: Kept([0; KEPT_BYTES]),
            keys: [0; MAX_KEYS],
            keys_len: 0,
        };
        let cells = told.location.map(cells).into_iter().flatten();
        let names = self.names.found();
        for name in names.iter().take(NAMED).copied().chain(cells.clone()) {
            sketch.key(pair(name, 1));
        }
        let places = names.iter().copied().chain(cells);
        for (place, name) in sketch.places.iter_mut().zip(places) {
            *place = code(name);
        }
        if self.hash.densify() {
            sketch.kept = self.hash.keep();
            self.bands(&mut sketch);
        }
        sketch
    }

    fn read(&mut self, text: &str) {
        self.hash.clear();
        let end = text.char_indices().nth(MAX_LETTERS).map(|(at, _)| at);
        let (hash, names, common) = (&mut self.hash, &mut self.names, &*COMMON);
        let mut before = None;
        // Shingles wait here until it is clear that they are no part of a name, which counts by itself.
        let mut waiting = [0; WAITING];
        let mut next = 0;
        pieces(&text[..end.unwrap_or(text.len())], |piece| {
            let shingle = match (piece, before) {
                (Piece::Han(letter), Some(Piece::Han(before))) => of_two(before, letter),
                (Piece::Word { hash, .. }, _) => mix(hash),
                _ => 0,
            };
            let named = names.read(piece);
            let ready = std::mem::replace(&mut waiting[next], shingle);
            if ready != 0 && !common.has(ready) {
                hash.add(ready);
            }
            for back in 0..named {
                waiting[(next + WAITING - back) % WAITING] = 0;
            }
            next = (next + 1) % WAITING;
            before = Some(piece);
        });
        for ready in waiting {
            if ready != 0 && !common.has(ready) {
                hash.add(ready);
            }
        }
    }

    fn bands(&self, sketch: &mut Sketch) {
        for band in 0..BANDS {
            let rows = (0..ROWS).map(|row| self.hash.place(band * ROWS + row));
            sketch.key(rows.fold(band as u64, pair));
        }
        if sketch.area != 0 {
            let whose = pair(u64::from(sketch.area), u64::from(sketch.category));
            for place in 0..PLACED {
                let least = self.hash.place(BANDS * ROWS + place);
                sketch.key(pair(pair(whose, place as u64), least));
            }
        }
    }
}

/// A hash in two bytes that are not zero.
fn code(hash: u64) -> u16 {
    ((mix(hash) >> 48) as u16).max(1)
}

/// The two cells around a point: one of a grid, one of the same grid moved by half a cell, so that neighbours across a
/// line of one grid meet in the other.
fn cells(at: Location) -> [u64; 2] {
    [0.0, 0.5].map(|shift| {
        let cell = |degrees: f64| ((degrees + 180.0) / CELL + shift) as u64;
        pair(
            pair(2 + (shift > 0.0) as u64, cell(at.latitude)),
            cell(at.longitude),
        )
    })
}
