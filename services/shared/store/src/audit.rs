//! Reading the whole store, for whoever checks it against its promises. Not for services: it takes as long as there are cases.

use redis::{Pipeline, cmd};
use swiftline_domain::number::{CaseNumber, Partition};

use crate::keys::partition_home;
use crate::reply::read;
use crate::{Store, StoreError};

/// Numbers looked for in one pipeline.
const CHUNK: u64 = 1_000;

impl Store {
    /// The number of every case in a partition, in order. Every number ever reserved is looked for, so this relies on no index.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn case_numbers(&self, partition: Partition) -> Result<Vec<CaseNumber>, StoreError> {
        self.known(partition)?;
        let home = partition_home(partition);
        let mut get = cmd("GET");
        get.arg(self.keys().seq(partition));
        let last: Option<u64> = read(self.conn().run(home, get).await?)?;
        let mut numbers = Vec::new();
        let mut first = 1;
        while first <= last.unwrap_or_default() {
            let chunk = first..=(first + CHUNK - 1).min(last.unwrap_or_default());
            let candidates: Vec<_> = chunk
                .clone()
                .filter_map(|sequence| CaseNumber::new(partition, sequence))
                .collect();
            let mut pipeline = Pipeline::with_capacity(candidates.len());
            for number in &candidates {
                pipeline.cmd("EXISTS").arg(self.keys().case(*number));
            }
            for (number, answer) in candidates
                .iter()
                .zip(self.conn().pipe(home, pipeline).await?)
            {
                if read::<u8>(answer)? == 1 {
                    numbers.push(*number);
                }
            }
            first = chunk.end() + 1;
        }
        Ok(numbers)
    }
}
