//! From layers to settings.

use std::path::PathBuf;

use serde::Serialize;
use serde::de::DeserializeOwned;
use toml::Table;

use crate::layers::{Layer, Origins, from_env, from_flags, read_file};
use crate::{Cli, ConfigError, ENV_CONFIG_FILE, LocatedProblem, Problem, Validate};

/// The origin of what the service was compiled with.
const DEFAULTS: &str = "built-in defaults";

/// Loads settings from the compiled-in `defaults`, the file, the environment of the process and the flags of `cli`.
///
/// # Errors
///
/// Any [`ConfigError`]; the process should print it and exit with [`crate::EXIT_CONFIG`].
pub fn load<T>(defaults: &str, cli: &Cli) -> Result<T, ConfigError>
where
    T: DeserializeOwned + Serialize + Validate,
{
    // A variable that is not UTF-8 cannot be one of ours: our values are text.
    let env = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    load_with(defaults, cli, env)
}

/// [`load`] with the environment given: for tests and for tools that start services.
///
/// # Errors
///
/// As [`load`].
pub fn load_with<T>(
    defaults: &str,
    cli: &Cli,
    env: impl IntoIterator<Item = (String, String)>,
) -> Result<T, ConfigError>
where
    T: DeserializeOwned + Serialize + Validate,
{
    let (merged, origins) = merge(defaults, cli, env)?;
    let mut unknown = Vec::new();
    let settings: T =
        serde_ignored::deserialize(merged, |path| unknown.push(field_of(&path.to_string())))
            .map_err(|error| ConfigError::Type(with_origin(&error.to_string(), &origins)))?;
    if !unknown.is_empty() {
        let problems = unknown
            .into_iter()
            .map(|field| Problem::new(field, "no such setting"));
        return Err(ConfigError::Unknown(locate(problems, &origins)));
    }
    let problems = settings.validate();
    if !problems.is_empty() {
        return Err(ConfigError::Invalid(locate(problems, &origins)));
    }
    Ok(settings)
}

fn merge(
    defaults: &str,
    cli: &Cli,
    env: impl IntoIterator<Item = (String, String)>,
) -> Result<(config::Config, Origins), ConfigError> {
    let env: Vec<(String, String)> = env.into_iter().collect();
    let defaults: Table = defaults
        .parse()
        .map_err(|error: toml::de::Error| ConfigError::Defaults(error.to_string()))?;
    let mut origins = Origins::default();
    origins.add_table(&defaults, DEFAULTS);
    let mut builder = config::Config::builder().add_source(Layer::from_table(&defaults, DEFAULTS));
    if let Some(path) = file_of(cli, &env) {
        let table = read_file(&path)?;
        let origin = format!("file {}", path.display());
        origins.add_table(&table, &origin);
        builder = builder.add_source(Layer::from_table(&table, &origin));
    }
    for one in from_env(env).into_iter().chain(from_flags(&cli.set)?) {
        origins.add_override(&one);
        builder = builder.add_source(Layer::from_override(&one, &defaults));
    }
    let merged = builder
        .build()
        .map_err(|error| ConfigError::Type(error.to_string()))?;
    Ok((merged, origins))
}

fn file_of(cli: &Cli, env: &[(String, String)]) -> Option<PathBuf> {
    let from_env = || {
        env.iter()
            .find(|(name, value)| name == ENV_CONFIG_FILE && !value.is_empty())
    };
    cli.config
        .clone()
        .or_else(|| from_env().map(|(_, value)| PathBuf::from(value)))
}

/// The `config` crate names the key of a value it cannot use, but not always the layer.
fn with_origin(message: &str, origins: &Origins) -> String {
    let key = message
        .split_once("for key `")
        .and_then(|(_, rest)| rest.split_once('`'));
    match key {
        Some((key, rest)) if !rest.contains(" in ") => format!("{message} in {}", origins.of(key)),
        _ => message.to_owned(),
    }
}

/// `serde_ignored` writes an optional value's step as `?`.
fn field_of(path: &str) -> String {
    path.split('.')
        .filter(|part| *part != "?")
        .collect::<Vec<_>>()
        .join(".")
}

fn locate(problems: impl IntoIterator<Item = Problem>, origins: &Origins) -> Vec<LocatedProblem> {
    let locate = |problem: Problem| LocatedProblem {
        origin: origins.of(&problem.field),
        problem,
    };
    problems.into_iter().map(locate).collect()
}
