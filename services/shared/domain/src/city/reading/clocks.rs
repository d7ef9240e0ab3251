//! Reads `clocks.yaml`.

use indexmap::IndexMap;

use super::{Doc, Known, Node};
use crate::city::Term;
use crate::city::clocks::{ClockTerms, Clocks, GENERAL};
use crate::id::ClockClass;

pub(super) fn read(doc: &mut Doc<'_>, root: &Node, known: &mut Known) -> Option<Clocks> {
    let fields = doc.fields(root, &["classes", "warn_at"])?;
    let list = doc.need(&fields, "classes")?;
    let items = doc.some_list(list)?;
    let mut by_class = IndexMap::new();
    for item in items {
        if let Some(class) = class(doc, item, known) {
            by_class.entry(class.id.clone()).or_insert(class);
        }
    }
    known.classes.complete();
    if !items.is_empty() && known.classes.place_of(GENERAL) == super::At::FILE {
        doc.error(
            list.at,
            format!("the class `{GENERAL}` is missing; categories that name no class use it"),
        );
    }
    let warn_at = doc.need(&fields, "warn_at").and_then(|node| {
        let share = doc.share(node)?;
        if share == 0.0 {
            doc.error(
                node.at,
                "a clock cannot warn before it has run; write a share over 0, such as 0.8",
            );
        }
        Some(share)
    });
    Some(Clocks {
        by_class,
        warn_at: warn_at?,
    })
}

fn class(doc: &mut Doc<'_>, node: &Node, known: &mut Known) -> Option<ClockTerms> {
    let fields = doc.fields(
        node,
        &["id", "dispatch", "handle", "callback", "working_time"],
    )?;
    let id = doc.need(&fields, "id").and_then(|node| {
        let id: ClockClass = doc.id(node)?;
        known.classes.declare(doc, node, id.as_str());
        Some(id)
    });
    let mut term = |key| {
        doc.need(&fields, key)
            .and_then(|node| doc.parse::<Term>(node))
    };
    let (dispatch, handle, callback) = (term("dispatch"), term("handle"), term("callback"));
    let working_time = doc
        .need(&fields, "working_time")
        .and_then(|node| doc.truth(node));
    Some(ClockTerms {
        id: id?,
        dispatch: dispatch?,
        handle: handle?,
        callback: callback?,
        working_time: working_time?,
    })
}
