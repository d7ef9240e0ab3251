//! What messages are signed with, as Standard Webhooks says: HMAC-SHA256 over `id.timestamp.body`.

use std::fmt;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use swiftline_config::Secret;

/// What every secret begins with.
const PREFIX: &str = "whsec_";
/// The sizes that the specification allows, in bytes.
const SIZES: std::ops::RangeInclusive<usize> = 24..=64;
/// The version of a signature.
const VERSION: &str = "v1,";
/// The bytes of a tag: forging one of 128 bits is out of reach.
pub(super) const TAG_BYTES: usize = 16;

/// Secrets that are shared with the gateway, the one that is in use first. Never printed.
pub(super) struct Secrets(Vec<Hmac<Sha256>>);

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(..)")
    }
}

impl Secrets {
    /// Reads a file with a secret a line; while both sides change theirs, it holds the new one and behind it the old one.
    ///
    /// # Errors
    /// When it cannot be read or a line is no secret; the line is not said back.
    pub(super) fn load(path: &str) -> Result<Self, String> {
        let text = Secret::from_file(Path::new(path)).map_err(|error| error.to_string())?;
        let lines = text.expose().lines().map(str::trim).enumerate();
        let lines = lines.filter(|(_, line)| !line.is_empty());
        let keys: Result<Vec<_>, String> = lines
            .map(|(at, line)| key(line).ok_or_else(|| wrong(path, at + 1)))
            .collect();
        keys.map(Self)
    }

    /// The signatures of a message, by every secret.
    pub(super) fn sign(&self, id: &str, timestamp: &str, body: &[u8]) -> String {
        let signed = self.0.iter().map(|key| {
            let mac = message(key, id, timestamp, body).finalize();
            format!("{VERSION}{}", STANDARD.encode(mac.into_bytes()))
        });
        signed.collect::<Vec<_>>().join(" ")
    }

    /// Whether one of these signatures is right; compared in constant time.
    pub(super) fn have_signed(
        &self,
        id: &str,
        timestamp: &str,
        body: &[u8],
        signatures: &str,
    ) -> bool {
        let versioned = signatures
            .split(' ')
            .filter_map(|one| one.strip_prefix(VERSION));
        let mut given = versioned.filter_map(|one| STANDARD.decode(one).ok());
        given.any(|tag| {
            let mut keys = self.0.iter();
            keys.any(|key| message(key, id, timestamp, body).verify_slice(&tag).is_ok())
        })
    }

    /// A tag under something that this service has made itself.
    pub(super) fn tag(&self, label: &[u8], made: &[u8]) -> Option<[u8; TAG_BYTES]> {
        let mac = own(self.0.first()?, label, made).finalize().into_bytes();
        mac.first_chunk().copied()
    }

    /// Whether this service has put that tag there; compared in constant time.
    pub(super) fn have_tagged(&self, label: &[u8], made: &[u8], tag: &[u8]) -> bool {
        let mut keys = self.0.iter();
        tag.len() == TAG_BYTES
            && keys.any(|key| own(key, label, made).verify_truncated_left(tag).is_ok())
    }
}

fn key(line: &str) -> Option<Hmac<Sha256>> {
    let bytes = STANDARD.decode(line.strip_prefix(PREFIX)?).ok()?;
    let fits = SIZES.contains(&bytes.len());
    Hmac::new_from_slice(&bytes).ok().filter(|_| fits)
}

fn wrong(path: &str, line: usize) -> String {
    format!(
        "{path}, line {line}: must be {PREFIX} and {} to {} bytes in base64",
        SIZES.start(),
        SIZES.end()
    )
}

fn message(key: &Hmac<Sha256>, id: &str, timestamp: &str, body: &[u8]) -> Hmac<Sha256> {
    key.clone()
        .chain_update(id)
        .chain_update(".")
        .chain_update(timestamp)
        .chain_update(".")
        .chain_update(body)
}

/// The label is no beginning of a message to be signed: it has a zero byte, and an id that is sent has none.
fn own(key: &Hmac<Sha256>, label: &[u8], made: &[u8]) -> Hmac<Sha256> {
    key.clone()
        .chain_update([0])
        .chain_update(label)
        .chain_update([0])
        .chain_update(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> Result<Secrets, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Secrets::load(&file.path().display().to_string())
    }

    fn line(byte: u8) -> String {
        format!("whsec_{}\n", STANDARD.encode([byte; 32]))
    }

    #[test]
    fn the_example_of_the_specification_comes_out() {
        let secrets = load("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").unwrap();
        let (id, timestamp) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330");
        let body = br#"{"test": 2432232314}"#;
        let signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(secrets.sign(id, timestamp, body), signature);
        let many = format!("v1,AAAA v2,{signature} {signature}");
        assert!(secrets.have_signed(id, timestamp, body, &many));
        assert!(!secrets.have_signed(id, "1614265331", body, signature));
        assert!(!secrets.have_signed("msg_other", timestamp, body, signature));
        assert!(!secrets.have_signed(id, timestamp, b"{}", signature));
        for wrong in ["", "v1,", "g0hM9SsE", "v1,not base64", "v1,AAAA"] {
            assert!(!secrets.have_signed(id, timestamp, body, wrong), "{wrong}");
        }
    }

    #[test]
    fn while_secrets_change_both_are_right() {
        let (old, new) = (load(&line(1)).unwrap(), load(&line(2)).unwrap());
        let both = load(&format!("{}\n{}", line(2), line(1))).unwrap();
        let signed = both.sign("id", "1", b"x");
        assert!(old.have_signed("id", "1", b"x", &signed));
        assert!(new.have_signed("id", "1", b"x", &signed));
        assert!(both.have_signed("id", "1", b"x", &old.sign("id", "1", b"x")));
        let tag = old.tag(b"l", b"x").unwrap();
        assert!(both.have_tagged(b"l", b"x", &tag) && !new.have_tagged(b"l", b"x", &tag));
        assert!(!both.have_tagged(b"m", b"x", &tag) && !both.have_tagged(b"l", b"x", &tag[..8]));
    }

    #[test]
    fn what_is_no_secret_is_refused_and_not_said() {
        let short = STANDARD.encode([1; 23]);
        for bad in [
            short.clone(),
            format!("whsec_{short}"),
            "whsec_***".to_owned(),
            format!("{}hunter2", line(1)),
        ] {
            let error = load(&bad).unwrap_err();
            assert!(error.contains(": must be whsec_ and 24 to 64"), "{error}");
            assert!(!error.contains("hunter2") && !error.contains(&short));
        }
        assert!(
            load(&format!("{}nonsense", line(1)))
                .unwrap_err()
                .contains("line 2")
        );
        assert!(load("").unwrap_err().contains("empty"));
        assert!(Secrets::load("/nonexistent/secret").is_err());
        assert_eq!(format!("{:?}", load(&line(1)).unwrap()), "Secrets(..)");
    }
}
