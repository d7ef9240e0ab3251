//! What can be set about TLS.

use std::net::IpAddr;
use std::path::Path;

use serde::{Deserialize, Serialize};
use swiftline_config::{Problem, Problems, Validate};

/// How the services speak with each other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TlsMode {
    /// Plain text, and only on a loopback address.
    #[default]
    Loopback,
    /// Plain text on any address: something else keeps strangers out.
    Plain,
    /// TLS with certificates on both sides, on any address.
    Mutual,
}

/// Settings of TLS between the services, for serving and for calling; section `[tls]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct TlsSettings {
    /// Plain text or TLS.
    pub mode: TlsMode,
    /// File with this process's certificate and what is between it and the CA, PEM. It must be for serving and for calling.
    pub certificate: String,
    /// File with its private key, PEM.
    pub key: String,
    /// File with the CAs that sign whoever calls and whoever is called, PEM.
    pub ca: String,
    /// Names (DNS or URI, of the certificate's subject alternative names) that may call; empty: whoever the CA has signed.
    pub allow: Vec<String>,
    /// A caller has this long to make a connection, in milliseconds.
    pub handshake_timeout_ms: u64,
}

impl Default for TlsSettings {
    fn default() -> Self {
        Self {
            mode: TlsMode::Loopback,
            certificate: String::new(),
            key: String::new(),
            ca: String::new(),
            allow: Vec::new(),
            handshake_timeout_ms: 5_000,
        }
    }
}

impl TlsSettings {
    /// TLS with the certificate, key and CAs of these files.
    #[must_use]
    pub fn mutual(certificate: &Path, key: &Path, ca: &Path) -> Self {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        Self {
            mode: TlsMode::Mutual,
            certificate: text(certificate),
            key: text(key),
            ca: text(ca),
            ..Self::default()
        }
    }

    /// What is wrong with listening on this address, `host:port`, in this mode.
    #[must_use]
    pub fn refuses_to_listen(&self, address: &str) -> Option<&'static str> {
        let plain_outside = self.mode == TlsMode::Loopback && !is_loopback(address);
        plain_outside.then_some(
            "is no loopback address: set tls.mode to \"mutual\", or to \"plain\" where something else keeps strangers out",
        )
    }
}

fn is_loopback(address: &str) -> bool {
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
    let ip = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || ip.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

impl Validate for TlsSettings {
    fn validate(&self) -> Vec<Problem> {
        let mut problems = Problems::default();
        let is_on = self.mode == TlsMode::Mutual;
        for (field, file) in [
            ("certificate", &self.certificate),
            ("key", &self.key),
            ("ca", &self.ca),
        ] {
            let missing = "is empty, but mode is \"mutual\"";
            problems.check(field, !is_on || !file.is_empty(), missing);
            // Who has named a certificate means TLS: plain text would be a surprise.
            let unused = "is set, but mode is not \"mutual\"";
            problems.check(field, is_on || file.is_empty(), unused);
        }
        let named = self.allow.iter().all(|name| !name.trim().is_empty());
        problems.check("allow", named, "has an empty name");
        problems.at_least("handshake_timeout_ms", self.handshake_timeout_ms, 1);
        problems.into_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mutual() -> TlsSettings {
        let [certificate, key, ca] = ["tls.crt", "tls.key", "ca.crt"].map(Path::new);
        TlsSettings::mutual(certificate, key, ca)
    }

    fn fields(settings: &TlsSettings) -> Vec<String> {
        settings.validate().into_iter().map(|p| p.field).collect()
    }

    #[test]
    fn good_settings_are_accepted() {
        assert_eq!(TlsSettings::default().validate(), []);
        assert_eq!(mutual().validate(), []);
    }

    #[test]
    fn the_mode_and_the_files_must_agree() {
        let files = ["certificate", "key", "ca"];
        let mode = TlsMode::Mutual;
        let none = TlsSettings {
            mode,
            ..TlsSettings::default()
        };
        assert_eq!(fields(&none), files);
        for mode in [TlsMode::Loopback, TlsMode::Plain] {
            assert_eq!(fields(&TlsSettings { mode, ..mutual() }), files);
        }
    }

    #[test]
    fn each_bad_value_is_named() {
        let bad = TlsSettings {
            allow: vec![" ".to_owned()],
            handshake_timeout_ms: 0,
            ..mutual()
        };
        assert_eq!(fields(&bad), ["allow", "handshake_timeout_ms"]);
    }

    #[test]
    fn plain_text_listens_on_loopback_only_unless_it_is_asked_for() {
        let here = ["127.0.0.1:1", "localhost:1", "[::1]:0", "127.8.0.1:2"];
        let outside = ["0.0.0.0:1", "[::]:1", "10.0.0.1:1", "router:1"];
        let default = TlsSettings::default();
        for address in here {
            assert_eq!(default.refuses_to_listen(address), None, "{address}");
        }
        let plain = TlsSettings {
            mode: TlsMode::Plain,
            ..TlsSettings::default()
        };
        for address in outside {
            assert!(default.refuses_to_listen(address).is_some(), "{address}");
            assert_eq!(plain.refuses_to_listen(address), None, "{address}");
            assert_eq!(mutual().refuses_to_listen(address), None, "{address}");
        }
    }
}
