//! Reads `city.yaml`.

use jiff::tz::TimeZone;

use super::callbacks;
use super::names::Tongues;
use super::{Doc, Node};
use crate::city::Term;
use crate::city::profile::{City, FactSource, OfferTerms};
use crate::id::UnitId;
use crate::vocabulary::{Lane, Language};

/// From so many reopenings on supervision looks after a case, where the pack does not say.
const SUPERVISE_FROM: u32 = 2;

pub(super) fn read(doc: &mut Doc<'_>, root: &Node) -> Option<City> {
    let fields = doc.fields(
        root,
        &[
            "id",
            "name",
            "time_zone",
            "default_language",
            "languages",
            "sources",
            "triage",
            "knowledge",
            "offers",
            "callbacks",
            "unit_classes",
        ],
    )?;
    // A city's id follows the rules of all ids.
    let id = doc
        .need(&fields, "id")
        .and_then(|node| doc.id::<UnitId>(node));
    let time_zone = doc
        .need(&fields, "time_zone")
        .and_then(|node| zone(doc, node));
    let default = doc.need(&fields, "default_language");
    let default_language = default.and_then(|node| doc.parse::<Language>(node));
    let languages = doc.need(&fields, "languages");
    let languages = doc.each(languages, Doc::parse::<Language>);
    if let (Some(node), Some(language)) = (default, default_language)
        && !languages.contains(&language)
    {
        doc.error(
            node.at,
            format!(
                "default language {:?} is not among `languages`; add it",
                language.as_str()
            ),
        );
    }
    let tongues = Tongues {
        default: default_language,
        all: languages.clone(),
    };
    let name = doc
        .need(&fields, "name")
        .and_then(|node| tongues.names(doc, node));
    let sources = doc.each(fields.get("sources"), source);
    let min_confidence = doc
        .need(&fields, "triage")
        .and_then(|node| share_in(doc, node, "min_confidence"));
    let answer_from = fields
        .get("knowledge")
        .and_then(|node| share_in(doc, node, "answer_from"));
    let offers = doc
        .need(&fields, "offers")
        .and_then(|node| offers(doc, node));
    let callbacks = callbacks::read(doc, fields.get("callbacks"), &tongues);
    let classes = doc.need(&fields, "unit_classes");
    let ranked_classes = doc.each(classes, Doc::parse);
    Some(City {
        id: id?.as_str().to_owned(),
        name: name?,
        time_zone: time_zone?,
        default_language: default_language?,
        languages,
        sources,
        min_confidence: min_confidence?,
        answer_from,
        offers: offers?,
        callbacks: callbacks?,
        ranked_classes,
    })
}

/// The zone from the database compiled in, so that a pack means the same on every machine.
fn zone(doc: &mut Doc<'_>, node: &Node) -> Option<TimeZone> {
    let name = doc.text(node)?;
    let zone = jiff::tz::TimeZoneDatabase::bundled().get(name);
    if zone.is_err() {
        doc.error(
            node.at,
            format!("time zone {name:?} does not exist; write an IANA name such as Asia/Shanghai"),
        );
    }
    zone.ok()
}

fn source(doc: &mut Doc<'_>, node: &Node) -> Option<FactSource> {
    let fields = doc.fields(node, &["what", "origin", "licence"])?;
    let mut text = |key| {
        doc.need(&fields, key)
            .and_then(|node| doc.text(node))
            .map(str::to_owned)
    };
    let (what, origin, licence) = (text("what"), text("origin"), text("licence"));
    Some(FactSource {
        what: what?,
        origin: origin?,
        licence: licence?,
    })
}

/// The one number of a section.
fn share_in(doc: &mut Doc<'_>, node: &Node, key: &str) -> Option<f64> {
    let fields = doc.fields(node, &[key])?;
    doc.need(&fields, key).and_then(|node| doc.share(node))
}

fn offers(doc: &mut Doc<'_>, node: &Node) -> Option<OfferTerms> {
    let fields = doc.fields(node, &["sign_within", "max_hops", "supervise_from"])?;
    let max_hops = doc
        .need(&fields, "max_hops")
        .and_then(|node| doc.count(node));
    let supervise_from = fields.get("supervise_from");
    let supervise_from = supervise_from.map_or(Some(SUPERVISE_FROM), |node| doc.count(node));
    let within = doc.need(&fields, "sign_within")?;
    let within = doc.fields(within, Lane::WORDS)?;
    let mut term = |lane: Lane| {
        doc.need(&within, lane.as_str())
            .and_then(|node| doc.parse::<Term>(node))
    };
    let (emergency, urgent, normal) = (
        term(Lane::Emergency),
        term(Lane::Urgent),
        term(Lane::Normal),
    );
    Some(OfferTerms {
        emergency: emergency?,
        urgent: urgent?,
        normal: normal?,
        max_hops: max_hops?,
        supervise_from: supervise_from?,
    })
}
