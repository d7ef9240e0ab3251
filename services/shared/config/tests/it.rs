//! Layers over layers, and what each kind of mistake says.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::io::Write as _;

use serde::{Deserialize, Serialize};
use swiftline_config::{
    Cli, ConfigError, Problem, Problems, Secret, Validate, load_with, print_config,
};

const DEFAULTS: &str = r#"
title = "a"
[server]
port = 7000          # TCP
tls = false
ratio = 1.0
peers = ["one"]
[store]
password = ""
# optional: limit_bytes
[labels]
"#;

#[derive(Debug, Serialize, Deserialize)]
struct Settings {
    title: String,
    server: Server,
    store: Store,
    labels: BTreeMap<String, String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Server {
    port: u16,
    tls: bool,
    ratio: f64,
    peers: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Store {
    password: Secret,
    limit_bytes: Option<u64>,
}

impl Validate for Settings {
    fn validate(&self) -> Vec<Problem> {
        let mut problems = Problems::default();
        problems.at_least("server.port", self.server.port.into(), 1024);
        problems.check("title", !self.title.is_empty(), "must not be empty");
        problems.into_vec()
    }
}

fn load(file: Option<&str>, env: &[(&str, &str)], set: &[&str]) -> Result<Settings, ConfigError> {
    let mut written = tempfile::Builder::new().suffix(".toml").tempfile().unwrap();
    let mut cli = Cli {
        set: set.iter().map(ToString::to_string).collect(),
        ..Cli::default()
    };
    if let Some(text) = file {
        written.write_all(text.as_bytes()).unwrap();
        cli.config = Some(written.path().to_owned());
    }
    load_with(
        DEFAULTS,
        &cli,
        env.iter()
            .map(|(name, value)| (name.to_string(), value.to_string())),
    )
}

fn message(file: Option<&str>, env: &[(&str, &str)], set: &[&str]) -> String {
    load(file, env, set).unwrap_err().to_string()
}

#[test]
fn later_layers_win() {
    let settings = load(
        Some("title = 'file'\n[server]\nport = 7001\ntls = true\n"),
        &[
            ("SWIFTLINE_SERVER__PORT", "7002"),
            ("SWIFTLINE_TITLE", "env"),
            ("PATH", "/bin"),
        ],
        &["server.port=7003", "server.port=7004"],
    )
    .unwrap();
    assert_eq!(
        (
            settings.server.port,
            settings.server.tls,
            settings.title.as_str()
        ),
        (7004, true, "env")
    );
}

#[test]
fn text_becomes_what_the_setting_is() {
    let settings = load(
        None,
        &[
            ("SWIFTLINE_SERVER__PEERS", "x, y"),
            ("SWIFTLINE_SERVER__TLS", "true"),
            ("SWIFTLINE_STORE__LIMIT_BYTES", "9"),
        ],
        &["server.ratio=0.5", "title=1", "labels.zone=a=b"],
    )
    .unwrap();
    assert_eq!(settings.server.peers, ["x", "y"]);
    assert_eq!(
        (
            settings.server.tls,
            settings.server.ratio,
            settings.title.as_str()
        ),
        (true, 0.5, "1")
    );
    assert_eq!(settings.store.limit_bytes, Some(9));
    assert_eq!(settings.labels["zone"], "a=b");
    assert_eq!(
        load(None, &[], &[r#"server.peers=["p,q"]"#])
            .unwrap()
            .server
            .peers,
        ["p,q"]
    );
    assert!(
        load(None, &[], &["server.peers="])
            .unwrap()
            .server
            .peers
            .is_empty()
    );
}

#[test]
fn the_environment_can_name_the_file() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "title = 'named'").unwrap();
    let settings = load(
        None,
        &[("SWIFTLINE_CONFIG", file.path().to_str().unwrap())],
        &[],
    )
    .unwrap();
    assert_eq!(settings.title, "named");
}

#[test]
fn an_unknown_key_names_itself_and_its_origin() {
    let file = message(Some("[server]\nprot = 1\n"), &[], &[]);
    assert!(
        file.starts_with("unknown setting server.prot: no such setting (from file "),
        "{file}"
    );
    let env = message(None, &[("SWIFTLINE_STORE__URI", "x")], &[]);
    assert_eq!(
        env,
        "unknown setting store.uri: no such setting (from environment variable SWIFTLINE_STORE__URI)"
    );
    let flag = message(None, &[], &["sever.port=1"]);
    assert_eq!(
        flag,
        "unknown setting sever: no such setting (from flag --set sever.port)"
    );
}

#[test]
fn every_unknown_key_is_told_at_once() {
    let both = message(None, &[("SWIFTLINE_A", "1")], &["server.b=2"]);
    assert_eq!(both.lines().count(), 2, "{both}");
}

#[test]
fn variables_that_kubernetes_adds_are_not_settings() {
    let links = [
        ("SWIFTLINE_INTAKE_SERVICE_HOST", "10.0.0.1"),
        ("SWIFTLINE_INTAKE_SERVICE_PORT_GRPC", "7001"),
        ("SWIFTLINE_INTAKE_PORT", "tcp://10.0.0.1:7001"),
        ("SWIFTLINE_INTAKE_PORT_7001_TCP_ADDR", "10.0.0.1"),
    ];
    assert!(load(None, &links, &[]).is_ok());
}

#[test]
fn a_wrong_type_names_key_and_origin() {
    let env = message(None, &[("SWIFTLINE_SERVER__PORT", "many")], &[]);
    assert!(
        env.contains("server.port") && env.contains("SWIFTLINE_SERVER__PORT"),
        "{env}"
    );
    let flag = message(None, &[], &["server.port=70000"]);
    assert!(
        flag.contains("server.port") && flag.contains("--set"),
        "{flag}"
    );
}

#[test]
fn a_required_setting_that_nobody_gives_is_an_error() {
    let error = load_with::<Settings>("title = 'x'", &Cli::default(), []).unwrap_err();
    assert!(error.to_string().contains("server"), "{error}");
}

#[test]
fn a_refused_value_names_field_reason_and_origin() {
    let error = message(Some("title = ''"), &[], &["server.port=80"]);
    assert!(error.contains("invalid setting server.port: is 80, must be at least 1024 (from flag --set server.port)"), "{error}");
    assert!(
        error.contains("invalid setting title: must not be empty (from file "),
        "{error}"
    );
}

#[test]
fn broken_inputs_are_errors() {
    assert!(message(Some("title = "), &[], &[]).contains("line 1"));
    assert!(
        message(None, &[("SWIFTLINE_CONFIG", "/nonexistent.toml")], &[])
            .contains("/nonexistent.toml")
    );
    assert_eq!(
        message(None, &[], &["server.port"]),
        "flag --set \"server.port\": expected SECTION.FIELD=VALUE"
    );
    assert!(message(None, &[], &["server..port=1"]).contains("--set"));
    let defaults = load_with::<Settings>("=", &Cli::default(), []).unwrap_err();
    assert!(matches!(defaults, ConfigError::Defaults(_)), "{defaults}");
}

#[test]
fn printing_hides_secrets_and_can_be_loaded_again() {
    let settings = load(None, &[("SWIFTLINE_STORE__PASSWORD", "hunter2")], &[]).unwrap();
    assert_eq!(settings.store.password.expose(), "hunter2");
    let printed = print_config(&settings).unwrap();
    assert!(
        printed.contains("password = \"***\"") && !printed.contains("hunter2"),
        "{printed}"
    );
    assert!(load(Some(&printed), &[], &[]).is_ok());
}
