//! Citizens who are asked by a message instead of a call: while an answer may come, no operator gets the case.

use jiff::Timestamp;
use swiftline_domain::case::{CallbackVia, Case};

use crate::commit::call_language;
use crate::keys::partition_home;
use crate::reply::read;
use crate::script::{Call, INVITE, INVITED};
use crate::{Store, StoreError};

/// Whether a case is held for an answer by message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// It is, by this call or by an earlier one since the case was last resolved.
    Held {
        /// Until then.
        until: Timestamp,
        /// How the citizen is asked: as the first call said.
        via: CallbackVia,
        /// The message is sent already.
        sent: bool,
    },
    /// An operator has it until then.
    Taken(Timestamp),
    /// Nobody is to be called.
    NotWaiting,
}

impl Store {
    /// Holds a case until then, unless an operator has it. The same again, before then, answers as the first time.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn hold_call(
        &self,
        case: &Case,
        via: CallbackVia,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Hold, StoreError> {
        let Some(call_at) = case.call_at else {
            return Ok(Hold::NotWaiting);
        };
        let mut call = self.invitation(case)?;
        call.num(now.as_millisecond())
            .num(until.as_millisecond())
            .num(case.reopened)
            .arg(via.as_str())
            .num(call_at.as_millisecond());
        let home = partition_home(case.number.partition());
        let reply = INVITE.run(self.conn(), home, &call).await?;
        let (what, until, via, sent): (String, f64, String, String) = read(reply)?;
        let key = self.keys().invited(case.number);
        let corrupt = |reason: String| StoreError::corrupt(&key, reason);
        // Redis keeps scores as doubles, which hold milliseconds exactly.
        let until = Timestamp::from_millisecond(until as i64);
        let until = until.map_err(|error| corrupt(error.to_string()))?;
        match what.as_str() {
            "held" => Ok(Hold::Held {
                until,
                via: CallbackVia::ALL
                    .iter()
                    .copied()
                    .find(|one| one.as_str() == via)
                    .ok_or_else(|| corrupt(format!("via {via:?}")))?,
                sent: sent == "1",
            }),
            "taken" => Ok(Hold::Taken(until)),
            _ => Ok(Hold::NotWaiting),
        }
    }

    /// Says that the message of an invitation is sent (`true`), or that it could not be: then the case goes back to the
    /// operators. Nothing happens when another invitation is in force.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn call_invited(
        &self,
        case: &Case,
        until: Timestamp,
        sent: bool,
    ) -> Result<(), StoreError> {
        let call_at = case.call_at.filter(|_| !sent);
        let mut call = self.invitation(case)?;
        call.num(until.as_millisecond())
            .arg(call_at.map_or_else(String::new, |at| at.as_millisecond().to_string()));
        let home = partition_home(case.number.partition());
        INVITED.run(self.conn(), home, &call).await.map(drop)
    }

    /// The keys, and the case number.
    fn invitation(&self, case: &Case) -> Result<Call, StoreError> {
        let partition = case.number.partition();
        self.known(partition)?;
        let mut call = Call::default();
        call.key(self.keys().calls(partition, call_language(case)))
            .key(self.keys().invited(case.number))
            .arg(case.number.to_string());
        Ok(call)
    }
}
