//! Mutual TLS: one certificate with which a process serves and calls, and the CA that signs everybody's.
//!
//! The three files are as cert-manager writes them into a Secret: `tls.crt`, `tls.key`, `ca.crt`. They are watched: each new
//! connection is made with those in force, and the ones that are up go on until their age ends them.
//!
//! # Invariants
//!
//! - With TLS there is no connection without a certificate of the CA on both sides, none that has expired, and no resumption
//!   that would skip looking.
//! - A pair that does not fit, is not of the CA or has expired never comes into force.
//! - TLS or not is said by one setting, [`TlsMode`]; no missing file or variable makes it plain text.

mod certificate;
mod explain;
mod material;
mod metrics;
mod settings;

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use swiftline_config::{Files, Watched};
use swiftline_telemetry::Metrics;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector, TlsStream, client, server};

pub(crate) use explain::{SPEAKS_TLS, explain, is_tls_record};
use material::Material;
pub use material::MaterialError;
pub(crate) use metrics::{Handshake, TlsMetrics};
pub use settings::{TlsMode, TlsSettings};

/// So long a client that was told what is wrong is waited for; one that was told leaves at once.
const PARTING: Duration = Duration::from_secs(1);

/// What a process needs to serve and call by TLS. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Tls {
    material: Watched<Material>,
    allow: Arc<[String]>,
    handshake_timeout: Duration,
    metrics: TlsMetrics,
}

/// Whom a connection is from: in the extensions of every request.
#[derive(Debug, Clone)]
pub struct Peer {
    /// The address, as far as the system tells.
    pub address: Option<SocketAddr>,
    /// The names in the certificate, DNS names and URIs; `None` on plain text.
    pub names: Option<Arc<[String]>>,
}

impl Tls {
    /// Reads the files; `None` when the settings want plain text. From then on `files` watches them.
    ///
    /// # Errors
    /// [`MaterialError`] when a file cannot be read, or they do not fit together, are not of the CA or have expired.
    pub fn load(
        settings: &TlsSettings,
        files: &Files,
        metrics: &Metrics,
    ) -> Result<Option<Self>, MaterialError> {
        if settings.mode != TlsMode::Mutual {
            return Ok(None);
        }
        let paths = [&settings.certificate, &settings.key, &settings.ca].map(PathBuf::from);
        let [certificate, key, ca] = paths.clone();
        let material = files.watch("tls", paths.to_vec(), move || {
            Material::load(&certificate, &key, &ca)
        })?;
        let allow = settings.allow.iter().map(|name| name.trim());
        Ok(Some(Self {
            metrics: TlsMetrics::new(metrics, &material),
            material,
            allow: allow.map(str::to_ascii_lowercase).collect(),
            handshake_timeout: Duration::from_millis(settings.handshake_timeout_ms),
        }))
    }

    /// The serial number of the certificate in force, in hexadecimal.
    #[must_use]
    pub fn serial(&self) -> String {
        self.material.get().serial.clone()
    }

    /// Whether a caller with these names may call: one of them is in `tls.allow`, or that is empty.
    pub(crate) fn allows(&self, names: &[String]) -> bool {
        let listed = |name: &String| self.allow.contains(&name.to_ascii_lowercase());
        self.allow.is_empty() || names.iter().any(listed)
    }

    pub(crate) fn metrics(&self) -> &TlsMetrics {
        &self.metrics
    }

    /// Takes a connection as its server. Bounded in time; what the client did wrong is in the error.
    pub(crate) async fn accept(
        &self,
        stream: TcpStream,
    ) -> Result<server::TlsStream<TcpStream>, Handshake> {
        let acceptor = TlsAcceptor::from(self.material.get().server.clone());
        let accepting = acceptor.accept(stream).into_fallible();
        match tokio::time::timeout(self.handshake_timeout, accepting).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err((error, stream))) => match error.kind() {
                ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset => Err(Handshake::Gone),
                _ => {
                    // beside, so that nobody waits for it to hear what went wrong
                    tokio::spawn(part(stream));
                    Err(Handshake::Failed(explain(&error)))
                }
            },
            Err(_) => Err(Handshake::Late),
        }
    }

    /// Makes a connection as its client; the server must have a certificate for `name`, a DNS name or an address.
    pub(crate) async fn connect(
        &self,
        name: &str,
        stream: TcpStream,
    ) -> Result<client::TlsStream<TcpStream>, String> {
        let name = name.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(name.to_owned())
            .map_err(|_| format!("{name:?} is no name that a certificate can have"))?;
        let connector = TlsConnector::from(self.material.get().client.clone());
        let connected = connector.connect(name, stream).await;
        connected.map_err(|error| explain(&error))
    }
}

/// Ends a connection on which the client was told what is wrong. To close it while bytes wait that nobody has read would reset
/// it, and a reset can overtake what was told: so the client is listened to until it leaves, for a moment at most.
async fn part(mut stream: TcpStream) {
    let leaves = async {
        stream.shutdown().await?;
        tokio::io::copy(&mut stream, &mut tokio::io::sink()).await
    };
    // however it ends, the connection is over
    let _ = tokio::time::timeout(PARTING, leaves).await;
}

/// The names in the certificate that the other side of a connection has shown.
pub(crate) fn names_of(stream: &TlsStream<TcpStream>) -> Arc<[String]> {
    let (_, session) = stream.get_ref();
    let leaf = session.peer_certificates().and_then(<[_]>::first);
    leaf.map(|leaf| certificate::names(leaf))
        .unwrap_or_default()
        .into()
}
