//! Feedback: what came of a case, what the citizen says to it, and the three rates.
//!
//! ```text
//! Resolve, RecordCallback, Close ─▶ change: load → decide → commit ─▶ store
//! RecordCallback (discontent), Reopen ─▶ reopen ──gRPC──▶ router
//! case log ─▶ counter: what each entry is worth → acknowledge and count in one step ─▶ store
//!                └─ a callback that asks for a reopening ─▶ follow-up: is it open again? else ask the router ─▶ acknowledge
//! Next ─▶ store: the cases whose citizens are to be called, one operator each
//! Invite ─▶ gateway ──POST──▶ the city's SMS gateway; POST /v1/answers ─▶ gateway ─▶ the way of RecordCallback
//! GetRates ─▶ store.rates() → shares
//!                └─ what the case contributes to the scores ─▶ running sums; ShowScores, RankScores → sums, or every case again
//! notes of cases ─▶ insight: surges, hot issues, pain points, campaigns, the map
//! ```
//!
//! # Invariants
//!
//! - A result, a callback or a closing is acknowledged only after its commit; every commit is version-checked.
//! - Every entry of the log is counted once, however often it is delivered: its counters are written by the
//!   acknowledgement itself.
//! - A recorded callback for which the city pack reopens a case leads to a reopening even if the router is away and this
//!   process dies: its entry is not acknowledged before.
//! - Counting never waits for the router: the follow-up is a task of its own.

mod api;
pub mod archive;
mod callbacks;
mod calls;
mod change;
mod counter;
mod days;
mod error;
mod follow_up;
mod gateway;
mod insight;
mod issues;
mod metrics;
mod rates;
mod reopen;
mod results;
mod scores;
mod settings;
mod spans;
mod worth;

use std::sync::Arc;

use jiff::Timestamp;
use swiftline_domain::city::CityPack;
use swiftline_proto::DESCRIPTORS;
use swiftline_proto::feedback::v1::archive_server::ArchiveServer;
use swiftline_proto::feedback::v1::callbacks_server::CallbacksServer;
use swiftline_proto::feedback::v1::feedback_server::FeedbackServer;
use swiftline_proto::feedback::v1::insight_server::InsightServer;
use swiftline_proto::feedback::v1::scores_server::ScoresServer;
use swiftline_runtime::{Context, Service, StartError, TaskPolicy};
use swiftline_store::seal::Keyring;
use swiftline_store::{Group, Store};
use tokio::net::TcpListener;

use api::Api;
use archive::ArchiveApi;
use calls::CallsApi;
use change::Cases;
use counter::Counting;
use follow_up::FollowUp;
pub use gateway::GatewaySettings;
use gateway::{Endpoint, Gateway};
pub use insight::InsightSettings;
use insight::{InsightApi, InsightMetrics, Keeper};
use issues::Issues;
use metrics::FeedbackMetrics;
use reopen::Reopener;
use scores::ScoresApi;
pub use scores::{ScoreSettings, Scorer};
pub use settings::{
    CallbackSettings, ConsumerSettings, DEFAULTS, FeedbackSettings, ReopenSettings,
};

/// What every part of the service works with.
pub(crate) struct Engine {
    pub(crate) cases: Cases,
    pub(crate) pack: Arc<CityPack>,
    pub(crate) reopener: Reopener,
    pub(crate) callbacks: CallbackSettings,
    /// Opens contact data for whoever calls.
    pub(crate) keyring: Option<Keyring>,
    /// Asks citizens by message.
    pub(crate) gateway: Option<Arc<Gateway>>,
    pub(crate) metrics: FeedbackMetrics,
}

/// Reads the city pack, connects to the store, and puts the service together.
///
/// # Errors
/// [`StartError::Config`] for a broken city pack (every error with file, line and reason), a bad address, or a store of
/// another shape; [`StartError::Unavailable`] when Redis does not come in time.
pub async fn build(settings: FeedbackSettings, context: Context) -> Result<Service, StartError> {
    let answers = gateway::listen(&settings.gateway).await?;
    build_on(settings, context, answers).await
}

