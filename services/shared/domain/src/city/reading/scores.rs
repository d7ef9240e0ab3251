//! Reads `scores.yaml`.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::calendar::date;
use super::names::Tongues;
use super::{At, Doc, Fields, Ids, Known, Node};
use crate::id::{CategoryId, ExclusionId, RankingId, UnitId};
use crate::scores::{Exclusion, Formula, Formulas, Ranking, Terms, Weights};

pub(super) fn read(
    doc: &mut Doc<'_>,
    root: &Node,
    tongues: &Tongues,
    known: &Known,
) -> Option<Formulas> {
    let fields = doc.fields(root, &["formulas"])?;
    let items = doc
        .need(&fields, "formulas")
        .and_then(|node| doc.some_list(node))?;
    let mut first_of: BTreeMap<Date, At> = BTreeMap::new();
    let mut formulas = Vec::new();
    for item in items {
        let Some(formula) = formula(doc, item, tongues, known) else {
            continue;
        };
        if let Some(first) = first_of.get(&formula.from) {
            let (from, line) = (formula.from, first.line);
            let reason = format!(
                "the formula on line {line} begins on {from} as well; give each a day of its own"
            );
            doc.error(item.at, reason);
        }
        first_of.entry(formula.from).or_insert(item.at);
        formulas.push(formula);
    }
    Some(Formulas::new(formulas))
}

fn formula(doc: &mut Doc<'_>, node: &Node, tongues: &Tongues, known: &Known) -> Option<Formula> {
    let fields = doc.fields(
        node,
        &[
            "from",
            "answers",
            "day",
            "weights",
            "min_cases",
            "exclude",
            "rankings",
        ],
    )?;
    let from = doc.need(&fields, "from").and_then(|node| date(doc, node));
    let answers = doc
        .need(&fields, "answers")
        .and_then(|node| doc.parse(node));
    let day = doc.need(&fields, "day").and_then(|node| doc.parse(node));
    let weights = doc
        .need(&fields, "weights")
        .and_then(|node| weights(doc, node));
    let min_cases = doc
        .need(&fields, "min_cases")
        .and_then(|node| doc.count(node));
    let mut ids = Ids::new("exclusion", "scores.yaml");
    let exclusions = doc.each(fields.get("exclude"), |doc, item| {
        exclusion(doc, item, tongues, known, &mut ids)
    });
    let mut ids = Ids::new("ranking", "scores.yaml");
    let rankings = doc.need(&fields, "rankings");
    let rankings = doc.each(rankings, |doc, item| ranking(doc, item, tongues, &mut ids));
    Some(Formula::new(Terms {
        from: from?,
        answers: answers?,
        day: day?,
        weights: weights?,
        min_cases: min_cases?,
        exclusions,
        rankings,
    }))
}

fn weights(doc: &mut Doc<'_>, node: &Node) -> Option<Weights> {
    let fields = doc.fields(node, &["response", "resolution", "satisfaction"])?;
    let mut weight = |key| doc.need(&fields, key).and_then(|node| doc.weight(node));
    let (response, resolution, satisfaction) = (
        weight("response"),
        weight("resolution"),
        weight("satisfaction"),
    );
    let weights = Weights {
        response: response?,
        resolution: resolution?,
        satisfaction: satisfaction?,
    };
    if weights.response + weights.resolution + weights.satisfaction == 0.0 {
        doc.error(node.at, "no rate has weight; give at least one more than 0");
        return None;
    }
    Some(weights)
}

/// What a case must be to be taken out.
const CONDITIONS: [&str; 8] = [
    "kinds",
    "categories",
    "withdrawn",
    "outcomes",
    "closed",
    "channels",
    "reporters",
    "units",
];

fn exclusion(
    doc: &mut Doc<'_>,
    node: &Node,
    tongues: &Tongues,
    known: &Known,
    ids: &mut Ids,
) -> Option<Exclusion> {
    let keys: Vec<&str> = ["id", "name"].into_iter().chain(CONDITIONS).collect();
    let fields = doc.fields(node, &keys)?;
    let id = doc.need(&fields, "id").and_then(|node| {
        let id: ExclusionId = doc.id(node)?;
        ids.declare(doc, node, id.as_str());
        Some(id)
    });
    let name = doc
        .need(&fields, "name")
        .and_then(|node| tongues.names(doc, node));
    if CONDITIONS.iter().all(|key| fields.get(key).is_none()) {
        let all = CONDITIONS.join(", ");
        doc.error(node.at, format!("takes every case out; say which by {all}"));
    }
    for key in CONDITIONS.iter().filter(|key| **key != "withdrawn") {
        // An empty list would mean any.
        fields.get(key).and_then(|node| doc.some_list(node));
    }
    let withdrawn = fields.get("withdrawn").map_or(Some(false), |node| {
        let withdrawn = doc.truth(node)?;
        if !withdrawn {
            doc.error(node.at, "is false, which says nothing; leave it out");
        }
        Some(withdrawn)
    });
    Some(Exclusion {
        kinds: doc.each(fields.get("kinds"), Doc::parse),
        categories: categories(doc, &fields, known),
        outcomes: doc.each(fields.get("outcomes"), Doc::parse),
        closed: doc.each(fields.get("closed"), Doc::parse),
        channels: doc.each(fields.get("channels"), Doc::parse),
        reporters: doc.each(fields.get("reporters"), Doc::parse),
        units: units(doc, &fields, known),
        id: id?,
        name: name?,
        withdrawn: withdrawn?,
    })
}

fn categories(doc: &mut Doc<'_>, fields: &Fields<'_>, known: &Known) -> Box<[CategoryId]> {
    doc.each(fields.get("categories"), |doc, node| {
        let id: CategoryId = doc.id(node)?;
        known
            .categories
            .check(doc, node.at, id.as_str())
            .then_some(id)
    })
}

fn units(doc: &mut Doc<'_>, fields: &Fields<'_>, known: &Known) -> Box<[UnitId]> {
    doc.each(fields.get("units"), |doc, node| {
        let id: UnitId = doc.id(node)?;
        known.units.check(doc, node.at, id.as_str()).then_some(id)
    })
}

fn ranking(doc: &mut Doc<'_>, node: &Node, tongues: &Tongues, ids: &mut Ids) -> Option<Ranking> {
    let fields = doc.fields(node, &["id", "name", "by", "classes"])?;
    let id = doc.need(&fields, "id").and_then(|node| {
        let id: RankingId = doc.id(node)?;
        ids.declare(doc, node, id.as_str());
        Some(id)
    });
    let name = doc
        .need(&fields, "name")
        .and_then(|node| tongues.names(doc, node));
    let by = doc.need(&fields, "by").and_then(|node| doc.parse(node));
    Some(Ranking {
        classes: doc.each(fields.get("classes"), Doc::parse),
        id: id?,
        name: name?,
        by: by?,
    })
}
