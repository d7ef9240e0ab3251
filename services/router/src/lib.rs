//! The router: whose a complaint is, and what the team makes of it.
//!
//! ```text
//! api       convert → call → convert; five gRPC services
//! route     a batch of classified cases: decide, commit by partition, offer
//! desk      sign, return, transfer, suspend, resume        watch   what waits for a desk
//! handling  notes, requests, helpers                       issues  merging, withdrawal, supervision
//! dispatch  a person in triage decides; a case reopens     explain why it went there
//! sweep     offers expire, clocks run out, queues are reconciled
//! rules     the rules in force, how they change, and who serves them
//!   planner   rules → unit → ladder → deadlines (pure)     balance which team (pure)
//!   decide    from a case's state to its next commands
//!   change    one case: load → decide → commit → queues    effects what a change means for queues (pure)
//! ```
//!
//! **Invariants**
//! - A case is changed only by a commit that names the version it was decided on; what is decided with is in the commit.
//! - A case that a team gives away has its next owner in the same commit, or waits before a person.
//! - Queues follow cases, never the other way round: an effect that was cut short is made good by the sweep.

mod api;
pub mod balance;
mod change;
mod clock;
mod decide;
mod desk;
mod dispatch;
mod draft;
mod effects;
mod engine;
mod error;
mod explain;
mod fate;
mod handling;
mod issues;
mod loads;
mod metrics;
mod operations;
mod planner;
mod route;
mod rules;
mod settings;
mod spans;
mod sweep;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use swiftline_proto::DESCRIPTORS;
use swiftline_proto::router::v1::desk_server::DeskServer;
use swiftline_proto::router::v1::handling_server::HandlingServer;
use swiftline_proto::router::v1::operations_server::OperationsServer;
use swiftline_proto::router::v1::router_server::RouterServer;
use swiftline_proto::router::v1::rules_server::RulesServer;
use swiftline_runtime::{Context, Service, StartError, TaskPolicy};
use swiftline_store::Store;

use api::{DeskApi, HandlingApi, OperationsApi, RouterApi, RulesApi};
pub use clock::Clock;
use engine::Engine;
use loads::LoadBook;
use metrics::RouterMetrics;
use planner::Planner;
use rules::{RuleBook, Shadows};
pub use settings::{DEFAULTS, DeskSettings, LoadsSettings, RulesSettings, Settings, SweepSettings};
use watch::Bells;

/// Builds the service with the machine's clock.
///
/// # Errors
/// When the city pack or the keys are wrong, or the store cannot be had.
pub async fn build(settings: Settings, context: Context) -> Result<Service, StartError> {
    build_with(settings, context, Clock::system()).await
}

/// Builds the service with a clock of the caller's, so that a test can move the time.
///
/// # Errors
/// As [`build`].
pub async fn build_with(
    settings: Settings,
    context: Context,
    clock: Clock,
) -> Result<Service, StartError> {
    let pack = Arc::new(settings.city.load()?);
    let keyring = settings.contact.keyring(&context.files)?;
    let store = Store::connect_with(&settings.store, &context.files).await?;
    let loads = LoadBook::new(&pack.teams);
    let engine = Arc::new(Engine {
        store,
        clock,
        tracer: context.instruments.tracer.clone(),
        metrics: RouterMetrics::new(&context.instruments.metrics),
        keyring,
        seed: rand::random::<u64>().into(),
        planner: Planner::new(pack, loads),
        rules: RuleBook::new(&settings.telemetry.instance_id, context.readiness.clone()),
        shadows: Shadows::new(),
    });
    let unavailable = |error: error::Error| StartError::Unavailable(error.to_string());
    engine.begin_rules().await.map_err(unavailable)?;
    // The first orders should already find out who is busy.
    engine.look_at_loads().await.map_err(unavailable)?;
    Ok(assemble(&settings, &context, engine))
}

