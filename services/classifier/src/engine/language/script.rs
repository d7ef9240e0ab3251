//! How many letters of which scripts a text has. Most scripts have one language that people call in; the letters of the
//! others are told apart in [`super::alike`].

use swiftline_domain::vocabulary::Language;

use super::alike;

/// A Han character says about as much as three Latin letters; a syllable of kana or Hangul is counted the same.
const LETTERS_PER_CHARACTER: usize = 3;

/// Characters that carry a Chinese sentence, in both spellings. Names and addresses hardly have them.
const GRAMMAR: &str = "的了是我你他她您不没沒有这這那们們在吗嗎呢吧请請就也都还還被把给給和要会會能很太到又再什么麼怎";

/// Characters that only Japanese writes so.
const JAPANESE: &str =
    "駅気広売読実続対県円働込単戦団図変応沢択験険検経歩毎発渋畑峠辻楽栄価仮塩帰圧囲択庁労";

/// Letters of each script; no letter is counted twice.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Script {
    pub(super) latin: usize,
    /// Of the Han characters, those that carry a Chinese sentence.
    pub(super) grammar: usize,
    han: usize,
    japanese: usize,
    kana: usize,
    /// の, which Chinese shop signs borrow.
    no: usize,
    hangul: usize,
    /// By [`Alphabet`].
    alphabets: [usize; ALPHABETS.len()],
}

/// A script with an alphabet of its own, and the language that it most likely is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Alphabet {
    Cyrillic,
    Arabic,
    Hebrew,
    Devanagari,
    Bengali,
    Thai,
    Tibetan,
    Greek,
    Armenian,
    Georgian,
    Gurmukhi,
    Gujarati,
    Tamil,
    Telugu,
    Kannada,
    Malayalam,
    Sinhala,
    Lao,
    Burmese,
    Khmer,
    Ethiopic,
    Mongolian,
    Thaana,
}

/// In the order of [`Alphabet`].
const ALPHABETS: [&str; 23] = [
    "ru", "ar", "he", "hi", "bn", "th", "bo", "el", "hy", "ka", "pa", "gu", "ta", "te", "kn", "ml",
    "si", "lo", "my", "km", "am", "mn", "dv",
];

impl Script {
    pub(super) fn of(text: &str) -> Self {
        let mut script = Self::default();
        let mut wide = text.chars();
        for byte in text.bytes() {
            script.latin += usize::from(byte.is_ascii_alphabetic());
        }
        if !text.is_ascii() {
            wide.by_ref()
                .filter(|c| !c.is_ascii())
                .for_each(|c| script.count(c));
        }
        script
    }

    fn count(&mut self, c: char) {
        match c {
            '\u{4E00}'..='\u{9FFF}' => {
                self.han += 1;
                self.grammar += usize::from(is_in(&GRAMMAR_BITS, c));
                self.japanese += usize::from(is_in(&JAPANESE_BITS, c));
            }
            // Punctuation of these scripts, told from letters more cheaply than by asking Unicode.
            '\u{2000}'..='\u{206F}' | '\u{3000}'..='\u{303F}' | '\u{FF00}'..='\u{FF20}' => {}
            'の' => self.no += 1,
            '\u{3041}'..='\u{30FA}' | '\u{30FC}'..='\u{30FF}' => self.kana += 1,
            '\u{1100}'..='\u{11FF}' | '\u{AC00}'..='\u{D7AF}' => self.hangul += 1,
            '\u{3400}'..='\u{4DBF}' | '\u{20000}'..='\u{3FFFF}' => self.han += 1,
            _ => match alphabet(c) {
                Some(alphabet) => self.alphabets[alphabet as usize] += 1,
                None => self.latin += usize::from(c.is_alphabetic()),
            },
        }
    }

    /// Han, kana and Hangul, in Latin letters' worth.
    pub(super) const fn eastern(&self) -> usize {
        (self.han + self.kana + self.no + self.hangul) * LETTERS_PER_CHARACTER
    }

    /// All that is not Latin, in Latin letters' worth.
    pub(super) fn others(&self) -> usize {
        self.eastern() + self.alphabets.iter().sum::<usize>()
    }

