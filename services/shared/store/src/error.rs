//! What can go wrong with the store, in the operator's words.

use redis::{ErrorKind, RedisError, ServerErrorKind};
use swiftline_config::StartError;
use swiftline_domain::number::{CaseNumber, Partition};

use crate::seal::SealError;

/// Why the store could not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Redis cannot be reached, does not answer, or is not ready. What was asked may or may not have been done;
    /// everything the store does may be repeated.
    #[error("redis is unavailable: {0}")]
    Unavailable(String),
    /// Redis did it, but fewer replicas than wanted have it. Repeating is safe.
    #[error("only {got} of {wanted} replicas confirmed within the time allowed")]
    NotReplicated {
        /// Replicas wanted.
        wanted: u32,
        /// Replicas that confirmed.
        got: u32,
    },
    /// Redis wants credentials or does not allow this user the command.
    #[error(
        "redis refuses the credentials or the command: {0}; check user, password and ACL in the store's URL"
    )]
    Denied(String),
    /// Redis has no memory left.
    #[error(
        "redis is full (maxmemory): {0}; give it more memory, and keep maxmemory-policy noeviction"
    )]
    Full(String),
    /// Redis is a replica or a cluster that takes no writes now.
    #[error("redis takes no writes here: {0}; the store's URL must name the master")]
    ReadOnly(String),
    /// Redis cannot write to its disk, and so refuses to write at all.
    #[error("redis cannot persist: {0}; look at its disk and log")]
    NotPersisting(String),
    /// Redis is too old.
    #[error("redis {found} is too old, 7.0 or newer is needed")]
    TooOld {
        /// Its version.
        found: String,
    },
    /// The store was first used with another number of partitions.
    #[error(
        "the store has {found} partitions and the settings say {wanted}; the number is fixed when a store is first used"
    )]
    Partitions {
        /// What the settings say.
        wanted: u8,
        /// What the store has.
        found: String,
    },
    /// The store was written by another version of Swiftline.
    #[error("the store's layout is version {found}, this program knows version {wanted}")]
    Layout {
        /// What this program knows.
        wanted: u32,
        /// What the store has.
        found: String,
    },
    /// The store's URL cannot be used.
    #[error("the store's URL is not right: {0}")]
    Url(String),
    /// The file with Redis' password cannot be used.
    #[error("store.password_file: {0}")]
    Password(String),
    /// A case was named together with a partition that is not its own.
    #[error("case {number} is not in partition {partition}")]
    WrongPartition {
        /// The case.
        number: CaseNumber,
        /// The partition.
        partition: Partition,
    },
    /// The store has no such partition.
    #[error("there is no partition {partition}: the store has {partitions}")]
    NoSuchPartition {
        /// The partition.
        partition: Partition,
        /// How many there are.
        partitions: u8,
    },
    /// What is stored cannot be understood.
    #[error("{key} holds what this program does not understand: {reason}")]
    Corrupt {
        /// Where.
        key: String,
        /// Why.
        reason: String,
    },
    /// No free case number was found.
    #[error("no free case number in partition {0}: its counter is far behind its cases")]
    Numbers(Partition),
    /// Contact data cannot be sealed, so nothing was written.
    #[error("contact data {0}")]
    Seal(SealError),
    /// What should be stored is larger than it may be.
    #[error("{what} may have {limit} bytes, not {bytes}")]
    TooLarge {
        /// What.
        what: &'static str,
        /// How large it is, in bytes.
        bytes: usize,
        /// How large it may be, in bytes.
        limit: usize,
    },
    /// A document's name is not a digest.
    #[error("{0:?} is not a digest: 64 lower-case hexadecimal digits")]
    NotADigest(String),
    /// The digest already names another text, which was not touched: one of the two was not digested rightly.
    #[error("there is another document {0} with a different text; documents never change")]
    DocumentTaken(String),
    /// Anything else that Redis said.
    #[error("redis: {0}")]
    Redis(String),
}