fn assemble(settings: &Settings, context: &Context, engine: Arc<Engine>) -> Service {
    let server = &settings.server;
    let (decoded, encoded) = (server.max_request_bytes, server.max_response_bytes);
    let bells = Arc::new(Bells::new(engine.planner.loads.teams()));
    let desk = DeskApi {
        engine: Arc::clone(&engine),
        bells: Arc::clone(&bells),
        poll: Duration::from_millis(settings.desk.poll_ms),
        stop: context.stop.clone(),
    };
    let service = Service::new(context, server, &settings.runtime)
        .add(
            RouterServer::new(RouterApi(Arc::clone(&engine)))
                .max_decoding_message_size(decoded)
                .max_encoding_message_size(encoded),
        )
        .add(
            DeskServer::new(desk)
                .max_decoding_message_size(decoded)
                .max_encoding_message_size(encoded),
        )
        .add(
            HandlingServer::new(HandlingApi(Arc::clone(&engine)))
                .max_decoding_message_size(decoded)
                .max_encoding_message_size(encoded),
        )
        .add(
            OperationsServer::new(OperationsApi(Arc::clone(&engine)))
                .max_decoding_message_size(decoded)
                .max_encoding_message_size(encoded),
        )
        .add(
            RulesServer::new(RulesApi {
                engine: Arc::clone(&engine),
                default_deadline: Duration::from_millis(server.default_deadline_ms),
            })
            .max_decoding_message_size(decoded)
            .max_encoding_message_size(encoded),
        )
        .streaming(&[
            "/swiftline.router.v1.Desk/Watch",
            "/swiftline.router.v1.Rules/Replay",
            "/swiftline.router.v1.Rules/Audit",
        ])
        .descriptors(DESCRIPTORS);
    let service = with_tasks(service, settings, context, &engine, bells);
    with_rules(service, &settings.rules, &engine)
}

fn with_tasks(
    service: Service,
    settings: &Settings,
    context: &Context,
    engine: &Arc<Engine>,
    bells: Arc<Bells>,
) -> Service {
    let (sweep, readiness) = (settings.sweep.clone(), context.readiness.clone());
    let refresh = Duration::from_millis(settings.loads.refresh_ms);
    let chores = Duration::from_millis(settings.sweep.chores_ms);
    let [sweeper, ringer, looker, keeper] = std::array::from_fn(|_| Arc::clone(engine));
    service
        .task("sweep", TaskPolicy::Essential, move |stop| {
            let (engine, sweep, readiness) =
                (Arc::clone(&sweeper), sweep.clone(), readiness.clone());
            async move {
                sweep::run(&engine, &sweep, &readiness, &stop).await;
                Ok(())
            }
        })
        .task("desk feed", TaskPolicy::Essential, move |stop| {
            let (engine, bells) = (Arc::clone(&ringer), Arc::clone(&bells));
            async move {
                bells.follow(&engine.store, &stop).await;
                Ok(())
            }
        })
        .task("loads", TaskPolicy::Essential, move |stop| {
            let engine = Arc::clone(&looker);
            async move {
                operations::follow_loads(&engine, refresh, &stop).await;
                Ok(())
            }
        })
        .task("chores", TaskPolicy::Restart, move |stop| {
            let engine = Arc::clone(&keeper);
            async move {
                operations::keep_house(&engine, chores, &stop).await;
                Ok(())
            }
        })
}

fn with_rules(service: Service, settings: &RulesSettings, engine: &Arc<Engine>) -> Service {
    let poll = Duration::from_millis(settings.poll_ms);
    let every = Duration::from_millis(settings.beat_ms);
    let [follower, beater, watcher, worker, shadower] = std::array::from_fn(|_| Arc::clone(engine));
    service
        .task("rules", TaskPolicy::Essential, move |stop| {
            let engine = Arc::clone(&follower);
            async move {
                rules::follow(&engine, poll, &stop).await;
                Ok(())
            }
        })
        .task("rules beat", TaskPolicy::Essential, move |stop| {
            let engine = Arc::clone(&beater);
            async move {
                rules::beat(&engine, every, &stop).await;
                Ok(())
            }
        })
        .task("rules canary", TaskPolicy::Restart, move |stop| {
            let engine = Arc::clone(&watcher);
            async move {
                rules::watch_canary(&engine, poll, &stop).await;
                Ok(())
            }
        })
        .task("rules in flight", TaskPolicy::Restart, move |stop| {
            let engine = Arc::clone(&worker);
            async move {
                rules::look_after_orders(&engine, poll, &stop).await;
                Ok(())
            }
        })
        .task("rules shadow", TaskPolicy::Restart, move |stop| {
            let engine = Arc::clone(&shadower);
            async move {
                rules::decide_beside(&engine, &stop).await;
                Ok(())
            }
        })
}
