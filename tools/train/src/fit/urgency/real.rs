//! What people really wrote: nearly all of it ordinary.

use std::collections::BTreeSet;
use std::error::Error;

use serde::Deserialize;

use crate::data::Data;

/// Letters to a government.
pub(crate) const RAW: &str = "citizen_messages_zh/train_raw.jsonl";
/// Forms of New York.
pub(crate) const NYC: &str = "nyc311/2026_windows.csv";

/// A letter.
#[derive(Debug, Deserialize)]
pub(crate) struct Letter {
    #[serde(default)]
    subject: Option<String>,
    #[serde(default)]
    detail: Option<String>,
    #[serde(default)]
    text: Option<String>,
}

impl Letter {
    /// All that it says.
    pub(crate) fn into_text(self) -> String {
        let parts = [self.subject, self.detail, self.text];
        parts.into_iter().flatten().collect::<Vec<_>>().join("。")
    }
}

/// A row of New York's forms.
#[derive(Debug, Deserialize)]
pub(crate) struct Form {
    pub(crate) complaint_type: String,
    pub(crate) descriptor: String,
}

/// The distinct letters, in order; `None` where the data is not there.
pub(super) fn letters(data: &Data) -> Result<Option<Vec<String>>, Box<dyn Error>> {
    let Some(letters) = data.jsonl::<Letter>(RAW)? else {
        return Ok(None);
    };
    let mut seen = BTreeSet::new();
    let texts = letters.into_iter().map(Letter::into_text);
    Ok(Some(
        texts.filter(|text| seen.insert(text.clone())).collect(),
    ))
}

/// The forms, in order; `None` where the data is not there.
pub(crate) fn all_forms(data: &Data) -> Result<Option<Vec<Form>>, Box<dyn Error>> {
    let Some(path) = data.file(NYC) else {
        return Ok(None);
    };
    let forms = csv::Reader::from_path(path)?.into_deserialize();
    Ok(Some(forms.collect::<Result<_, _>>()?))
}

/// The distinct types with their descriptors; `None` where the data is not there.
pub(super) fn forms(data: &Data) -> Result<Option<Vec<String>>, Box<dyn Error>> {
    let Some(forms) = all_forms(data)? else {
        return Ok(None);
    };
    let said = |form: Form| format!("{}: {}", form.complaint_type, form.descriptor);
    let distinct: BTreeSet<String> = forms.into_iter().map(said).collect();
    Ok(Some(distinct.into_iter().collect()))
}
