//! The mesh under load: four services as processes, every complaint traced, one stream of submissions.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use swiftline_domain::city::CityPack;
use swiftline_proto::intake::v1::intake_client::IntakeClient;
use swiftline_proto::intake::v1::submit_result::Result as Answer;
use swiftline_proto::intake::v1::{SubmitRequest, SubmitStreamRequest};
use swiftline_proto::router::v1::ListQueuesRequest;
use swiftline_proto::router::v1::operations_client::OperationsClient;
use swiftline_proto::trace::v1::CountsRequest;
use swiftline_proto::trace::v1::traces_client::TracesClient;
use swiftline_testkit::mesh::{Mesh, MeshSettings, SERVICES, Service};
use swiftline_testkit::process::{cpu_seconds, program_folder};
use swiftline_testkit::redis::{Fsync, RedisServer};
use swiftline_testkit::wait::wait_until;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::{Channel, Endpoint};

use crate::Failure;
use crate::complaints::Complaints;

/// Complaints in one message of the stream.
const BATCH: usize = 128;
/// Messages under way at once: enough that intake never waits for us.
const WINDOW: usize = 24;
/// How long the mesh may take to work off what was submitted.
const REST_WITHIN: Duration = Duration::from_secs(300);

/// A running mesh with its Redis and its receiver of spans.
pub(crate) struct Bench {
    mesh: Mesh,
    redis: RedisServer,
    receiver: Receiver,
}

/// What a run of load came to.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    /// Complaints accepted and offered, a second.
    pub complaints_per_s: f64,
    /// CPU seconds of each process during the run, this one's as `load`.
    pub cpu: Vec<(String, f64)>,
}

impl Bench {
    /// Starts everything.
    pub(crate) async fn start(dir: &Path, city_pack: &Path, fsync: Fsync) -> Result<Self, Failure> {
        let redis = RedisServer::start(fsync).await?;
        let receiver = Receiver::start().await?;
        let mut settings = MeshSettings::new(dir, city_pack, &redis.url()).with(
            None,
            "telemetry.log_filter",
            "warn,swiftline_runtime=info",
        );
        settings.otlp_endpoint.clone_from(&receiver.url);
        let mesh = Mesh::start(settings).await?;
        Ok(Self {
            mesh,
            redis,
            receiver,
        })
    }

    /// Submits `count` complaints as fast as intake takes them and waits until the last is before its team.
    pub(crate) async fn load(
        &self,
        complaints: &Complaints,
        run: &str,
        count: usize,
    ) -> Result<Load, Failure> {
        let intake = IntakeClient::new(connect(self.mesh.url(Service::Intake))?)
            .max_decoding_message_size(16 << 20);
        let before = self.cpu();
        let begun = Instant::now();
        submit_all(intake, complaints, run, count).await?;
        self.at_rest().await?;
        let took = begun.elapsed().as_secs_f64();
        let after = self.cpu();
        let cpu = before
            .into_iter()
            .zip(after)
            .map(|((name, before), (_, after))| (name, after - before))
            .collect();
        #[expect(clippy::cast_precision_loss, reason = "a rate")]
        let complaints_per_s = count as f64 / took;
        Ok(Load {
            complaints_per_s,
            cpu,
        })
    }

    async fn at_rest(&self) -> Result<(), Failure> {
        let mut operations = OperationsClient::new(connect(self.mesh.url(Service::Router))?)
            .max_decoding_message_size(16 << 20);
        let rest = wait_until(REST_WITHIN, async || {
            let queues = operations
                .list_queues(ListQueuesRequest::default())
                .await
                .ok()?
                .into_inner();
            let mut routing = queues
                .groups
                .iter()
                .filter(|group| group.group == "classifier");
            routing
                .all(|group| group.lag == 0 && group.pending == 0)
                .then_some(())
        });
        rest.await
            .ok_or_else(|| "the mesh does not come to rest".into())
    }

    /// Latencies of single submissions at a fixed rate, whether or not the one before has been answered; milliseconds, sorted.
    pub(crate) async fn latencies(
        &self,
        complaints: &Complaints,
        run: &str,
        per_second: u32,
        lasting: Duration,
    ) -> Result<Vec<f64>, Failure> {
        let intake = IntakeClient::new(connect(self.mesh.url(Service::Intake))?);
        let mut clock = tokio::time::interval(Duration::from_secs(1) / per_second);
        clock.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
        let count = lasting.as_secs() * u64::from(per_second);
        let mut calls = tokio::task::JoinSet::new();
        for nth in 0..usize::try_from(count)? {
            // The tick's own time and not now: waiting for our turn counts.
            let due = clock.tick().await;
            let mut intake = intake.clone();
            let request = SubmitRequest {
                submission: Some(complaints.submission(run, nth)),
            };
            calls.spawn(async move {
                let answer = intake.submit(request).await;
                answer.map(|_| due.elapsed().as_secs_f64() * 1e3)
            });
        }
        let mut latencies = Vec::new();
        while let Some(call) = calls.join_next().await {
            latencies.push(call??);
        }
        latencies.sort_by(f64::total_cmp);
        self.at_rest().await?;
        Ok(latencies)
    }

