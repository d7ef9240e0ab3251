//! Sealing contact data: XChaCha20-Poly1305, bound to its case.
//!
//! A sealed record is `1` (version), the length of the key id, the key id, a random nonce of 24 bytes, and the ciphertext
//! with its tag. Everything before the nonce and the case number are authenticated, so a record put under another case does
//! not open. 192-bit nonces may be drawn at random for as long as a key is used.
//!
//! To change keys, put the new one first and keep the old ones until nothing is sealed with them any more. The last line is the
//! oldest key; pseudonyms of callers are derived from it ([`Keyring::caller`]), so they stay what they are for as long as
//! it stays the last. Take it out, and everybody is somebody new from then on.
//!
//! A watched key file is read again when it changes. Others read theirs a little earlier or later; so a key that is new opens
//! at once, and seals only when everybody has had the time to read it ([`SEALS_AFTER`]).

mod caller;

use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead as _, Generate as _, Payload};
use chacha20poly1305::{Key, KeyInit as _, XChaCha20Poly1305, XNonce};
use prost::Message as _;
use swiftline_config::{Files, Watched};
use swiftline_domain::id::ActorId;
use swiftline_domain::number::CaseNumber;
use swiftline_proto::types::v1::Contact;
use tokio::time::Instant;

use crate::Stored;
use caller::Callers;

const VERSION: u8 = 1;
const NONCE_BYTES: usize = 24;
/// The longest key id, in bytes.
pub const MAX_KEY_ID_BYTES: usize = 64;
/// A key that has come into a watched file seals after this long; until then the one before it does. The kubelet brings a
/// changed Secret to every pod within two minutes.
pub const SEALS_AFTER: Duration = Duration::from_secs(300);

/// Why contact data could not be sealed or opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The key file cannot be read, is open to every user, or has no key.
    #[error("the key file {path}: {reason}")]
    File {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A line of the key file is not right.
    #[error("the key file {path}, line {line}: {reason}")]
    Line {
        /// The file.
        path: String,
        /// The line, 1 is the first.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// The record was sealed with a key that the key file does not have.
    #[error("sealed with key {0:?}, which the key file does not have")]
    UnknownKey(String),
    /// The record is no sealed record of a known version.
    #[error("is not a sealed record that this program knows")]
    Format,
    /// The record was changed, or belongs to another case.
    #[error("cannot be opened: it was changed or belongs to another case")]
    Broken,
    /// The system gives no randomness, or the data is too long for the cipher.
    #[error("cannot be sealed: {0}")]
    Cipher(String),
}

/// The keys that seal and open contact data. Cheap to clone; never printed.
#[derive(Clone)]
pub struct Keyring(Watched<Keys>);

struct Keys {
    /// In the order of the file; at least one.
    all: Vec<SealingKey>,
    callers: Callers,
}

struct SealingKey {
    id: String,
    cipher: XChaCha20Poly1305,
    /// When it came into the file; `None`: it was there at the start.
    since: Option<Instant>,
}

/// A key's id, and when it came into the file.
type Known = (String, Option<Instant>);

impl SealingKey {
    /// Whether everybody has it by now.
    fn is_settled(&self) -> bool {
        self.since
            .is_none_or(|since| since.elapsed() >= SEALS_AFTER)
    }
}

impl Keys {
    /// The first that everybody has; when all are new, the first.
    fn sealing(&self) -> &SealingKey {
        let settled = self.all.iter().find(|key| key.is_settled());
        settled.unwrap_or(&self.all[0]) // `read` refuses an empty file
    }
}

impl Keyring {
    /// Reads a key file: lines `key-id base64-of-32-bytes`, empty lines and lines that begin with `#` passed over. The first
    /// key seals, all open. The file must not be readable by every user (its group may: Kubernetes gives secrets so).
    ///
    /// # Errors
    /// When the file cannot be read, is readable by every user, has no key, or a line is not right (named by its number).
    pub fn load(path: &Path) -> Result<Self, SealError> {
        Self::watch(path, "keys_file", &Files::new())
    }

    /// [`Keyring::load`], and again whenever `files` finds it changed; `setting` names the file then.
    ///
    /// # Errors
    /// As [`Keyring::load`]. A changed file that is wrong is not used.
    pub fn watch(path: &Path, setting: &'static str, files: &Files) -> Result<Self, SealError> {
        let (path, known) = (path.to_owned(), Mutex::new(None::<Vec<Known>>));
        let paths = vec![path.clone()];
        let read = move || {
            let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
            let keys = read(&path, known.as_deref())?;
            let seen = |key: &SealingKey| (key.id.clone(), key.since);
            *known = Some(keys.all.iter().map(seen).collect());
            Ok(keys)
        };
        files.watch(setting, paths, read).map(Self)
    }

    /// The contact data of a case, opened for this person; `None` when it has none or it does not open. Every opening is
    /// logged, and so is what does not open: whoever asks has their work to do all the same.
    #[must_use]
    pub fn contact_for(&self, stored: &Stored, actor: &ActorId) -> Option<Contact> {
        let sealed = stored.sealed_contact.as_ref()?;
        let (case, actor) = (stored.case.number.to_string(), actor.as_str());
        let opened = self.open(stored.case.number, sealed).and_then(|plain| {
            // The decoder's own words may quote the record.
            Contact::decode(plain.as_slice()).map_err(|_| SealError::Format)
        });
        opened
            .inspect(|_| tracing::info!(case, actor, "contact opened"))
            .inspect_err(|error| {
                let reason = error.to_string();
                tracing::error!(case, reason, "contact cannot be opened");
            })
            .ok()
    }

    /// Who calls, as a pseudonym: the same for the same telephone number, or where there is none for the same e-mail address;
    /// never 0 then. 0 where neither can be read: a name alone tells nobody apart.
    ///
    /// Of a number only the digits count, up to the first character that belongs to no number (an extension, a remark).
    /// `+` or `00` begins a country's code: those of China (86) and, before ten digits, of North America (1) are taken off, others
    /// stay. Then leading zeros go, with which long-distance calls begin. Without `+` or `00` a leading 86 or 1 stays:
    /// Chinese mobile numbers begin with 1. An e-mail address counts in lower case.
    #[must_use]
    pub fn caller(&self, contact: &Contact) -> u64 {
        self.0.get().callers.pseudonym(contact)
    }

    /// Seals contact data for one case, with the first key that everybody has.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn seal(&self, number: CaseNumber, contact: &[u8]) -> Result<Vec<u8>, SealError> {
        let keys = self.0.get();
        let SealingKey { id, cipher, .. } = keys.sealing();
        let id_len = u8::try_from(id.len()).map_err(|_| SealError::Format)?;
        let mut sealed = vec![VERSION, id_len];
        sealed.extend_from_slice(id.as_bytes());
        let nonce = XNonce::try_generate().map_err(|error| SealError::Cipher(error.to_string()))?;
        let aad = bound_to(&sealed, number);
        let ciphertext = cipher
            .encrypt(
                &nonce,
                Payload {
                    msg: contact,
                    aad: &aad,
                },
            )
            .map_err(|error| SealError::Cipher(error.to_string()))?;
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&ciphertext);
        Ok(sealed)
    }

    /// Opens what was sealed for this case.
    ///
    /// # Errors
    /// When the key is unknown, or the record was changed or is another case's.
    pub fn open(&self, number: CaseNumber, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (&[version, id_len], rest) = sealed.split_first_chunk().ok_or(SealError::Format)?;
        if version != VERSION {
            return Err(SealError::Format);
        }
        let (id, rest) = rest
            .split_at_checked(usize::from(id_len))
            .ok_or(SealError::Format)?;
        let (nonce, ciphertext) = rest
            .split_first_chunk::<NONCE_BYTES>()
            .ok_or(SealError::Format)?;
        let id = std::str::from_utf8(id).map_err(|_| SealError::Format)?;
        let keys = self.0.get();
        let key = keys.all.iter().find(|key| key.id == id);
        let key = key.ok_or_else(|| SealError::UnknownKey(id.to_owned()))?;
        let aad = bound_to(&sealed[..2 + id.len()], number);
        key.cipher
            .decrypt(
                &XNonce::from(*nonce),
                Payload {
                    msg: ciphertext,
                    aad: &aad,
                },
            )
            .map_err(|_| SealError::Broken)
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.get().all.iter().map(|key| &key.id))
            .finish()
    }
}

