//! Reading cases.

use prost::Message as _;
use redis::{Pipeline, Value, cmd};
use swiftline_domain::case::Case;
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_proto::types::v1::{self as wire, Commit, Complaint};
use swiftline_telemetry::TraceContext;

use crate::keys::partition_home;
use crate::reply::read;
use crate::{MAX_BATCH, Store, StoreError};

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

/// The fields of a case's hash that make a [`Stored`]: state, trace, complaint, contact.
pub(crate) const FIELDS: [&str; 4] = ["s", "t", "in", "ct"];
type Fields = (
    Option<Vec<u8>>,
    Option<String>,
    Option<Vec<u8>>,
    Option<Vec<u8>>,
);

impl Store {
    /// The case of this number; `None` when there is none.
    ///
    /// # Errors
    /// When Redis is unavailable or the record cannot be read.
    pub async fn load(&self, number: CaseNumber) -> Result<Option<Stored>, StoreError> {
        let partition = number.partition();
        self.known(partition)?;
        let mut get = cmd("HMGET");
        get.arg(self.keys().case(number)).arg(&FIELDS);
        let value = self.conn().run(partition_home(partition), get).await?;
        self.stored(number, value)
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
        for number in numbers {
            self.in_partition(*number, partition)?;
        }
        let mut cases = Vec::with_capacity(numbers.len());
        for batch in numbers.chunks(MAX_BATCH) {
            let mut pipeline = Pipeline::with_capacity(batch.len());
            for number in batch {
                pipeline
                    .cmd("HMGET")
                    .arg(self.keys().case(*number))
                    .arg(&FIELDS);
            }
            let values = self
                .conn()
                .pipe(partition_home(partition), pipeline)
                .await?;
            for (number, value) in batch.iter().zip(values) {
                cases.push(self.stored(*number, value)?);
            }
        }
        Ok(cases)
    }

    pub(crate) fn stored(
        &self,
        number: CaseNumber,
        value: Value,
    ) -> Result<Option<Stored>, StoreError> {
        let corrupt = |reason: String| StoreError::corrupt(self.keys().case(number), reason);
        let (state, trace, complaint, sealed_contact): Fields =
            read(value).map_err(|e| corrupt(e.to_string()))?;
        let Some(state) = state else { return Ok(None) };
        let case = wire::Case::decode(state.as_slice()).map_err(|e| corrupt(e.to_string()))?;
        let case = Case::try_from(case).map_err(|e| corrupt(e.to_string()))?;
        let complaint = complaint.unwrap_or_default();
        Ok(Some(Stored {
            case,
            complaint: Complaint::decode(complaint.as_slice())
                .map_err(|e| corrupt(e.to_string()))?,
            sealed_contact,
            trace: trace
                .and_then(|trace| TraceContext::parse(&trace))
                .ok_or_else(|| corrupt("it has no traceparent".to_owned()))?,
        }))
    }

    /// Every commit of the case, oldest first; empty when there is no such case. The first has the complaint.
    ///
    /// # Errors
    /// As [`Store::load`].
    pub async fn journey(&self, number: CaseNumber) -> Result<Vec<Commit>, StoreError> {
        let partition = number.partition();
        self.known(partition)?;
        let mut get = cmd("HGETALL");
        get.arg(self.keys().case(number));
        let value = self.conn().run(partition_home(partition), get).await?;
        self.commits(number, read(value)?)
    }

    /// The journeys of these cases of one partition, in order; see [`Store::journey`].
    ///
    /// # Errors
    /// As [`Store::load_many`].
    pub async fn journeys(
        &self,
        partition: Partition,
        numbers: &[CaseNumber],
    ) -> Result<Vec<Vec<Commit>>, StoreError> {
        let records = self.records(partition, numbers).await?;
        let journeys = numbers.iter().zip(records);
        journeys
            .map(|(number, record)| self.commits(*number, read(record)?))
            .collect()
    }

    /// All that is stored of these cases of one partition, in order.
    pub(crate) async fn records(
        &self,
        partition: Partition,
        numbers: &[CaseNumber],
    ) -> Result<Vec<Value>, StoreError> {
        for number in numbers {
            self.in_partition(*number, partition)?;
        }
        let mut records = Vec::with_capacity(numbers.len());
        for batch in numbers.chunks(MAX_BATCH) {
            let mut pipeline = Pipeline::with_capacity(batch.len());
            for number in batch {
                pipeline.cmd("HGETALL").arg(self.keys().case(*number));
            }
            let home = partition_home(partition);
            records.extend(self.conn().pipe(home, pipeline).await?);
        }
        Ok(records)
    }

    /// The commits in a case's hash, oldest first.
    pub(crate) fn commits(
        &self,
        number: CaseNumber,
        record: Vec<(String, Value)>,
    ) -> Result<Vec<Commit>, StoreError> {
        let corrupt =
            |error: prost::DecodeError| StoreError::corrupt(self.keys().case(number), error);
        let mut commits = Vec::new();
        let mut complaint = None;
        for (name, value) in record {
            let bytes = || read::<Vec<u8>>(value);
            if name == "in" {
                complaint = Some(Complaint::decode(bytes()?.as_slice()).map_err(corrupt)?);
            } else if name.starts_with('e') {
                commits.push(Commit::decode(bytes()?.as_slice()).map_err(corrupt)?);
            }
        }
        commits.sort_by_key(|commit| commit.version);
        if let Some(first) = commits.first_mut() {
            first.complaint = complaint;
        }
        Ok(commits)
    }
}
