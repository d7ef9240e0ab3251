//! The words of a text in the Latin script, and the language that they speak for.

use std::sync::LazyLock;

use swiftline_domain::vocabulary::Language;

use super::fold::fold;
use super::pinyin::is_pinyin;
use super::wordlist::WORDS;

/// A language that is known by its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tongue {
    English,
    Spanish,
    French,
    Haitian,
    Portuguese,
    Italian,
    German,
    Polish,
    Vietnamese,
    Indonesian,
    Turkish,
    Dutch,
    Romanian,
    Tagalog,
    Albanian,
    /// Chinese in Latin letters.
    Pinyin,
}

impl Tongue {
    const ALL: [Self; 16] = [
        Self::English,
        Self::Spanish,
        Self::French,
        Self::Haitian,
        Self::Portuguese,
        Self::Italian,
        Self::German,
        Self::Polish,
        Self::Vietnamese,
        Self::Indonesian,
        Self::Turkish,
        Self::Dutch,
        Self::Romanian,
        Self::Tagalog,
        Self::Albanian,
        Self::Pinyin,
    ];

    pub(super) fn language(self) -> Language {
        let code = match self {
            Self::English => return Language::ENGLISH,
            Self::Pinyin => return Language::CHINESE,
            Self::Spanish => "es",
            Self::French => "fr",
            Self::Haitian => "ht",
            Self::Portuguese => "pt",
            Self::Italian => "it",
            Self::German => "de",
            Self::Polish => "pl",
            Self::Vietnamese => "vi",
            Self::Indonesian => "id",
            Self::Turkish => "tr",
            Self::Dutch => "nl",
            Self::Romanian => "ro",
            Self::Tagalog => "tl",
            Self::Albanian => "sq",
        };
        code.parse().unwrap_or(Language::UNDETERMINED)
    }
}

/// What a word of one language only says. One of two says half as much, and so on.
const WHOLE: u16 = 12;
/// What a letter says that hardly another language has.
const LETTER: u16 = 8;
/// Letters count no more often than this, so that one name does not decide.
const MOST_LETTERS: u8 = 3;

/// The best is sure with so much: two words of its own, or several that few others have.
const SURE: u16 = 24;
/// And so much in a hundred of what it would have if every word were its own.
const SURE_PERCENT: u32 = 12;
/// It leans to what has so much: one word of its own.
const LEANING: u16 = 12;
/// Of a hundred words of a text in pinyin, so many are syllables (the rest are names and brands).
const PINYIN_PERCENT: usize = 80;

/// How often a text is looked at whether it is sure already, in words.
const LOOK_EVERY: usize = 12;

/// What was said for each language.
#[derive(Debug)]
pub(super) struct Said {
    scores: [u16; Tongue::ALL.len()],
    words: usize,
}

impl Said {
    /// Reads words until the language is sure.
    pub(super) fn of(text: &str) -> Self {
        let mut said = Self {
            scores: [0; Tongue::ALL.len()],
            words: 0,
        };
        let mut letters = [0_u8; Tongue::ALL.len()];
        let mut sure = false;
        fold(text, &mut |word, mark| {
            if let Some(tongue) = mark
                && letters[tongue as usize] < MOST_LETTERS
            {
                letters[tongue as usize] += 1;
                said.add(tongue, LETTER);
            }
            if !word.is_empty() {
                said.hear(word);
                sure = said.words.is_multiple_of(LOOK_EVERY) && said.clearly().is_some();
            }
            !sure
        });
        if said.leads(Tongue::Pinyin) && !is_in_pinyin(text) {
            said.scores[Tongue::Pinyin as usize] = 0;
        }
        said
    }

    /// The language, where the words leave no doubt.
    pub(super) fn language(&self) -> Option<Tongue> {
        self.clearly()
    }

    /// What a single word speaks for, where nothing speaks against it. What English shares with others, such as
    /// "article", is English.
    pub(super) fn leaning(&self) -> Option<Tongue> {
        let (best, score, next) = self.best();
        let is_alone = score >= LEANING && score >= next * 3 / 2;
        let is_shared = best == Tongue::English && score * 2 >= LEANING;
        (is_alone || is_shared).then_some(best)
    }

    /// Whether some word is one of this language, and hardly any more of another.
    pub(super) fn speaks_for(&self, language: Language) -> bool {
        let (_, most, _) = self.best();
        let of_language = Tongue::ALL
            .iter()
            .find(|tongue| tongue.language() == language);
        of_language.is_some_and(|tongue| {
            let score = self.scores[*tongue as usize];
            score > 0 && score * 3 >= most * 2
        })
    }

    fn clearly(&self) -> Option<Tongue> {
        let (best, score, next) = self.best();
        let all = u32::try_from(self.words)
            .unwrap_or(u32::MAX)
            .saturating_mul(WHOLE.into());
        let enough = u32::from(score) * 100 >= all.saturating_mul(SURE_PERCENT);
        (score >= SURE && enough && u32::from(score) * 3 >= u32::from(next) * 4).then_some(best)
    }

