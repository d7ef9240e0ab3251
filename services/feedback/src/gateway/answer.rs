//! Reads an answer: strict, and without saying anything back that came in.

use serde_json::{Map, Value};
use swiftline_domain::case::{Callback, MAX_NOTE_CHARS};

const FIELDS: [&str; 6] = [
    "token",
    "message_id",
    "contacted",
    "solved",
    "satisfied",
    "comment",
];

/// What a citizen answers.
#[derive(Debug, PartialEq)]
pub(super) struct Answer {
    pub(super) subject: Subject,
    pub(super) callback: Callback,
    pub(super) comment: String,
}

/// What the answer is to.
#[derive(Debug, PartialEq)]
pub(super) enum Subject {
    /// What stands behind the link.
    Token(String),
    /// The id of the message.
    Message(String),
}

/// A field that is not right.
#[derive(Debug, PartialEq)]
pub(super) struct Wrong {
    /// `body` where no field can be named.
    pub(super) field: &'static str,
    pub(super) reason: String,
}

impl Wrong {
    fn new(field: &'static str, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self { field, reason }
    }
}

/// Reads the body of a request.
pub(super) fn read(body: &[u8]) -> Result<Answer, Wrong> {
    // The parser's own words may quote what came in.
    let value = serde_json::from_slice(body).map_err(|_| Wrong::new("body", "is not JSON"))?;
    let Value::Object(fields) = value else {
        return Err(Wrong::new("body", "must be an object"));
    };
    if fields.keys().any(|key| !FIELDS.contains(&key.as_str())) {
        let known = format!("has a field that is none of {}", FIELDS.join(", "));
        return Err(Wrong::new("body", known));
    }
    let callback = Callback {
        reached: true,
        contacted: answer(&fields, "contacted")?,
        solved: answer(&fields, "solved")?,
        satisfied: answer(&fields, "satisfied")?,
    };
    let silent = [callback.contacted, callback.solved, callback.satisfied] == [None; 3];
    if silent {
        let reason = "is null, and so are the others: at least one must be answered";
        return Err(Wrong::new("solved", reason));
    }
    Ok(Answer {
        subject: subject(&fields)?,
        callback,
        comment: comment(&fields)?,
    })
}

fn subject(fields: &Map<String, Value>) -> Result<Subject, Wrong> {
    match (text(fields, "token")?, text(fields, "message_id")?) {
        (Some(token), None) => Ok(Subject::Token(token)),
        (None, Some(id)) => Ok(Subject::Message(id)),
        (None, None) => Err(Wrong::new("token", "is missing, and so is message_id")),
        (Some(_), Some(_)) => Err(Wrong::new("token", "must not stand beside message_id")),
    }
}

fn answer(fields: &Map<String, Value>, field: &'static str) -> Result<Option<bool>, Wrong> {
    match fields.get(field) {
        Some(Value::Bool(said)) => Ok(Some(*said)),
        Some(Value::Null) => Ok(None),
        Some(_) => Err(Wrong::new(field, "must be true, false or null")),
        None => Err(Wrong::new(field, "is missing")),
    }
}

fn comment(fields: &Map<String, Value>) -> Result<String, Wrong> {
    let comment = text(fields, "comment")?.unwrap_or_default();
    let comment = comment.trim();
    if comment.chars().nth(MAX_NOTE_CHARS).is_some() {
        let reason = format!("is longer than {MAX_NOTE_CHARS} characters");
        return Err(Wrong::new("comment", reason));
    }
    Ok(comment.to_owned())
}

fn text(fields: &Map<String, Value>, field: &'static str) -> Result<Option<String>, Wrong> {
    match fields.get(field) {
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Wrong::new(field, "must be a text")),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_good_one_is_read_as_meant() {
        let body = r#"{"token": "t", "contacted": true, "solved": false, "satisfied": null, "comment": " still dark "}"#;
        let answer = read(body.as_bytes()).unwrap();
        assert_eq!(answer.subject, Subject::Token("t".into()));
        assert_eq!(answer.comment, "still dark");
        let callback = Callback {
            reached: true,
            contacted: Some(true),
            solved: Some(false),
            satisfied: None,
        };
        assert_eq!(answer.callback, callback);
        let body = r#"{"message_id": "m", "contacted": null, "solved": null, "satisfied": true}"#;
        let answer = read(body.as_bytes()).unwrap();
        assert_eq!(answer.subject, Subject::Message("m".into()));
    }

    #[test]
    fn what_is_wrong_is_named_and_not_said_back() {
        let rest = r#""contacted": true, "solved": true, "satisfied": true"#;
        let long = "x".repeat(MAX_NOTE_CHARS + 1);
        for (body, field, reason) in [
            ("secret".to_owned(), "body", "is not JSON"),
            ("[1]".to_owned(), "body", "must be an object"),
            (
                format!(r#"{{"token": "t", "secret": 1, {rest}}}"#),
                "body",
                "has a field",
            ),
            (format!("{{{rest}}}"), "token", "is missing"),
            (
                format!(r#"{{"token": "t", "message_id": "m", {rest}}}"#),
                "token",
                "must not stand",
            ),
            (
                format!(r#"{{"token": 7, {rest}}}"#),
                "token",
                "must be a text",
            ),
            (
                format!(r#"{{"message_id": null, {rest}}}"#),
                "message_id",
                "must be a text",
            ),
            (
                format!(r#"{{"token": "t", "comment": 1, {rest}}}"#),
                "comment",
                "must be a text",
            ),
            (
                format!(r#"{{"token": "t", "comment": "{long}", {rest}}}"#),
                "comment",
                "is longer",
            ),
            (
                r#"{"token": "t", "contacted": "secret", "solved": true, "satisfied": true}"#
                    .to_owned(),
                "contacted",
                "must be true",
            ),
            (
                r#"{"token": "t", "contacted": true, "solved": true}"#.to_owned(),
                "satisfied",
                "is missing",
            ),
            (
                r#"{"token": "t", "contacted": null, "solved": null, "satisfied": null}"#
                    .to_owned(),
                "solved",
                "is null",
            ),
        ] {
            let wrong = read(body.as_bytes()).unwrap_err();
            assert_eq!(wrong.field, field, "{wrong:?}");
            assert!(wrong.reason.starts_with(reason), "{wrong:?}");
            assert!(!wrong.reason.contains("secret"), "{wrong:?}");
        }
    }
}
