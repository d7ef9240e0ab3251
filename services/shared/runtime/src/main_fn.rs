//! What every `main.rs` does.

use std::process::ExitCode;
use std::time::Duration;

use clap::{Args as _, Command, FromArgMatches as _};
use serde::Serialize;
use serde::de::DeserializeOwned;
use swiftline_config::{Cli, EXIT_CONFIG, load, print_config};
use swiftline_rpc::Tls;
use swiftline_telemetry::Telemetry;
use tokio_util::sync::CancellationToken;

use crate::error::exit;
use crate::monitor::Monitor;
use crate::signals::Signals;
use crate::{Context, EXIT_INTERNAL, Listeners, Service, ServiceSettings, StartError, panic_hook};

/// The allocator of every service, which its `main.rs` names: a quarter of their time under load was in glibc's.
pub use tikv_jemallocator::Jemalloc as Allocator;

/// What a program is, apart from its code.
#[derive(Debug, Clone, Copy)]
pub struct Program {
    /// Short name: `intake`. Also `service.name`.
    pub name: &'static str,
    /// `env!("CARGO_PKG_VERSION")`.
    pub version: &'static str,
    /// One line for `--help`.
    pub about: &'static str,
    /// The commented default settings, `include_str!`.
    pub defaults: &'static str,
}

/// Parses the command line, loads the settings, installs telemetry, builds the service, runs it, and gives the exit code.
///
/// ```no_run
/// # use swiftline_runtime::{Context, Program, RuntimeSettings, Service, ServiceSettings, StartError};
/// # #[derive(serde::Serialize, serde::Deserialize)]
/// # struct Settings { server: swiftline_rpc::ServerSettings, runtime: RuntimeSettings, telemetry: swiftline_telemetry::TelemetrySettings, tls: swiftline_rpc::TlsSettings }
/// # impl swiftline_config::Validate for Settings { fn validate(&self) -> Vec<swiftline_config::Problem> { vec![] } }
/// # impl ServiceSettings for Settings {
/// #   fn server(&self) -> &swiftline_rpc::ServerSettings { &self.server }
/// #   fn runtime(&self) -> &RuntimeSettings { &self.runtime }
/// #   fn telemetry(&self) -> &swiftline_telemetry::TelemetrySettings { &self.telemetry }
/// #   fn tls(&self) -> &swiftline_rpc::TlsSettings { &self.tls }
/// # }
/// async fn build(settings: Settings, context: Context) -> Result<Service, StartError> {
///     Ok(Service::new(&context, &settings.server, &settings.runtime))
/// }
///
/// fn main() -> std::process::ExitCode {
///     let program = Program {
///         name: "intake",
///         version: env!("CARGO_PKG_VERSION"),
///         about: "Takes complaints in",
///         defaults: "[server]\n[runtime]\n[telemetry]\n",
///     };
///     swiftline_runtime::run_main(program, build)
/// }
/// ```
pub fn run_main<T, B, Fut>(program: Program, build: B) -> ExitCode
where
    T: ServiceSettings + DeserializeOwned + Serialize,
    B: FnOnce(T, Context) -> Fut,
    Fut: Future<Output = Result<Service, StartError>>,
{
    let cli = parse(program);
    let settings: T = match load(program.defaults, &cli) {
        Ok(settings) => settings,
        Err(error) => return refuse(program.name, &error.to_string()),
    };
    if cli.print_config {
        return match print_config(&settings) {
            Ok(text) => {
                print(&text);
                ExitCode::SUCCESS
            }
            Err(error) => refuse(program.name, &error.to_string()),
        };
    }
    let telemetry =
        match swiftline_telemetry::install(program.name, program.version, settings.telemetry()) {
            Ok(telemetry) => telemetry,
            Err(error) => return refuse(program.name, &error.to_string()),
        };
    panic_hook::install();
    let mut threads = tokio::runtime::Builder::new_multi_thread();
    if settings.runtime().worker_threads > 0 {
        threads.worker_threads(settings.runtime().worker_threads);
    }
    match threads.enable_all().build() {
        Ok(runtime) => {
            let code = runtime.block_on(run_and_flush(program, settings, build, telemetry));
            runtime.shutdown_background(); // what is left after the drain must not hold up the exit
            exit(code)
        }
        Err(error) => {
            tracing::error!(reason = error.to_string(), "cannot start the runtime");
            exit(EXIT_INTERNAL)
        }
    }
}

