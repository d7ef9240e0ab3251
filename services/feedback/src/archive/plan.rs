//! What will be done to a month of a table, put down before it is done: one plan at a time, finished by whoever finds it.
//!
//! A plan is a small file outside the tables, made only if there is none: so two never merge the same files into different
//! ones, and erasing waits for merging. Every step may be repeated. What a process does that was held up and comes back late
//! is harmless: it writes a file whose content a later one covers, and such files are not read.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use swiftline_domain::archive::{Month, Table};

use super::files::Part;
use super::{Archive, ArchiveError};

/// Where plans lie.
const FOLDER: &str = "plans";

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Plan {
    /// Merge these files of the month (names) into one.
    Merge {
        /// The files.
        files: Vec<String>,
        /// The name of the new one.
        into: String,
    },
    /// Take this caller out of the month's files.
    Erase {
        /// The pseudonym.
        caller: i64,
    },
    /// Sum the month up and drop it.
    Drop,
}

impl Plan {
    /// A merge of these files; the new one's name is made from theirs.
    pub(crate) fn merge(parts: &[&Part]) -> Self {
        let files: Vec<String> = parts
            .iter()
            .map(|part| part.file.name().to_owned())
            .collect();
        let digest = Sha256::digest(files.join("\n").as_bytes());
        let short: String = digest
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Self::Merge {
            files,
            into: format!("merged-{short}.parquet"),
        }
    }
}

impl Archive {
    fn plan_path(&self, table: Table, month: Month) -> String {
        format!("{FOLDER}/city={}/{table}-{month}.json", self.city())
    }

    /// Puts this plan down unless there is one, and gives the one that is there now.
    pub(crate) async fn put_plan(
        &self,
        table: Table,
        month: Month,
        plan: Plan,
    ) -> Result<Plan, ArchiveError> {
        let path = self.plan_path(table, month);
        let wrong = |error: serde_json::Error| ArchiveError::format(&path, error);
        let text = serde_json::to_vec(&plan).map_err(wrong)?;
        if self.place().create(&path, text).await? {
            return Ok(plan);
        }
        // Finished by somebody between the two calls: the next round plans anew.
        Ok(self.plan(table, month).await?.unwrap_or(plan))
    }

    /// The plan that is there.
    pub(crate) async fn plan(
        &self,
        table: Table,
        month: Month,
    ) -> Result<Option<Plan>, ArchiveError> {
        let path = self.plan_path(table, month);
        let Some(bytes) = self.place().get(&path).await? else {
            return Ok(None);
        };
        let plan = serde_json::from_slice(&bytes);
        plan.map(Some)
            .map_err(|error| ArchiveError::format(&path, error))
    }

    /// Takes the plan away when it is still this one.
    pub(crate) async fn drop_plan(
        &self,
        table: Table,
        month: Month,
        plan: &Plan,
    ) -> Result<(), ArchiveError> {
        if self.plan(table, month).await?.as_ref() == Some(plan) {
            self.place().delete(&self.plan_path(table, month)).await?;
        }
        Ok(())
    }

    /// Does what a plan says, from wherever it was left. Says whether it is done: not when what it needs is gone, because
    /// somebody else is ahead.
    pub(crate) async fn carry_out(
        &self,
        table: Table,
        month: Month,
        plan: &Plan,
    ) -> Result<(), ArchiveError> {
        match plan {
            Plan::Merge { files, into } => self.merge_month(table, month, files, into).await?,
            Plan::Erase { caller } => self.erase_month(month, *caller).await.map(|_| ())?,
            Plan::Drop => self.drop_month(table, month).await?,
        }
        self.drop_plan(table, month, plan).await
    }

    /// Finishes what a crash may have left.
    pub(crate) async fn finish_plan(
        &self,
        table: Table,
        month: Month,
    ) -> Result<bool, ArchiveError> {
        match self.plan(table, month).await? {
            Some(plan) => self.carry_out(table, month, &plan).await.map(|()| true),
            None => Ok(false),
        }
    }
}
