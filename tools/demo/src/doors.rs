//! The doors of a mesh at which this program knocks: as a channel, a desk and an operator do.

use std::time::Duration;

use swiftline_rpc::{Channel, ClientSettings, Tls};
use swiftline_telemetry::Instruments;

use crate::Failure;

/// Channels to the services that people call.
#[derive(Clone)]
pub(crate) struct Doors {
    /// Takes complaints.
    pub intake: Channel,
    /// Has the desks.
    pub router: Channel,
    /// Takes results and callbacks.
    pub feedback: Channel,
}

impl Doors {
    /// To addresses as the services' own settings have them, such as `http://127.0.0.1:7001` or `dns://intake:7001`.
    /// One attempt at a call may take `timeout`. By TLS if there is any.
    pub(crate) fn to(
        intake: &str,
        router: &str,
        feedback: &str,
        timeout: Duration,
        tls: Option<&Tls>,
    ) -> Result<Self, Failure> {
        let connect = |address: &str| {
            let settings = ClientSettings {
                timeout_ms: u64::try_from(timeout.as_millis())?,
                ..ClientSettings::to([address])
            };
            Ok::<_, Failure>(Channel::over(&settings, tls, &Instruments::disabled())?)
        };
        Ok(Self {
            intake: connect(intake)?,
            router: connect(router)?,
            feedback: connect(feedback)?,
        })
    }
}
