//! Digests on the command line.

use clap::Args;
use swiftline_domain::id::ActorId;

/// The fewest digits that name a version to the mesh.
const FEWEST: usize = 8;
/// All digits of a digest.
const ALL: usize = 64;

/// What is said where no reason is given.
const NO_REASON: &str = "no reason given";

/// Whether this is a digest, or enough of the beginning of one.
pub(crate) fn is_digest(text: &str) -> bool {
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (FEWEST..=ALL).contains(&text.len()) && text.bytes().all(hex)
}

/// Reads a digest, or its first digits.
///
/// # Errors
/// When it is none.
pub(crate) fn digest(text: &str) -> Result<String, String> {
    let text = text.to_ascii_lowercase();
    if is_digest(&text) {
        return Ok(text);
    }
    Err(format!(
        "a digest has {ALL} digits 0-9 and a-f; say its first {FEWEST} or more"
    ))
}

/// Who acts, and why; both go into the audit log.
#[derive(Debug, Args)]
pub(crate) struct By {
    /// Who acts, by an opaque id
    #[arg(long, default_value = "desk-1", env = "SWIFTCTL_ACTOR")]
    pub(crate) actor: ActorId,
    /// Why, in your words, at most 500 characters
    #[arg(long, default_value = NO_REASON)]
    pub(crate) reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_digits_and_more_name_a_version() {
        assert_eq!(digest("3F2A5B6C").as_deref(), Ok("3f2a5b6c"));
        assert!(digest(&"a".repeat(64)).is_ok());
        for wrong in ["", "3f2a5b6", "3f2a5b6g", &"a".repeat(65)] {
            assert!(digest(wrong).unwrap_err().contains("first 8"), "{wrong}");
        }
    }
}
