//! Walking back over recent cases, the newest numbers first.

use jiff::Timestamp;
use redis::{Pipeline, cmd};
use swiftline_domain::number::{CaseNumber, Partition};

use crate::cases::{FIELDS, Stored};
use crate::keys::partition_home;
use crate::reply::read;
use crate::{MAX_BATCH, Store, StoreError};

/// Some of a partition's recent cases.
#[derive(Debug, Clone, Default)]
pub struct RecentPage {
    /// The cases, the highest number first.
    pub cases: Vec<Stored>,
    /// How many records could not be understood and were passed over.
    pub corrupt: u64,
    /// Where to go on; `None` when there is nothing more.
    pub before_sequence: Option<u64>,
}

impl Store {
    /// Up to `limit` cases of this partition accepted at or after `since`, of numbers below `before_sequence` (`None`: from
    /// the newest on); at least 1.
    ///
    /// Numbers are reserved in blocks by several processes, so some have no case and their order is only nearly that of
    /// time: the walk ends where [`MAX_BATCH`] cases in a row are older than `since`, or at the first number. A case that
    /// is accepted meanwhile may be missed.
    ///
    /// # Errors
    /// When Redis is unavailable. A record that cannot be understood is counted, not an error.
    pub async fn recent_cases(
        &self,
        partition: Partition,
        since: Timestamp,
        before_sequence: Option<u64>,
        limit: usize,
    ) -> Result<RecentPage, StoreError> {
        self.known(partition)?;
        let newest = self.newest_sequence(partition).await?;
        let mut next =
            before_sequence.map_or(newest, |before| newest.min(before.saturating_sub(1)));
        let (mut page, mut older) = (RecentPage::default(), 0);
        while next > 0 {
            for (number, stored) in self.page_below(partition, next).await? {
                match stored {
                    Ok(None) => {}
                    Ok(Some(stored)) if stored.case.accepted_at < since => older += 1,
                    Ok(Some(stored)) => {
                        older = 0;
                        page.cases.push(stored);
                    }
                    Err(StoreError::Corrupt { .. }) => page.corrupt += 1,
                    Err(error) => return Err(error),
                }
                next = number.sequence() - 1;
                if older >= MAX_BATCH {
                    return Ok(page);
                }
                if page.cases.len() >= limit.max(1) {
                    page.before_sequence = (next > 0).then_some(next + 1);
                    return Ok(page);
                }
            }
        }
        Ok(page)
    }

    async fn newest_sequence(&self, partition: Partition) -> Result<u64, StoreError> {
        let mut get = cmd("GET");
        get.arg(self.keys().seq(partition));
        let last: Option<u64> = read(self.conn().run(partition_home(partition), get).await?)?;
        Ok(last.unwrap_or_default())
    }

    /// The [`MAX_BATCH`] numbers from this one downwards, each with what is stored.
    async fn page_below(
        &self,
        partition: Partition,
        newest: u64,
    ) -> Result<Vec<(CaseNumber, Result<Option<Stored>, StoreError>)>, StoreError> {
        let oldest = newest.saturating_sub(MAX_BATCH as u64 - 1).max(1);
        let numbers = (oldest..=newest)
            .rev()
            .map(|sequence| CaseNumber::new(partition, sequence))
            .collect::<Option<Vec<_>>>()
            .ok_or(StoreError::Numbers(partition))?;
        let mut pipeline = Pipeline::with_capacity(numbers.len());
        for number in &numbers {
            let case = self.keys().case(*number);
            pipeline.cmd("HMGET").arg(case).arg(&FIELDS);
        }
        let home = partition_home(partition);
        let values = self.conn().pipe(home, pipeline).await?;
        let stored = |(number, value)| (number, self.stored(number, value));
        Ok(numbers.into_iter().zip(values).map(stored).collect())
    }
}
