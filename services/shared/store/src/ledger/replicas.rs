//! Which replicas of the service are alive, and what each says of what it serves.

use redis::cmd;

use super::{Ledger, within};
use crate::StoreError;
use crate::reply::read;
use crate::script::{Call, LEDGER_BEAT, LEDGER_REPLICAS};

/// A replica that was silent for this long, an hour, is forgotten with the next beat of another.
const KEPT_MS: u64 = 60 * 60 * 1_000;
/// The most that a replica may say of itself, in bytes: each beat looks at all of them.
const MAX_STATE_BYTES: usize = 64 * 1024;

/// What a replica last said of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replica {
    /// Its id.
    pub id: String,
    /// How long ago it said so, milliseconds by the clock of Redis: replicas' own clocks need not agree.
    pub age_ms: u64,
    /// What it said.
    pub state: Vec<u8>,
}

impl Ledger<'_> {
    /// Says that this replica is alive, and in what state.
    ///
    /// # Errors
    /// When the state is larger than 64 KiB or Redis is unavailable.
    pub async fn beat(self, replica: &str, state: &[u8]) -> Result<(), StoreError> {
        within("a replica's state", state, MAX_STATE_BYTES)?;
        let mut call = Call::default();
        call.key(self.keys().replicas(self.of));
        call.arg(replica).arg(state).num(KEPT_MS);
        LEDGER_BEAT
            .run(self.store.conn(), self.home(), &call)
            .await?;
        Ok(())
    }

    /// Every replica that beat within the last hour or so and has not left, by id. Which of them still live is for the
    /// caller to say, from their age.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn replicas(self) -> Result<Vec<Replica>, StoreError> {
        let mut call = Call::default();
        call.key(self.keys().replicas(self.of));
        let answer = LEDGER_REPLICAS
            .run(self.store.conn(), self.home(), &call)
            .await?;
        let mut replicas: Vec<Replica> = read::<Vec<(String, u64, Vec<u8>)>>(answer)?
            .into_iter()
            .map(|(id, age_ms, state)| Replica { id, age_ms, state })
            .collect();
        replicas.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(replicas)
    }

    /// Says that this replica is going: nobody should wait for it.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn leave(self, replica: &str) -> Result<(), StoreError> {
        let mut delete = cmd("HDEL");
        delete.arg(self.keys().replicas(self.of)).arg(replica);
        self.store.conn().run(self.home(), delete).await?;
        Ok(())
    }
}
