//! A service: its gRPC methods and its tasks, from serving to drained.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use futures::FutureExt as _;
use swiftline_rpc::server::{Connections, ServerSettings, ServerStack, stack};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::service::RoutesBuilder;

use crate::files;
use crate::health::Health;
use crate::monitor::Monitor;
use crate::ready_file::ReadyFile;
use crate::task::Task;
use crate::{Context, RunError, RuntimeSettings, StartError, TaskError, TaskPolicy};

/// Where a service listens.
#[derive(Debug)]
pub struct Listeners {
    /// For gRPC.
    pub grpc: TcpListener,
    /// For `/metrics`, `/livez` and `/readyz`.
    pub metrics: TcpListener,
}

impl Listeners {
    /// Binds the addresses of the settings.
    ///
    /// # Errors
    ///
    /// [`StartError::Config`] if an address cannot be bound.
    pub async fn bind(
        server: &ServerSettings,
        runtime: &RuntimeSettings,
    ) -> Result<Self, StartError> {
        Ok(Self {
            grpc: bind("server.listen", &server.listen).await?,
            metrics: bind("runtime.metrics_listen", &runtime.metrics_listen).await?,
        })
    }

    /// Binds free ports of the loopback interface, for a test.
    ///
    /// # Errors
    ///
    /// [`StartError::Config`] if the system has none.
    pub async fn loopback() -> Result<Self, StartError> {
        let any = "127.0.0.1:0";
        Ok(Self {
            grpc: bind("server.listen", any).await?,
            metrics: bind("runtime.metrics_listen", any).await?,
        })
    }

    /// The addresses, gRPC first.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn addresses(&self) -> std::io::Result<(SocketAddr, SocketAddr)> {
        Ok((self.grpc.local_addr()?, self.metrics.local_addr()?))
    }
}

async fn bind(setting: &str, address: &str) -> Result<TcpListener, StartError> {
    let refused = |error| StartError::Config(format!("{setting} {address}: {error}"));
    TcpListener::bind(address).await.map_err(refused)
}

/// A service that has been built and can be run once.
#[must_use = "it serves only when run"]
pub struct Service {
    context: Context,
    runtime: RuntimeSettings,
    server: ServerSettings,
    stack: ServerStack,
    routes: RoutesBuilder,
    names: Vec<&'static str>,
    descriptors: Vec<&'static [u8]>,
    tasks: Vec<Task>,
}

impl Service {
    /// A service without methods and tasks; health and reflection come by themselves.
    pub fn new(context: &Context, server: &ServerSettings, runtime: &RuntimeSettings) -> Self {
        Self {
            context: context.clone(),
            runtime: runtime.clone(),
            server: server.clone(),
            stack: ServerStack::new(server, &context.instruments).callers(context.tls.as_ref()),
            routes: RoutesBuilder::default(),
            names: Vec::new(),
            descriptors: Vec::new(),
            tasks: Vec::new(),
        }
    }

    /// Adds a generated gRPC service; its health is reported under its name.
    #[expect(
        clippy::should_implement_trait,
        reason = "nothing is summed: `service.add(x)` reads as it is meant"
    )]
    pub fn add<S>(mut self, service: S) -> Self
    where
        S: tower::Service<axum::http::Request<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Response: axum::response::IntoResponse,
        S::Future: Send + 'static,
    {
        self.names.push(S::NAME);
        self.routes.add_service(service);
        self
    }

    /// Says which methods are long-lived streams; see [`ServerStack::streaming`]. They must end when `context.stop` is cancelled.
    pub fn streaming(mut self, paths: &[&str]) -> Self {
        self.stack = self.stack.streaming(paths);
        self
    }

    /// Adds an encoded `FileDescriptorSet` to what reflection shows.
    pub fn descriptors(mut self, encoded: &'static [u8]) -> Self {
        self.descriptors.push(encoded);
        self
    }

    /// Adds a task. `make` is called for each start with a token that is cancelled when the drain begins; the task must
    /// then end within the drain's time.
    pub fn task<F, Fut>(mut self, name: &'static str, policy: TaskPolicy, mut make: F) -> Self
    where
        F: FnMut(CancellationToken) -> Fut + Send + 'static,
        Fut: Future<Output = Result<(), TaskError>> + Send + 'static,
    {
        self.tasks.push(Task {
            name,
            policy,
            make: Box::new(move |stop| make(stop).boxed()),
        });
        self
    }

    /// Serves until `drain` is cancelled or something essential ends, then drains. Spans are not flushed here: that is
    /// the owner's of the telemetry.
    ///
    /// # Errors
    ///
    /// [`RunError`]; after an orderly drain none.
    pub async fn run(self, listeners: Listeners, drain: CancellationToken) -> Result<(), RunError> {
        let monitor = Monitor::start(listeners.metrics, &self.context).await?;
        self.run_beside(monitor, listeners.grpc, drain).await
    }

    pub(crate) async fn run_beside(
        self,
        mut monitor: Monitor,
        listener: TcpListener,
        drain: CancellationToken,
    ) -> Result<(), RunError> {
        let Self {
            context,
            runtime,
            server,
            stack: layers,
            mut routes,
            names,
            descriptors,
            tasks,
        } = self;
        let address = listener.local_addr().map_err(RunError::Listener)?;
        let health = monitor.health.clone().with_services(names);
        routes.add_service(health.server());
        routes.add_service(reflection(&descriptors)?);

        let mut running = Running {
            stop: context.stop.clone(),
            parts: JoinSet::new(),
        };
        let incoming = Connections::new(listener, context.tls.clone());
        let serving = stack(&server, layers)
            .add_routes(routes.routes())
            .serve_with_incoming_shutdown(incoming, running.stop.clone().cancelled_owned());
        let files = files::follow(&context, Duration::from_millis(runtime.files_every_ms));
        let files = Task {
            name: "files",
            policy: TaskPolicy::Restart,
            make: files,
        };
        running.parts.spawn(files.supervise(running.stop.clone()));
        running.server(serving);
        for task in tasks {
            running.parts.spawn(task.supervise(running.stop.clone()));
        }

        context.readiness.set_serving(true);
        let ready_file = announce(&context, &runtime, address, monitor.address)?;
        let ended = tokio::select! {
            () = drain.cancelled() => Ok(()),
            error = running.first_error() => Err(error),
            error = monitor.ended() => Err(error),
            () = health.follow(&context.readiness) => Ok(()),
        };
        if let Err(error) = &ended {
            tracing::error!(reason = error.to_string(), "stopping");
        }
        drop(ready_file);
        let drained = drain_all(&context, &runtime, &health, running).await;
        monitor.shutdown().await;
        ended.and(drained)
    }
}

