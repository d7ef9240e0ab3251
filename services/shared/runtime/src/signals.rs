//! SIGTERM and SIGINT: the first drains, the second exits.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::EXIT_INTERNAL;

/// The two signals that end a service.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Takes the signals over; from now on they do not kill the process.
    pub(crate) fn install() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Cancels `drain` at the first signal, exits at the second; never returns.
    pub(crate) async fn watch(mut self, drain: CancellationToken) -> std::convert::Infallible {
        let name = self.next().await;
        tracing::info!(signal = name, "draining");
        drain.cancel();
        let name = self.next().await;
        tracing::warn!(signal = name, "second signal, exiting at once");
        std::process::exit(EXIT_INTERNAL.into());
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}
