//! A history that could have been: years of a city's cases, written straight into the archive.
//!
//! It is made to measure with: how large an archive gets, how fast it answers. Nothing in it happened. Days have their
//! weekdays, seasons and rain, hours their calls, districts and matters their shares, and each case one of the ways that cases
//! take: answered at once, handled, returned, late, reopened, merged, withdrawn. Units are chosen by the city's own rules.
//!
//! **Invariants**
//! - The same seed gives the same files, however many threads make them: each case is drawn from its own number.
//! - Files are written by the archive's own writer, one a month and table.

mod calls;
mod chance;
mod city;
mod events;
mod story;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use swiftline_domain::archive::{Coverage, Month, Position, Row, Span, Table};
use swiftline_domain::city::CityPack;
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_feedback::archive::{Archive, ArchiveError, FileWriter, Rows};

use calls::Calls;
use chance::Chance;
use city::World;
use story::Story;

/// Partitions that case numbers are spread over, as a store has by default.
const PARTITIONS: u64 = 16;
/// Months before the one that a case ended in, in which it may have been taken in.
const LONGEST: i32 = 2;
/// Rows turned into columns at once.
const ROWS: usize = 16_384;
/// The largest sequence with seven digits: beyond it numbers no longer sort as their texts.
const MOST: u64 = 9_999_999 * PARTITIONS;

/// What to make.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Cases taken in.
    pub cases: u64,
    /// Months, at least 1.
    pub months: u32,
    /// The last month.
    pub until: Month,
    /// What chance begins with.
    pub seed: u64,
    /// The last so many months get their events as well.
    pub event_months: u32,
}

/// What was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Made {
    /// Rows of `cases`: what had ended by the end.
    pub cases: u64,
    /// Rows of `events`.
    pub events: u64,
    /// Bytes of all files.
    pub bytes: u64,
}

/// A plan that cannot be carried out.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// Too many.
    #[error("at most {MOST} cases: their numbers have seven digits a partition")]
    TooMany,
    /// None.
    #[error("at least one month and one case")]
    Nothing,
    /// The archive does not take it.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}

/// Makes a history. `done` hears of each finished file.
///
/// # Errors
/// When the plan asks for too much or the archive does not take it.
pub async fn make(
    archive: &Archive,
    pack: &CityPack,
    plan: &Plan,
    threads: usize,
    done: impl Fn(Made) + Send + Sync,
) -> Result<Made, HistoryError> {
    if plan.cases > MOST {
        return Err(HistoryError::TooMany);
    }
    if plan.months == 0 || plan.cases == 0 {
        return Err(HistoryError::Nothing);
    }
    let world = World::new(pack, plan.seed);
    let calls = Calls::new(plan, &world);
    let history = History {
        plan,
        world: &world,
        calls: &calls,
    };
    let jobs = history.jobs();
    let (next, made, failed) = (
        AtomicUsize::new(0),
        Mutex::new(Made::default()),
        Mutex::new(None),
    );
    let runtime = tokio::runtime::Handle::current();
    let work = || {
        while let Some((table, month)) = jobs.get(next.fetch_add(1, Relaxed)) {
            let result = history.file(*table, *month).and_then(|(bytes, rows)| {
                let size = bytes.len() as u64;
                let name = history.name();
                runtime.block_on(archive.put(*table, *month, &name, bytes))?;
                Ok((size, rows))
            });
            match result {
                Ok((size, rows)) => {
                    let mut made = made.lock().unwrap_or_else(PoisonError::into_inner);
                    made.bytes += size;
                    match table {
                        Table::Events => made.events += rows,
                        _ => made.cases += rows,
                    }
                    done(*made);
                }
                Err(error) => {
                    next.store(jobs.len(), Relaxed);
                    *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                }
            }
        }
    };
    tokio::task::block_in_place(|| {
        std::thread::scope(|scope| {
            for _ in 0..threads.max(1) {
                scope.spawn(work);
            }
        });
    });
    match failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(error) => Err(error.into()),
        None => Ok(made.into_inner().unwrap_or_else(PoisonError::into_inner)),
    }
}

/// Numbers of cases of such a history, drawn by chance.
pub fn numbers(seed: u64, cases: u64, n: u32) -> impl Iterator<Item = CaseNumber> {
    let most = (cases / PARTITIONS).max(1);
    (0..n).filter_map(move |at| {
        let mut chance = Chance::new(seed, PARTITIONS, at.into());
        let partition = u8::try_from(chance.bits() % PARTITIONS).unwrap_or_default();
        CaseNumber::new(Partition(partition), 1 + chance.bits() % most)
    })
}

struct History<'a> {
    plan: &'a Plan,
    world: &'a World<'a>,
    calls: &'a Calls,
}

impl History<'_> {
    fn jobs(&self) -> Vec<(Table, Month)> {
        let back = |months: u32| {
            let first = 1 - i32::try_from(months).unwrap_or(i32::MAX);
            (first..=0).map(|month| self.plan.until.plus(month))
        };
        let cases = back(self.plan.months).map(|month| (Table::Cases, month));
        let events = back(self.plan.event_months.min(self.plan.months));
        cases
            .chain(events.map(|month| (Table::Events, month)))
            .collect()
    }

    fn span(&self) -> Span {
        let place = |major| Position { major, minor: 0 };
        Span {
            after: place(0),
            to: place(1),
        }
    }

    fn source(&self) -> String {
        format!("history{}", self.plan.seed)
    }

    fn name(&self) -> String {
        format!("{}-{}.parquet", self.source(), self.span())
    }

    /// The bytes of a month's file, and its rows.
    fn file(&self, table: Table, month: Month) -> Result<(Vec<u8>, u64), ArchiveError> {
        let covers = Coverage::of(&self.source(), self.span());
        let mut file = Output {
            writer: FileWriter::new(table, &covers, 0)?,
            rows: Rows::new(table),
            count: 0,
        };
        let (start, end) = (month.start().as_second(), month.end().as_second());
        let mut story = Story::default();
        for partition in 0..PARTITIONS {
            for back in (0..=LONGEST).rev() {
                let taken_in = self.calls.month(month.plus(-back));
                let Some(taken_in) = taken_in else { continue };
                let first = taken_in.first_sequence(partition);
                let mut clock = taken_in.clock();
                for at in 0..taken_in.count(partition) {
                    let sequence = first + at;
                    let mut chance = Chance::new(self.plan.seed, partition, sequence);
                    let accepted = clock.time(at, taken_in.count(partition), &mut chance);
                    let partition = Partition(u8::try_from(partition).unwrap_or_default());
                    let Some(number) = CaseNumber::new(partition, sequence) else {
                        continue;
                    };
                    story.tell(self.world, number, accepted, &mut chance);
                    match table {
                        Table::Events => {
                            if story.ended >= start && accepted < end {
                                events::each(&story, self.world, start..end, |row| file.push(row))?;
                            }
                        }
                        _ => {
                            if (start..end).contains(&story.ended) {
                                file.push(&story.row(self.world))?;
                            }
                        }
                    }
                }
            }
        }
        let rows = file.count;
        Ok((file.finish()?, rows))
    }
}

struct Output {
    writer: FileWriter,
    rows: Rows,
    count: u64,
}

impl Output {
    fn push<'a, R: Row<'a>>(&mut self, row: &R) -> Result<(), ArchiveError> {
        self.rows.push(row);
        self.count += 1;
        if self.rows.len() >= ROWS {
            self.writer.write_rows(&mut self.rows)?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<u8>, ArchiveError> {
        self.writer.write_rows(&mut self.rows)?;
        self.writer.finish()
    }
}
