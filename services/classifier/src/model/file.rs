//! A model as a file, and back.
//!
//! ```text
//! "SWLMODEL"  format u32  whole length u64  header length u32  header (JSON)
//! keys u64 × n   scales f32 × labels   biases f32 × labels   share scale f32
//! rows i16 × (labels + 1) × n: a weight per label, then how telling the key is (idf)
//! lexicon (u64, u8) × m        SHA-256 of all that stands before it
//! ```
//! Everything is little-endian. The digest names the model: two files with the same digest decide alike.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::score::{COMMON_COUNTS, worths};
use super::table::Table;
use super::{Calibration, Lexicon, Recipe};

/// The largest file that is read or written.
pub const MAX_FILE_BYTES: usize = 20 << 20;

const MAGIC: &[u8; 8] = b"SWLMODEL";
const FORMAT: u32 = 1;
/// Magic, format, whole length, header length.
const PREAMBLE: usize = 8 + 4 + 8 + 4;
const DIGEST: usize = 32;
/// The most labels: every unit of a large city.
const MAX_LABELS: usize = 2_000;
/// Weights are stored as whole numbers up to this.
const FULL: f32 = i16::MAX as f32;

/// What a model decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelKind {
    /// The responsible group of departments; labels are the training set's.
    Group,
    /// A city pack's category; labels are category ids.
    Category,
    /// The unit that answers; labels are unit ids, or names where the pack has no such unit.
    Unit,
    /// What sort of message it is; labels are kinds.
    Kind,
    /// How pressing it is; labels are urgencies, and the metrics say from which score it raises a message.
    Urgency,
}

/// What stands in a file besides numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// `zh-groups`.
    pub name: String,
    /// What it decides.
    pub kind: ModelKind,
    /// The language of the texts it reads: `zh`, `en`.
    pub language: String,
    /// What it can answer.
    pub labels: Vec<String>,
    /// How it reads.
    pub recipe: Recipe,
    /// How scores become probabilities.
    pub calibration: Calibration,
    /// How many distinct messages of each label it learned from, in the order of the labels.
    pub trained_on: Vec<u32>,
    /// The confidence that it had in messages it had not seen while training: 20 bins from 0 to 1, for watching drift.
    pub confidence: Vec<u32>,
    /// What was measured when it was made, by name.
    pub metrics: BTreeMap<String, f64>,
    /// Keys in its vocabulary.
    pub features: u32,
    /// Nodes of its lexicon.
    pub lexicon: u32,
}

/// What a trainer puts into a file.
#[derive(Debug, Clone)]
pub struct Parts {
    /// `features` and `lexicon` are counted by [`Parts::to_bytes`].
    pub header: Header,
    /// The keys, the most frequent first so that what is read most lies close together.
    pub keys: Vec<u64>,
    /// How telling each key is: inverse document frequency, positive.
    pub idf: Vec<f32>,
    /// For each key a weight per label.
    pub weights: Vec<f32>,
    /// A bias per label.
    pub biases: Vec<f32>,
    /// The words that texts are parted by; empty where no block needs them.
    pub lexicon: Lexicon,
}

