//! What the classifier's models say of each day's messages, counted: labels, and how sure they were.
//!
//! Counted **at least once**: what a process has counted and not yet added is lost when it dies, and added again when only
//! the answer of Redis was lost. For comparing shares with those of training that is enough.

use std::collections::BTreeMap;

use jiff::civil::Date;
use redis::Pipeline;

use crate::keys::drift_home;
use crate::reply::read;
use crate::{Store, StoreError};

/// Bins of equal width that confidence from 0 to 1 is counted in.
pub const CONFIDENCE_BINS: usize = 10;
/// How long a day's counts are kept, in days.
pub const DRIFT_DAYS: u32 = 90;

const DAY_SECONDS: u32 = 24 * 60 * 60;
const LABEL: &str = "l:";
const BIN: &str = "c:";
const UNSURE: &str = "unsure";
const SUM: &str = "sum";

/// What a model said of some messages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DriftCounts {
    /// How often each label.
    pub labels: BTreeMap<String, u64>,
    /// How sure it was; every message is in one bin.
    pub bins: [u64; CONFIDENCE_BINS],
    /// Messages that a person must decide.
    pub unsure: u64,
    /// The sum of the confidence, in millionths.
    pub confidence_millionths: u64,
}

impl DriftCounts {
    /// How many messages there were.
    #[must_use]
    pub fn messages(&self) -> u64 {
        self.bins.iter().sum()
    }

    fn add(&mut self, field: &str, n: u64) -> Option<()> {
        if let Some(label) = field.strip_prefix(LABEL) {
            *self.labels.entry(label.to_owned()).or_default() += n;
        } else if let Some(bin) = field.strip_prefix(BIN) {
            *self.bins.get_mut(bin.parse::<usize>().ok()?)? += n;
        } else {
            match field {
                UNSURE => self.unsure += n,
                SUM => self.confidence_millionths += n,
                _ => return None,
            }
        }
        Some(())
    }

    fn fields(&self) -> impl Iterator<Item = (String, u64)> {
        let labels = self.labels.iter();
        let labels = labels.map(|(label, n)| (format!("{LABEL}{label}"), *n));
        let bins = self.bins.iter().enumerate();
        let bins = bins.map(|(bin, n)| (format!("{BIN}{bin}"), *n));
        let sums = [(UNSURE, self.unsure), (SUM, self.confidence_millionths)];
        let sums = sums.map(|(name, n)| (name.to_owned(), n));
        labels.chain(bins).chain(sums).filter(|(_, n)| *n > 0)
    }
}

impl Store {
    /// Adds what models said of messages of this day, in one go.
    ///
    /// # Errors
    /// When Redis is unavailable; it may have been added.
    pub async fn add_drift(
        &self,
        day: Date,
        counted: &BTreeMap<String, DriftCounts>,
    ) -> Result<(), StoreError> {
        let mut pipeline = Pipeline::new();
        for (model, counts) in counted {
            let key = self.keys().drift(model, day);
            for (field, n) in counts.fields() {
                pipeline.cmd("HINCRBY").arg(&key).arg(field).arg(n);
            }
            pipeline
                .cmd("EXPIRE")
                .arg(&key)
                .arg(DRIFT_DAYS * DAY_SECONDS);
        }
        if !pipeline.is_empty() {
            self.conn().pipe(drift_home(), pipeline).await?;
        }
        Ok(())
    }

    /// What a model said on these days.
    ///
    /// # Errors
    /// When Redis is unavailable or a counter is not one.
    pub async fn drift(&self, model: &str, days: &[Date]) -> Result<DriftCounts, StoreError> {
        let mut pipeline = Pipeline::with_capacity(days.len());
        for day in days {
            pipeline.cmd("HGETALL").arg(self.keys().drift(model, *day));
        }
        let mut counts = DriftCounts::default();
        if days.is_empty() {
            return Ok(counts);
        }
        for answer in self.conn().pipe(drift_home(), pipeline).await? {
            for (field, n) in read::<Vec<(String, u64)>>(answer)? {
                counts
                    .add(&field, n)
                    .ok_or_else(|| StoreError::corrupt("a model's day", format!("{field:?}")))?;
            }
        }
        Ok(counts)
    }
}
