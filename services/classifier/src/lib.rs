//! The classifier: says what complaints are about and hands them to the router.
//!
//! ```text
//! case log ─▶ consumer: read ─▶ worker: understand ─▶ reader ─▶ router.Route ─▶ acknowledge
//!                                 └─▶ bury             │  └─▶ engine, translate, knowledge, likeness
//!                   Classify, Preview, Explain (gRPC) ─┘
//! Models (gRPC) ─▶ models: the log followed ─▶ engine        Correct, desk decisions ─▶ lessons
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
pub mod lessons;
pub mod likeness;
mod metrics;
pub mod model;
pub mod models;
mod order;
mod preview;
mod reader;
mod routing;
mod settings;
pub mod translate;
mod worker;

use std::sync::Arc;

use swiftline_domain::city::CityPack;
use swiftline_proto::DESCRIPTORS;
use swiftline_proto::classifier::v1::classifier_server::ClassifierServer;
use swiftline_proto::classifier::v1::knowledge_server::KnowledgeServer;
use swiftline_rpc::Channel;
use swiftline_runtime::{Context, Service, StartError, TaskPolicy};
use swiftline_store::{Group, Store};
use tokio::sync::Semaphore;

use api::Api;
use engine::Classify;
use knowledge::Knowledge;
use lessons::{Corrections, School};
use likeness::Online;
use metrics::Metrics;
use models::{InForce, Wiring};
use reader::Reader;
use routing::Router;
pub use settings::{ClassifierSettings, ConsumerSettings, DEFAULTS};
use translate::Translator;
use worker::{Standing, Worker};

/// Complaints in one call of `Classify`, at most.
pub const MAX_COMPLAINTS: usize = 1_000;

/// The method that is a long-lived stream.
const PREVIEW: &str = "/swiftline.classifier.v1.Classifier/Preview";

/// Reads the city pack, compiles the engine, connects to the store, and puts the service together.
///
/// # Errors
/// [`StartError::Config`] for a broken city pack (every error with file, line and reason), bad addresses, or a store of
/// another shape; [`StartError::Unavailable`] when Redis does not come in time. The router need not be there.
pub async fn build(settings: ClassifierSettings, context: Context) -> Result<Service, StartError> {
    let pack = Arc::new(settings.city.load()?);
    let (engine, in_force) = models::built_in_for(&pack, settings.models.shadow_queue)?;
    build_with(settings, context, pack, engine, in_force).await
}

/// As [`build`], with the pack read and the engine made already, which judges by the models in force.
///
/// # Errors
/// As [`build`].
pub async fn build_with(
    settings: ClassifierSettings,
    context: Context,
    pack: Arc<CityPack>,
    engine: Arc<dyn Classify>,
    in_force: InForce,
) -> Result<Service, StartError> {
    tracing::info!(
        model = &*engine.version(),
        city = pack.city.id,
        "engine ready"
    );
    let store = Store::connect_with(&settings.store, &context.files).await?;
    let metrics = Metrics::new(&context.instruments.metrics, &pack);
    let knowledge = Knowledge::new(&pack)
        .map_err(|error| StartError::Config(format!("the city pack: {error}")))?;
    let knowledge = Arc::new(knowledge);
    let reader = Arc::new(Reader::new(
        engine,
        Arc::clone(&pack),
        Arc::clone(&knowledge),
        translator(&settings, &context, &pack)?,
        Some(Online::new(store.clone(), &settings.likeness)),
    ));
    let learning = lessons::Wiring {
        store: &store,
        pack: &pack,
        in_force: &in_force,
        files: &context.files,
    };
    let school = lessons::school(&settings.lessons, &learning)?;
    let worker = worker(&settings, &context, &store, (&reader, &school), &metrics)?;
    let worker = Arc::new(worker);
    let corrections = Arc::clone(&school) as Arc<dyn Corrections>;
    let api = Api::new(
        reader,
        corrections,
        Arc::clone(&pack),
        metrics,
        settings.preview,
    );
    let api = ClassifierServer::new(api)
        .max_decoding_message_size(settings.server.max_request_bytes)
        .max_encoding_message_size(settings.server.max_response_bytes);
    let answers = knowledge::api::Api::new(knowledge, Arc::clone(&pack));
    let answers = KnowledgeServer::new(answers)
        .max_decoding_message_size(settings.server.max_request_bytes)
        .max_encoding_message_size(settings.server.max_response_bytes);
    let service = Service::new(&context, &settings.server, &settings.runtime)
        .descriptors(DESCRIPTORS)
        .streaming(&[PREVIEW])
        .add(api)
        .add(answers);
    let service = lessons::serve(service, &school, &settings.lessons, &settings.server);
    let with = Wiring {
        settings: &settings,
        context: &context,
        store: &store,
        pack: &pack,
    };
    let service = models::serve(service, in_force, with).await;
    let (reader, reclaimer) = (Arc::clone(&worker), worker);
    let (reading, reclaiming) = (settings.consumer.clone(), settings.consumer);
    Ok(service
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

fn translator(
    settings: &ClassifierSettings,
    context: &Context,
    pack: &CityPack,
) -> Result<Option<Translator>, StartError> {
    let (settings, city) = (&settings.translate, pack.city.default_language);
    Translator::watching(settings, city, &context.files)
        .map_err(|error| StartError::Config(error.to_string()))
}

fn worker(
    settings: &ClassifierSettings,
    context: &Context,
    store: &Store,
    (reader, school): (&Arc<Reader>, &Arc<School>),
    metrics: &Metrics,
) -> Result<Worker, StartError> {
    let channel = Channel::over(&settings.router, context.tls.as_ref(), &context.instruments)
        .map_err(|error| StartError::Config(format!("router.addresses: {error}")))?;
    Ok(Worker {
        log: store.log(Group::Classifier),
        reader: Arc::clone(reader),
        school: Arc::clone(school),
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