/// Why there is no model in a file.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ModelError {
    /// More than [`MAX_FILE_BYTES`].
    #[error("{0} bytes are more than the {MAX_FILE_BYTES} that a model may have")]
    TooBig(usize),
    /// It does not begin as a model does.
    #[error("this is no model file")]
    NotAModel,
    /// It was made by another version of the software.
    #[error("the file has format {0}; this software reads format {FORMAT}")]
    Format(u32),
    /// Its end is missing, or something follows it.
    #[error("the file should have {wanted} bytes and has {found}")]
    Length {
        /// As the file says.
        wanted: u64,
        /// As it is.
        found: usize,
    },
    /// A bit is wrong.
    #[error("the file's checksum does not match its content")]
    Checksum,
    /// The header cannot be read.
    #[error("the file's header is wrong: {0}")]
    Header(String),
    /// Header and tables do not fit together.
    #[error("the model does not fit together: {0}")]
    Inconsistent(&'static str),
    /// A number is infinite or none.
    #[error("a number of the model is not finite: {0}")]
    NotFinite(&'static str),
}

/// A model, ready to predict: see [`Model::predict`](Self::predict) and [`Model::explain`](Self::explain).
#[derive(Debug, Clone)]
pub struct Model {
    pub(super) header: Header,
    pub(super) table: Table,
    /// Rows of [`Model::stride`]: a weight per label in units of its scale, then the idf, then nothing.
    pub(super) rows: Vec<i16>,
    pub(super) stride: usize,
    pub(super) scales: Vec<f32>,
    pub(super) biases: Vec<f32>,
    pub(super) idf_scale: f32,
    /// By block: what the first counts are worth.
    pub(super) worths: Vec<[f32; COMMON_COUNTS]>,
    pub(super) lexicon: Lexicon,
    digest: [u8; DIGEST],
}

impl Model {
    /// The model in these bytes.
    ///
    /// # Errors
    /// With what is wrong first; never panics, whatever the bytes.
    pub fn read(bytes: &[u8]) -> Result<Self, ModelError> {
        let (header, mut body, digest) = open(bytes)?;
        let header: Header = serde_json::from_slice(header)
            .map_err(|error| ModelError::Header(error.to_string()))?;
        check(&header)?;
        let (labels, features) = (header.labels.len(), header.features as usize);
        let wanted = features * 8 + labels * 8 + 4 + features * (labels + 1) * 2;
        if body.len() != wanted + header.lexicon as usize * 9 {
            return Err(ModelError::Inconsistent(
                "the tables are not as long as the header says",
            ));
        }
        let keys = take(&mut body, features).map(u64::from_le_bytes).collect();
        let table = Table::new(keys).ok_or(ModelError::Inconsistent("a key stands twice"))?;
        let scales = floats(&mut body, labels, "a scale")?;
        let biases = floats(&mut body, labels, "a bias")?;
        let idf_scale = floats(&mut body, 1, "the scale of shares")?[0];
        let stride = (labels + 1).next_multiple_of(LANES);
        let mut rows = vec![0; stride * features];
        for row in rows.chunks_exact_mut(stride) {
            for (cell, bytes) in row.iter_mut().zip(take(&mut body, labels + 1)) {
                *cell = i16::from_le_bytes(bytes);
            }
        }
        let node = |bytes: [u8; 9]| {
            let [key @ .., flags] = bytes;
            (u64::from_le_bytes(key), flags)
        };
        let nodes = take(&mut body, header.lexicon as usize).map(node).collect();
        let lexicon = Lexicon::from_nodes(nodes)
            .map_err(|_| ModelError::Inconsistent("a word of the lexicon stands twice"))?;
        let worths = header.recipe.blocks.iter().map(worths).collect();
        Ok(Self {
            header,
            table,
            worths,
            rows,
            stride,
            scales,
            biases,
            idf_scale,
            lexicon,
            digest,
        })
    }

    /// What stands in the file besides numbers.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// What it can answer; a prediction's label is a place in it.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        &self.header.labels
    }

    /// The SHA-256 that names it, as 64 hexadecimal digits.
    #[must_use]
    pub fn digest(&self) -> String {
        hex(&self.digest)
    }

    /// The digest's bytes.
    pub(crate) const fn id(&self) -> &[u8; DIGEST] {
        &self.digest
    }

    /// Name and the beginning of the digest: `zh-groups-1f2e3d4c5b6a`.
    #[must_use]
    pub fn version(&self) -> String {
        format!("{}-{}", self.header.name, hex(&self.digest[..6]))
    }
}

/// Rows are padded to so many numbers, which the processor handles at once.
pub(super) const LANES: usize = 8;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // writing to a String cannot fail
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Header, tables and digest of a file whose checksum is right.
type Opened<'a> = (&'a [u8], &'a [u8], [u8; DIGEST]);

