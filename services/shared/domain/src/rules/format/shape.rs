//! Which keys a `rules.yaml` has, in the order in which the canonical form writes them.

use crate::city::reading::{Doc, Node, Value};

/// What may stand in a place.
#[derive(Debug)]
pub(super) enum Shape {
    /// A text or truth value.
    Scalar,
    /// A list of these.
    List(&'static Shape),
    /// A map with these keys, in order.
    Map(&'static [(&'static str, Shape)]),
    /// The same, but never written on one line.
    Tall(&'static [(&'static str, Shape)]),
}

use Shape::{List, Map, Scalar, Tall};

const WORDS: Shape = List(&Scalar);
const CHOICE: Shape = Map(&[("any_of", WORDS), ("none_of", WORDS)]);
const PLACE: Shape = Map(&[("known", Scalar), ("any_of", WORDS), ("none_of", WORDS)]);
const LEAD: Shape = Map(&[("unit", Scalar), ("by_place", Scalar), ("function", Scalar)]);
const LEADS: Shape = List(&LEAD);

const WHEN: Shape = Map(&[
    ("category", CHOICE),
    ("place", PLACE),
    ("kind", CHOICE),
    ("urgency", CHOICE),
    ("channel", CHOICE),
    ("line", CHOICE),
    ("language", CHOICE),
    ("reporter", CHOICE),
    ("day", CHOICE),
    ("hours", Scalar),
    ("keywords", CHOICE),
    ("guard", Scalar),
]);

const THEN: Shape = Map(&[
    ("lead", LEAD),
    ("helpers", LEADS),
    ("inform", LEADS),
    ("lane", Scalar),
    ("clock", Scalar),
    ("skills", WORDS),
    ("languages", WORDS),
]);

const RULE: Shape = Tall(&[
    ("id", Scalar),
    ("description", Scalar),
    ("when", WHEN),
    ("then", THEN),
]);

/// A whole file.
pub(super) const ROOT: Shape = Tall(&[
    ("rules", List(&RULE)),
    (
        "backstop",
        Tall(&[("lead", LEAD), ("otherwise", Map(&[("unit", Scalar)]))]),
    ),
]);

impl Shape {
    /// The keys of a map; none of anything else.
    pub(super) fn keys(&self) -> &'static [(&'static str, Shape)] {
        match self {
            Map(keys) | Tall(keys) => keys,
            Scalar | List(_) => &[],
        }
    }

    /// Whether the place is never written on one line.
    pub(super) fn is_tall(&self) -> bool {
        match self {
            Tall(_) => true,
            List(item) => item.is_tall(),
            Scalar | Map(_) => false,
        }
    }
}

/// Reports unknown keys and whatever is a map, a list or a scalar where it should not be.
pub(super) fn check(doc: &mut Doc<'_>, node: &Node, shape: &Shape) {
    match shape {
        Scalar => {
            if matches!(node.value, Value::List(_) | Value::Map(_)) {
                doc.text(node);
            }
        }
        List(item) => {
            for node in doc.list(node).unwrap_or_default() {
                check(doc, node, item);
            }
        }
        Map(keys) | Tall(keys) => {
            let names: Vec<&str> = keys.iter().map(|(name, _)| *name).collect();
            let Some(fields) = doc.fields(node, &names) else {
                return;
            };
            for (name, shape) in *keys {
                if let Some(node) = fields.get(name) {
                    check(doc, node, shape);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Dimension;

    #[test]
    fn dimensions_stand_in_the_order_of_their_vocabulary() {
        let keys: Vec<&str> = WHEN.keys().iter().map(|(name, _)| *name).collect();
        assert_eq!(keys, Dimension::WORDS);
    }

    #[test]
    fn rules_and_the_backstop_are_never_on_one_line() {
        assert!(ROOT.keys().iter().all(|(_, shape)| shape.is_tall()));
        assert!(!WHEN.is_tall() && !LEADS.is_tall());
    }
}