/// The same, with the listener on which the gateway's answers come in; `None`: none do.
///
/// # Errors
/// As [`build`].
pub async fn build_on(
    settings: FeedbackSettings,
    context: Context,
    answers: Option<TcpListener>,
) -> Result<Service, StartError> {
    let gateway = Gateway::new(&settings.gateway, &context)?.map(Arc::new);
    let pack = Arc::new(settings.city.load()?);
    let keyring = settings.contact.keyring(&context.files)?;
    let store = Store::connect_with(&settings.store, &context.files).await?;
    let instruments = &context.instruments;
    let metrics = FeedbackMetrics::new(&instruments.metrics);
    let cases = Cases::new(store.clone(), instruments.tracer.clone());
    let reopener = Reopener::new(
        &settings.router,
        &settings.reopen,
        cases.clone(),
        Arc::clone(&pack),
        &context,
    )
    .map_err(|error| StartError::Config(format!("router.addresses: {error}")))?;

    let log = Arc::new(store.log(Group::Feedback));
    let issues = Issues::new(cases.clone(), Arc::clone(&pack), reopener.handling());
    let (follow_up, hand_over) = FollowUp::new(
        &settings.reopen,
        Arc::clone(&log),
        reopener.clone(),
        issues,
        metrics.clone(),
    );
    let scorer = Scorer::new(store.clone(), Arc::clone(&pack), &settings.scores);
    scorer.begin(Timestamp::now()).await?;
    let counting = Arc::new(Counting::new(
        &settings.consumer,
        log,
        hand_over,
        scorer.clone(),
        metrics.clone(),
        context.readiness.clone(),
    ));
    let follow_up = Arc::new(follow_up);
    let kept = archive::open(&settings.archive, &store, &scorer, &instruments.metrics);
    let kept = kept.await.map_err(archive::ArchiveError::into_start)?;
    let files = kept.as_ref().map(|(archive, _)| archive.clone());
    let scores = ScoresServer::new(ScoresApi::new(scorer, files.clone(), &settings.scores))
        .max_decoding_message_size(settings.server.max_request_bytes)
        .max_encoding_message_size(settings.server.max_response_bytes);
    let archived = ArchiveServer::new(ArchiveApi::new(files, store.clone()))
        .max_decoding_message_size(settings.server.max_request_bytes)
        .max_encoding_message_size(settings.server.max_response_bytes);
    let keeper = Arc::new(Keeper::new(
        store.clone(),
        Arc::clone(&pack),
        settings.insight.clone(),
        InsightMetrics::new(&instruments.metrics),
    ));
    let insight = InsightServer::new(InsightApi::new(store, Arc::clone(&pack)))
        .max_decoding_message_size(settings.server.max_request_bytes)
        .max_encoding_message_size(settings.server.max_response_bytes);
    let engine = Arc::new(Engine {
        cases,
        pack,
        reopener,
        callbacks: settings.callbacks.clone(),
        keyring,
        gateway,
        metrics,
    });
    let mut answers = Endpoint::new(&engine).zip(answers);
    let waiting = Arc::clone(&engine);
    let calls = CallbacksServer::new(CallsApi(Arc::clone(&engine)))
        .max_decoding_message_size(settings.server.max_request_bytes)
        .max_encoding_message_size(settings.server.max_response_bytes);
    let server = FeedbackServer::new(Api(engine))
        .max_decoding_message_size(settings.server.max_request_bytes)
        .max_encoding_message_size(settings.server.max_response_bytes);
    let mut service = Service::new(&context, &settings.server, &settings.runtime)
        .descriptors(DESCRIPTORS)
        .add(server)
        .add(insight)
        .add(scores)
        .add(calls)
        .add(archived)
        .task("log counter", TaskPolicy::Restart, move |stop| {
            let counting = Arc::clone(&counting);
            async move {
                counting.run(&stop).await;
                Ok(())
            }
        })
        .task("calls", TaskPolicy::Restart, move |stop| {
            let engine = Arc::clone(&waiting);
            async move {
                calls::follow(&engine, &stop).await;
                Ok(())
            }
        })
        .task("insight", TaskPolicy::Restart, move |stop| {
            let keeper = Arc::clone(&keeper);
            async move {
                keeper.run(&stop).await;
                Ok(())
            }
        })
        .task("follow-up", TaskPolicy::Restart, move |stop| {
            let follow_up = Arc::clone(&follow_up);
            async move {
                follow_up.run(&stop).await;
                Ok(())
            }
        });
    if answers.is_some() {
        service = service.task("gateway answers", TaskPolicy::Essential, move |stop| {
            let answers = answers.take();
            async move {
                match answers {
                    Some((endpoint, listener)) => Ok(endpoint.run(listener, stop).await?),
                    None => Ok(()),
                }
            }
        });
    }
    if let Some((_, archiver)) = kept {
        service = service.task("archiver", TaskPolicy::Restart, move |stop| {
            let archiver = Arc::clone(&archiver);
            async move {
                archiver.run(&stop).await;
                Ok(())
            }
        });
    }
    Ok(service)
}