fn open(bytes: &[u8]) -> Result<Opened<'_>, ModelError> {
    if bytes.len() > MAX_FILE_BYTES {
        return Err(ModelError::TooBig(bytes.len()));
    }
    let cut = |wanted: usize| ModelError::Length {
        wanted: wanted as u64,
        found: bytes.len(),
    };
    if bytes.len() < MAGIC.len() || &bytes[..MAGIC.len()] != MAGIC {
        return Err(ModelError::NotAModel);
    }
    let preamble = bytes.get(..PREAMBLE).ok_or(cut(PREAMBLE + DIGEST))?;
    let mut rest = &preamble[MAGIC.len()..];
    let format = take(&mut rest, 1)
        .map(u32::from_le_bytes)
        .next()
        .unwrap_or(0);
    if format != FORMAT {
        return Err(ModelError::Format(format));
    }
    let wanted = take(&mut rest, 1)
        .map(u64::from_le_bytes)
        .next()
        .unwrap_or(0);
    if wanted != bytes.len() as u64 || bytes.len() < PREAMBLE + DIGEST {
        return Err(ModelError::Length {
            wanted: wanted.max((PREAMBLE + DIGEST) as u64),
            found: bytes.len(),
        });
    }
    let (content, tail) = bytes.split_at(bytes.len() - DIGEST);
    let digest: [u8; DIGEST] = Sha256::digest(content).into();
    if digest != tail {
        return Err(ModelError::Checksum);
    }
    let header = take(&mut rest, 1)
        .map(u32::from_le_bytes)
        .next()
        .unwrap_or(0) as usize;
    let body = &content[PREAMBLE..];
    let (header, body) = body.split_at_checked(header).ok_or_else(|| cut(header))?;
    Ok((header, body, digest))
}

fn check(header: &Header) -> Result<(), ModelError> {
    header
        .recipe
        .validate()
        .map_err(|error| ModelError::Header(error.to_string()))?;
    let labels = header.labels.len();
    let wrong = |what| Err(ModelError::Inconsistent(what));
    if !(1..=MAX_LABELS).contains(&labels) {
        return wrong("there must be 1 to 2,000 labels");
    }
    if !header.calibration.is_valid() {
        return wrong("the calibration cannot be applied");
    }
    if header.trained_on.len() != labels {
        return wrong("the counts of training are not as many as the labels");
    }
    // before anything is reserved for them
    if header.features as usize > MAX_FILE_BYTES / 8 || header.lexicon as usize > MAX_FILE_BYTES / 9
    {
        return wrong("the tables are larger than a file may be");
    }
    Ok(())
}

/// The next `count` values of `N` bytes; fewer where the bytes end.
fn take<'a, const N: usize>(
    bytes: &mut &'a [u8],
    count: usize,
) -> impl Iterator<Item = [u8; N]> + use<'a, N> {
    let (these, rest) = bytes.split_at((count * N).min(bytes.len()));
    *bytes = rest;
    these.as_chunks().0.iter().copied()
}

fn floats(bytes: &mut &[u8], count: usize, what: &'static str) -> Result<Vec<f32>, ModelError> {
    let floats: Vec<f32> = take(bytes, count).map(f32::from_le_bytes).collect();
    if floats.iter().all(|number| number.is_finite()) {
        Ok(floats)
    } else {
        Err(ModelError::NotFinite(what))
    }
}

