//! Leases: a job of the whole mesh that one process at a time should do.
//!
//! A lease saves work and keeps the log quiet; it does not fence. A holder that was paused may go on beyond its time, so
//! what the job does must be safe to be done twice.

use super::Ledger;
use crate::StoreError;
use crate::reply::read;
use crate::script::{Call, DROP_LEASE, TAKE_LEASE};

impl Ledger<'_> {
    /// Takes the lease of a job, or renews it, for `ttl_ms` milliseconds (at least 1) from now; whether it is the holder's.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn take_lease(
        self,
        job: &str,
        holder: &str,
        ttl_ms: u64,
    ) -> Result<bool, StoreError> {
        let mut call = Call::default();
        call.key(self.keys().lease(self.of, job));
        call.arg(holder).num(ttl_ms.max(1));
        read(
            TAKE_LEASE
                .run(self.store.conn(), self.home(), &call)
                .await?,
        )
    }

    /// Gives the lease of a job up, so that another may take it at once; nothing when it is not the holder's.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn drop_lease(self, job: &str, holder: &str) -> Result<(), StoreError> {
        let mut call = Call::default();
        call.key(self.keys().lease(self.of, job));
        call.arg(holder);
        DROP_LEASE
            .run(self.store.conn(), self.home(), &call)
            .await?;
        Ok(())
    }
}
