//! Reading cases.

use swiftline_domain::case::Case;
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_proto::types::v1::{Commit, Complaint};
use swiftline_telemetry::TraceContext;

use crate::{Store, StoreError};

/// A case as it is stored.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The case.
    pub case: Case,
    /// What the citizen said.
    pub complaint: Complaint,
    /// The contact data, sealed; see [`crate::seal`].
    pub sealed_contact: Option<Vec<u8>>,
    /// The span of the newest commit.
    pub trace: TraceContext,
}

impl Store {
    /// The case of this number; `None` when there is none.
    ///
    /// # Errors
    /// When Redis is unavailable or the record cannot be read.
    pub async fn load(&self, number: CaseNumber) -> Result<Option<Stored>, StoreError> {
        let _ = number;
        todo!()
    }

    /// The cases of these numbers of one partition, in order.
    ///
    /// # Errors
    /// As [`Store::load`], and when a number is of another partition.
    pub async fn load_many(
        &self,
        partition: Partition,
        numbers: &[CaseNumber],
    ) -> Result<Vec<Option<Stored>>, StoreError> {
        let _ = (partition, numbers);
        todo!()
    }

    /// Every commit of the case, oldest first; empty when there is no such case. The first has the complaint.
    ///
    /// # Errors
    /// As [`Store::load`].
    pub async fn journey(&self, number: CaseNumber) -> Result<Vec<Commit>, StoreError> {
        let _ = number;
        todo!()
    }
}
