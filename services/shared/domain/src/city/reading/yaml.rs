//! A YAML text as a tree whose every node knows its line and column, so that all errors of a file can be
//! reported, not only the first that a derived reader would stop at.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{DuplicateKeyPolicy, Spanned};

use super::super::{PackError, error_kind};

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct At {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl At {
    /// The file as a whole.
    pub(crate) const FILE: Self = Self { line: 0, column: 0 };

    fn of(location: serde_saphyr::Location) -> Self {
        let bounded = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        Self {
            line: bounded(location.line()),
            column: bounded(location.column()),
        }
    }
}

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) at: At,
    pub(crate) value: Value,
}

/// What a YAML value can be.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

impl Value {
    /// What the value is, for error messages.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Null => "nothing".to_owned(),
            Self::Bool(value) => format!("the truth value {value}"),
            Self::Number(value) => format!("the number {value}"),
            Self::Text(text) => format!("the text {text:?}"),
            Self::List(_) => "a list".to_owned(),
            Self::Map(_) => "a map".to_owned(),
        }
    }
}

/// Values in one file: a hundred thousand rules. More is a mistake, and each costs memory.
const MAX_NODES: usize = 4_000_000;

/// Reads one YAML document.
pub(crate) fn parse(file: &str, text: &str) -> Result<Node, PackError> {
    let options = serde_saphyr::options! {
        strict_booleans: true, // `no` is Norwegian, not false
        with_snippet: false,
        duplicate_keys: DuplicateKeyPolicy::Error,
        emit_comments: false, // nothing here looks at them, and there is a limit to how many may stand together
        budget: serde_saphyr::budget! {
            max_nodes: MAX_NODES,
            max_events: 4 * MAX_NODES
        }
    };
    serde_saphyr::from_str_with_options::<Spanned<Value>>(text, options)
        .map(node)
        .map_err(|error| {
            let at = error.location().map_or(At::FILE, At::of);
            // The message repeats its location at the end; ours stands in front.
            let message = error.to_string();
            let reason = message
                .rsplit_once(" at line ")
                .map_or(message.as_str(), |(reason, _)| reason);
            PackError {
                file: file.to_owned(),
                line: at.line,
                column: at.column,
                reason: format!("is not valid YAML: {reason}"),
                kind: error_kind::YAML,
            }
        })
}

fn node(spanned: Spanned<Value>) -> Node {
    Node {
        at: At::of(spanned.referenced),
        value: spanned.value,
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Number(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element::<Spanned<Value>>()? {
            list.push(node(item));
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Vec::new();
        while let Some((key, value)) = entries.next_entry::<Spanned<Value>, Spanned<Value>>()? {
            map.push((node(key), node(value)));
        }
        Ok(Value::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_node_knows_its_place() {
        let root = parse("x.yaml", "a: 1\nb:\n  - {c: \"2\", d: [no, ~]}\n").unwrap();
        let Value::Map(map) = &root.value else {
            panic!("{root:?}")
        };
        let (key, list) = &map[1];
        assert_eq!((key.at.line, key.at.column), (2, 1));
        let Value::List(list) = &list.value else {
            panic!("{list:?}")
        };
        let Value::Map(inner) = &list[0].value else {
            panic!("{list:?}")
        };
        assert_eq!((inner[0].1.at.line, inner[0].1.at.column), (3, 9));
        assert!(matches!(&inner[0].1.value, Value::Text(text) if text == "2"));
        let Value::List(words) = &inner[1].1.value else {
            panic!("{inner:?}")
        };
        assert!(matches!(&words[0].value, Value::Text(text) if text == "no"));
        assert!(matches!(words[1].value, Value::Null));
    }

    #[test]
    fn broken_yaml_says_where_and_nothing_twice() {
        let error = parse("x.yaml", "a: 1\nb: [1, 2\nc: 3\n").unwrap_err();
        assert!(error.line >= 2, "{error}");
        assert!(error.reason.starts_with("is not valid YAML"), "{error}");
        assert!(!error.reason.contains(" at line "), "{error}");
        let twice = parse("x.yaml", "a: 1\na: 2\n").unwrap_err();
        assert_eq!(twice.line, 2, "{twice}");
    }
}
