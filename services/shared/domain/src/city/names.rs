//! Words in several languages.

use std::sync::Arc;

use crate::vocabulary::Language;

/// A name in the city's languages. The city's default language is always there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    pub(super) default: Language,
    pub(super) texts: Box<[(Language, Arc<str>)]>,
}

impl Names {
    /// The name in this language, else in the city's default language.
    #[must_use]
    pub fn in_language(&self, language: Language) -> &str {
        self.find(language)
            .or_else(|| self.find(self.default))
            .unwrap_or_default()
    }

    /// The name in the city's default language.
    #[must_use]
    pub fn text(&self) -> &str {
        self.in_language(self.default)
    }

    /// The city's default language.
    #[must_use]
    pub fn default_language(&self) -> Language {
        self.default
    }

    /// Every name with its language, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = (Language, &str)> {
        self.texts
            .iter()
            .map(|(language, text)| (*language, text.as_ref()))
    }

    fn find(&self, wanted: Language) -> Option<&str> {
        self.iter()
            .find_map(|(language, text)| (language == wanted).then_some(text))
    }
}

/// Words and phrases that tell something, by language, as the pack has them (not lower-cased).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    pub(super) by_language: Box<[InLanguage]>,
}

/// The words of one language.
type InLanguage = (Language, Box<[Arc<str>]>);

impl Words {
    /// Every word with its language, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = (Language, &Arc<str>)> {
        self.by_language
            .iter()
            .flat_map(|(language, words)| words.iter().map(move |word| (*language, word)))
    }

    /// The words of one language.
    #[must_use]
    pub fn in_language(&self, wanted: Language) -> &[Arc<str>] {
        self.by_language
            .iter()
            .find(|(language, _)| *language == wanted)
            .map_or(&[], |(_, words)| words)
    }

    /// The languages that have words, in the order of the file.
    pub fn languages(&self) -> impl Iterator<Item = Language> {
        self.by_language.iter().map(|(language, _)| *language)
    }

    /// Whether there is no word at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_language.iter().all(|(_, words)| words.is_empty())
    }
}
