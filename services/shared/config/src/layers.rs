//! The layers as tables of values that remember where they came from.

use std::collections::BTreeMap;
use std::path::Path;

use config::{Map, Source, Value, ValueKind};
use toml::Table;

use crate::{ConfigError, ENV_CONFIG_FILE, ENV_PREFIX};

/// One value of the environment or of a flag.
#[derive(Debug, Clone)]
pub(crate) struct Override {
    /// Path of the setting.
    pub(crate) path: Vec<String>,
    /// The text given.
    pub(crate) text: String,
    /// `environment variable X` or `flag --set x.y`.
    pub(crate) origin: String,
}

impl Override {
    pub(crate) fn field(&self) -> String {
        self.path.join(".")
    }
}

/// Reads a TOML file into a table.
pub(crate) fn read_file(path: &Path) -> Result<Table, ConfigError> {
    let failed = |reason: String| ConfigError::File {
        path: path.to_owned(),
        reason,
    };
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    text.parse()
        .map_err(|error: toml::de::Error| failed(error.to_string()))
}

/// The settings among the variables of the environment.
pub(crate) fn from_env(env: impl IntoIterator<Item = (String, String)>) -> Vec<Override> {
    let ours = env.into_iter().filter(|(name, _)| name != ENV_CONFIG_FILE);
    let mut overrides: Vec<Override> = ours
        .filter_map(|(name, text)| {
            let field = name.strip_prefix(ENV_PREFIX)?;
            if is_service_link(field) {
                return None;
            }
            let path = field
                .to_ascii_lowercase()
                .split("__")
                .map(str::to_owned)
                .collect();
            Some(Override {
                path,
                text,
                origin: format!("environment variable {name}"),
            })
        })
        .collect();
    overrides.sort_by(|a, b| a.path.cmp(&b.path)); // the environment has no order of its own
    overrides
}

/// Kubernetes gives every pod variables for each Service beside it: one named `swiftline-intake` makes
/// `SWIFTLINE_INTAKE_SERVICE_HOST`, `SWIFTLINE_INTAKE_PORT_7001_TCP_ADDR` and so on. They are not settings.
fn is_service_link(field: &str) -> bool {
    !field.contains("__")
        && (field.ends_with("_SERVICE_HOST")
            || field.contains("_SERVICE_PORT")
            || field.ends_with("_PORT")
            || field.contains("_PORT_"))
}

/// The settings of `--set` flags, in the order given.
pub(crate) fn from_flags(flags: &[String]) -> Result<Vec<Override>, ConfigError> {
    flags.iter().map(|flag| from_flag(flag)).collect()
}

fn from_flag(flag: &str) -> Result<Override, ConfigError> {
    let refused = || ConfigError::Flag(flag.to_owned());
    let (field, text) = flag.split_once('=').ok_or_else(refused)?;
    let path: Vec<String> = field.trim().split('.').map(str::to_owned).collect();
    if path.iter().any(String::is_empty) {
        return Err(refused());
    }
    Ok(Override {
        path,
        text: text.to_owned(),
        origin: format!("flag --set {}", field.trim()),
    })
}

/// A layer for the `config` crate whose every value carries its origin, so that a type error can name it.
#[derive(Debug, Clone)]
pub(crate) struct Layer(Map<String, Value>);

impl Layer {
    pub(crate) fn from_table(table: &Table, origin: &str) -> Self {
        Self(
            table
                .iter()
                .map(|(key, value)| (key.clone(), from_toml(value, origin)))
                .collect(),
        )
    }

    /// `defaults` decides what the text becomes: where the default is a list, the text is split.
    pub(crate) fn from_override(one: &Override, defaults: &Table) -> Self {
        let is_list = matches!(lookup(defaults, &one.path), Some(toml::Value::Array(_)));
        let mut value = from_text(&one.text, is_list, &one.origin);
        for key in one.path.iter().skip(1).rev() {
            value = Value::new(Some(&one.origin), Map::from([(key.clone(), value)]));
        }
        Self(Map::from([(one.path[0].clone(), value)]))
    }
}

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, config::ConfigError> {
        Ok(self.0.clone())
    }
}

fn from_text(text: &str, is_list: bool, origin: &str) -> Value {
    let origin = origin.to_owned();
    if !is_list {
        return Value::new(Some(&origin), text);
    }
    let toml_list = format!("v = {text}")
        .parse::<Table>()
        .ok()
        .and_then(|mut table| table.remove("v"));
    if let Some(list @ toml::Value::Array(_)) = toml_list {
        return from_toml(&list, &origin);
    }
    let parts = text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    Value::new(
        Some(&origin),
        ValueKind::Array(parts.map(|part| Value::new(Some(&origin), part)).collect()),
    )
}

fn from_toml(value: &toml::Value, origin: &str) -> Value {
    let kind = match value {
        toml::Value::String(text) => ValueKind::String(text.clone()),
        toml::Value::Integer(number) => ValueKind::I64(*number),
        toml::Value::Float(number) => ValueKind::Float(*number),
        toml::Value::Boolean(flag) => ValueKind::Boolean(*flag),
        toml::Value::Datetime(time) => ValueKind::String(time.to_string()),
        toml::Value::Array(items) => {
            ValueKind::Array(items.iter().map(|item| from_toml(item, origin)).collect())
        }
        toml::Value::Table(table) => ValueKind::Table(Layer::from_table(table, origin).0),
    };
    Value::new(Some(&origin.to_owned()), kind)
}

/// The value at a dotted path.
pub(crate) fn lookup<'a>(table: &'a Table, path: &[String]) -> Option<&'a toml::Value> {
    let (last, parents) = path.split_last()?;
    let mut at = table;
    for key in parents {
        at = at.get(key)?.as_table()?;
    }
    at.get(last)
}

/// Which layer set a field, for error messages.
#[derive(Debug, Default)]
pub(crate) struct Origins(BTreeMap<String, String>);

impl Origins {
    pub(crate) fn add_table(&mut self, table: &Table, origin: &str) {
        self.add_nested(table, "", origin);
    }

    fn add_nested(&mut self, table: &Table, prefix: &str, origin: &str) {
        for (key, value) in table {
            let field = if prefix.is_empty() {
                key.clone()
            } else {
                format!("{prefix}.{key}")
            };
            if let Some(inner) = value.as_table() {
                self.add_nested(inner, &field, origin);
            }
            self.0.insert(field, origin.to_owned());
        }
    }

    pub(crate) fn add_override(&mut self, one: &Override) {
        self.0.insert(one.field(), one.origin.clone());
    }

    /// The layer that set `field` (dots; list positions in brackets or as a part), or the nearest thing around or under it.
    pub(crate) fn of(&self, field: &str) -> String {
        let mut at = field;
        loop {
            if let Some(origin) = self.0.get(at) {
                return origin.clone();
            }
            let under = format!("{at}.");
            if let Some((_, origin)) = self
                .0
                .range(under.clone()..)
                .next()
                .filter(|(key, _)| key.starts_with(&under))
            {
                return origin.clone();
            }
            match at.rfind(['.', '[']) {
                Some(end) => at = &at[..end],
                None => return "no layer".to_owned(),
            }
        }
    }
}