impl Parts {
    /// The file, and the model that is in it.
    ///
    /// # Errors
    /// When the parts do not fit together or are too large.
    pub fn to_bytes(mut self) -> Result<(Vec<u8>, Model), ModelError> {
        let (features, labels) = (self.keys.len(), self.header.labels.len());
        let fits = self.idf.len() == features
            && self.weights.len() == features * labels
            && self.biases.len() == labels;
        if !fits {
            return Err(ModelError::Inconsistent(
                "weights, keys and labels are not as many",
            ));
        }
        let numbers = self.weights.iter().chain(&self.idf).chain(&self.biases);
        if !numbers.into_iter().all(|number| number.is_finite()) {
            return Err(ModelError::NotFinite("a weight"));
        }
        let nodes = self.lexicon.nodes();
        self.header.features = u32::try_from(features).unwrap_or(u32::MAX);
        self.header.lexicon = u32::try_from(nodes.len()).unwrap_or(u32::MAX);
        check(&self.header)?;
        let header = serde_json::to_vec(&self.header)
            .map_err(|error| ModelError::Header(error.to_string()))?;
        let tables = features * 8 + labels * 8 + 4 + features * (labels + 1) * 2 + nodes.len() * 9;
        let length = PREAMBLE + header.len() + tables + DIGEST;
        if length > MAX_FILE_BYTES {
            return Err(ModelError::TooBig(length));
        }
        let mut bytes = Vec::with_capacity(length);
        bytes.extend(MAGIC);
        bytes.extend(FORMAT.to_le_bytes());
        bytes.extend((length as u64).to_le_bytes());
        bytes.extend(
            u32::try_from(header.len())
                .unwrap_or(u32::MAX)
                .to_le_bytes(),
        );
        bytes.extend(&header);
        bytes.extend(self.keys.iter().flat_map(|key| key.to_le_bytes()));
        self.write_rows(&mut bytes);
        for (key, flags) in nodes {
            bytes.extend(key.to_le_bytes());
            bytes.push(*flags);
        }
        let digest = Sha256::digest(&bytes);
        bytes.extend(digest);
        let model = Model::read(&bytes)?;
        Ok((bytes, model))
    }

