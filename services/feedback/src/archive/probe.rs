//! Where the archive's work can be broken off: tests stop it between any two steps.

use std::sync::Arc;

use super::ArchiveError;

/// A step that was just done. What comes after it may never happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// A batch of the log is prepared in Redis.
    LogPrepared,
    /// A file of it is written.
    LogWritten,
    /// Redis knows that the archive has it.
    LogLeft,
    /// A batch of cases is prepared in Redis.
    CasesPrepared,
    /// A file of it is written.
    CasesWritten,
    /// Redis has forgotten its cases.
    CasesLeft,
    /// A plan is put down.
    Planned,
    /// The files of a plan are merged into a new one.
    Merged,
    /// One of the merged files is taken away.
    Removed,
    /// A file is written anew without a caller.
    Rewritten,
    /// A month that will be dropped is summed up.
    Summed,
}

impl Step {
    /// Every step.
    pub const ALL: [Self; 11] = [
        Self::LogPrepared,
        Self::LogWritten,
        Self::LogLeft,
        Self::CasesPrepared,
        Self::CasesWritten,
        Self::CasesLeft,
        Self::Planned,
        Self::Merged,
        Self::Removed,
        Self::Rewritten,
        Self::Summed,
    ];
}

/// Called after each step; an error breaks the work off there.
pub type Probe = Arc<dyn Fn(Step) -> Result<(), ArchiveError> + Send + Sync>;
