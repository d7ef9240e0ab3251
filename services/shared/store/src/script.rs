//! Lua scripts: one call handles a whole batch of one slot.
//!
//! Called by digest; a Redis that does not have the script (new, restarted, flushed, another master) is sent the text once.

use std::sync::LazyLock;

use redis::{Cmd, ErrorKind, Pipeline, RedisError, ServerErrorKind, Value};

use crate::conn::Conn;
use crate::keys::Home;
use crate::{Store, StoreError};

/// A script of the store.
pub(crate) struct Script {
    code: &'static str,
    digest: LazyLock<String>,
}

macro_rules! scripts {
    ($($(#[$doc:meta])* $name:ident = $file:literal;)+) => {
        $($(#[$doc])* pub(crate) static $name: Script = Script {
            code: include_str!(concat!("scripts/", $file)),
            digest: LazyLock::new(|| redis::Script::new(include_str!(concat!("scripts/", $file))).get_hash().to_owned()),
        };)+
        /// Every script with its file name, for tests.
        #[cfg(test)]
        pub(crate) const ALL: &[(&str, &str)] = &[$(($file, include_str!(concat!("scripts/", $file))),)+];
    };
}

scripts! {
    /// See [`Store::accept`].
    ACCEPT = "accept.lua";
    /// See [`Store::commit`].
    COMMIT = "commit.lua";
    /// See [`Store::claim_due`].
    CLAIM = "claim.lua";
    /// See [`Store::hold_call`].
    INVITE = "invite.lua";
    /// See [`Store::call_invited`].
    INVITED = "invited.lua";
    /// See [`Store::reschedule`].
    RESCHEDULE = "reschedule.lua";
    /// See [`Store::offer`].
    OFFER = "offer.lua";
    /// See [`Store::settle`].
    SETTLE = "settle.lua";
    /// See [`crate::Log::ack_counting`].
    COUNT = "count.lua";
    /// See [`crate::Log::bury`].
    BURY = "bury.lua";
    /// See [`Store::redrive`].
    REDRIVE = "redrive.lua";
    /// See [`crate::Log::reclaim`].
    FORGET = "forget.lua";
    /// See [`Store::count_scores`].
    SCORE = "score.lua";
    /// See [`Store::teach`].
    LESSON = "lesson.lua";
    /// See [`Store::link_similar`].
    SIMILAR = "similar.lua";
    /// See [`Store::leave_log`].
    LEAVE_LOG = "leaving/log.lua";
    /// See [`Store::log_left`].
    LEFT_LOG = "leaving/log_left.lua";
    /// See [`Store::leave_cases`].
    LEAVE_CASES = "leaving/cases.lua";
    /// See [`Store::cases_left`].
    LEFT_CASES = "leaving/cases_left.lua";
    /// See [`Store::fold_insight`].
    INSIGHT_FOLD = "insight/fold.lua";
    /// See [`crate::Ledger::append`].
    LEDGER_APPEND = "ledger/append.lua";
    /// See [`crate::Ledger::put_document`].
    LEDGER_DOCUMENT = "ledger/document.lua";
    /// See [`crate::Ledger::beat`].
    LEDGER_BEAT = "ledger/beat.lua";
    /// See [`crate::Ledger::replicas`].
    LEDGER_REPLICAS = "ledger/replicas.lua";
    /// See [`crate::Ledger::take_lease`].
    TAKE_LEASE = "ledger/take_lease.lua";
    /// See [`crate::Ledger::drop_lease`].
    DROP_LEASE = "ledger/drop_lease.lua";
}

/// A script's keys and arguments, gathered apart because Redis wants the keys first.
#[derive(Default)]
pub(crate) struct Call {
    keys: Vec<Vec<u8>>,
    args: Vec<Vec<u8>>,
}

impl Call {
    pub(crate) fn key(&mut self, key: impl Into<Vec<u8>>) -> &mut Self {
        self.keys.push(key.into());
        self
    }

    pub(crate) fn arg(&mut self, arg: impl Into<Vec<u8>>) -> &mut Self {
        self.args.push(arg.into());
        self
    }

    pub(crate) fn num(&mut self, arg: impl ToString) -> &mut Self {
        self.arg(arg.to_string())
    }

    fn command(&self, verb: &str, script: &str) -> Cmd {
        let bytes = self
            .keys
            .iter()
            .chain(&self.args)
            .map(Vec::len)
            .sum::<usize>();
        let count = self.keys.len() + self.args.len() + 3;
        let mut cmd = Cmd::with_capacity(count, bytes + script.len() + 16);
        cmd.arg(verb).arg(script).arg(self.keys.len());
        for word in self.keys.iter().chain(&self.args) {
            cmd.arg(word.as_slice());
        }
        cmd
    }
}

impl Script {
    /// Runs the script.
    pub(crate) async fn run(
        &self,
        conn: &Conn,
        home: Home,
        call: &Call,
    ) -> Result<Value, StoreError> {
        match conn.run(home, call.command("EVALSHA", &self.digest)).await {
            Err(error) if is_unknown(&error) => {
                Ok(conn.run(home, call.command("EVAL", self.code)).await?)
            }
            other => Ok(other?),
        }
    }

    /// Runs the script and then waits for the replicas that the settings want.
    pub(crate) async fn run_durable(
        &self,
        store: &Store,
        home: Home,
        call: &Call,
    ) -> Result<Value, StoreError> {
        let (conn, settings) = (store.conn(), store.settings());
        let wanted = settings.wait_replicas;
        if wanted == 0 {
            return self.run(conn, home, call).await;
        }
        // In one pipeline: WAIT counts for the connection that it comes on.
        let with_wait = |cmd: Cmd| {
            let mut pipeline = Pipeline::with_capacity(2);
            pipeline.add_command(cmd);
            pipeline
                .cmd("WAIT")
                .arg(wanted)
                .arg(settings.wait_timeout_ms);
            pipeline
        };
        let first = with_wait(call.command("EVALSHA", &self.digest));
        let mut answers = match conn.pipe(home, first).await {
            Err(error) if is_unknown(&error) => {
                conn.pipe(home, with_wait(call.command("EVAL", self.code)))
                    .await?
            }
            other => other?,
        };
        let got = match answers.pop() {
            Some(Value::Int(n)) => u32::try_from(n).unwrap_or(0),
            _ => 0,
        };
        if got < wanted {
            return Err(StoreError::NotReplicated { wanted, got });
        }
        Ok(answers.pop().unwrap_or_default())
    }
}

fn is_unknown(error: &RedisError) -> bool {
    error.kind() == ErrorKind::Server(ServerErrorKind::NoScript)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_script_says_what_it_wants_and_gives() {
        for (file, code) in ALL {
            let head: Vec<&str> = code
                .lines()
                .take_while(|line| line.starts_with("--"))
                .collect();
            for part in ["-- KEYS", "-- ARGV", "-- Result"] {
                assert!(
                    head.iter().any(|line| line.starts_with(part)),
                    "{file}: {part}"
                );
            }
        }
    }
}