/// Reads a key file. `known` are the keys that were there before, and since when; `None` at the start.
fn read(path: &Path, known: Option<&[Known]>) -> Result<Keys, SealError> {
    let shown = path.display().to_string();
    let file = |reason: String| SealError::File {
        path: shown.clone(),
        reason,
    };
    check_mode(path).map_err(file)?;
    let text = fs::read_to_string(path).map_err(|error| file(error.to_string()))?;
    let since = |id: &str| match known {
        None => None,
        Some(known) => {
            let seen = known.iter().find(|(before, _)| before == id);
            seen.map_or_else(|| Some(Instant::now()), |(_, since)| *since)
        }
    };
    let mut all: Vec<SealingKey> = Vec::new();
    let mut oldest = None;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let wrong = |reason: String| SealError::Line {
            path: shown.clone(),
            line: index + 1,
            reason,
        };
        let (id, key) = read_line(line).map_err(|reason| wrong(reason.to_owned()))?;
        if all.iter().any(|known| known.id == id) {
            return Err(wrong(format!("key {id:?} is there already")));
        }
        all.push(SealingKey {
            since: since(&id),
            cipher: XChaCha20Poly1305::new(&key),
            id,
        });
        oldest = Some(Callers::derived_from(&key));
    }
    let none = || file("has no key; it needs a line: key-id base64-of-32-bytes".to_owned());
    let callers = oldest.ok_or_else(none)?;
    Ok(Keys { all, callers })
}

fn bound_to(head: &[u8], number: CaseNumber) -> Vec<u8> {
    [head, number.to_string().as_bytes()].concat()
}

/// The error never repeats the line: it holds a key.
fn read_line(line: &str) -> Result<(String, Key), &'static str> {
    let (id, key) = line
        .split_once(char::is_whitespace)
        .ok_or("needs a key id and a key, separated by a space")?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if id.len() > MAX_KEY_ID_BYTES || !id.chars().all(plain) {
        return Err("the key id must be at most 64 letters, digits, '.', '_' or '-'");
    }
    let bytes = STANDARD
        .decode(key.trim())
        .map_err(|_| "the key is not base64")?;
    let key = <[u8; 32]>::try_from(bytes).map_err(|_| "the key is not 32 bytes long")?;
    Ok((id.to_owned(), Key::from(key)))
}

#[cfg(unix)]
fn check_mode(path: &Path) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(path)
        .map_err(|error| error.to_string())?
        .permissions()
        .mode();
    if mode & 0o007 == 0 {
        Ok(())
    } else {
        Err(format!(
            "is open to every user (mode {:03o}); chmod 600 it",
            mode & 0o777
        ))
    }
}

#[cfg(not(unix))]
fn check_mode(_path: &Path) -> Result<(), String> {
    Ok(())
}

#[cfg(test)]
mod tests;
