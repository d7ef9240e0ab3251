//! Follows cases: what each contributes is in the running sums, once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::try_join_all;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use swiftline_domain::archive::{CaseRow, Facts};
use swiftline_domain::case::Event;
use swiftline_domain::city::CityPack;
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_domain::scores::{Formulas, Line};
use swiftline_domain::vocabulary::{Channel, Line as Hotline, ReporterType};
use swiftline_proto::convert::{optional, to_timestamp};
use swiftline_proto::types::v1::Commit;
use swiftline_store::{
    Counted, Delivery, Dossier, ScoreChange, ScoreLine, Store, StoreError, Stored,
};

use super::settings::ScoreSettings;
use super::{Touch, touch};

/// Keeps the running sums of a city. Cheap to clone.
#[derive(Clone)]
pub struct Scorer {
    store: Store,
    pack: Arc<CityPack>,
    kept: SignedDuration,
}

impl Scorer {
    /// What counts the cases of this store by the formulas of this pack.
    #[must_use]
    pub fn new(store: Store, pack: Arc<CityPack>, settings: &ScoreSettings) -> Self {
        Self {
            store,
            pack,
            kept: settings.kept(),
        }
    }

    /// Says that cases are counted by the pack's formulas from now on, unless they were before.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn begin(&self, now: Timestamp) -> Result<(), StoreError> {
        for formula in self.formulas().iter() {
            self.store
                .scored_since(formula.digest().prefix(), now)
                .await?;
        }
        Ok(())
    }

    pub(crate) fn city(&self) -> &str {
        &self.pack.city.id
    }

    pub(crate) fn pack(&self) -> &CityPack {
        &self.pack
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    pub(crate) fn formulas(&self) -> &Formulas {
        &self.pack.scores
    }

    pub(crate) fn zone(&self) -> &TimeZone {
        &self.pack.city.time_zone
    }

    /// Counts the cases of these entries of the log as they are now.
    ///
    /// # Errors
    /// When Redis is unavailable; may be repeated.
    pub(crate) async fn follow(&self, deliveries: &[Delivery]) -> Result<(), StoreError> {
        if self.formulas().is_empty() {
            return Ok(());
        }
        let mut touched: BTreeMap<Partition, BTreeMap<CaseNumber, Touch>> = BTreeMap::new();
        for delivery in deliveries {
            let how = touch(&delivery.commit);
            if how > Touch::No {
                let cases = touched.entry(delivery.partition).or_default();
                let known = cases.entry(delivery.number).or_insert(how);
                *known = how.max(*known);
            }
        }
        let each = touched.into_iter().map(async |(partition, cases)| {
            let mut numbers: Vec<CaseNumber> = Vec::with_capacity(cases.len());
            let (yes, maybe): (Vec<_>, Vec<_>) =
                cases.into_iter().partition(|(_, how)| *how == Touch::Yes);
            numbers.extend(yes.into_iter().map(|(number, _)| number));
            let maybe: Vec<CaseNumber> = maybe.into_iter().map(|(number, _)| number).collect();
            let counting = self.store.count_already(partition, &maybe).await?;
            let counted = maybe
                .into_iter()
                .zip(counting)
                .filter(|(_, counts)| *counts);
            numbers.extend(counted.map(|(number, _)| number));
            self.recount(partition, &numbers).await
        });
        try_join_all(each).await?;
        Ok(())
    }

    /// Counts these cases of one partition as they are now. One whose record cannot be read is logged and left as it was.
    ///
    /// # Errors
    /// When Redis is unavailable; may be repeated.
    pub(crate) async fn recount(
        &self,
        partition: Partition,
        numbers: &[CaseNumber],
    ) -> Result<(), StoreError> {
        if self.formulas().is_empty() {
            return Ok(());
        }
        let mut left: BTreeSet<CaseNumber> = numbers.iter().copied().collect();
        // Whoever was faster has moved the case on, so this ends.
        while !left.is_empty() {
            let mut changes = Vec::with_capacity(left.len());
            let looked: Vec<CaseNumber> = std::mem::take(&mut left).into_iter().collect();
            for dossier in self.readable(partition, &looked).await? {
                let now = self.line(&dossier);
                if now != dossier.line {
                    changes.push(ScoreChange {
                        number: dossier.stored.case.number,
                        saw: dossier.line,
                        now,
                    });
                }
            }
            let done = self
                .store
                .count_scores(partition, &changes, self.kept)
                .await?;
            let changed = changes.iter().map(|change| change.number);
            let stale = changed.zip(done).filter(|(_, how)| *how == Counted::Stale);
            left.extend(stale.map(|(number, _)| number));
        }
        Ok(())
    }

    /// What is stored of these cases, without those that are gone or cannot be read.
    pub(crate) async fn readable(
        &self,
        partition: Partition,
        numbers: &[CaseNumber],
    ) -> Result<Vec<Dossier>, StoreError> {
        match self.store.dossiers(partition, numbers).await {
            Ok(dossiers) => Ok(dossiers.into_iter().flatten().collect()),
            Err(error) if error.may_pass() => Err(error),
            // One of them is broken: the others count all the same.
            Err(_) => {
                let mut readable = Vec::with_capacity(numbers.len());
                for number in numbers {
                    match self
                        .store
                        .dossiers(partition, std::slice::from_ref(number))
                        .await
                    {
                        Ok(dossier) => readable.extend(dossier.into_iter().flatten()),
                        Err(error) if error.may_pass() => return Err(error),
                        Err(error) => {
                            let (case, reason) = (number.to_string(), error.to_string());
                            tracing::error!(
                                case,
                                reason,
                                "a case that cannot be read does not count"
                            );
                        }
                    }
                }
                Ok(readable)
            }
        }
    }

    /// How a case counts as it is now.
    pub(crate) fn line(&self, dossier: &Dossier) -> Option<ScoreLine> {
        let history = history(&dossier.journey);
        self.line_of(&CaseRow::of(&self.facts(&dossier.stored, &history)))
    }

    /// How the case of a row counts.
    pub(crate) fn line_of(&self, row: &CaseRow<'_>) -> Option<ScoreLine> {
        ScoreLine::of(&Line::of(row, self.formulas(), self.zone())?)
    }

    /// The row of a case, with the columns of its score.
    pub(crate) fn row<'a>(
        &'a self,
        stored: &'a Stored,
        history: &'a [(Timestamp, Event)],
    ) -> CaseRow<'a> {
        let row = CaseRow::of(&self.facts(stored, history));
        row.scored(self.formulas(), self.zone())
    }

    fn facts<'a>(&'a self, stored: &'a Stored, history: &'a [(Timestamp, Event)]) -> Facts<'a> {
        let said = &stored.complaint;
        let classification = stored.case.classification.as_ref();
        let place = classification.and_then(|said| said.place.as_ref());
        let areas = &self.pack.areas;
        let district = place.and_then(|place| areas.district_of(place.as_str()));
        // What was taken in has these; a default only keeps a broken record from stopping the others.
        let channel = optional(said.channel, "channel").ok().flatten();
        let line = optional(said.line, "line").ok().flatten();
        let reporter = optional(said.reporter, "reporter").ok().flatten();
        Facts {
            case: &stored.case,
            history,
            channel: channel.unwrap_or(Channel::Api),
            line: line.unwrap_or(Hotline::General),
            reporter: reporter.unwrap_or(ReporterType::Resident),
            district: district.map(|district| district.id.as_str()),
            caller: Some(said.caller.cast_signed()).filter(|caller| *caller != 0),
        }
    }
}

/// The events of a journey that this version knows, with their times.
pub(crate) fn history(journey: &[Commit]) -> Vec<(Timestamp, Event)> {
    let mut history = Vec::with_capacity(journey.len());
    for commit in journey {
        let at = commit.at.and_then(|at| to_timestamp(at, "at").ok());
        let events = commit.events.iter().cloned();
        let events = events.filter_map(|event| Event::try_from(event).ok());
        history.extend(events.map(|event| (at.unwrap_or_default(), event)));
    }
    history
}
