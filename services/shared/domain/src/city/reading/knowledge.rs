//! Reads `knowledge.yaml`.

use indexmap::IndexMap;
use jiff::civil::Date;

use super::calendar::date;
use super::names::Tongues;
use super::{Doc, Fields, Ids, Known, Node};
use crate::city::knowledge::{KnowledgeBase, KnowledgeEntry, KnowledgeSource, MIN_WORDINGS};
use crate::city::{Names, Words};
use crate::id::{CategoryId, EntryId};

const KEYS: [&str; 7] = [
    "id",
    "category",
    "questions",
    "answer",
    "source",
    "checked",
    "valid_until",
];

pub(super) fn read(
    doc: &mut Doc<'_>,
    root: &Node,
    tongues: &Tongues,
    known: &Known,
) -> Option<KnowledgeBase> {
    let fields = doc.fields(root, &["entries"])?;
    let items = doc
        .need(&fields, "entries")
        .and_then(|node| doc.some_list(node))?;
    let mut ids = Ids::new("entry", "knowledge.yaml");
    let mut by_id = IndexMap::new();
    for item in items {
        if let Some(entry) = entry(doc, item, tongues, known, &mut ids) {
            by_id.entry(entry.id.clone()).or_insert(entry);
        }
    }
    Some(KnowledgeBase { by_id })
}

fn entry(
    doc: &mut Doc<'_>,
    node: &Node,
    tongues: &Tongues,
    known: &Known,
    ids: &mut Ids,
) -> Option<KnowledgeEntry> {
    let fields = doc.fields(node, &KEYS)?;
    let id = doc.need(&fields, "id").and_then(|node| {
        let id: EntryId = doc.id(node)?;
        ids.declare(doc, node, id.as_str());
        Some(id)
    });
    let category = doc.need(&fields, "category").and_then(|node| {
        let category: CategoryId = doc.id(node)?;
        known
            .categories
            .check(doc, node.at, category.as_str())
            .then_some(category)
    });
    let (questions, answer) = said(doc, &fields, tongues);
    let source = doc
        .need(&fields, "source")
        .and_then(|node| source(doc, node));
    let (checked, valid_until) = days(doc, &fields);
    Some(KnowledgeEntry {
        id: id?,
        category: category?,
        questions: questions?,
        answer: answer?,
        source: source?,
        checked: checked?,
        valid_until,
    })
}

/// Questions and answer, which are in the same languages.
fn said(
    doc: &mut Doc<'_>,
    fields: &Fields<'_>,
    tongues: &Tongues,
) -> (Option<Words>, Option<Names>) {
    let before = doc.count_errors();
    let asked = doc.need(fields, "questions");
    let questions = asked.map(|node| tongues.words(doc, Some(node)));
    let answered = doc.need(fields, "answer");
    let answer = answered.and_then(|node| tongues.texts(doc, node, "answer"));
    // A language that could not be read may be the one that seems to be missing.
    if doc.count_errors() == before
        && let (Some(asked), Some(answered)) = (asked, answered)
        && let (Some(questions), Some(answer)) = (&questions, &answer)
    {
        for (language, _) in answer.iter() {
            let wordings = questions.in_language(language).len();
            if wordings < MIN_WORDINGS {
                doc.error(
                    asked.at,
                    format!(
                        "has {wordings} wordings in {language}, a language of the answer; write at least {MIN_WORDINGS} as people ask"
                    ),
                );
            }
        }
        for language in questions.languages() {
            if !answer.iter().any(|(known, _)| known == language) {
                doc.error(
                    answered.at,
                    format!(
                        "has nothing in {language}, a language of the questions; add {language}: …"
                    ),
                );
            }
        }
    }
    (questions, answer)
}

fn source(doc: &mut Doc<'_>, node: &Node) -> Option<KnowledgeSource> {
    let fields = doc.fields(node, &["name", "url"])?;
    let name = doc.need(&fields, "name").and_then(|node| doc.text(node));
    let url = doc.need(&fields, "url").and_then(|node| url(doc, node));
    Some(KnowledgeSource {
        name: name?.trim().into(),
        url: url?.into(),
    })
}

/// An address that a browser opens: a scheme, a host with a dot in it, and no blank anywhere.
fn url<'n>(doc: &mut Doc<'_>, node: &'n Node) -> Option<&'n str> {
    let text = doc.text(node)?;
    let host = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))
        .and_then(|rest| rest.split(['/', '?', '#']).next())
        .filter(|host| {
            host.split('.').count() > 1
                && host.split('.').all(|label| !label.is_empty())
                && host
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':'))
        });
    if host.is_none() || text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        doc.error(
            node.at,
            format!("{text:?} is no address of a page; write it like https://www.example.org/page"),
        );
        return None;
    }
    Some(text)
}

/// When the answer was checked, and until when it holds.
fn days(doc: &mut Doc<'_>, fields: &Fields<'_>) -> (Option<Date>, Option<Date>) {
    let checked = doc.need(fields, "checked").and_then(|node| date(doc, node));
    let until = fields.get("valid_until");
    let valid_until = until.and_then(|node| date(doc, node));
    if let (Some(node), Some(checked), Some(last)) = (until, checked, valid_until)
        && last < checked
    {
        doc.error(
            node.at,
            format!("{last} is before {checked}, when the answer was checked; take the entry out or check it again"),
        );
    }
    (checked, valid_until)
}
