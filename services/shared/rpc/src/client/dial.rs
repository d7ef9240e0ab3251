//! Making a connection, and keeping why nothing has come of it.
//!
//! Whether a server takes us shows only in its first bytes: by TLS 1.3 it looks at our certificate when our side is already
//! done, and one that expects TLS answers plain HTTP/2 with an alert. Neither gRPC nor HTTP/2 keeps the reason.

use std::io;
use std::sync::{Arc, OnceLock};

use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::tls::Tls;
use crate::wire::Wire;

/// What the server has said first: bytes, or why there are none.
#[derive(Debug, Default)]
pub struct Greeting {
    heard: Notify,
    trouble: OnceLock<String>,
}

impl Greeting {
    /// Waits for the server's first bytes; for ever when there are none. One may wait.
    pub(crate) async fn heard(&self) {
        self.heard.notified().await;
    }

    /// Why the connection ended before the server said anything, if it did.
    #[must_use]
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.get().map(String::as_str)
    }

    pub(crate) fn hear(&self) {
        self.heard.notify_one();
    }

    pub(crate) fn note(&self, reason: impl FnOnce() -> String) {
        self.trouble.get_or_init(reason);
    }
}

/// Connects to `address`, `host:port`, and by TLS if there is any; then the server must have a certificate for `name`.
///
/// # Errors
/// Why there is no connection; `greeting` has it, too. It also hears what becomes of the connection at first.
pub async fn dial(
    address: &str,
    name: &str,
    tls: Option<&Tls>,
    greeting: &Arc<Greeting>,
) -> io::Result<Wire> {
    let made = connect(address, name, tls).await;
    made.map(|wire| wire.greeted(greeting)).map_err(|reason| {
        greeting.note(|| reason.clone());
        io::Error::other(reason)
    })
}

async fn connect(address: &str, name: &str, tls: Option<&Tls>) -> Result<Wire, String> {
    let said = |error: io::Error| error.to_string();
    let stream = TcpStream::connect(address).await.map_err(said)?;
    stream.set_nodelay(true).map_err(said)?;
    match tls {
        None => Ok(Wire::plain(stream)),
        Some(tls) => tls.connect(name, stream).await.map(Wire::tls),
    }
}
