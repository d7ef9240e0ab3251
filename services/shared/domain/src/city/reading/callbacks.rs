//! Reads what `city.yaml` says of callbacks.

use super::names::Tongues;
use super::{Doc, Node};
use crate::city::{CallbackTerms, Discontent, Names};

/// A case is reopened so often because of dissatisfaction alone, where the pack does not say.
const DISSATISFIED_REOPENS: u32 = 1;

/// What may stand in braces in an invitation.
const BLANKS: [&str; 2] = ["{number}", "{link}"];

/// Every field may be left out, and so may the section.
pub(super) fn read(
    doc: &mut Doc<'_>,
    node: Option<&Node>,
    tongues: &Tongues,
) -> Option<CallbackTerms> {
    let Some(node) = node else {
        return Some(CallbackTerms {
            reopen_when: Discontent::ALL.into(),
            dissatisfied_reopens: DISSATISFIED_REOPENS,
            invitation: None,
        });
    };
    let known = ["reopen_when", "dissatisfied_reopens", "invitation"];
    let fields = doc.fields(node, &known)?;
    let before = doc.count_errors();
    let when = fields.get("reopen_when");
    let reopen_when = match when {
        Some(_) => doc.each(when, Doc::parse),
        None => Discontent::ALL.into(),
    };
    let bound = fields.get("dissatisfied_reopens");
    let dissatisfied_reopens = bound.map_or(Some(DISSATISFIED_REOPENS), |node| doc.count(node));
    let invitation = fields.get("invitation");
    let invitation = invitation.and_then(|node| invitation_of(doc, node, tongues));
    (doc.count_errors() == before).then_some(CallbackTerms {
        reopen_when,
        dissatisfied_reopens: dissatisfied_reopens?,
        invitation,
    })
}

fn invitation_of(doc: &mut Doc<'_>, node: &Node, tongues: &Tongues) -> Option<Names> {
    let texts = tongues.texts(doc, node, "invitation")?;
    for (language, text) in texts.iter() {
        if let Some(wrong) = wrong_in(text) {
            doc.error(
                node.at,
                format!("the invitation in {:?} {wrong}", language.as_str()),
            );
        }
    }
    Some(texts)
}

fn wrong_in(text: &str) -> Option<String> {
    if !text.contains("{link}") {
        return Some("has no {link} for the citizen to answer by".to_owned());
    }
    let rest = BLANKS
        .iter()
        .fold(text.to_owned(), |text, blank| text.replace(blank, ""));
    rest.contains(['{', '}']).then(|| {
        format!(
            "has braces around something else than {}",
            BLANKS.join(" or ")
        )
    })
}
