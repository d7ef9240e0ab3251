//! What the cases of a period come to: from the running sums, or from every case again.

use std::collections::{BTreeMap, HashSet};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use swiftline_domain::archive::{CaseRow, Month, RollupRow};
use swiftline_domain::id::{TeamId, UnitId};
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_domain::scores::{Formula, Tally};
use swiftline_store::{ScoreLine, StoreError};

use super::scorer::Scorer;
use crate::archive::{Archive, ArchiveError, row};
use crate::days::Period;

/// Cases of the store that are read at once, in each partition.
const CHUNK: usize = 256;
/// Partitions that are read at once.
const AT_ONCE: usize = 4;

/// What a case is made of, as far as it decides how it counts.
const COLUMNS: &[&str] = &[
    "accepted_at",
    "ended_at",
    "state",
    "close_reason",
    "channel",
    "line",
    "reporter",
    "kind",
    "category",
    "unit",
    "team",
    "offers",
    "returns",
    "reopened",
    "called_back_at",
    "overdue_dispatch",
    "overdue_sign",
    "overdue_handle",
    "overdue_callback",
    "suspended_seconds",
    "outcome",
    "reached",
    "contacted",
    "solved",
    "satisfied",
    "first_reached_at",
    "first_unit",
    "first_team",
    "first_contacted",
    "first_solved",
    "first_satisfied",
];

/// Whose cases, and on which day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) unit: UnitId,
    pub(crate) team: Option<TeamId>,
    pub(crate) day: Date,
}

/// What the cases of some days come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    pub(crate) tallies: BTreeMap<Place, Tally>,
    /// Whether every case was computed again.
    pub(crate) recomputed: bool,
}

/// What answers.
pub(crate) struct Query {
    pub(crate) scorer: Scorer,
    pub(crate) archive: Option<Archive>,
    pub(crate) live_months: u32,
}

impl Query {
    /// What the cases that count on these days come to.
    pub(crate) async fn figures(
        &self,
        days: Period,
        recompute: bool,
    ) -> Result<Figures, ArchiveError> {
        if !recompute && self.is_live(days, Timestamp::now()).await? {
            return Ok(self.sums(days).await?);
        }
        let mut tallies: BTreeMap<Place, Tally> = BTreeMap::new();
        self.each(days, |_, line| {
            let (unit, team, day) = (line.unit, line.team, line.day);
            let tally = tallies.entry(Place { unit, team, day }).or_default();
            match &line.excluded {
                Some(by) => tally.add_excluded(by, 1),
                None => tally.add_counts(line.counts),
            }
        })
        .await?;
        self.add_dropped(days, &mut tallies).await?;
        Ok(Figures {
            tallies,
            recomputed: true,
        })
    }

