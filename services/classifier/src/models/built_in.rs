//! The models that are part of the program: what serves when nobody has put another in force, or nothing else can be had.

use std::sync::Arc;

use crate::model::{Model, ModelError};

/// The files of `services/classifier/models`.
const FILES: &[&[u8]] = &[
    include_bytes!("../../models/beijing-units.model"),
    include_bytes!("../../models/en-urgency.model"),
    include_bytes!("../../models/nyc-categories.model"),
    include_bytes!("../../models/zh-groups.model"),
    include_bytes!("../../models/zh-urgency.model"),
];

/// A model that is part of the program.
#[derive(Debug, Clone)]
pub struct BuiltIn {
    /// The model.
    pub model: Arc<Model>,
    /// How long its file is.
    pub bytes: u64,
}

impl BuiltIn {
    /// The model in a file.
    ///
    /// # Errors
    /// When there is none in it.
    pub fn read(file: &[u8]) -> Result<Self, ModelError> {
        Ok(Self {
            model: Arc::new(Model::read(file)?),
            bytes: file.len() as u64,
        })
    }

    /// All that are part of this program.
    ///
    /// # Errors
    /// When one cannot be read: the program was built wrongly.
    pub fn all() -> Result<Vec<Self>, ModelError> {
        FILES.iter().map(|file| Self::read(file)).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_model_can_be_read_and_has_a_name_of_its_own() {
        let all = BuiltIn::all().unwrap();
        let names: BTreeSet<_> = all.iter().map(|one| &one.model.header().name).collect();
        assert_eq!(names.len(), all.len());
    }
}
