//! An example as it is stored, and as it is listed.

use prost::Message;
use swiftline_proto::classifier::v1 as wire;
use swiftline_proto::convert::timestamp;
use swiftline_store::{Kept, StoreError};

use super::text::Texts;

/// The most features that an example keeps: about what 1,200 characters have. Of more, those with the smallest keys, which
/// is a fair sample, as keys are hashes.
pub(super) const MAX_FEATURES: usize = 4_096;

/// An example as it is stored.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Record {
    /// [`wire::ExampleOrigin`].
    #[prost(int32, tag = "1")]
    pub(super) origin: i32,
    /// What is right.
    #[prost(string, tag = "2")]
    pub(super) label: String,
    /// What the model said.
    #[prost(string, tag = "3")]
    pub(super) said: String,
    /// How sure it was.
    #[prost(float, tag = "4")]
    pub(super) confidence: f32,
    /// The version that said it.
    #[prost(string, tag = "5")]
    pub(super) version: String,
    /// Keys of the model's features.
    #[prost(fixed64, repeated, tag = "6")]
    pub(super) keys: Vec<u64>,
    /// How often each.
    #[prost(uint32, repeated, tag = "7")]
    pub(super) counts: Vec<u32>,
    /// The text, sealed; empty when it was dropped.
    #[prost(bytes = "vec", tag = "8")]
    pub(super) text: Vec<u8>,
}

impl Record {
    /// With these features, in the order of their keys.
    pub(super) fn with_features(mut self, features: &[(u64, u16)]) -> Self {
        let features = features.iter().take(MAX_FEATURES);
        (self.keys, self.counts) = features.map(|(key, n)| (*key, u32::from(*n))).unzip();
        self
    }
}

/// The example in a lesson that is kept, with its text where it was kept and there is a key for it.
///
/// # Errors
/// When the record cannot be read.
pub(super) fn example(kept: &Kept, texts: &Texts) -> Result<wire::Example, StoreError> {
    let record = Record::decode(kept.record.as_slice()).map_err(|error| StoreError::Corrupt {
        key: "a lesson".to_owned(),
        reason: error.to_string(),
    })?;
    let features = record.keys.into_iter().zip(record.counts);
    Ok(wire::Example {
        case_number: kept.number.to_string(),
        at: Some(timestamp(kept.at)),
        origin: record.origin,
        model: kept.model.clone(),
        label: record.label,
        said: record.said,
        confidence: record.confidence,
        features: features
            .map(|(hash, count)| wire::Feature { hash, count })
            .collect(),
        version: record.version,
        text: texts.open(kept.number, &record.text),
    })
}
