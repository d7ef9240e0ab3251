//! Certificates for tests, made when they run, in folders that change as Kubernetes changes a mounted Secret.

use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    SerialNumber, date_time_ymd,
};

/// Something that signs certificates.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    serial: AtomicU32,
}

/// A certificate and its key, PEM.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The certificate.
    pub certificate: String,
    /// The key.
    pub key: String,
}

impl Authority {
    /// A new one, which nobody trusts yet.
    ///
    /// # Panics
    /// When the system gives no randomness.
    #[must_use]
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("randomness");
        Self {
            issuer: CertifiedIssuer::self_signed(params, key).expect("can sign itself"),
            serial: AtomicU32::new(1),
        }
    }

    /// Its certificate, PEM.
    #[must_use]
    pub fn certificate(&self) -> String {
        self.issuer.pem()
    }

    /// A certificate for these names, for serving and calling; each has the next serial number, the first 1.
    ///
    /// # Panics
    /// When a name cannot be one.
    #[must_use]
    pub fn issue(&self, names: &[&str]) -> Pair {
        self.sign(names, |_| {})
    }

    /// A certificate that expired long ago.
    ///
    /// # Panics
    /// As [`Authority::issue`].
    #[must_use]
    pub fn issue_expired(&self, names: &[&str]) -> Pair {
        self.sign(names, |params| params.not_after = date_time_ymd(2001, 1, 1))
    }

    fn sign(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Pair {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let mut params = CertificateParams::new(names).expect("names of hosts");
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        params.serial_number = Some(SerialNumber::from(u64::from(serial)));
        change(&mut params);
        let key = KeyPair::generate().expect("randomness");
        let signed = params.signed_by(&key, &self.issuer).expect("can sign");
        Pair {
            certificate: signed.pem(),
            key: key.serialize_pem(),
        }
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

/// A mounted Secret: names that lead through a link to what is in force, so that all files change in one step.
#[derive(Debug)]
pub struct Mount {
    folder: PathBuf,
    version: AtomicU32,
}

impl Mount {
    /// Mounts these files, name and content, at a folder that is made.
    ///
    /// # Errors
    /// What the system says.
    pub fn new(folder: &Path, files: &[(&str, &str)]) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        for (name, _) in files {
            symlink(format!("..data/{name}"), folder.join(name))?;
        }
        let mount = Self {
            folder: folder.to_owned(),
            version: AtomicU32::new(0),
        };
        mount.replace(files)?;
        Ok(mount)
    }

    /// A Secret as cert-manager writes it.
    ///
    /// # Errors
    /// As [`Mount::new`].
    pub fn of_pair(folder: &Path, pair: &Pair, authority: &Authority) -> io::Result<Self> {
        Self::new(folder, &files(pair, &authority.certificate()))
    }

    /// Replaces all files at once, as the kubelet does: a new folder, and the link is turned.
    ///
    /// # Errors
    /// What the system says.
    pub fn replace(&self, files: &[(&str, &str)]) -> io::Result<()> {
        let version = self.version.fetch_add(1, Ordering::Relaxed);
        let name = format!("..{version}");
        fs::create_dir(self.folder.join(&name))?;
        for (file, content) in files {
            let path = self.folder.join(&name).join(file);
            fs::write(&path, content)?;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o440))?;
        }
        let next = self.folder.join("..data_tmp");
        symlink(&name, &next)?;
        fs::rename(&next, self.folder.join("..data"))?;
        if version > 0 {
            fs::remove_dir_all(self.folder.join(format!("..{}", version - 1)))?;
        }
        Ok(())
    }

    /// [`Mount::replace`] with another certificate of an authority.
    ///
    /// # Errors
    /// As [`Mount::replace`].
    pub fn replace_pair(&self, pair: &Pair, authority: &Authority) -> io::Result<()> {
        self.replace(&files(pair, &authority.certificate()))
    }

    /// The path of a file, as a setting names it.
    #[must_use]
    pub fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }
}

fn files<'a>(pair: &'a Pair, authority: &'a str) -> [(&'static str, &'a str); 3] {
    [
        ("tls.crt", &pair.certificate),
        ("tls.key", &pair.key),
        ("ca.crt", authority),
    ]
}
