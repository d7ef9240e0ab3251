//! Certificate, key and CA: read, checked against each other, and made ready for both directions.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{CertificateError, ClientConfig, RootCertStore, ServerConfig};

use super::certificate;

/// HTTP/2, and nothing else.
const ALPN: &[u8] = b"h2";

/// Why files cannot be used. None of the messages quotes a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MaterialError {
    /// A file is missing, unreadable, or holds no PEM of the kind that is wanted.
    #[error("tls.{setting} {path}: {reason}", path = path.display())]
    File {
        /// `certificate`, `key` or `ca`.
        setting: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The key is another one's, or of a kind that cannot sign.
    #[error("tls.key does not fit tls.certificate: {0}")]
    Key(rustls::Error),
    /// The certificate is not signed by the CA, or not for what it is used for.
    #[error("tls.certificate is not one that tls.ca vouches for: {0}")]
    NotOfTheCa(rustls::Error),
    /// It was good once.
    #[error("tls.certificate has expired")]
    Expired,
    /// The provider of cryptography lacks something: a defect of the program.
    #[error("tls: {0}")]
    Provider(String),
}

/// What connections are made with.
pub(super) struct Material {
    pub(super) server: Arc<ServerConfig>,
    pub(super) client: Arc<ClientConfig>,
    /// When the certificate expires, seconds since 1970.
    pub(super) expires: i64,
    /// Which one it is.
    pub(super) serial: String,
}

impl Material {
    pub(super) fn load(certificate: &Path, key: &Path, ca: &Path) -> Result<Self, MaterialError> {
        let chain = certificates("certificate", certificate)?;
        let wrong = |reason: String| file("key", key, reason);
        let key = PrivateKeyDer::from_pem_file(key).map_err(|error| wrong(error.to_string()))?;
        let mut roots = RootCertStore::empty();
        for root in certificates("ca", ca)? {
            let wrong = |error: rustls::Error| file("ca", ca, error.to_string());
            roots.add(root).map_err(wrong)?;
        }
        Self::of(chain, key, Arc::new(roots))
    }

    fn of(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
        roots: Arc<RootCertStore>,
    ) -> Result<Self, MaterialError> {
        let provider = Arc::new(ring::default_provider());
        let failed = |error: &dyn std::fmt::Display| MaterialError::Provider(error.to_string());
        let callers = WebPkiClientVerifier::builder_with_provider(roots.clone(), provider.clone())
            .build()
            .map_err(|error| failed(&error))?;
        vouch(callers.as_ref(), &chain)?;
        let (expires, serial) = (
            certificate::expires(&chain[0]).unwrap_or_default(),
            certificate::serial(&chain[0]).unwrap_or_default(),
        );
        let mut client = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|error| failed(&error))?
            .with_root_certificates(roots)
            .with_client_auth_cert(chain.clone(), key.clone_key())
            .map_err(MaterialError::Key)?;
        client.alpn_protocols = vec![ALPN.to_vec()];
        client.resumption = Resumption::disabled();
        let mut server = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| failed(&error))?
            .with_client_cert_verifier(callers)
            .with_single_cert(chain, key)
            .map_err(MaterialError::Key)?;
        server.alpn_protocols = vec![ALPN.to_vec()];
        server.session_storage = Arc::new(NoServerSessionStorage {});
        server.send_tls13_tickets = 0;
        Ok(Self {
            server: Arc::new(server),
            client: Arc::new(client),
            expires,
            serial,
        })
    }
}

/// Looks at our own certificate as those will whom we call: better to hear it here than from all of them.
fn vouch(
    callers: &dyn ClientCertVerifier,
    chain: &[CertificateDer<'_>],
) -> Result<(), MaterialError> {
    use CertificateError::{Expired, ExpiredContext, NotValidYet, NotValidYetContext};
    let seen = callers.verify_client_cert(&chain[0], &chain[1..], UnixTime::now());
    match seen {
        Ok(_) => Ok(()),
        Err(rustls::Error::InvalidCertificate(Expired | ExpiredContext { .. })) => {
            Err(MaterialError::Expired)
        }
        // A clock may be a little behind the CA's; by the time that somebody looks it will be valid.
        Err(rustls::Error::InvalidCertificate(NotValidYet | NotValidYetContext { .. })) => Ok(()),
        Err(error) => Err(MaterialError::NotOfTheCa(error)),
    }
}

/// At least one.
fn certificates(
    setting: &'static str,
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, MaterialError> {
    let wrong = |reason: String| file(setting, path, reason);
    let all: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path)
        .map_err(|error| wrong(error.to_string()))?
        .collect();
    match all {
        Ok(all) if all.is_empty() => Err(wrong("has no certificate".to_owned())),
        Ok(all) => Ok(all),
        Err(error) => Err(wrong(error.to_string())),
    }
}

fn file(setting: &'static str, path: &Path, reason: String) -> MaterialError {
    MaterialError::File {
        setting,
        path: path.to_owned(),
        reason,
    }
}
