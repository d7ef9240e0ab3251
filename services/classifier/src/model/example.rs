//! What is learned from: one message whose label is known.

use serde::{Deserialize, Serialize};

/// A message and what it should be called: a line of a file of corrections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// The model that is to learn it: `zh-groups`.
    pub model: String,
    /// What the message is.
    pub label: String,
    /// The message, where it may be kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Keys and counts as [`super::Reader::features`] gives them, for when the text was dropped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<(u64, u16)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_it_was_written() {
        let example = Example {
            model: "zh-groups".to_owned(),
            label: "交通运输".to_owned(),
            text: None,
            features: vec![(u64::MAX, 2), (3, 1)],
        };
        let line = serde_json::to_string(&example).unwrap();
        assert_eq!(serde_json::from_str::<Example>(&line).unwrap(), example);
        let text = r#"{"model":"m","label":"l","text":"t"}"#;
        assert_eq!(
            serde_json::from_str::<Example>(text)
                .unwrap()
                .text
                .as_deref(),
            Some("t")
        );
        assert!(serde_json::from_str::<Example>(r#"{"label":"l"}"#).is_err());
    }
}