    fn leads(&self, tongue: Tongue) -> bool {
        let (best, score, _) = self.best();
        best == tongue && score > 0
    }

    /// The best with its score, and the next one's score.
    fn best(&self) -> (Tongue, u16, u16) {
        let (mut best, mut score, mut next) = (Tongue::English, self.scores[0], 0);
        for tongue in &Tongue::ALL[1..] {
            let other = self.scores[*tongue as usize];
            if other > score {
                (best, next, score) = (*tongue, score, other);
            } else {
                next = next.max(other);
            }
        }
        (best, score, next)
    }

    fn hear(&mut self, word: &[u8]) {
        if word.len() > 1 {
            self.words += 1;
        }
        let mut mask = TABLE.get(hash(word));
        if mask == 0 {
            return;
        }
        // A letter alone says little.
        let whole = if word.len() > 1 { WHOLE } else { WHOLE / 3 };
        let share = whole / u16::try_from(mask.count_ones()).unwrap_or(whole);
        while mask != 0 {
            let tongue = Tongue::ALL[mask.trailing_zeros() as usize];
            self.add(tongue, share);
            mask &= mask - 1;
        }
    }

    fn add(&mut self, tongue: Tongue, weight: u16) {
        let score = &mut self.scores[tongue as usize];
        *score = score.saturating_add(weight);
    }
}

/// Whether nearly all words are syllables of Mandarin.
fn is_in_pinyin(text: &str) -> bool {
    let (mut words, mut syllables) = (0, 0);
    fold(text, &mut |word, _| {
        if !word.is_empty() {
            words += 1;
            syllables += usize::from(is_pinyin(word));
        }
        true
    });
    syllables >= 2 && syllables * 100 >= words * PINYIN_PERCENT
}

/// FNV-1a.
const fn hash(word: &[u8]) -> u64 {
    let (mut hash, mut index) = (0xCBF2_9CE4_8422_2325_u64, 0);
    while index < word.len() {
        hash = (hash ^ word[index] as u64).wrapping_mul(0x0000_0100_0000_01B3);
        index += 1;
    }
    hash
}

/// The languages of each word, one bit for each of [`Tongue::ALL`]: open addressing, 64 KB, half empty.
struct Table {
    slots: Box<[(u64, u16)]>,
}

/// A power of two, about twice the words.
const SLOTS: usize = 4_096;

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table {
        slots: vec![(0, 0); SLOTS].into_boxed_slice(),
    };
    for (tongue, words) in WORDS {
        for word in words.split(' ').filter(|word| !word.is_empty()) {
            let slot = table.slot(hash(word.as_bytes()));
            table.slots[slot].0 = hash(word.as_bytes());
            table.slots[slot].1 |= 1 << tongue as u16;
        }
    }
    table
});

impl Table {
    fn get(&self, hash: u64) -> u16 {
        self.slots[self.slot(hash)].1
    }

    /// Where the word is, or would be.
    fn slot(&self, hash: u64) -> usize {
        let mut slot = usize::try_from(hash >> 40).unwrap_or(0) % SLOTS;
        while self.slots[slot].1 != 0 && self.slots[slot].0 != hash {
            slot = (slot + 1) % SLOTS;
        }
        slot
    }
}

#[cfg(test)]
mod unit_tests {
    use super::super::fold::LONGEST;
    use super::*;

    #[test]
    fn the_tongues_stand_in_their_own_order() {
        for (number, tongue) in Tongue::ALL.into_iter().enumerate() {
            assert_eq!(tongue as usize, number);
            assert_ne!(tongue.language(), Language::UNDETERMINED);
        }
    }

    #[test]
    fn the_table_is_at_most_two_thirds_full_and_lists_are_folded() {
        let used = TABLE.slots.iter().filter(|(_, mask)| *mask != 0).count();
        assert!(used * 3 <= SLOTS * 2, "{used}");
        for (_, words) in WORDS {
            for word in words.split(' ') {
                assert!(
                    word.len() <= LONGEST && word.bytes().all(|b| b.is_ascii_lowercase()),
                    "{word}"
                );
            }
        }
    }

    #[test]
    fn two_words_make_sure_and_one_leans() {
        assert_eq!(
            Said::of("there is no heat in the house").language(),
            Some(Tongue::English)
        );
        assert_eq!(Said::of("vecino").language(), None);
        assert_eq!(Said::of("vecino").leaning(), Some(Tongue::Spanish));
        assert_eq!(Said::of("zebra").leaning(), None);
    }

    #[test]
    fn pinyin_needs_syllables_everywhere() {
        assert_eq!(
            Said::of("wo jia mei you shui le").language(),
            Some(Tongue::Pinyin)
        );
        assert_ne!(
            Said::of("mei zai xiaoqu street lights broken wires").language(),
            Some(Tongue::Pinyin)
        );
    }
}