fn parse(program: Program) -> Cli {
    // The program's words come last: the flags bring a description of their own.
    let command = Cli::augment_args(Command::new(program.name))
        .version(program.version)
        .about(program.about);
    match command
        .clone()
        .try_get_matches()
        .and_then(|matches| Cli::from_arg_matches(&matches))
    {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print(); // a closed terminal is no reason for another exit code
            let asked = matches!(
                error.kind(),
                clap::error::ErrorKind::DisplayHelp | clap::error::ErrorKind::DisplayVersion
            );
            std::process::exit(if asked { 0 } else { EXIT_CONFIG.into() });
        }
    }
}

fn refuse(name: &str, reason: &str) -> ExitCode {
    tell(name, reason);
    exit(EXIT_CONFIG)
}

/// Plain words on stderr.
fn tell(name: &str, reason: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "{name}: {reason}"); // nowhere else to say it
}

fn print(text: &str) {
    use std::io::Write as _;
    let _ = std::io::stdout().write_all(text.as_bytes()); // a closed pipe is the reader's choice
}

async fn run_and_flush<T, B, Fut>(
    program: Program,
    settings: T,
    build: B,
    telemetry: Telemetry,
) -> u8
where
    T: ServiceSettings,
    B: FnOnce(T, Context) -> Fut,
    Fut: Future<Output = Result<Service, StartError>>,
{
    let flush_limit = Duration::from_millis(settings.runtime().flush_timeout_ms);
    let mut context = Context::new(program.name, program.version, telemetry.instruments());
    match Tls::load(settings.tls(), &context.files, &context.instruments.metrics) {
        Ok(tls) => context.tls = tls,
        Err(error) => {
            tell(program.name, &error.to_string());
            return EXIT_CONFIG;
        }
    }
    let code = match Signals::install() {
        Ok(signals) => {
            let drain = CancellationToken::new();
            tokio::select! {
                code = start_and_run(settings, build, context, drain.clone()) => code,
                never = signals.watch(drain) => match never {},
            }
        }
        Err(error) => {
            tracing::error!(reason = error.to_string(), "cannot watch signals");
            EXIT_INTERNAL
        }
    };
    let spans = telemetry.shutdown(flush_limit).await;
    tracing::info!(
        spans_ended = spans.ended,
        spans_exported = spans.exported,
        spans_dropped = spans.dropped,
        code,
        "exit"
    );
    code
}

async fn start_and_run<T, B, Fut>(
    settings: T,
    build: B,
    context: Context,
    drain: CancellationToken,
) -> u8
where
    T: ServiceSettings,
    B: FnOnce(T, Context) -> Fut,
    Fut: Future<Output = Result<Service, StartError>>,
{
    let name = context.name;
    let starting = async {
        let listeners = Listeners::bind(settings.server(), settings.runtime()).await?;
        let internal = |error: crate::RunError| StartError::Internal(error.to_string());
        let monitor = Monitor::start(listeners.metrics, &context).await;
        let monitor = monitor.map_err(internal)?;
        Ok::<_, StartError>((build(settings, context).await?, monitor, listeners.grpc))
    };
    let started = tokio::select! {
        started = starting => started,
        () = drain.cancelled() => return 0, // asked to go while waiting for a dependency
    };
    match started {
        Ok((service, monitor, listener)) => {
            match service.run_beside(monitor, listener, drain).await {
                Ok(()) => 0,
                Err(error) => {
                    tracing::error!(reason = error.to_string(), "service failed");
                    EXIT_INTERNAL
                }
            }
        }
        // Often many lines with a place in a file each: for eyes and editors, as what is wrong with the settings.
        Err(error @ StartError::Config(_)) => {
            tell(name, &error.to_string());
            error.exit_code()
        }
        Err(error) => {
            tracing::error!(reason = error.to_string(), "cannot start");
            error.exit_code()
        }
    }
}
