//! The smallest service: what `tests/it/process.rs` starts as a process.

use std::process::ExitCode;

use serde::{Deserialize, Serialize};
use swiftline_config::{Problem, Secret, Validate};
use swiftline_rpc::{ServerSettings, TlsSettings};
use swiftline_runtime::{
    Context, Program, RuntimeSettings, Service, ServiceSettings, StartError, TaskPolicy, run_main,
};
use swiftline_telemetry::TelemetrySettings;

const DEFAULTS: &str = r#"
[server]
[runtime]
[telemetry]
[tls]
[probe]
# How it behaves: serve, stuck, wait, absent, panic, fail.
mode = "serve"
password = ""
"#;

#[derive(Debug, Serialize, Deserialize)]
struct Settings {
    server: ServerSettings,
    runtime: RuntimeSettings,
    telemetry: TelemetrySettings,
    tls: TlsSettings,
    probe: Probe,
}

#[derive(Debug, Serialize, Deserialize)]
struct Probe {
    mode: String,
    password: Secret,
}

impl Validate for Settings {
    fn validate(&self) -> Vec<Problem> {
        self.problems().into_vec()
    }
}

impl ServiceSettings for Settings {
    fn server(&self) -> &ServerSettings {
        &self.server
    }

    fn runtime(&self) -> &RuntimeSettings {
        &self.runtime
    }

    fn telemetry(&self) -> &TelemetrySettings {
        &self.telemetry
    }

    fn tls(&self) -> &TlsSettings {
        &self.tls
    }
}

async fn build(settings: Settings, context: Context) -> Result<Service, StartError> {
    let service = Service::new(&context, &settings.server, &settings.runtime);
    match settings.probe.mode.as_str() {
        "wait" => {
            tracing::info!("waiting for a dependency");
            std::future::pending().await
        }
        "absent" => Err(StartError::Unavailable("no store for 1 ms".to_owned())),
        "stuck" => Ok(service.task("stuck", TaskPolicy::Essential, |_| std::future::pending())),
        "panic" => Ok(service.task("panicking", TaskPolicy::Essential, |_| async {
            panic!("secret {}", std::process::id())
        })),
        "fail" => Ok(service.task("failing", TaskPolicy::Essential, |_| async {
            Err("gone".into())
        })),
        _ => Ok(service),
    }
}

fn main() -> ExitCode {
    let program = Program {
        name: "probe",
        version: env!("CARGO_PKG_VERSION"),
        about: "Serves health only",
        defaults: DEFAULTS,
    };
    run_main(program, build)
}
