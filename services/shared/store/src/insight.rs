//! What a city's complaints tell together: notes of cases, and the documents that are made of them.
//!
//! A note is written by the step that acknowledges the log entry it comes from (see `count.lua`): exactly once. One process
//! at a time folds notes into documents and puts these with the cursor in one step ([`Store::fold_insight`]); who has not
//! seen the newest revision is refused. So each note is in the documents exactly once, whoever crashes when.
//!
//! The store understands neither notes nor documents: they are bytes to it.

use std::time::Duration;

use redis::{Value, cmd};
use swiftline_domain::number::Partition;

use crate::keys::{Workflow, ledger_home, partition_home};
use crate::reply::{entries, read};
use crate::script::{Call, INSIGHT_FOLD};
use crate::{Ledger, Store, StoreError};

/// About how many notes a partition keeps when nobody folds them; the oldest go first. Days of a large city, and some tens of
/// megabytes in all.
pub const MAX_NOTES: usize = 65_536;
/// The largest document, bytes.
pub const MAX_INSIGHT_BYTES: usize = 8 << 20;

/// A note and the place in its partition's stream from which the next one is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Its id in the stream.
    pub id: String,
    /// What it says.
    pub bytes: Vec<u8>,
}

/// How far the documents are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InsightState {
    /// How often documents were put; 0 for never.
    pub revision: u64,
    /// Up to where notes are in them, as it was written.
    pub cursor: Vec<u8>,
}

/// A document to be put.
#[derive(Debug, Clone, Copy)]
pub struct InsightDocument<'a> {
    /// What it is called.
    pub name: &'a str,
    /// What it says.
    pub bytes: &'a [u8],
    /// How long it is kept; `None`: for good. Whole seconds.
    pub lifetime: Option<Duration>,
}

/// What came of putting documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Folded {
    /// They are there, now or by an earlier try.
    Done,
    /// Somebody else was first: read everything anew.
    Stale {
        /// The newest revision.
        revision: u64,
    },
}

impl Store {
    /// The ledger of campaigns, and the leases of who folds notes. Its documents are none.
    #[must_use]
    pub const fn insight(&self) -> Ledger<'_> {
        Ledger::of(self, Workflow::Insight)
    }

    /// The notes of a partition after this id, the oldest first, at most so many; from the first when the id is empty.
    ///
    /// # Errors
    /// When Redis is unavailable, or there is no such partition.
    pub async fn notes(
        &self,
        partition: Partition,
        after: &str,
        most: usize,
    ) -> Result<Vec<Note>, StoreError> {
        self.known(partition)?;
        let from = match after {
            "" => "-".to_owned(),
            after => format!("({after}"),
        };
        let mut range = cmd("XRANGE");
        range.arg(self.keys().notes(partition)).arg(from).arg("+");
        range.arg("COUNT").arg(most.max(1));
        let answer = self.conn().run(partition_home(partition), range).await?;
        let notes = entries(answer)?.into_iter().map(|mut entry| Note {
            id: entry.id.to_string(),
            bytes: entry.take("n"),
        });
        Ok(notes.collect())
    }

    /// Forgets the notes of a partition before this id.
    ///
    /// # Errors
    /// When Redis is unavailable, or there is no such partition.
    pub async fn forget_notes(&self, partition: Partition, before: &str) -> Result<(), StoreError> {
        self.known(partition)?;
        let mut trim = cmd("XTRIM");
        trim.arg(self.keys().notes(partition));
        trim.arg("MINID").arg("~").arg(before);
        self.conn().run(partition_home(partition), trim).await?;
        Ok(())
    }

    /// How far the documents are.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn insight_state(&self) -> Result<InsightState, StoreError> {
        let mut get = cmd("HMGET");
        get.arg(self.keys().insight_state()).arg("r").arg("c");
        let answer = self.conn().run(ledger_home(Workflow::Insight), get).await?;
        let (revision, cursor) = read::<(Option<u64>, Option<Vec<u8>>)>(answer)?;
        Ok(InsightState {
            revision: revision.unwrap_or_default(),
            cursor: cursor.unwrap_or_default(),
        })
    }

    /// Puts documents in the place of those before and says up to where notes are in them, in one step, if the revision is
    /// still `saw`. May be sent again as it is: the cursor must have its writer's name in it.
    ///
    /// # Errors
    /// When a document is larger than [`MAX_INSIGHT_BYTES`] or Redis is unavailable.
    pub async fn fold_insight(
        &self,
        saw: u64,
        cursor: &[u8],
        documents: &[InsightDocument<'_>],
    ) -> Result<Folded, StoreError> {
        let mut call = Call::default();
        call.key(self.keys().insight_state()).num(saw).arg(cursor);
        for document in documents {
            crate::ledger::within("a document of insight", document.bytes, MAX_INSIGHT_BYTES)?;
            let lifetime = document
                .lifetime
                .map_or(0, |lifetime| lifetime.as_secs().max(1));
            call.key(self.keys().insight_document(document.name));
            call.num(lifetime).arg(document.bytes);
        }
        let home = ledger_home(Workflow::Insight);
        let answer = INSIGHT_FOLD.run_durable(self, home, &call).await?;
        match read::<String>(answer)?.as_str() {
            "done" => Ok(Folded::Done),
            revision => Ok(Folded::Stale {
                revision: revision
                    .parse()
                    .map_err(|error| StoreError::corrupt("the revision of insight", error))?,
            }),
        }
    }

    /// These documents, each where there is one.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn insight_documents(
        &self,
        names: &[String],
    ) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let mut get = cmd("MGET");
        for name in names {
            get.arg(self.keys().insight_document(name));
        }
        let answer: Value = self.conn().run(ledger_home(Workflow::Insight), get).await?;
        read(answer)
    }
}
