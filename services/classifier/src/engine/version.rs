//! What a classification was made with.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};
use swiftline_domain::city::CityPack;

use super::{kind, urgency};

/// Goes up when the formulas of this module change, so that the same words with another formula have another version.
const FORMULA: u32 = 2;

/// How many bytes of the digest are shown, as hex.
const SHOWN_BYTES: usize = 6;

/// `keywords-` and the beginning of a SHA-256 over all of the pack that classification reads (taxonomy, areas, outlines) and
/// over the language's own words of kinds and urgencies.
pub(super) fn of_pack(pack: &CityPack) -> String {
    let mut digest = Sha256::new();
    digest.update(FORMULA.to_be_bytes());
    field(&mut digest, kind::WORDS);
    field(&mut digest, urgency::WORDS);
    for category in pack.taxonomy.iter() {
        field(&mut digest, &format!("{category:?}"));
    }
    field(
        &mut digest,
        &format!("{:?}{:?}", pack.taxonomy.kinds(), pack.taxonomy.urgencies()),
    );
    for area in pack.areas.iter() {
        field(&mut digest, &format!("{area:?}"));
        for polygon in pack.outlines.of_area(area.id.as_str()) {
            field(&mut digest, &format!("{polygon:?}"));
        }
    }
    field(&mut digest, &format!("{:?}", pack.areas.landmarks()));
    let digest = digest.finalize();
    digest[..SHOWN_BYTES]
        .iter()
        .fold("keywords-".to_owned(), |mut version, byte| {
            // writing to a String cannot fail
            let _ = write!(version, "{byte:02x}");
            version
        })
}

/// One part, marked off from the next.
fn field(digest: &mut Sha256, text: &str) {
    digest.update(text.as_bytes());
    digest.update([0]);
}
