//! What an operator can set about the store.

use serde::{Deserialize, Serialize};
use swiftline_config::{Files, Problem, Problems, StartError, Validate};
use swiftline_domain::number::MAX_PARTITIONS;

use crate::seal::Keyring;

/// Where Redis is and how it is used. Every field has a default; see each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StoreSettings {
    /// `redis://[user:password@]host:port[/db]`; with [`StoreSettings::cluster`] one or several nodes, separated by commas.
    pub url: String,
    /// The file with Redis' password, in place of one in the URL; empty: the URL's, if it has one. It is read again when it
    /// changes; connections that are made from then on use the new one, and those that are up stay.
    pub password_file: String,
    /// The URL names nodes of a Redis Cluster.
    pub cluster: bool,
    /// The prefix of every key, so that several meshes can share one Redis.
    pub namespace: String,
    /// Partitions of the store, 1 to 100. Fixed when the store is first used; a different number is refused afterwards.
    pub partitions: u8,
    /// Connections to Redis, in a cluster to each master; at least 1. Under `appendfsync always` several share one fsync.
    pub connections: u8,
    /// How long a command may take before it counts as unanswered, milliseconds.
    pub response_timeout_ms: u64,
    /// How long to wait for Redis at start, milliseconds.
    pub connect_wait_ms: u64,
    /// How long an idempotency key is remembered, hours.
    pub idempotency_hours: u64,
    /// Replicas that must have a commit before it counts as done (`WAIT`); 0: the master alone.
    pub wait_replicas: u32,
    /// How long they may take, milliseconds.
    pub wait_timeout_ms: u64,
    /// How often an entry of the log is delivered before it becomes a dead letter, at least 1.
    pub max_deliveries: u32,
    /// How long after a commit its effects on the team queues are looked after if nobody said that they are done, milliseconds.
    pub effects_grace_ms: u64,
}

/// Contact data; section `[contact]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ContactSettings {
    /// The file with the keys that seal and open it; empty: it is neither sealed nor opened.
    pub keys_file: String,
}

impl ContactSettings {
    /// The keys, where there is a file; `files` reads it again when it changes.
    ///
    /// # Errors
    /// [`StartError::Config`] when the file cannot be read or is not a key file.
    pub fn keyring(&self, files: &Files) -> Result<Option<Keyring>, StartError> {
        if self.keys_file.is_empty() {
            return Ok(None);
        }
        Keyring::watch(self.keys_file.as_ref(), "contact.keys_file", files)
            .map(Some)
            .map_err(|error| StartError::Config(format!("contact.keys_file: {error}")))
    }
}

impl Default for StoreSettings {
    fn default() -> Self {
        Self {
            url: "redis://127.0.0.1:6379".to_owned(),
            password_file: String::new(),
            cluster: false,
            namespace: "sl".to_owned(),
            partitions: 16,
            connections: 4,
            response_timeout_ms: 2_000,
            connect_wait_ms: 30_000,
            idempotency_hours: 168,
            wait_replicas: 0,
            wait_timeout_ms: 1_000,
            max_deliveries: 5,
            effects_grace_ms: 10_000,
        }
    }
}

impl Validate for StoreSettings {
    fn validate(&self) -> Vec<Problem> {
        let mut problems = Problems::default();
        problems.check(
            "url",
            !self.url.trim().is_empty(),
            "is empty, must be like redis://127.0.0.1:6379",
        );
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        problems.check(
            "namespace",
            !self.namespace.is_empty()
                && self.namespace.len() <= 32
                && self.namespace.chars().all(plain),
            "must be 1 to 32 letters, digits, '_', '-' or '.'",
        );
        problems.check(
            "partitions",
            (1..=MAX_PARTITIONS).contains(&self.partitions),
            format!("is {}, must be 1 to {MAX_PARTITIONS}", self.partitions),
        );
        problems.at_least("connections", self.connections.into(), 1);
        problems.at_least("response_timeout_ms", self.response_timeout_ms, 10);
        problems.at_least("idempotency_hours", self.idempotency_hours, 1);
        problems.check(
            "wait_timeout_ms",
            self.wait_replicas == 0 || self.wait_timeout_ms > 0,
            "must be at least 1",
        );
        problems.at_least("max_deliveries", self.max_deliveries.into(), 1);
        problems.at_least("effects_grace_ms", self.effects_grace_ms, 100);
        problems.into_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_good() {
        assert_eq!(StoreSettings::default().validate(), []);
    }

    #[test]
    fn names_every_bad_field() {
        let bad = StoreSettings {
            url: " ".into(),
            namespace: "a{b}".into(),
            partitions: 101,
            connections: 0,
            response_timeout_ms: 0,
            idempotency_hours: 0,
            wait_replicas: 1,
            wait_timeout_ms: 0,
            max_deliveries: 0,
            effects_grace_ms: 0,
            ..StoreSettings::default()
        };
        let fields: Vec<String> = bad.validate().into_iter().map(|p| p.field).collect();
        assert_eq!(
            fields,
            [
                "url",
                "namespace",
                "partitions",
                "connections",
                "response_timeout_ms",
                "idempotency_hours",
                "wait_timeout_ms",
                "max_deliveries",
                "effects_grace_ms"
            ]
        );
    }
}
