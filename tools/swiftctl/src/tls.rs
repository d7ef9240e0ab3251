//! Calling a mesh that speaks TLS: the operator's certificate, and how a connection is made.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;
use hyper_util::rt::TokioIo;
use swiftline_config::Files;
use swiftline_rpc::client::{Greeting, dial};
use swiftline_rpc::{Tls, TlsSettings, Wire};
use swiftline_telemetry::Metrics;
use tonic::transport::Uri;

use crate::failure::Failure;

/// The files of a mesh that speaks TLS; all three or none.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Mesh")]
pub(crate) struct TlsArgs {
    /// Who signs the certificates of a mesh that speaks TLS (ca.crt)
    #[arg(long, global = true, value_name = "FILE", env = "SWIFTCTL_TLS_CA")]
    tls_ca: Option<PathBuf>,
    /// Your certificate (tls.crt)
    #[arg(long, global = true, value_name = "FILE", env = "SWIFTCTL_TLS_CERT")]
    tls_cert: Option<PathBuf>,
    /// Its key (tls.key)
    #[arg(long, global = true, value_name = "FILE", env = "SWIFTCTL_TLS_KEY")]
    tls_key: Option<PathBuf>,
}

impl TlsArgs {
    /// `None`: the mesh speaks plain text.
    ///
    /// # Errors
    /// When some are missing, or the files are wrong.
    pub(crate) fn load(&self) -> Result<Option<Tls>, Failure> {
        let (ca, certificate, key) = match (&self.tls_ca, &self.tls_cert, &self.tls_key) {
            (None, None, None) => return Ok(None),
            (Some(ca), Some(certificate), Some(key)) => (ca, certificate, key),
            _ => {
                let all = "--tls-ca, --tls-cert and --tls-key belong together: give all three";
                return Err(Failure::Given(all.to_owned()));
            }
        };
        let settings = TlsSettings::mutual(certificate, key, ca);
        // Nobody looks at the files again: a command is over before they change.
        Tls::load(&settings, &Files::new(), &Metrics::new())
            .map_err(|error| Failure::Given(error.to_string()))
    }
}

/// What the newest connection to one service has met with.
#[derive(Debug, Clone, Default)]
pub(crate) struct Met(Arc<Mutex<Arc<Greeting>>>);

impl Met {
    /// Why the service has said nothing, if something is known.
    pub(crate) fn trouble(&self) -> Option<String> {
        self.newest().trouble().map(str::to_owned)
    }

    fn newest(&self) -> std::sync::MutexGuard<'_, Arc<Greeting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Connects to the host and port of this address.
    pub(crate) async fn connect(
        self,
        uri: Uri,
        service: &'static str,
        tls: Option<Tls>,
    ) -> std::io::Result<TokioIo<Wire>> {
        let greeting = Arc::new(Greeting::default());
        *self.newest() = Arc::clone(&greeting);
        let address = uri.authority().map_or("", |authority| authority.as_str());
        let name = server_name(uri.host().unwrap_or_default(), service);
        dial(address, name, tls.as_ref(), &greeting)
            .await
            .map(TokioIo::new)
    }
}

/// What the service's certificate must be for: the host that was given, or the service's name where that host is only one
/// end of a tunnel, as of `kubectl port-forward`.
fn server_name<'a>(host: &'a str, service: &'static str) -> &'a str {
    let plain = host.trim_start_matches('[').trim_end_matches(']');
    if host == "localhost" || plain.parse::<std::net::IpAddr>().is_ok() {
        service
    } else {
        host
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn through_a_tunnel_the_service_is_known_by_its_name() {
        for (host, name) in [
            ("127.0.0.1", "router"),
            ("[::1]", "router"),
            ("localhost", "router"),
            ("router.swiftline.svc", "router.swiftline.svc"),
        ] {
            assert_eq!(server_name(host, "router"), name);
        }
    }

    #[test]
    fn the_three_files_belong_together() {
        assert!(TlsArgs::default().load().unwrap().is_none());
        let some = TlsArgs {
            tls_ca: Some("ca.crt".into()),
            ..TlsArgs::default()
        };
        let error = some.load().unwrap_err().to_string();
        assert!(error.contains("give all three"), "{error}");
        let absent = TlsArgs {
            tls_cert: Some("/nonexistent/tls.crt".into()),
            tls_key: Some("/nonexistent/tls.key".into()),
            ..some
        };
        let error = absent.load().unwrap_err().to_string();
        assert!(
            error.contains("tls.certificate /nonexistent/tls.crt"),
            "{error}"
        );
    }
}
