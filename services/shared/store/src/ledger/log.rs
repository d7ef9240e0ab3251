//! The log of a workflow: only ever appended to, and only by whoever knows all of it.

use redis::cmd;

use super::documents::Document;
use super::{Ledger, within};
use crate::keys::Workflow;
use crate::reply::read;
use crate::script::{Call, LEDGER_APPEND};
use crate::{MAX_BATCH, StoreError};

/// The largest entry of a ledger's log, in bytes: what is longer belongs into a document.
pub const MAX_ENTRY_BYTES: usize = 64 * 1024;

/// What came of appending to a ledger's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// The entry is in the log where it was meant to be, now or by an earlier try.
    Done,
    /// Somebody else was first: read what is new and decide again.
    Stale {
        /// How many entries the log has.
        length: u64,
    },
}

impl Ledger<'_> {
    /// Appends an entry at this place of the log, if the log is exactly that long, and keeps the document that it speaks of
    /// in the same step; then wakes every [`Ledger::feed`]. A document that lies in several pieces is put before, with
    /// [`Ledger::put_document`].
    ///
    /// An append whose answer was lost may be sent again as it is: the store finds its very bytes in their place. So an
    /// entry must have in it what makes it its writer's own (who and when).
    ///
    /// # Errors
    /// When the entry is larger than [`MAX_ENTRY_BYTES`], the document is refused (see [`Ledger::put_document`]; nothing is
    /// appended then), Redis is unavailable, or fewer replicas confirm than wanted.
    pub async fn append(
        self,
        at: u64,
        entry: &[u8],
        document: Option<Document<'_>>,
    ) -> Result<Appended, StoreError> {
        let what = match self.of {
            Workflow::Rules => "an entry of the rules' log",
            Workflow::Models => "an entry of the models' log",
            Workflow::Insight => "a version of a campaign",
        };
        within(what, entry, MAX_ENTRY_BYTES)?;
        let keys = self.keys();
        let mut call = Call::default();
        call.key(keys.ledger_log(self.of));
        call.num(at).arg(entry).arg(keys.channel(self.of));
        if let Some(document) = document {
            call.key(self.whole(&document)?).arg(document.bytes);
        }
        let answer = LEDGER_APPEND
            .run_durable(self.store, self.home(), &call)
            .await?;
        match (read::<String>(answer)?.as_str(), document) {
            ("done", _) => Ok(Appended::Done),
            ("other", Some(document)) => Err(document.taken()),
            (length, _) => Ok(Appended::Stale {
                length: length
                    .parse()
                    .map_err(|error| StoreError::corrupt(keys.ledger_log(self.of), error))?,
            }),
        }
    }

    /// Entries of the log from this place on, at most `limit` and at most [`MAX_BATCH`] of them; none at its end.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn entries(self, from: u64, limit: usize) -> Result<Vec<Vec<u8>>, StoreError> {
        let limit = limit.min(MAX_BATCH);
        if limit == 0 {
            return Ok(Vec::new());
        }
        let from = i64::try_from(from).unwrap_or(i64::MAX);
        let mut range = cmd("LRANGE");
        range
            .arg(self.keys().ledger_log(self.of))
            .arg(from)
            .arg(from.saturating_add(limit as i64 - 1));
        read(self.store.conn().run(self.home(), range).await?)
    }
}