    /// The language of what is not Latin; `None` when there is nothing such.
    pub(super) fn language(&self, text: &str) -> Option<Language> {
        let (alphabet, letters) = (0..ALPHABETS.len())
            .map(|alphabet| (alphabet, self.alphabets[alphabet]))
            .max_by_key(|(alphabet, letters)| (*letters, ALPHABETS.len() - alphabet))?;
        if self.eastern() >= letters && self.eastern() > 0 {
            return self.eastern_language().parse().ok();
        }
        if letters == 0 {
            return None;
        }
        let code = match alphabet {
            0 => alike::cyrillic(text),
            1 => alike::arabic(text),
            2 => alike::hebrew(text),
            3 => alike::devanagari(text),
            _ => ALPHABETS[alphabet],
        };
        code.parse().ok()
    }

    /// Han without kana is Chinese, with some kana Japanese; Hangul is Korean.
    const fn eastern_language(&self) -> &'static str {
        let is_japanese = self.kana > 0 && self.kana * 10 >= self.han
            || self.japanese * 8 >= self.han && self.grammar < self.japanese;
        if self.hangul > self.han + self.kana {
            "ko"
        } else if is_japanese {
            "ja"
        } else {
            "zh"
        }
    }
}

/// The blocks of the scripts that have one, in the order of Unicode.
const fn alphabet(c: char) -> Option<Alphabet> {
    Some(match c {
        '\u{0370}'..='\u{03FF}' => Alphabet::Greek,
        '\u{0400}'..='\u{052F}' => Alphabet::Cyrillic,
        '\u{0531}'..='\u{058A}' => Alphabet::Armenian,
        '\u{0591}'..='\u{05F4}' | '\u{FB1D}'..='\u{FB4F}' => Alphabet::Hebrew,
        '\u{0620}'..='\u{065F}'
        | '\u{066E}'..='\u{06D3}'
        | '\u{06FA}'..='\u{06FF}'
        | '\u{0750}'..='\u{077F}'
        | '\u{FB50}'..='\u{FDFF}'
        | '\u{FE70}'..='\u{FEFC}' => Alphabet::Arabic,
        '\u{0780}'..='\u{07BF}' => Alphabet::Thaana,
        '\u{0900}'..='\u{0963}' | '\u{0971}'..='\u{097F}' => Alphabet::Devanagari,
        '\u{0980}'..='\u{09E3}' => Alphabet::Bengali,
        '\u{0A01}'..='\u{0A65}' => Alphabet::Gurmukhi,
        '\u{0A81}'..='\u{0AE3}' => Alphabet::Gujarati,
        '\u{0B82}'..='\u{0BD7}' => Alphabet::Tamil,
        '\u{0C00}'..='\u{0C63}' => Alphabet::Telugu,
        '\u{0C80}'..='\u{0CE3}' => Alphabet::Kannada,
        '\u{0D00}'..='\u{0D63}' => Alphabet::Malayalam,
        '\u{0D80}'..='\u{0DDF}' => Alphabet::Sinhala,
        '\u{0E01}'..='\u{0E4E}' => Alphabet::Thai,
        '\u{0E81}'..='\u{0ECD}' => Alphabet::Lao,
        '\u{0F00}'..='\u{0FBC}' => Alphabet::Tibetan,
        '\u{1000}'..='\u{103F}' => Alphabet::Burmese,
        '\u{10A0}'..='\u{10FF}' => Alphabet::Georgian,
        '\u{1200}'..='\u{135F}' => Alphabet::Ethiopic,
        '\u{1780}'..='\u{17D3}' => Alphabet::Khmer,
        '\u{1820}'..='\u{1878}' => Alphabet::Mongolian,
        _ => return None,
    })
}

/// One bit for each of the 20,992 characters of the main Han block.
type HanBits = [u64; 328];

static GRAMMAR_BITS: HanBits = bits(GRAMMAR);
static JAPANESE_BITS: HanBits = bits(JAPANESE);

/// Each of `characters` is three bytes of UTF-8, as all of the block are.
const fn bits(characters: &str) -> HanBits {
    let (bytes, mut bits, mut at) = (characters.as_bytes(), [0; 328], 0);
    while at < bytes.len() {
        let scalar = (bytes[at] as u32 & 0x0F) << 12
            | (bytes[at + 1] as u32 & 0x3F) << 6
            | (bytes[at + 2] as u32 & 0x3F);
        let number = (scalar - 0x4E00) as usize;
        bits[number / 64] |= 1 << (number % 64);
        at += 3;
    }
    bits
}

/// Only for characters of the main Han block.
const fn is_in(bits: &HanBits, c: char) -> bool {
    let number = (c as u32 - 0x4E00) as usize;
    bits[number / 64] >> (number % 64) & 1 == 1
}
