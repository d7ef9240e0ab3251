//! What became of orders, for suggestions: who was given a case first, by which rule, and who signed in the end.

use futures::TryStreamExt as _;
use jiff::Timestamp;
use swiftline_domain::case::{Case, Event, ReturnReason};
use swiftline_domain::id::UnitId;
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_domain::rules::suggest::{Outcome, Suggestion, suggest};
use swiftline_proto::types::v1::Commit;
use swiftline_store::RecentPage;

use crate::engine::Engine;
use crate::error::Error;

/// What the orders of some time point to.
#[derive(Debug)]
pub(crate) struct Suggested {
    /// The suggestions, the worst rule first.
    pub(crate) suggestions: Vec<Suggestion>,
    /// The rules that they are made for.
    pub(crate) digest: String,
    /// Cases that were looked at.
    pub(crate) cases: u64,
}

impl Engine {
    /// What the orders of cases accepted since then say about the rules in force; at most `limit` rules.
    ///
    /// # Errors
    /// When the store is away.
    pub(crate) async fn suggest(&self, since: Timestamp, limit: usize) -> Result<Suggested, Error> {
        let rules = self.planner.rules();
        let (mut outcomes, mut cases) = (Vec::new(), 0);
        let mut pages = self.recent(since);
        while let Some((partition, page)) = pages.try_next().await? {
            cases += page.cases.len() as u64;
            outcomes.extend(self.outcomes(partition, &page).await?);
        }
        Ok(Suggested {
            suggestions: suggest(self.pack(), rules.active(), outcomes, limit),
            digest: rules.active().digest().to_string(),
            cases,
        })
    }

    /// Most cases stay where they were sent and tell it themselves; of the others the journey is read.
    async fn outcomes(
        &self,
        partition: Partition,
        page: &RecentPage,
    ) -> Result<Vec<Outcome>, Error> {
        let cases = page.cases.iter().map(|stored| &stored.case);
        let (stayed, moved): (Vec<&Case>, Vec<&Case>) = cases
            .filter(|case| case.offer.is_some())
            .partition(|case| case.newest_offer().0 == 1 && case.asked.is_empty());
        let numbers: Vec<CaseNumber> = moved.iter().map(|case| case.number).collect();
        let journeys = self.store.journeys(partition, &numbers).await?;
        let moved = moved
            .into_iter()
            .zip(&journeys)
            .filter_map(|(case, journey)| of_journey(case, journey));
        Ok(stayed
            .into_iter()
            .filter_map(of_case)
            .chain(moved)
            .collect())
    }
}

/// The outcome of a case that nobody gave away.
fn of_case(case: &Case) -> Option<Outcome> {
    let offer = case.offer.as_ref()?;
    let to = &offer.assignment;
    let signed = offer.signed.is_some().then(|| to.unit.clone());
    decided(case, to, None, signed)
}

/// The outcome of a case that has been through several hands.
fn of_journey(case: &Case, journey: &[Commit]) -> Option<Outcome> {
    let events = journey.iter().flat_map(|commit| &commit.events);
    let events = events.filter_map(|event| Event::try_from(event.clone()).ok());
    let (mut first, mut given_back, mut signed) = (None, None, None::<UnitId>);
    for event in events {
        match event {
            // What a person decided says nothing about a rule.
            Event::Offered { offer, .. }
                if first.is_none() && !offer.assignment.rules_digest.is_empty() =>
            {
                first = Some(offer);
            }
            Event::Returned { offer, reason, .. } | Event::Transferred { offer, reason, .. }
                if first.as_ref().is_some_and(|first| first.no == offer) =>
            {
                given_back = Some(reason);
            }
            Event::Signed { unit, .. } => signed = Some(unit),
            _ => {}
        }
    }
    decided(case, &first?.assignment, given_back, signed)
}

fn decided(
    case: &Case,
    to: &swiftline_domain::case::Assignment,
    given_back: Option<ReturnReason>,
    signed: Option<UnitId>,
) -> Option<Outcome> {
    let what = case.classification.as_ref()?;
    (!to.rules_digest.is_empty()).then(|| Outcome {
        category: what.category.clone(),
        place: what.place.clone(),
        rule: to.rule.clone(),
        digest: to.rules_digest.clone(),
        unit: to.unit.clone(),
        returned: given_back.is_some(),
        final_unit: signed,
        reason: given_back,
    })
}
