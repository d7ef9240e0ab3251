//! The log of the rule workflow: only ever appended to, and only by whoever knows all of it.

use redis::cmd;

use super::documents::Document;
use super::within;
use crate::keys::rules_home;
use crate::reply::read;
use crate::script::{Call, RULES_APPEND};
use crate::{MAX_BATCH, Store, StoreError};

/// The largest entry of the rules' log, in bytes: what is longer belongs into a document.
pub const MAX_RULES_ENTRY_BYTES: usize = 64 * 1024;

/// What came of appending to the rules' log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RulesAppended {
    /// The entry is in the log where it was meant to be, now or by an earlier try.
    Done,
    /// Somebody else was first: read what is new and decide again.
    Stale {
        /// How many entries the log has.
        length: u64,
    },
}

impl Store {
    /// Appends an entry at this place of the rules' log, if the log is exactly that long, and keeps the document that it
    /// speaks of in the same step; then wakes every [`Store::rules_feed`].
    ///
    /// An append whose answer was lost may be sent again as it is: the store finds its very bytes in their place. So an
    /// entry must have in it what makes it its writer's own (who and when).
    ///
    /// # Errors
    /// When the entry is larger than [`MAX_RULES_ENTRY_BYTES`], the document is refused (see
    /// [`Store::put_rules_document`]; nothing is appended then), Redis is unavailable, or fewer replicas confirm than wanted.
    pub async fn append_rules_entry(
        &self,
        at: u64,
        entry: &[u8],
        document: Option<Document<'_>>,
    ) -> Result<RulesAppended, StoreError> {
        within("an entry of the rules' log", entry, MAX_RULES_ENTRY_BYTES)?;
        let keys = self.keys();
        let mut call = Call::default();
        call.key(keys.rules_log());
        call.num(at).arg(entry).arg(keys.rules_channel());
        if let Some(document) = document {
            call.key(document.key(keys)?).arg(document.bytes);
        }
        let answer = RULES_APPEND.run_durable(self, rules_home(), &call).await?;
        match (read::<String>(answer)?.as_str(), document) {
            ("done", _) => Ok(RulesAppended::Done),
            ("other", Some(document)) => Err(document.taken()),
            (length, _) => Ok(RulesAppended::Stale {
                length: length
                    .parse()
                    .map_err(|error| StoreError::corrupt(keys.rules_log(), error))?,
            }),
        }
    }

    /// Entries of the rules' log from this place on, at most `limit` and at most [`MAX_BATCH`] of them; none at its end.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn rules_log(&self, from: u64, limit: usize) -> Result<Vec<Vec<u8>>, StoreError> {
        let limit = limit.min(MAX_BATCH);
        if limit == 0 {
            return Ok(Vec::new());
        }
        let from = i64::try_from(from).unwrap_or(i64::MAX);
        let mut range = cmd("LRANGE");
        range
            .arg(self.keys().rules_log())
            .arg(from)
            .arg(from.saturating_add(limit as i64 - 1));
        read(self.conn().run(rules_home(), range).await?)
    }
}