    /// Whether the running sums of all these days are there: none is forgotten, and each formula was in use before them.
    async fn is_live(&self, days: Period, now: Timestamp) -> Result<bool, StoreError> {
        let (from, to) = (days.from, days.to);
        let today = now.to_zoned(self.scorer.zone().clone()).date();
        let oldest = today.first_of_month();
        let oldest = oldest.checked_sub(i64::from(self.live_months).months());
        if oldest.is_ok_and(|oldest| from < oldest) {
            return Ok(false);
        }
        for formula in self.formulas(to) {
            let since = self.scorer.store();
            let since = since.scored_since(formula.digest().prefix(), now).await?;
            // Not from within its first day: who was started later counted by another until then.
            let first = since.to_zoned(self.scorer.zone().clone()).date();
            if since != Timestamp::UNIX_EPOCH && from <= first {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The formulas by which cases can count up to this day.
    fn formulas(&self, to: Date) -> impl Iterator<Item = &Formula> {
        let all = self.scorer.formulas().iter();
        all.filter(move |formula| formula.from <= to)
    }

    async fn sums(&self, days: Period) -> Result<Figures, StoreError> {
        let mut tallies: BTreeMap<Place, Tally> = BTreeMap::new();
        let mut month = days.from.first_of_month();
        while month <= days.to {
            for formula in self.formulas(days.to) {
                let formula = formula.digest().prefix();
                for sum in self.scorer.store().score_sums(formula, month).await? {
                    if !days.contains(sum.day) {
                        continue;
                    }
                    let tally = tallies.entry(Place {
                        unit: sum.unit,
                        team: sum.team,
                        day: sum.day,
                    });
                    let tally = tally.or_default();
                    match &sum.excluded {
                        Some(by) => tally.add_excluded(by, sum.counts[0]),
                        None => tally.add_counts(sum.counts),
                    }
                }
            }
            let Ok(next) = month.checked_add(1.month()) else {
                break;
            };
            month = next;
        }
        Ok(Figures {
            tallies,
            recomputed: false,
        })
    }

    /// How every case that counts on one of these days does, from the store and the archive, each once.
    pub(crate) async fn each(
        &self,
        days: Period,
        mut take: impl FnMut(CaseNumber, ScoreLine),
    ) -> Result<(), ArchiveError> {
        // The store first: what leaves it meanwhile is in the archive, and taken once.
        let mut seen: HashSet<CaseNumber> = HashSet::new();
        let partitions = stream::iter(self.scorer.store().partitions());
        let mut held = partitions
            .map(|partition| self.held(partition))
            .buffer_unordered(AT_ONCE);
        while let Some(cases) = held.try_next().await? {
            for (number, line) in cases {
                seen.insert(number);
                if let Some(line) = line.filter(|line| days.contains(line.day)) {
                    take(number, line);
                }
            }
        }
        self.each_archived(days, &seen, &mut take).await
    }

    /// The cases of a partition that may count, and how they do.
    async fn held(
        &self,
        partition: Partition,
    ) -> Result<Vec<(CaseNumber, Option<ScoreLine>)>, StoreError> {
        let numbers = self.scorer.store().may_count(partition).await?;
        let mut held = Vec::with_capacity(numbers.len());
        for chunk in numbers.chunks(CHUNK) {
            let dossiers = self.scorer.readable(partition, chunk).await?;
            held.extend(dossiers.iter().map(|dossier| {
                let number = dossier.stored.case.number;
                (number, self.scorer.line(dossier))
            }));
        }
        Ok(held)
    }

    /// Adds the sums of months whose cases were dropped. They are of whole months, so they count on the first day of each, and
    /// only in periods with all of its days; what took cases out is not known any more.
    async fn add_dropped(
        &self,
        days: Period,
        tallies: &mut BTreeMap<Place, Tally>,
    ) -> Result<(), ArchiveError> {
        let Some(archive) = &self.archive else {
            return Ok(());
        };
        let months = self.first_month(days)..=Month::of(Timestamp::now()).plus(1);
        for batch in archive.rollups(months).await? {
            for at in 0..batch.num_rows() {
                let Some(sum) = row::<RollupRow<'_>>(&batch, at) else {
                    continue;
                };
                let unit = sum.unit.and_then(|unit| UnitId::new(unit).ok());
                let month = sum.score_month.map(|month| format!("{month}-01"));
                let day: Option<Date> = month.and_then(|first| first.parse().ok());
                let (Some(unit), Some(day)) = (unit, day) else {
                    continue;
                };
                if !days.contains(day) || !days.contains(day.last_of_month()) {
                    continue;
                }
                let team = sum.team.and_then(|team| TeamId::new(team).ok());
                let tally = tallies.entry(Place { unit, team, day }).or_default();
                tally.add_counts(
                    [
                        sum.assessed,
                        sum.contacted,
                        sum.contacted_of,
                        sum.solved,
                        sum.solved_of,
                        sum.satisfied,
                        sum.satisfied_of,
                        sum.unreached,
                    ]
                    .map(u64::from),
                );
            }
        }
        Ok(())
    }

    /// The first month in which a case that counts on these days can have ended: it counts no later than it ends. Months are
    /// of UTC, days are the city's.
    fn first_month(&self, days: Period) -> Month {
        let first = days.from.to_zoned(self.scorer.zone().clone());
        Month::of(first.map_or(Timestamp::MIN, |first| first.timestamp()))
    }

    async fn each_archived(
        &self,
        days: Period,
        seen: &HashSet<CaseNumber>,
        take: &mut impl FnMut(CaseNumber, ScoreLine),
    ) -> Result<(), ArchiveError> {
        let Some(archive) = &self.archive else {
            return Ok(());
        };
        let months = self.first_month(days)..=Month::of(Timestamp::now()).plus(1);
        let mut batches = archive.cases(months, COLUMNS).await?;
        loop {
            let (batch, rest) =
                tokio::task::spawn_blocking(move || (batches.next(), batches)).await?;
            batches = rest;
            let Some(batch) = batch.transpose()? else {
                return Ok(());
            };
            for at in 0..batch.num_rows() {
                let case = row::<CaseRow<'_>>(&batch, at);
                let case = case.filter(|case| !seen.contains(&case.case_number));
                let line = case.and_then(|case| self.scorer.line_of(&case));
                if let (Some(case), Some(line)) = (case, line)
                    && days.contains(line.day)
                {
                    take(case.case_number, line);
                }
            }
        }
    }
}
