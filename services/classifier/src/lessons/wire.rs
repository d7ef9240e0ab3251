//! Learning's place in the classifier: what is made at the start, the gRPC service, the task.

use std::sync::Arc;
use std::time::Duration;

use swiftline_config::Files;
use swiftline_domain::city::CityPack;
use swiftline_proto::classifier::v1::learning_server::LearningServer;
use swiftline_rpc::ServerSettings;
use swiftline_runtime::{Service, StartError, TaskPolicy};
use swiftline_store::Store;

use super::api::LearningApi;
use super::text::Texts;
use super::watch::flush;
use super::{LessonsSettings, School};
use crate::models::InForce;

/// What learning needs of the rest.
pub(crate) struct Wiring<'a> {
    pub(crate) store: &'a Store,
    pub(crate) pack: &'a Arc<CityPack>,
    pub(crate) in_force: &'a InForce,
    pub(crate) files: &'a Files,
}

/// What makes examples of decisions.
///
/// # Errors
/// [`StartError::Config`] when the key file is not right.
pub(crate) fn school(
    settings: &LessonsSettings,
    with: &Wiring<'_>,
) -> Result<Arc<School>, StartError> {
    let texts = Texts::new(settings, with.files)
        .map_err(|error| StartError::Config(format!("lessons.keys_file: {error}")))?;
    Ok(Arc::new(School {
        store: with.store.clone(),
        pack: Arc::clone(with.pack),
        in_force: with.in_force.clone(),
        texts,
        keep: settings.keep,
    }))
}

/// Adds what lists examples, and what counts what the models say.
pub(crate) fn serve(
    service: Service,
    school: &Arc<School>,
    settings: &LessonsSettings,
    server: &ServerSettings,
) -> Service {
    let every = Duration::from_millis(settings.flush_ms);
    let watch = school.in_force.watch();
    watch.unsure_below(school.pack.city.min_confidence as f32);
    let api = LearningServer::new(LearningApi(Arc::clone(school)))
        .max_decoding_message_size(server.max_request_bytes)
        .max_encoding_message_size(server.max_response_bytes);
    let school = Arc::clone(school);
    service
        .add(api)
        .task("drift counts", TaskPolicy::Restart, move |stop| {
            let school = Arc::clone(&school);
            async move {
                let watch = school.in_force.watch();
                flush(watch, &school.store, &school.pack, every, &stop).await;
                Ok(())
            }
        })
}
