//! Citizens who are asked by a message: out by the city's SMS gateway, back by its webhook.
//!
//! ```text
//! Invite ─▶ the case is held ─▶ port ── POST, signed ──▶ gateway ── SMS, e-mail ──▶ citizen
//! case ◀── the way of every callback ◀── answers (POST /v1/answers, signed) ◀── gateway, or the page behind the link ◀──┘
//! ```
//!
//! Both ways speak [Standard Webhooks](https://www.standardwebhooks.com). An invitation is a [`pass`]: case, round and
//! end, under a MAC. The message's id and the link's token are two forms of it, so nothing has to be looked up.
//!
//! # Invariants
//!
//! - While an answer may come no operator gets the case; when none came in time the operators get it back.
//! - The same invitation has the same message id, however often it is tried: the gateway sends it once.
//! - An answer counts for the result that it was asked about: after a reopening it is refused. The same again changes nothing.
//! - Contact data goes to the gateway and nowhere else; nothing that comes in is said back.

mod answer;
mod answers;
mod invite;
mod metrics;
mod pass;
mod port;
mod secrets;
mod settings;

use std::path::PathBuf;

use swiftline_config::Watched;
use swiftline_runtime::{Context, StartError};
use swiftline_telemetry::Tracer;
use tokio::net::TcpListener;

pub(crate) use answers::Endpoint;
use metrics::GatewayMetrics;
use port::Port;
use secrets::Secrets;
pub use settings::GatewaySettings;

/// Where answers come in; `None`: they do not.
///
/// # Errors
/// When the address cannot be listened on.
pub(crate) async fn listen(settings: &GatewaySettings) -> Result<Option<TcpListener>, StartError> {
    let address = &settings.listen;
    if address.is_empty() {
        return Ok(None);
    }
    let refused = |error| StartError::Config(format!("gateway.listen {address}: {error}"));
    TcpListener::bind(address).await.map(Some).map_err(refused)
}

/// The city's gateway, and what its messages are signed with.
pub(crate) struct Gateway {
    settings: GatewaySettings,
    secrets: Watched<Secrets>,
    /// `None`: messages only come in.
    port: Option<Port>,
    metrics: GatewayMetrics,
    tracer: Tracer,
}

impl Gateway {
    /// `None` when neither way is set up.
    ///
    /// # Errors
    /// When the secret cannot be read or is none.
    pub(crate) fn new(
        settings: &GatewaySettings,
        context: &Context,
    ) -> Result<Option<Self>, StartError> {
        if !settings.is_on() {
            return Ok(None);
        }
        let file = settings.secret_file.clone();
        let paths = vec![PathBuf::from(&file)];
        let load = move || Secrets::load(&file);
        let secrets = context.files.watch("gateway.secret_file", paths, load);
        let secrets = secrets
            .map_err(|reason| StartError::Config(format!("gateway.secret_file: {reason}")))?;
        let instruments = &context.instruments;
        Ok(Some(Self {
            port: Port::new(settings),
            settings: settings.clone(),
            secrets,
            metrics: GatewayMetrics::new(&instruments.metrics),
            tracer: instruments.tracer.clone(),
        }))
    }
}
