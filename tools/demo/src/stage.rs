//! What the demo plays on: a private Redis, a receiver for spans, and the four services as processes.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use swiftline_testkit::mesh::{Mesh, MeshSettings, Service};
use swiftline_testkit::redis::{Fsync, RedisServer};
use swiftline_tracebook::{Tracebook, serve};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::Failure;

/// How many spans the receiver keeps: a day has about 60,000.
const KEPT_SPANS: usize = 1_000_000;

/// Everything that was started. All of it ends when this is dropped.
pub(crate) struct Stage {
    /// The services.
    pub mesh: Mesh,
    /// The spans.
    pub tracebook: Tracebook,
    /// Redis, with an append-only file that is synced at every commit.
    pub redis: RedisServer,
    /// Where the services' logs are.
    pub dir: TempDir,
    receiver: Receiver,
}

struct Receiver {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

/// Fixed addresses, so that `swiftctl` finds a mesh that was left running.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ports {
    /// Of a service's gRPC server.
    pub grpc: fn(Service) -> u16,
    /// Of the receiver of spans.
    pub otlp: u16,
}

impl Stage {
    /// Starts Redis, the receiver and the services; on free ports, or on those given.
    pub(crate) async fn set(city_pack: &Path, ports: Option<Ports>) -> Result<Self, Failure> {
        let dir = tempfile::Builder::new().prefix("swiftline-").tempdir()?;
        let redis = RedisServer::start(Fsync::Always).await?;
        let tracebook = Tracebook::new(KEPT_SPANS);
        let receiver =
            Receiver::start(tracebook.clone(), ports.map_or(0, |ports| ports.otlp)).await?;
        let mut settings = MeshSettings::new(dir.path(), city_pack, &redis.url());
        // A day lasts seconds here.
        settings = settings.with(Service::Feedback, "insight.every_ms", 250);
        settings.otlp_endpoint = format!("http://{}", receiver.address);
        if let Some(ports) = ports {
            for service in swiftline_testkit::mesh::SERVICES {
                let listen = format!("127.0.0.1:{}", (ports.grpc)(service));
                settings = settings.with(service, "server.listen", listen);
            }
            // Whoever tries it does not want to wait ten minutes for the archive.
            settings = settings
                .with(Service::Feedback, "archive.url", archive(&dir).display())
                .with(Service::Feedback, "archive.every_ms", 2_000)
                .with(Service::Feedback, "archive.linger_ms", 5_000);
        }
        let mesh = Mesh::start(settings).await?;
        Ok(Self {
            mesh,
            tracebook,
            redis,
            dir,
            receiver,
        })
    }

    /// Where the archive is, of a mesh that is left running.
    pub(crate) fn archive(&self) -> PathBuf {
        archive(&self.dir)
    }

    /// Where the receiver of spans listens.
    pub(crate) fn otlp(&self) -> SocketAddr {
        self.receiver.address
    }

    /// Drains the services, so that their last spans are in, and stops the receiver. Redis is left for the checker.
    pub(crate) async fn strike(self) -> Result<Struck, Failure> {
        let Self {
            mesh,
            tracebook,
            redis,
            dir,
            mut receiver,
        } = self;
        mesh.stop().await?;
        if let Some(stop) = receiver.stop.take() {
            // The receiver may have ended by itself; then there is nobody to tell.
            let _ = stop.send(());
        }
        receiver.task.await?;
        let logs = swiftline_testkit::mesh::SERVICES
            .iter()
            .map(|service| dir.path().join(format!("{}.log", service.as_str())))
            .collect();
        Ok(Struck {
            tracebook,
            redis,
            logs,
            _dir: dir,
        })
    }
}

fn archive(dir: &TempDir) -> PathBuf {
    dir.path().join("archive")
}

/// What is left when the services have ended.
pub(crate) struct Struck {
    /// The spans.
    pub tracebook: Tracebook,
    /// The cases.
    pub redis: RedisServer,
    /// The services' logs.
    pub logs: Vec<PathBuf>,
    _dir: TempDir,
}

/// What the services said of their spans when they exited.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct SpansSaid {
    /// Spans that ended and were sampled.
    pub ended: u64,
    /// Spans that were dropped.
    pub dropped: u64,
}

/// The last line of a service's log.
#[derive(Deserialize)]
struct ExitLine {
    message: String,
    fields: ExitFields,
}

#[derive(Deserialize)]
struct ExitFields {
    spans_ended: u64,
    spans_dropped: u64,
}

impl Struck {
    /// Adds up what the services said of their spans when they exited.
    pub(crate) fn spans_said(&self) -> Result<SpansSaid, Failure> {
        let mut sum = SpansSaid::default();
        for file in &self.logs {
            let log = std::fs::read_to_string(file)?;
            let exit = log
                .lines()
                .rev()
                .filter_map(|line| serde_json::from_str::<ExitLine>(line).ok())
                .find(|line| line.message == "exit")
                .ok_or_else(|| {
                    format!("{}: does not end with the service's exit", file.display())
                })?;
            sum.ended += exit.fields.spans_ended;
            sum.dropped += exit.fields.spans_dropped;
        }
        Ok(sum)
    }
}

impl Receiver {
    async fn start(tracebook: Tracebook, port: u16) -> Result<Self, Failure> {
        let listener = TcpListener::bind(("127.0.0.1", port))
            .await
            .map_err(|error| format!("cannot listen for spans on 127.0.0.1:{port}: {error}"))?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            let stopped = async { drop(stopped.await) };
            if let Err(error) = serve(tracebook, listener, stopped).await {
                anstream::eprintln!("the receiver of spans ended: {error}");
            }
        });
        Ok(Self {
            address,
            stop: Some(stop),
            task,
        })
    }
}
