//! Merging the many small files of a month into one.

use swiftline_domain::archive::{Coverage, Month, Table};

use super::files::{FileWriter, Part};
use super::place::Place;
use super::plan::Plan;
use super::probe::Step;
use super::{Archive, ArchiveError};

/// The most files that are merged at once: each is open and holds a few rows.
const AT_ONCE: usize = 512;
/// A merged file that has this many bytes takes part again only when its month is over: else each small merge would write
/// all of a month anew.
const LARGE: u64 = 32 << 20;

/// When files are merged.
#[derive(Debug, Clone, Copy)]
pub struct Compaction {
    /// Files of a month that is not over are merged when there are so many, at least 2.
    pub files: usize,
    /// A month is over this long after its last day, and nothing was written to it for as long, milliseconds; all its files
    /// become one then.
    pub settled_ms: i64,
}

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Compacted {
    /// Files that were merged.
    pub merged: usize,
    /// Files that were left by a crash and taken away.
    pub removed: usize,
}

impl Archive {
    /// Merges what there is to merge, and takes away what crashes left. May run beside itself, and beside everything else.
    ///
    /// # Errors
    /// When a file cannot be read or the storage does not answer; what was begun is finished by the next call.
    pub async fn compact(&self, when: &Compaction) -> Result<Compacted, ArchiveError> {
        let mut done = Compacted::default();
        for table in [Table::Cases, Table::Events] {
            for month in self.months(table).await? {
                self.finish_plan(table, month).await?;
                let parts = self.parts(table, month).await?;
                done.removed += self.clean(&parts).await?;
                let Some(plan) = choose(&parts, month, when) else {
                    continue;
                };
                let plan = self.put_plan(table, month, plan).await?;
                self.step(Step::Planned)?;
                if let Plan::Merge { files, .. } = &plan {
                    done.merged += files.len();
                }
                self.carry_out(table, month, &plan).await?;
            }
        }
        Ok(done)
    }

    /// Takes away files that another one covers: a crash, or somebody who came late, left them.
    async fn clean(&self, parts: &[Part]) -> Result<usize, ArchiveError> {
        let mut removed = 0;
        for part in parts.iter().filter(|part| !part.current) {
            self.place().delete(&part.file.path).await?;
            removed += 1;
        }
        Ok(removed)
    }

    /// Merges these files of a month, unless that is done; then takes them away.
    pub(crate) async fn merge_month(
        &self,
        table: Table,
        month: Month,
        files: &[String],
        into: &str,
    ) -> Result<(), ArchiveError> {
        let parts = self.parts(table, month).await?;
        let here = |name: &str| parts.iter().find(|part| part.file.name() == name);
        if here(into).is_none() {
            let inputs: Vec<Part> = files
                .iter()
                .filter_map(|name| here(name).cloned())
                .collect();
            // Fewer: somebody else has written the new file since we looked, and is taking the old ones away.
            if inputs.len() < files.len() {
                return Ok(());
            }
            let bytes = self.merged(table, inputs).await?;
            self.put(table, month, into, bytes).await?;
            self.step(Step::Merged)?;
        }
        for name in files {
            let path = format!("{}/{name}", self.dir(table, month));
            self.place().delete(&path).await?;
            self.step(Step::Removed)?;
        }
        Ok(())
    }

    async fn merged(&self, table: Table, inputs: Vec<Part>) -> Result<Vec<u8>, ArchiveError> {
        let archive = self.clone();
        tokio::task::spawn_blocking(move || {
            let mut covers = Coverage::default();
            for input in &inputs {
                covers.add(&input.covers);
            }
            covers.close_gaps();
            let generation = inputs
                .iter()
                .map(|input| input.generation)
                .max()
                .unwrap_or(0)
                + 1;
            let mut writer = FileWriter::new(table, &covers, generation)?;
            let files: Vec<_> = inputs.into_iter().map(|input| input.file).collect();
            for batch in archive.merge(table, &files, &[])? {
                writer.write(&batch?)?;
            }
            writer.finish()
        })
        .await?
    }
}

/// What to merge of a month's files now, if anything.
fn choose(parts: &[Part], month: Month, when: &Compaction) -> Option<Plan> {
    let current: Vec<&Part> = parts.iter().filter(|part| part.current).collect();
    let newest = current.iter().map(|part| part.file.written_ms).max()?;
    let settled = Place::now_ms() - when.settled_ms;
    let over = month.end().as_millisecond() <= settled && newest <= settled;
    let mut chosen: Vec<&Part> = if over {
        current
    } else {
        current
            .into_iter()
            .filter(|part| part.generation == 0 || part.file.size < LARGE)
            .collect()
    };
    let enough = if over { 2 } else { when.files.max(2) };
    chosen.truncate(AT_ONCE);
    (chosen.len() >= enough).then(|| Plan::merge(&chosen))
}