fn reflection(
    descriptors: &[&'static [u8]],
) -> Result<
    tonic_reflection::server::v1::ServerReflectionServer<
        impl tonic_reflection::server::v1::ServerReflection,
    >,
    RunError,
> {
    let mut builder = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET);
    for encoded in descriptors {
        builder = builder.register_encoded_file_descriptor_set(encoded);
    }
    builder
        .build_v1()
        .map_err(|error| RunError::Reflection(error.to_string()))
}

fn announce(
    context: &Context,
    runtime: &RuntimeSettings,
    grpc: SocketAddr,
    metrics: SocketAddr,
) -> Result<Option<ReadyFile>, RunError> {
    let wanted = !runtime.ready_file.is_empty();
    let file = wanted
        .then(|| ReadyFile::write(&runtime.ready_file, context.name, grpc, metrics))
        .transpose()?;
    tracing::info!(
        service = context.name,
        version = context.version,
        grpc = grpc.to_string(),
        metrics = metrics.to_string(),
        "serving"
    );
    Ok(file)
}

/// The gRPC server and the tasks.
struct Running {
    stop: CancellationToken,
    parts: JoinSet<Result<(), RunError>>,
}

impl Running {
    fn server(
        &mut self,
        serving: impl Future<Output = Result<(), tonic::transport::Error>> + Send + 'static,
    ) {
        let stop = self.stop.clone();
        self.parts.spawn(async move {
            let ended = serving.await;
            if stop.is_cancelled() {
                return Ok(());
            }
            let reason = ended
                .err()
                .map_or_else(|| "it returned".to_owned(), |error| error.to_string());
            Err(RunError::Server {
                name: "grpc",
                reason,
            })
        });
    }

    /// Waits for the first part that ends with an error; those that may end are let go.
    async fn first_error(&mut self) -> RunError {
        loop {
            match self.parts.join_next().await {
                Some(Ok(Ok(()))) => {}
                Some(Ok(Err(error))) => return error,
                Some(Err(error)) => {
                    return RunError::Task {
                        name: "supervisor",
                        reason: error.to_string(),
                    };
                }
                None => return std::future::pending().await,
            }
        }
    }
}

async fn drain_all(
    context: &Context,
    runtime: &RuntimeSettings,
    health: &Health,
    mut running: Running,
) -> Result<(), RunError> {
    let started = tokio::time::Instant::now();
    context.readiness.set_serving(false);
    health.report(false).await;
    tokio::time::sleep(Duration::from_millis(runtime.drain_delay_ms)).await;
    running.stop.cancel();
    health.end_watches().await;
    let limit = Duration::from_millis(runtime.drain_timeout_ms);
    let all = async { while running.parts.join_next().await.is_some() {} };
    let finished = tokio::time::timeout_at(started + limit, all).await.is_ok();
    if finished {
        tracing::info!(took_ms = started.elapsed().as_millis() as u64, "drained");
        return Ok(());
    }
    let left = format!("{} of the server and its tasks", running.parts.len());
    running.parts.abort_all(); // not waited for: a task that blocks its thread must not hold up the exit
    Err(RunError::DrainTimeout {
        limit_ms: runtime.drain_timeout_ms,
        left,
    })
}
