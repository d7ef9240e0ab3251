//! What can be set about calling a service.

use serde::{Deserialize, Serialize};
use swiftline_config::{Problem, Problems, Validate};

use super::RetryPolicy;
use super::resolve::{Address, Target};

/// Settings of the channel to one service.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientSettings {
    /// Where the replicas are, each entry one of: `http://host:port`; `dns://name:port`, all its addresses, asked again
    /// and again; `file:///path`, one `host:port` a line, read again and again. Commas separate entries too.
    pub addresses: Vec<String>,
    /// The name that the replicas' certificates must have, with TLS; empty: the host in the address.
    pub server_name: String,
    /// One connection attempt may take this long, in milliseconds.
    pub connect_timeout_ms: u64,
    /// One attempt at a call may take this long, in milliseconds; sent along as `grpc-timeout`.
    pub timeout_ms: u64,
    /// Attempts at a call that [`super::retry`] makes, the first included.
    pub attempts: u32,
    /// Upper bound of the wait before the second attempt, in milliseconds; doubles with each.
    pub backoff_base_ms: u64,
    /// No wait is longer than this, in milliseconds, except where the server asks for more.
    pub backoff_max_ms: u64,
    /// `dns://` and `file://` are looked up this often, in milliseconds.
    pub resolve_interval_ms: u64,
    /// One request message, at most.
    pub max_request_bytes: usize,
    /// One response message, at most.
    pub max_response_bytes: usize,
    /// HTTP/2 ping this often, in milliseconds.
    pub keepalive_interval_ms: u64,
    /// A ping unanswered for this long ends the connection, in milliseconds.
    pub keepalive_timeout_ms: u64,
}

impl Default for ClientSettings {
    fn default() -> Self {
        Self {
            addresses: Vec::new(),
            server_name: String::new(),
            connect_timeout_ms: 1_000,
            timeout_ms: 5_000,
            attempts: 4,
            backoff_base_ms: 50,
            backoff_max_ms: 2_000,
            resolve_interval_ms: 5_000,
            max_request_bytes: 4 * 1024 * 1024,
            max_response_bytes: 4 * 1024 * 1024,
            keepalive_interval_ms: 20_000,
            keepalive_timeout_ms: 10_000,
        }
    }
}

impl ClientSettings {
    /// Settings for the addresses given, all else by default.
    pub fn to(addresses: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            addresses: addresses.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }

    /// What [`super::retry`] wants.
    pub fn retry_policy(&self) -> RetryPolicy {
        RetryPolicy {
            attempts: self.attempts,
            backoff_base_ms: self.backoff_base_ms,
            backoff_max_ms: self.backoff_max_ms,
        }
    }

    /// The name that the certificate of the replica at this address must have.
    pub(crate) fn name_of<'a>(&'a self, address: &'a Address) -> &'a str {
        if self.server_name.is_empty() {
            address.host()
        } else {
            &self.server_name
        }
    }

    /// The entries, commas split.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &str> {
        self.addresses
            .iter()
            .flat_map(|entry| entry.split(','))
            .map(str::trim)
            .filter(|entry| !entry.is_empty())
    }
}

impl Validate for ClientSettings {
    fn validate(&self) -> Vec<Problem> {
        let mut problems = Problems::default();
        problems.check(
            "addresses",
            self.entries().next().is_some(),
            "must name at least one address",
        );
        for entry in self.entries() {
            if let Err(reason) = Target::parse(entry) {
                problems.check("addresses", false, format!("{entry:?}: {reason}"));
            }
        }
        problems.at_least("connect_timeout_ms", self.connect_timeout_ms, 1);
        problems.at_least("timeout_ms", self.timeout_ms, 1);
        problems.at_least("attempts", self.attempts.into(), 1);
        problems.at_least("backoff_base_ms", self.backoff_base_ms, 1);
        problems.check(
            "backoff_max_ms",
            self.backoff_max_ms >= self.backoff_base_ms,
            "must be at least backoff_base_ms",
        );
        problems.at_least("resolve_interval_ms", self.resolve_interval_ms, 1);
        problems.at_least("max_request_bytes", self.max_request_bytes as u64, 1_024);
        problems.at_least("max_response_bytes", self.max_response_bytes as u64, 1_024);
        problems.at_least("keepalive_interval_ms", self.keepalive_interval_ms, 1);
        problems.at_least("keepalive_timeout_ms", self.keepalive_timeout_ms, 1);
        problems.into_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_addresses_are_accepted() {
        let settings = ClientSettings::to([
            "http://a:1, http://b:2",
            "dns://router:7003",
            "file:///etc/replicas",
        ]);
        assert_eq!(settings.validate(), []);
        assert_eq!(settings.entries().count(), 4);
    }

    #[test]
    fn each_bad_value_is_named() {
        let none = ClientSettings {
            addresses: vec![" ,".to_owned()],
            ..ClientSettings::default()
        };
        assert_eq!(
            none.validate()[0].to_string(),
            "addresses: must name at least one address"
        );
        let bad = ClientSettings {
            connect_timeout_ms: 0,
            timeout_ms: 0,
            attempts: 0,
            backoff_base_ms: 0,
            resolve_interval_ms: 0,
            max_request_bytes: 0,
            max_response_bytes: 0,
            keepalive_interval_ms: 0,
            keepalive_timeout_ms: 0,
            ..ClientSettings::to(["router:7003"])
        };
        assert_eq!(bad.validate().len(), 10);
        let short = ClientSettings {
            backoff_max_ms: 1,
            ..ClientSettings::to(["http://a:1"])
        };
        assert_eq!(short.validate()[0].field, "backoff_max_ms");
    }
}
