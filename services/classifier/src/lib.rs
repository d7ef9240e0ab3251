//! The classifier: says what complaints are about and hands them to the router.
//!
//! ```text
//! case log ─▶ consumer: read ─▶ worker: understand ─▶ engine ─▶ router.Route ─▶ acknowledge
//!                                 └─▶ bury            Classify, Correct (gRPC) ─▶ engine
//! ```
//!
//! # Invariants
//!
//! - An entry of the log is acknowledged only after the router has committed it, or with its burial as a dead letter; so
//!   whatever dies, nothing is lost. The router makes a repetition change nothing.
//! - An entry that cannot be handled costs only itself: a panic is caught, a request that the router fails on is parted
//!   until the one at fault is alone, what is reclaimed is handled one by one.
//! - While the router or Redis is away nothing is given up: a bounded number of batches wait, and reading stops.
//! - No text, address or other personal detail in logs, spans, metrics or dead letters' reasons.
//! - What classifies is behind [`engine::Classify`]; nothing else knows how.

mod api;
mod backoff;
mod consumer;
pub mod engine;
mod error;
mod guard;
pub mod knowledge;
mod lessons;
pub mod likeness;
mod metrics;
pub mod model;
mod models;
mod order;
mod routing;
mod settings;
pub mod translate;
mod worker;

use std::sync::Arc;

use swiftline_domain::city::CityPack;
use swiftline_proto::DESCRIPTORS;
use swiftline_proto::classifier::v1::classifier_server::ClassifierServer;
use swiftline_rpc::Channel;
use swiftline_runtime::{Context, Service, StartError, TaskPolicy};
use swiftline_store::{Group, Store};
use tokio::sync::Semaphore;

use api::Api;
use engine::{Classify, Engine};
use metrics::Metrics;
use routing::Router;
pub use settings::{ClassifierSettings, ConsumerSettings, DEFAULTS};
use worker::{Standing, Worker};

/// Complaints in one call of `Classify`, at most.
pub const MAX_COMPLAINTS: usize = 1_000;

/// Reads the city pack, compiles the engine, connects to the store, and puts the service together.
///
/// # Errors
/// [`StartError::Config`] for a broken city pack (every error with file, line and reason), bad addresses, or a store of
/// another shape; [`StartError::Unavailable`] when Redis does not come in time. The router need not be there.
pub async fn build(settings: ClassifierSettings, context: Context) -> Result<Service, StartError> {
    let pack = settings.city.load()?;
    let engine = Engine::new(&pack);
    build_with(settings, context, pack, Arc::new(engine)).await
}

/// As [`build`], with the pack read and the engine made already.
///
/// # Errors
/// As [`build`].
pub async fn build_with(
    settings: ClassifierSettings,
    context: Context,
    pack: CityPack,
    engine: Arc<dyn Classify>,
) -> Result<Service, StartError> {
    tracing::info!(
        model = engine.version(),
        city = pack.city.id,
        "engine ready"
    );
    let store = Store::connect(&settings.store).await?;
    let metrics = Metrics::new(&context.instruments.metrics, &pack);
    let worker = Arc::new(worker(&settings, &context, &store, &engine, &metrics)?);
    let api = ClassifierServer::new(Api::new(engine, Arc::new(pack), metrics))
        .max_decoding_message_size(settings.server.max_request_bytes)
        .max_encoding_message_size(settings.server.max_response_bytes);
    let (reader, reclaimer) = (Arc::clone(&worker), worker);
    let (reading, reclaiming) = (settings.consumer.clone(), settings.consumer);
    Ok(Service::new(&context, &settings.server, &settings.runtime)
        .descriptors(DESCRIPTORS)
        .add(api)
        .task("consumer", TaskPolicy::Restart, move |stop| {
            let (worker, settings) = (Arc::clone(&reader), reading.clone());
            async move {
                consumer::consume(&worker, &settings, &stop).await;
                Ok(())
            }
        })
        .task("reclaimer", TaskPolicy::Restart, move |stop| {
            let (worker, settings) = (Arc::clone(&reclaimer), reclaiming.clone());
            async move {
                consumer::reclaim(&worker, &settings, &stop).await;
                Ok(())
            }
        }))
}

fn worker(
    settings: &ClassifierSettings,
    context: &Context,
    store: &Store,
    engine: &Arc<dyn Classify>,
    metrics: &Metrics,
) -> Result<Worker, StartError> {
    let channel = Channel::new(&settings.router, &context.instruments)
        .map_err(|error| StartError::Config(format!("router.addresses: {error}")))?;
    Ok(Worker {
        log: store.log(Group::Classifier),
        engine: Arc::clone(engine),
        router: Router::new(channel, &settings.router),
        backoff: settings.router.clone(),
        keep: settings.consumer.keep_interval(),
        tracer: context.instruments.tracer.clone(),
        metrics: metrics.clone(),
        readiness: context.readiness.clone(),
        // As many entries as the batches under way have.
        waiting_room: Arc::new(Semaphore::new(
            settings.consumer.batch * settings.consumer.in_flight,
        )),
        standing: Standing::default(),
    })
}
