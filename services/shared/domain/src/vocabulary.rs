//! The closed vocabularies of the trade: what kinds, channels, urgencies and languages there are.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A word that is not in a vocabulary.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{word:?} is not one of {}", .allowed.join(", "))]
pub struct UnknownWord {
    /// The word as given.
    pub word: String,
    /// The words that exist.
    pub allowed: &'static [&'static str],
}

macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant,)+ }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];
            /// Every value's word, in the same order.
            pub const WORDS: &'static [&'static str] = &[$($word,)+];

            /// The word used in files, on the command line, in spans and metrics.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;
            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(UnknownWord { word: word.to_owned(), allowed: Self::WORDS }),
                }
            }
        }
    };
}

vocabulary! {
    /// What the citizen wants.
    Kind {
        /// 咨询: a question, often answered from the knowledge base.
        Consultation = "consultation",
        /// 求助: asks for help.
        Help = "help",
        /// 投诉: a complaint.
        Complaint = "complaint",
        /// 举报: reports somebody's wrongdoing.
        Report = "report",
        /// 建议: a suggestion.
        Suggestion = "suggestion",
        /// 表扬: praise.
        Praise = "praise",
    }
}

vocabulary! {
    /// How soon somebody must act; also the lane of a team's queue. Ordered from the calmest to the most pressing.
    Urgency {
        /// The general case.
        Normal = "normal",
        /// Water, power, gas, heat, extreme weather.
        Urgent = "urgent",
        /// Danger to life or property.
        Emergency = "emergency",
    }
}

/// A lane of a team's queue. Lanes are read in order of urgency, the most pressing first.
pub type Lane = Urgency;

impl Urgency {
    /// The lanes in the order in which a desk reads them.
    pub const LANES: [Lane; 3] = [Urgency::Emergency, Urgency::Urgent, Urgency::Normal];
}

vocabulary! {
    /// The way a request came in.
    Channel {
        /// A call to the hotline.
        Phone = "phone",
        /// The city's web page.
        Web = "web",
        /// The city's app.
        App = "app",
        /// WeChat.
        Wechat = "wechat",
        /// Weibo.
        Weibo = "weibo",
        /// A message board.
        MessageBoard = "message_board",
        /// E-mail.
        Email = "email",
        /// The counter of an office.
        Counter = "counter",
        /// Another system, through an interface such as Open311.
        Api = "api",
    }
}

vocabulary! {
    /// Which of the merged hotlines was called. A request keeps the line it came in on.
    Line {
        /// The general hotline (12345, 311).
        General = "general",
        /// The line for enterprises.
        Enterprise = "enterprise",
        /// The line with foreign-language operators.
        ForeignLanguage = "foreign_language",
        /// A line merged into the general one that kept its number.
        Merged = "merged",
    }
}

vocabulary! {
    /// Who asks.
    ReporterType {
        /// A resident.
        Resident = "resident",
        /// An enterprise.
        Enterprise = "enterprise",
        /// A visitor or tourist.
        Visitor = "visitor",
        /// A public body or its staff.
        Official = "official",
    }
}

vocabulary! {
    /// What sort of day it is, for rules and duty hours.
    DayClass {
        /// A working day, make-up workdays included.
        Workday = "workday",
        /// A weekend day that is neither a holiday nor a make-up workday.
        Weekend = "weekend",
        /// A public holiday.
        Holiday = "holiday",
    }
}

vocabulary! {
    /// What a rule can ask of a day. Several may hold: a holiday can have extreme weather.
    DayTag {
        /// See [`DayClass::Workday`].
        Workday = "workday",
        /// See [`DayClass::Weekend`].
        Weekend = "weekend",
        /// See [`DayClass::Holiday`].
        Holiday = "holiday",
        /// The city has declared extreme weather.
        ExtremeWeather = "extreme_weather",
    }
}

impl From<DayClass> for DayTag {
    fn from(class: DayClass) -> Self {
        match class {
            DayClass::Workday => Self::Workday,
            DayClass::Weekend => Self::Weekend,
            DayClass::Holiday => Self::Holiday,
        }
    }
}

/// A language by its ISO 639-1 code, such as `zh` or `en`; `und` when it could not be told.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Language([u8; 3]);

impl Language {
    /// Undetermined (ISO 639-2 `und`).
    pub const UNDETERMINED: Self = Self(*b"und");
    /// Chinese.
    pub const CHINESE: Self = Self(*b"zh\0");
    /// English.
    pub const ENGLISH: Self = Self(*b"en\0");

    /// The code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let len = if self.0[2] == 0 { 2 } else { 3 };
        std::str::from_utf8(&self.0[..len]).unwrap_or("und")
    }
}

impl FromStr for Language {
    type Err = LanguageError;

    fn from_str(code: &str) -> Result<Self, LanguageError> {
        let bytes = code.as_bytes();
        if !matches!(bytes.len(), 2 | 3) || !bytes.iter().all(u8::is_ascii_lowercase) {
            return Err(LanguageError(code.to_owned()));
        }
        let mut raw = [0; 3];
        raw[..bytes.len()].copy_from_slice(bytes);
        Ok(Self(raw))
    }
}

/// A text that is not a language code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an ISO 639 language code of two or three lower-case letters")]
pub struct LanguageError(String);

impl TryFrom<String> for Language {
    type Error = LanguageError;
    fn try_from(code: String) -> Result<Self, LanguageError> {
        code.parse()
    }
}

impl From<Language> for String {
    fn from(language: Language) -> Self {
        language.as_str().to_owned()
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back_as_its_value() {
        for urgency in Urgency::ALL {
            assert_eq!(urgency.as_str().parse(), Ok(*urgency));
        }
        let unknown = "carrier_pigeon".parse::<Channel>().unwrap_err();
        assert!(unknown.to_string().contains("phone, web, app"));
    }

    #[test]
    fn the_most_pressing_lane_is_read_first() {
        assert!(Urgency::LANES.is_sorted_by(|a, b| a > b));
    }

    #[test]
    fn language_codes_are_two_or_three_lower_case_letters() {
        assert_eq!("zh".parse(), Ok(Language::CHINESE));
        assert_eq!("und".parse(), Ok(Language::UNDETERMINED));
        assert_eq!(Language::CHINESE.as_str(), "zh");
        for bad in ["", "e", "EN", "engl", "中"] {
            assert!(bad.parse::<Language>().is_err(), "{bad}");
        }
    }
}
