//! Reads words in several languages.

use std::collections::HashSet;
use std::sync::Arc;

use super::{Doc, Node, Value, suggest};
use crate::city::{City, Names, Words};
use crate::vocabulary::Language;

/// The languages that names may be in. Empty when `city.yaml` could not be read: then any goes.
pub(super) struct Tongues {
    pub(super) default: Option<Language>,
    pub(super) all: Box<[Language]>,
}

impl Tongues {
    pub(super) fn of(city: Option<&City>) -> Self {
        Self {
            default: city.map(|city| city.default_language),
            all: city.map(|city| city.languages.clone()).unwrap_or_default(),
        }
    }

    /// A language that the city has.
    pub(super) fn language(&self, doc: &mut Doc<'_>, node: &Node) -> Option<Language> {
        let language: Language = doc.parse(node)?;
        if !self.all.is_empty() && !self.all.contains(&language) {
            let all: Vec<&str> = self.all.iter().map(Language::as_str).collect();
            let hint = suggest(language.as_str(), all.iter().copied()).unwrap_or_default();
            let all = all.join(", ");
            doc.error(
                node.at,
                format!(
                    "language {:?} is not among the city's ({all}){hint}",
                    language.as_str()
                ),
            );
            return None;
        }
        Some(language)
    }

    /// A name in one or more languages, the default one among them.
    pub(super) fn names(&self, doc: &mut Doc<'_>, node: &Node) -> Option<Names> {
        self.texts(doc, node, "name")
    }

    /// A text in one or more languages, the default one among them; `what` it is, for errors.
    pub(super) fn texts(&self, doc: &mut Doc<'_>, node: &Node, what: &str) -> Option<Names> {
        let wanted = format!("the {what} by language, such as {{en: Water Department}}");
        let entries = doc.entries(node, &wanted)?;
        let texts: Box<[(Language, Arc<str>)]> = entries
            .iter()
            .filter_map(|(language, text)| {
                if let (Value::Text(rest), Value::Null) = (&language.value, &text.value) {
                    // `{en: Air, sea}` means two entries to YAML.
                    doc.error(language.at, format!("{rest:?} has no value; if it belongs to the text before it, put that text with its comma in quotes"));
                    return None;
                }
                let (language, text) = (self.language(doc, language), doc.text(text));
                Some((language?, text?.into()))
            })
            .collect();
        let Some(default) = self.default else {
            return texts.first().map(|(first, _)| Names {
                default: *first,
                texts: texts.clone(),
            });
        };
        if entries.len() == texts.len() && !texts.iter().any(|(language, _)| *language == default) {
            doc.error(
                node.at,
                format!("the {what} in the city's default language is missing; add {default}: …"),
            );
            return None;
        }
        Some(Names { default, texts })
    }

    /// Words by language. Nothing when there is no such field.
    pub(super) fn words(&self, doc: &mut Doc<'_>, node: Option<&Node>) -> Words {
        let wanted = "words by language, such as {en: [no heat]}";
        let entries = node
            .and_then(|node| doc.entries(node, wanted))
            .unwrap_or_default();
        let mut by_language = Vec::new();
        for (language, list) in entries {
            let language = self.language(doc, language);
            let words = words_of(doc, list);
            by_language.extend(language.map(|language| (language, words)));
        }
        Words {
            by_language: by_language.into(),
        }
    }
}

fn words_of(doc: &mut Doc<'_>, list: &Node) -> Box<[Arc<str>]> {
    let mut seen = HashSet::new();
    let Some(items) = doc.some_list(list) else {
        return Box::default();
    };
    let mut words = Vec::new();
    for item in items {
        let Some(word) = doc.text(item) else { continue };
        if !seen.insert(word.to_lowercase()) {
            doc.error(
                item.at,
                format!("{word:?} stands twice in this list; take one out"),
            );
        }
        words.push(Arc::from(word.trim()));
    }
    words.into()
}