    fn write_rows(&self, bytes: &mut Vec<u8>) {
        let labels = self.header.labels.len();
        let scale = |most: f32| if most > 0.0 { most / FULL } else { 1.0 };
        let scales: Vec<f32> = (0..labels)
            .map(|label| {
                let of_label = self.weights.iter().skip(label).step_by(labels);
                scale(of_label.fold(0.0, |most: f32, weight| most.max(weight.abs())))
            })
            .collect();
        let idf_scale = scale(
            self.idf
                .iter()
                .fold(0.0, |most: f32, idf| most.max(idf.abs())),
        );
        for number in scales.iter().chain(&self.biases).chain([&idf_scale]) {
            bytes.extend(number.to_le_bytes());
        }
        let whole = |number: f32, scale: f32| (number / scale).round().clamp(-FULL, FULL) as i16;
        for (weights, idf) in self.weights.chunks_exact(labels.max(1)).zip(&self.idf) {
            for (weight, scale) in weights.iter().zip(&scales) {
                bytes.extend(whole(*weight, *scale).to_le_bytes());
            }
            bytes.extend(whole(*idf, idf_scale).to_le_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{parts, sealed};
    use super::super::{Fields, Scratch};
    use super::*;
    use proptest::prelude::*;

    fn bytes() -> Vec<u8> {
        parts().to_bytes().unwrap().0
    }

    fn error(bytes: &[u8]) -> ModelError {
        Model::read(bytes).unwrap_err()
    }

    #[test]
    fn the_same_parts_give_the_same_bytes_and_the_digest_names_them() {
        let (bytes, model) = parts().to_bytes().unwrap();
        assert_eq!(bytes, self::bytes());
        assert_eq!(model.digest().len(), 64);
        assert_eq!(model.version(), format!("tiny-{}", &model.digest()[..12]));
        assert_eq!(model.header().labels, model.labels());
    }

    #[test]
    fn what_is_wrong_is_said() {
        let good = bytes();
        assert_eq!(error(b"PK"), ModelError::NotAModel);
        assert_eq!(
            error(b"PK\x03\x04 something else entirely"),
            ModelError::NotAModel
        );
        assert!(matches!(error(&good[..12]), ModelError::Length { .. }));
        let cut = error(&good[..good.len() - 9]);
        assert_eq!(
            cut,
            ModelError::Length {
                wanted: good.len() as u64,
                found: good.len() - 9
            }
        );
        let mut newer = good.clone();
        newer[8] = 2;
        assert_eq!(error(&newer), ModelError::Format(2));
        let mut flipped = good.clone();
        flipped[good.len() / 2] ^= 1;
        assert_eq!(error(&flipped), ModelError::Checksum);
        assert_eq!(
            error(&vec![0; MAX_FILE_BYTES + 1]),
            ModelError::TooBig(MAX_FILE_BYTES + 1)
        );
    }

    #[test]
    fn a_sealed_file_that_does_not_fit_together_is_refused() {
        let header = |from: &str, to: &str| {
            assert_eq!(from.len(), to.len());
            let good = bytes();
            let at = good
                .windows(from.len())
                .position(|w| w == from.as_bytes())
                .unwrap();
            let mut bad = good;
            bad[at..at + to.len()].copy_from_slice(to.as_bytes());
            error(&sealed(bad))
        };
        assert!(matches!(
            header(r#""name""#, r#""nane""#),
            ModelError::Header(_)
        ));
        assert!(matches!(
            header(r#""from":1"#, r#""from":9"#),
            ModelError::Header(_)
        ));
        let inconsistent = [(r#""features":"#, r#""features":"#)];
        for (from, _) in inconsistent {
            let good = bytes();
            let at = good
                .windows(from.len())
                .position(|w| w == from.as_bytes())
                .unwrap();
            let mut bad = good;
            bad[at + from.len()] = b'9';
            assert!(matches!(error(&sealed(bad)), ModelError::Inconsistent(_)));
        }
    }

    #[test]
    fn parts_that_do_not_fit_together_are_refused() {
        let with = |change: fn(&mut Parts)| {
            let mut parts = parts();
            change(&mut parts);
            parts.to_bytes().unwrap_err()
        };
        assert!(matches!(
            with(|p| p.biases.clear()),
            ModelError::Inconsistent(_)
        ));
        assert!(matches!(
            with(|p| p.keys[1] = p.keys[0]),
            ModelError::Inconsistent(_)
        ));
        assert!(matches!(
            with(|p| p.header.trained_on.clear()),
            ModelError::Inconsistent(_)
        ));
        assert!(matches!(
            with(|p| p.header.calibration.temperature = -1.0),
            ModelError::Inconsistent(_)
        ));
        assert!(matches!(
            with(|p| p.weights[0] = f32::NAN),
            ModelError::NotFinite(_)
        ));
        assert!(matches!(
            with(|p| p.header.recipe.blocks.clear()),
            ModelError::Header(_)
        ));
        let none = with(|p| {
            p.header.labels.clear();
            p.weights.clear();
            p.biases.clear();
        });
        assert!(matches!(none, ModelError::Inconsistent(_)));
        let big = with(|p| {
            let labels = p.header.labels.len();
            p.keys = (0..1_500_000).collect();
            p.idf = vec![1.0; p.keys.len()];
            p.weights = vec![0.0; p.keys.len() * labels];
        });
        assert!(matches!(big, ModelError::TooBig(_)));
    }

    proptest! {
        #[test]
        fn damage_is_refused_and_never_panics(
            flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
            cut in prop::option::of(any::<prop::sample::Index>()),
            seal in any::<bool>(),
            text in ".{0,40}",
        ) {
            let mut bad = bytes();
            for (at, value) in flips {
                let at = at.index(bad.len());
                bad[at] = value;
            }
            if let Some(cut) = cut {
                bad.truncate(cut.index(bad.len()));
            }
            if seal {
                bad = sealed(bad);
            }
            // what is accepted must predict
            if let Ok(model) = Model::read(&bad) {
                let prediction = model.predict(Fields::from(&*text), &mut Scratch::new());
                prop_assert!(prediction.label < model.labels().len());
            }
        }
    }
}
