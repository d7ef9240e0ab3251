//! Reading what Redis answers.

use redis::{FromRedisValue, Value};

use crate::{EntryId, StoreError};

/// Reads an answer as a type; what does not fit is an error of this program or a foreign key.
pub(crate) fn read<T: FromRedisValue>(value: Value) -> Result<T, StoreError> {
    redis::from_redis_value(value).map_err(|error| StoreError::Redis(error.to_string()))
}

/// An entry of a stream: its id, its field names and values.
pub(crate) struct RawEntry {
    pub(crate) id: EntryId,
    fields: Vec<(Vec<u8>, Vec<u8>)>,
}

impl RawEntry {
    /// Takes a field out; empty when there is none.
    pub(crate) fn take(&mut self, name: &str) -> Vec<u8> {
        self.fields
            .iter_mut()
            .find(|(field, _)| field == name.as_bytes())
            .map(|(_, value)| std::mem::take(value))
            .unwrap_or_default()
    }

    /// Takes a field out as text.
    pub(crate) fn text(&mut self, name: &str) -> String {
        String::from_utf8_lossy(&self.take(name)).into_owned()
    }
}

fn items(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items,
        _ => Vec::new(),
    }
}

fn bytes(value: Value) -> Vec<u8> {
    match value {
        Value::BulkString(bytes) => bytes,
        Value::SimpleString(text) => text.into_bytes(),
        _ => Vec::new(),
    }
}

/// Reads the id of an entry.
pub(crate) fn entry_id(value: Value) -> Result<EntryId, StoreError> {
    let text: String = read(value)?;
    text.parse()
        .map_err(|error: crate::EntryIdError| StoreError::Redis(error.to_string()))
}

/// Reads entries, as XRANGE and XCLAIM give them; entries that were deleted meanwhile are passed over.
pub(crate) fn entries(value: Value) -> Result<Vec<RawEntry>, StoreError> {
    let entry = |value: Value| {
        let mut parts = items(value).into_iter();
        let (id, fields) = (parts.next()?, parts.next()?);
        let mut words = items(fields).into_iter().map(bytes);
        let mut fields = Vec::new();
        while let (Some(name), Some(value)) = (words.next(), words.next()) {
            fields.push((name, value));
        }
        Some(entry_id(id).map(|id| RawEntry { id, fields }))
    };
    items(value).into_iter().filter_map(entry).collect()
}

/// Reads the entries of the one stream that XREADGROUP was asked for.
pub(crate) fn read_entries(value: Value) -> Result<Vec<RawEntry>, StoreError> {
    let stream = items(value).into_iter().next().map(items);
    match stream.and_then(|mut parts| parts.pop()) {
        Some(list) => entries(list),
        None => Ok(Vec::new()),
    }
}

/// Reads a flat list of names and values, as XINFO gives them, and picks one value.
pub(crate) fn fact(facts: &Value, name: &str) -> Value {
    match facts {
        Value::Array(items) => items
            .chunks_exact(2)
            .find(|pair| matches!(&pair[0], Value::BulkString(field) if field == name.as_bytes()))
            .map(|pair| pair[1].clone())
            .unwrap_or_default(),
        _ => Value::Nil,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulk(text: &str) -> Value {
        Value::BulkString(text.into())
    }

    #[test]
    fn reads_entries_and_passes_over_deleted_ones() {
        let entry = Value::Array(vec![
            bulk("5-1"),
            Value::Array(vec![bulk("k"), bulk("moved"), bulk("c"), bulk("x")]),
        ]);
        let mut all = entries(Value::Array(vec![Value::Nil, entry])).unwrap();
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].id, EntryId { ms: 5, seq: 1 });
        assert_eq!(all[0].text("k"), "moved");
        assert_eq!(all[0].take("nothing"), Vec::<u8>::new());
    }

    #[test]
    fn nothing_new_is_no_entries() {
        assert!(read_entries(Value::Nil).unwrap().is_empty());
    }

    #[test]
    fn an_answer_of_another_shape_is_an_error() {
        let odd = Value::Array(vec![Value::Array(vec![
            bulk("no id"),
            Value::Array(vec![]),
        ])]);
        assert!(matches!(entries(odd), Err(StoreError::Redis(_))));
        assert!(matches!(read::<u64>(bulk("x")), Err(StoreError::Redis(_))));
    }

    #[test]
    fn picks_a_fact() {
        let facts = Value::Array(vec![
            bulk("lag"),
            Value::Int(3),
            bulk("pending"),
            Value::Nil,
        ]);
        assert_eq!(fact(&facts, "lag"), Value::Int(3));
        assert_eq!(fact(&facts, "pending"), Value::Nil);
        assert_eq!(fact(&facts, "name"), Value::Nil);
    }
}
