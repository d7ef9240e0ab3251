//! From what people write of a digest to the digest.

use swiftline_domain::rules::RulesDigest;
use swiftline_domain::rules::workflow::Workflow;
use swiftline_proto::convert::ConvertError;

use crate::error::Error;

/// The fewest digits that may stand for a digest: with ten thousand versions two rarely begin alike.
const MIN_DIGITS: usize = 8;
const DIGITS: usize = 64;

/// The version that these digits mean, if they mean one.
///
/// # Errors
/// Naming the field: when these are no digits, too few, or mean no version or several.
pub(crate) fn resolve(
    workflow: &Workflow,
    digits: &str,
    field: &'static str,
) -> Result<RulesDigest, Error> {
    check(digits, field)?;
    let versions = workflow.versions().map(|version| &version.digest);
    let mut meant = versions.filter(|digest| digest.as_str().starts_with(digits));
    match (meant.next(), meant.next()) {
        (Some(one), None) => Ok(one.clone()),
        (Some(_), Some(_)) => {
            let reason = "means several versions; give more digits";
            Err(ConvertError::new(field, reason).into())
        }
        (None, _) => Err(Error::Unknown {
            field,
            what: "rule set",
            id: digits.to_owned(),
        }),
    }
}

/// The report that these digits mean: the newest, or one that is named in full.
///
/// # Errors
/// Naming the field: when these are no digits, too few, or not those of the newest.
pub(super) fn report(
    digits: &str,
    newest: Option<&RulesDigest>,
    field: &'static str,
) -> Result<RulesDigest, Error> {
    check(digits, field)?;
    let newest = newest.filter(|newest| newest.as_str().starts_with(digits));
    let meant = newest.cloned().map_or_else(|| digits.parse(), Ok);
    meant.map_err(|_| {
        let reason = "is not the newest report; look at that one, or give all 64 digits";
        ConvertError::new(field, reason).into()
    })
}

fn check(digits: &str, field: &'static str) -> Result<(), Error> {
    let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let reason = if digits.is_empty() {
        "is required".to_owned()
    } else if !digits.bytes().all(digit) || digits.len() > DIGITS {
        format!("is no digest: {MIN_DIGITS} to {DIGITS} digits 0-9 and a-f")
    } else if digits.len() < MIN_DIGITS {
        format!("is too short: give {MIN_DIGITS} digits at least")
    } else {
        return Ok(());
    };
    Err(ConvertError::new(field, reason).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(digest: Result<RulesDigest, Error>) -> String {
        digest.unwrap_err().to_string()
    }

    #[test]
    fn what_is_no_digest_is_said() {
        let log = Workflow::default();
        assert!(refused(resolve(&log, "", "digest")).contains("required"));
        assert!(refused(resolve(&log, "12345", "digest")).contains("too short"));
        assert!(refused(resolve(&log, "NOTADIGEST", "digest")).contains("no digest"));
        let unknown = resolve(&log, "12345678", "digest");
        assert!(matches!(
            unknown,
            Err(Error::Unknown {
                field: "digest",
                ..
            })
        ));
    }

    #[test]
    fn a_report_is_the_newest_or_named_in_full() {
        let (newest, other) = (RulesDigest::of("newest"), RulesDigest::of("other"));
        let named = report(&newest.as_str()[..8], Some(&newest), "lint");
        assert_eq!(named.unwrap(), newest);
        let named = report(other.as_str(), Some(&newest), "lint");
        assert_eq!(
            named.unwrap(),
            other,
            "the workflow says what is wrong with it"
        );
        assert!(refused(report(&other.as_str()[..8], Some(&newest), "lint")).contains("newest"));
    }
}