    fn cpu(&self) -> Vec<(String, f64)> {
        let services = SERVICES.iter().map(|service| {
            (
                service.as_str().to_owned(),
                self.mesh.get(*service).cpu_seconds(),
            )
        });
        let others = [
            ("redis".to_owned(), self.redis.cpu_seconds()),
            (
                "spans".to_owned(),
                self.receiver.process.id().map_or(0.0, cpu_seconds),
            ),
            ("load".to_owned(), cpu_seconds(std::process::id())),
        ];
        services.chain(others).collect()
    }

    /// Drains the services and says how many spans the receiver has and how many the services dropped.
    pub(crate) async fn finish(self, dir: &Path) -> Result<Spans, Failure> {
        self.mesh.stop().await?;
        let mut traces = TracesClient::new(connect(self.receiver.url.clone())?);
        let received = traces.counts(CountsRequest {}).await?.into_inner().spans;
        let mut spans = Spans {
            received,
            ..Spans::default()
        };
        for service in SERVICES {
            let log = std::fs::read_to_string(dir.join(format!("{}.log", service.as_str())))?;
            for line in log
                .lines()
                .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
            {
                spans.ended += line["fields"]["spans_ended"].as_u64().unwrap_or_default();
                spans.dropped += line["fields"]["spans_dropped"].as_u64().unwrap_or_default();
            }
        }
        Ok(spans)
    }
}

/// What became of the spans.
#[derive(Debug, Default, Clone, Copy, serde::Serialize)]
pub(crate) struct Spans {
    /// The services ended so many.
    pub ended: u64,
    /// The receiver has so many.
    pub received: u64,
    /// The services dropped so many.
    pub dropped: u64,
}

fn connect(url: String) -> Result<Channel, Failure> {
    Ok(Endpoint::from_shared(url)?
        .initial_stream_window_size(4 << 20)
        .initial_connection_window_size(8 << 20)
        .connect_lazy())
}

async fn submit_all(
    mut intake: IntakeClient<Channel>,
    complaints: &Complaints,
    run: &str,
    count: usize,
) -> Result<(), Failure> {
    let (send, receive) = mpsc::channel(WINDOW);
    let slots = std::sync::Arc::new(tokio::sync::Semaphore::new(WINDOW));
    let answers = async {
        let mut answers = intake
            .submit_stream(ReceiverStream::new(receive))
            .await?
            .into_inner();
        let mut accepted = 0;
        while let Some(response) = answers.message().await? {
            slots.add_permits(1);
            for result in response.results {
                match result.result {
                    Some(Answer::Receipt(_)) => accepted += 1,
                    Some(Answer::Rejection(why)) => {
                        return Err(Failure::from(format!("intake refuses: {}", why.message)));
                    }
                    None => return Err("intake answers nothing".into()),
                }
            }
        }
        if accepted == count {
            Ok(())
        } else {
            Err(format!("{accepted} of {count} accepted").into())
        }
    };
    let requests = async {
        for first in (0..count).step_by(BATCH) {
            // Given back by whoever reads the answers.
            slots.acquire().await?.forget();
            let last = (first + BATCH).min(count);
            let submissions = (first..last)
                .map(|nth| complaints.submission(run, nth))
                .collect();
            let request = SubmitStreamRequest {
                sequence: first as u64,
                submissions,
            };
            if send.send(request).await.is_err() {
                break;
            }
        }
        drop(send);
        Ok::<_, Failure>(())
    };
    let (answered, requested) = tokio::join!(answers, requests);
    requested?;
    answered
}

/// The receiver of spans as a process, so that its CPU time is its own.
struct Receiver {
    process: Child,
    url: String,
}

impl Receiver {
    async fn start() -> Result<Self, Failure> {
        let mut process = Command::new(program_folder().join("tracebook"))
            .args(["--listen", "127.0.0.1:0", "--keep", "0"])
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdout = process.stdout.take().ok_or("the receiver has no output")?;
        let address = BufReader::new(stdout)
            .lines()
            .next_line()
            .await?
            .ok_or("the receiver says nothing")?;
        Ok(Self {
            process,
            url: format!("http://{address}"),
        })
    }
}

/// The pack's teams and every complaint's route are the same in each run.
pub(crate) fn warm(pack: &CityPack) -> usize {
    // Every team once, so that no queue is created in the measured part.
    (pack.teams.iter().len() * 8).max(4_000)
}
