//! What can be set about the archive.

use serde::{Deserialize, Serialize};
use swiftline_config::{Problem, Problems, Validate};

/// The most entries of one file: their rows are held in memory while it is written.
const MAX_BATCH_ENTRIES: usize = 1_000_000;

/// The archive.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ArchiveSettings {
    /// A folder, or with the feature `s3` an address such as `s3://bucket/prefix`. All replicas use the same. Empty: there is
    /// no archive, Redis forgets no case, and the log is trimmed without one.
    pub url: String,
    /// How often to look for what is ready, milliseconds; at least 10.
    pub every_ms: u64,
    /// Entries of the log wait this long for others, so that files are not too many, milliseconds.
    pub linger_ms: u64,
    /// … unless the log of their partition has so many, 1 to 1,000,000; also the most that go into one file.
    pub batch_entries: usize,
    /// A case that ended stays in Redis for so many days, and can be reopened; then it is only in the archive.
    pub closed_days: u32,
    /// How often to merge small files, milliseconds; at least 10.
    pub compact_every_ms: u64,
    /// Files of a running month are merged when there are so many, at least 2.
    pub compact_files: usize,
    /// So long after its end, and after the last file came, all files of a month are merged into one, milliseconds.
    pub settled_ms: u64,
    /// Months that are kept, the running one not counted; of older ones only sums stay. 0: all.
    pub keep_months: u32,
}

impl Validate for ArchiveSettings {
    fn validate(&self) -> Vec<Problem> {
        let mut problems = Problems::default();
        problems.at_least("every_ms", self.every_ms, 10);
        problems.check(
            "batch_entries",
            (1..=MAX_BATCH_ENTRIES).contains(&self.batch_entries),
            format!(
                "is {}, must be 1 to {MAX_BATCH_ENTRIES}",
                self.batch_entries
            ),
        );
        problems.at_least("compact_every_ms", self.compact_every_ms, 10);
        problems.at_least("compact_files", self.compact_files as u64, 2);
        problems.into_vec()
    }
}
