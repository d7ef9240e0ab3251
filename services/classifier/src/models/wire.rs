//! The models' place in the classifier: what the engine is told, the gRPC service, the tasks.

use std::sync::Arc;
use std::time::Duration;

use swiftline_domain::city::CityPack;
use swiftline_proto::classifier::v1::models_server::ModelsServer;
use swiftline_runtime::{Context, Service, StartError, TaskPolicy};
use swiftline_store::Store;

use super::api::ModelsApi;
use super::built_in::BuiltIn;
use super::follow;
use super::in_force::InForce;
use super::metrics::ModelsMetrics;
use super::registry::Registry;
use super::shadow;
use crate::engine::Engine;
use crate::settings::ClassifierSettings;

/// What serving models needs of the rest.
pub(crate) struct Wiring<'a> {
    pub(crate) settings: &'a ClassifierSettings,
    pub(crate) context: &'a Context,
    pub(crate) store: &'a Store,
    pub(crate) pack: &'a Arc<CityPack>,
}

/// An engine of the pack that judges by the models in force, the built-in ones at first.
///
/// # Errors
/// [`StartError::Internal`] when a built-in model cannot be read.
pub(crate) fn built_in_for(
    pack: &Arc<CityPack>,
    shadow_queue: usize,
) -> Result<(Arc<Engine>, InForce), StartError> {
    let built_in = BuiltIn::all()
        .map_err(|error| StartError::Internal(format!("a built-in model: {error}")))?;
    let in_force = InForce::new(built_in, shadow_queue);
    let engine = Engine::new(pack).observed_by(Arc::new(in_force.clone()));
    let engine = Arc::new(engine);
    in_force.feed_engine(&engine, pack);
    Ok((engine, in_force))
}

impl InForce {
    /// Lets an engine of this pack judge by the models in force, now and whenever they change.
    pub fn feed_engine(&self, engine: &Arc<Engine>, pack: &Arc<CityPack>) {
        // the engine holds these models' shadows: held in turn, neither would ever go
        let (engine, pack) = (Arc::downgrade(engine), Arc::clone(pack));
        self.feed(move |models| {
            if let Some(engine) = engine.upgrade() {
                engine.adopt(&pack, models);
            }
        });
    }
}

/// Puts in force what the models' log says, as far as Redis answers in time, and adds what follows it to the service.
pub(crate) async fn serve(service: Service, in_force: InForce, with: Wiring<'_>) -> Service {
    let Wiring {
        settings, context, ..
    } = with;
    let registry = Arc::new(Registry::new(
        with.store.clone(),
        Arc::clone(with.pack),
        in_force,
        ModelsMetrics::new(&context.instruments.metrics),
        &settings.telemetry.instance_id,
        context.readiness.clone(),
    ));
    let start_wait = Duration::from_millis(settings.models.start_wait_ms);
    registry.begin(start_wait).await;
    let api = ModelsApi {
        registry: Arc::clone(&registry),
        default_deadline: Duration::from_millis(settings.server.default_deadline_ms),
    };
    let poll = Duration::from_millis(settings.models.poll_ms);
    let every = Duration::from_millis(settings.models.beat_ms);
    let [follower, beater, comparer] = std::array::from_fn(|_| Arc::clone(&registry));
    let server = ModelsServer::new(api)
        .max_decoding_message_size(settings.server.max_request_bytes)
        .max_encoding_message_size(settings.server.max_response_bytes);
    service
        .add(server)
        .task("models", TaskPolicy::Essential, move |stop| {
            let registry = Arc::clone(&follower);
            async move {
                follow::follow(&registry, poll, &stop).await;
                Ok(())
            }
        })
        .task("models beat", TaskPolicy::Essential, move |stop| {
            let registry = Arc::clone(&beater);
            async move {
                follow::beat(&registry, every, &stop).await;
                Ok(())
            }
        })
        .task("models shadow", TaskPolicy::Restart, move |stop| {
            let registry = Arc::clone(&comparer);
            async move {
                shadow::decide_beside(registry.in_force(), registry.metrics(), &stop).await;
                Ok(())
            }
        })
}
