//! What can be set about serving.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};
use swiftline_config::{Problem, Problems, Validate};

/// Settings of the gRPC server; section `[server]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct ServerSettings {
    /// Address to listen on, `host:port`; port 0 takes a free one.
    pub listen: String,
    /// Calls being worked on at the same time, at most.
    pub concurrency_limit: usize,
    /// Calls waiting for one of those places, at most; more are refused at once.
    pub queue_limit: usize,
    /// A call waits this long for a place, then it is refused, in milliseconds.
    pub queue_wait_ms: u64,
    /// Places that only emergencies may use, beside the others.
    pub emergency_reserve: usize,
    /// Long-lived streams open at the same time, at most.
    pub stream_limit: usize,
    /// A refused caller is told to come back after this, in milliseconds.
    pub retry_after_ms: u64,
    /// One request message, at most.
    pub max_request_bytes: usize,
    /// One response message, at most.
    pub max_response_bytes: usize,
    /// Deadline of a call whose caller gave none, in milliseconds; not for streams.
    pub default_deadline_ms: u64,
    /// A connection is told to go after this, so that callers spread over new replicas, in milliseconds; 0: never.
    pub max_connection_age_ms: u64,
    /// HTTP/2 ping this often, in milliseconds; 0: never.
    pub keepalive_interval_ms: u64,
    /// A ping unanswered for this long ends the connection, in milliseconds.
    pub keepalive_timeout_ms: u64,
    /// Calls in flight on one connection, at most.
    pub max_concurrent_streams: u32,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:0".to_owned(),
            concurrency_limit: 512,
            queue_limit: 512,
            queue_wait_ms: 500,
            emergency_reserve: 64,
            stream_limit: 1_024,
            retry_after_ms: 500,
            max_request_bytes: 4 * 1024 * 1024,
            max_response_bytes: 4 * 1024 * 1024,
            default_deadline_ms: 10_000,
            max_connection_age_ms: 0,
            keepalive_interval_ms: 20_000,
            keepalive_timeout_ms: 10_000,
            max_concurrent_streams: 2_048,
        }
    }
}

impl Validate for ServerSettings {
    fn validate(&self) -> Vec<Problem> {
        let mut problems = Problems::default();
        let host_and_port = self.listen.parse::<SocketAddr>().is_ok()
            || self
                .listen
                .rsplit_once(':')
                .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
        problems.check("listen", host_and_port, "must be host:port");
        problems.at_least("concurrency_limit", self.concurrency_limit as u64, 1);
        problems.at_least("emergency_reserve", self.emergency_reserve as u64, 1);
        problems.at_least("stream_limit", self.stream_limit as u64, 1);
        problems.at_least("max_request_bytes", self.max_request_bytes as u64, 1_024);
        problems.at_least("max_response_bytes", self.max_response_bytes as u64, 1_024);
        problems.at_least("default_deadline_ms", self.default_deadline_ms, 1);
        problems.at_least("keepalive_timeout_ms", self.keepalive_timeout_ms, 1);
        problems.at_least(
            "max_concurrent_streams",
            self.max_concurrent_streams.into(),
            1,
        );
        problems.into_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_valid() {
        assert_eq!(ServerSettings::default().validate(), []);
    }

    #[test]
    fn each_bad_value_is_named() {
        let bad = ServerSettings {
            listen: "7001".to_owned(),
            concurrency_limit: 0,
            emergency_reserve: 0,
            stream_limit: 0,
            max_request_bytes: 0,
            max_response_bytes: 0,
            default_deadline_ms: 0,
            keepalive_timeout_ms: 0,
            max_concurrent_streams: 0,
            ..ServerSettings::default()
        };
        assert_eq!(bad.validate().len(), 9);
    }
}