impl StoreError {
    /// Whether it is a matter of waiting: the same call may succeed later without anybody changing anything.
    #[must_use]
    pub const fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::NotReplicated { .. })
    }

    /// Whether it is a matter of waiting for Redis or for its operator: nothing is wrong with what was asked.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        self.is_unavailable()
            || matches!(
                self,
                Self::Full(_) | Self::ReadOnly(_) | Self::NotPersisting(_)
            )
    }

    pub(crate) fn corrupt(key: impl Into<String>, reason: impl ToString) -> Self {
        Self::Corrupt {
            key: key.into(),
            reason: reason.to_string(),
        }
    }
}

impl From<StoreError> for StartError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) | StoreError::NotReplicated { .. } => {
                Self::Unavailable(error.to_string())
            }
            StoreError::Denied(_)
            | StoreError::ReadOnly(_)
            | StoreError::TooOld { .. }
            | StoreError::Partitions { .. }
            | StoreError::Layout { .. }
            | StoreError::Password(_)
            | StoreError::Url(_) => Self::Config(error.to_string()),
            _ => Self::Internal(error.to_string()),
        }
    }
}

impl From<RedisError> for StoreError {
    fn from(error: RedisError) -> Self {
        let text = error.to_string();
        match (error.kind(), error.code()) {
            (_, Some("OOM")) => Self::Full(text),
            (_, Some("MISCONF")) => Self::NotPersisting(text),
            (_, Some("NOAUTH" | "WRONGPASS" | "NOPERM")) | (ErrorKind::AuthenticationFailed, _) => {
                Self::Denied(text)
            }
            (ErrorKind::Server(ServerErrorKind::ReadOnly), _) => Self::ReadOnly(text),
            (ErrorKind::InvalidClientConfig, _) => Self::Url(text),
            (
                ErrorKind::Io
                | ErrorKind::ClusterConnectionNotFound
                | ErrorKind::Server(
                    ServerErrorKind::BusyLoading
                    | ServerErrorKind::TryAgain
                    | ServerErrorKind::ClusterDown
                    | ServerErrorKind::MasterDown
                    | ServerErrorKind::Moved
                    | ServerErrorKind::Ask,
                ),
                _,
            ) => Self::Unavailable(text),
            _ => Self::Redis(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(reply: &str) -> StoreError {
        let value = redis::parse_redis_value(format!("-{reply}\r\n").as_bytes()).unwrap();
        value.extract_error().unwrap_err().into()
    }

    #[test]
    fn says_in_the_operators_words_what_redis_refuses() {
        for (reply, words) in [
            ("NOAUTH Authentication required.", "credentials"),
            ("WRONGPASS invalid username-password pair", "credentials"),
            ("NOPERM this user has no permissions", "ACL"),
            (
                "OOM command not allowed when used memory > 'maxmemory'.",
                "maxmemory",
            ),
            (
                "READONLY You can't write against a read only replica.",
                "master",
            ),
            ("MISCONF Redis is configured to save RDB snapshots", "disk"),
            ("ERR wrong number of arguments", "wrong number"),
        ] {
            let error = of(reply);
            assert!(error.to_string().contains(words), "{error}");
            assert!(!error.is_unavailable(), "{error}");
        }
    }

    #[test]
    fn what_passes_by_itself_is_unavailable() {
        for reply in [
            "LOADING Redis is loading the dataset in memory",
            "CLUSTERDOWN The cluster is down",
            "MASTERDOWN Link with MASTER is down",
            "TRYAGAIN Multiple keys request during rehashing of slot",
        ] {
            assert!(matches!(of(reply), StoreError::Unavailable(_)), "{reply}");
        }
        let reset = RedisError::from(std::io::Error::from(std::io::ErrorKind::ConnectionReset));
        assert!(StoreError::from(reset).is_unavailable());
        assert!(StoreError::NotReplicated { wanted: 1, got: 0 }.is_unavailable());
    }
}
