//! Intake: takes complaints in and tells where they stand.
//!
//! ```text
//! Submit, SubmitBatch, SubmitStream ─▶ door: check → admit ─▶ lanes: gather → number, seal → store.accept ─▶ receipt
//! GetCase, GetJourney ─▶ store; what it has forgotten ─▶ feedback: the archive
//! Preview ─▶ check ─▶ classifier
//! PreviewStream ─▶ classifier
//! ```
//!
//! Submissions of all calls meet in a few *lanes*; a lane writes what has gathered while its last write was under way,
//! one store call for each partition, so that callers who know nothing of each other share one fsync.
//!
//! # Invariants
//!
//! - A receipt is given only after the store says that the case is durable.
//! - What is refused costs nothing: no number, no span, no byte in Redis.
//! - Names, telephone numbers, addresses and texts go to the store and nowhere else; contact data goes there sealed.
//! - Ordinary work is refused above the high-water mark; an emergency never is, only its caller's deadline ends its wait.

mod admission;
mod api;
mod archive;
mod batch;
mod check;
mod city;
mod door;
mod error;
mod lane;
mod metrics;
mod preview;
mod settings;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use swiftline_proto::DESCRIPTORS;
use swiftline_proto::intake::v1::intake_server::IntakeServer;
use swiftline_runtime::{Context, Service, StartError, TaskPolicy};
use swiftline_store::Store;

use api::Api;
use archive::Archive;
use city::City;
use door::Door;
use lane::Lane;
use preview::Preview;
pub use settings::{AcceptSettings, DEFAULTS, IntakeSettings};

/// Submissions in one batch, at most.
pub const MAX_BATCH: usize = 1_000;

/// The methods that are long-lived streams.
const STREAMS: [&str; 2] = [
    "/swiftline.intake.v1.Intake/SubmitStream",
    "/swiftline.intake.v1.Intake/PreviewStream",
];

/// Reads the city pack and the keys, connects to the store, and puts the service together.
///
/// # Errors
/// [`StartError::Config`] for a broken city pack (every error with file, line and reason), a bad key file, or a store of
/// another shape; [`StartError::Unavailable`] when Redis does not come in time.
pub async fn build(settings: IntakeSettings, context: Context) -> Result<Service, StartError> {
    let city = City::of(&settings.city.load()?);
    let keyring = settings.contact.keyring(&context.files)?;
    if keyring.is_none() {
        tracing::warn!(
            setting = "contact.keys_file",
            "no keys: submissions with contact data will be refused"
        );
    }
    let preview = Preview::new(&settings, city.clone(), &context)
        .map_err(|error| StartError::Config(format!("classifier: {error}")))?;
    let archive = Archive::new(&settings, &context)
        .map_err(|error| StartError::Config(format!("feedback: {error}")))?;
    let store = Store::connect_with(&settings.store, &context.files).await?;
    let metrics = metrics::Metrics::new(&context.instruments.metrics);
    let mut service = Service::new(&context, &settings.server, &settings.runtime)
        .streaming(&STREAMS)
        .descriptors(DESCRIPTORS);
    let (watched, readiness) = (store.clone(), context.readiness.clone());
    service = service.task("store watch", TaskPolicy::Restart, move |stop| {
        let (store, readiness) = (watched.clone(), readiness.clone());
        async move {
            watch::run(&store, &readiness, &stop).await;
            Ok(())
        }
    });
    let mut lanes = Vec::new();
    for _ in 0..settings.accept.lanes {
        let tracer = context.instruments.tracer.clone();
        let (entry, lane) = Lane::new(
            &settings.accept,
            store.clone(),
            keyring.clone(),
            tracer,
            metrics.clone(),
        );
        lanes.push(entry);
        let mut lane = Some(lane);
        service = service.task("accept lane", TaskPolicy::Essential, move |_| {
            let lane = lane.take();
            async move {
                if let Some(lane) = lane {
                    lane.run().await;
                }
                Ok(())
            }
        });
    }
    let retry_after = Duration::from_millis(settings.server.retry_after_ms);
    let door = Door::new(
        &settings.accept,
        retry_after,
        city,
        keyring.is_some(),
        lanes,
        metrics,
    );
    let api = Api::new(
        Arc::new(door),
        preview,
        store,
        archive,
        settings.accept.stream_batches,
        context.stop.clone(),
    );
    let server = IntakeServer::new(api)
        .max_decoding_message_size(settings.server.max_request_bytes)
        .max_encoding_message_size(settings.server.max_response_bytes);
    Ok(service.add(server))
}
