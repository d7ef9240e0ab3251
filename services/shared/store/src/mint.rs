//! Case numbers, reserved in blocks so that minting one seldom asks Redis.

use swiftline_domain::number::{CaseNumber, Partition};

use crate::{IdempotencyKey, Store, StoreError};

impl Store {
    /// `n` new case numbers of this partition, in order.
    ///
    /// Numbers are reserved in blocks: a process that ends leaves a gap, and numbers say nothing about order in time.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn mint(
        &self,
        partition: Partition,
        n: usize,
    ) -> Result<Vec<CaseNumber>, StoreError> {
        let _ = (partition, n);
        todo!()
    }

    /// The partition of requests with this key: always the same one, so that the key is found again.
    #[must_use]
    pub fn partition_for(&self, key: &IdempotencyKey) -> Partition {
        let _ = key;
        todo!()
    }

    /// Any partition, for a request without a key.
    #[must_use]
    pub fn random_partition(&self) -> Partition {
        todo!()
    }
}
