//! Connections as they come in: plain ones at once, those by TLS when they are made.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt as _, Stream, StreamExt as _};
use tokio::net::{TcpListener, TcpStream};
use tonic::transport::server::TcpIncoming;

use crate::tls::{Handshake, Tls};
use crate::wire::Wire;

/// Handshakes under way at once, at most; whoever else comes waits in the kernel's queue. Many more than callers, so that
/// somebody who opens connections and says nothing does not shut the others out; each holds a few kilobytes until its time is up.
const HANDSHAKES_LIMIT: usize = 512;

/// See [`Connections::pause`].
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The connections of one listener, for tonic's `serve_with_incoming`. Never fails, and never ends by itself.
pub struct Connections {
    listener: TcpIncoming,
    tls: Option<Tls>,
    /// After an error nothing is accepted for a moment: short of file descriptors the next one would come at once.
    pause: Option<Pin<Box<tokio::time::Sleep>>>,
    handshakes: FuturesUnordered<BoxFuture<'static, Option<Wire>>>,
}

impl Connections {
    /// Takes connections in; with `tls` only by TLS, from whoever has a certificate of the CA.
    pub fn new(listener: TcpListener, tls: Option<Tls>) -> Self {
        Self {
            listener: TcpIncoming::from(listener).with_nodelay(Some(true)),
            tls,
            pause: None,
            handshakes: FuturesUnordered::new(),
        }
    }

    /// The next plain connection, or `Pending` when handshakes have been begun with all that are there.
    fn poll_accept(&mut self, context: &mut Context<'_>) -> Poll<Wire> {
        while self.handshakes.len() < HANDSHAKES_LIMIT {
            if let Some(pause) = &mut self.pause {
                ready!(pause.as_mut().poll(context));
                self.pause = None;
            }
            match self.listener.poll_next_unpin(context) {
                Poll::Ready(Some(Ok(stream))) => match &self.tls {
                    Some(tls) => self.handshakes.push(handshake(tls.clone(), stream).boxed()),
                    None => return Poll::Ready(Wire::plain(stream)),
                },
                Poll::Ready(Some(Err(error))) => {
                    tracing::warn!(reason = error.to_string(), "cannot accept a connection");
                    self.pause = Some(Box::pin(tokio::time::sleep(ACCEPT_PAUSE)));
                }
                Poll::Ready(None) | Poll::Pending => break,
            }
        }
        Poll::Pending
    }
}

async fn handshake(tls: Tls, stream: TcpStream) -> Option<Wire> {
    let address = stream.peer_addr().ok();
    let made = tls.accept(stream).await;
    tls.metrics().handshake(made.as_ref().err());
    let caller = address.map(|address| address.to_string());
    match made {
        Ok(stream) => Some(Wire::tls(stream)),
        Err(Handshake::Failed(reason)) => {
            tracing::warn!(caller, reason, "a caller's handshake failed");
            None
        }
        Err(Handshake::Gone) => {
            tracing::debug!(caller, "a caller went away before the handshake");
            None
        }
        Err(Handshake::Late) => {
            tracing::warn!(caller, "a caller's handshake took too long");
            None
        }
    }
}

impl Stream for Connections {
    type Item = Result<Wire, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Poll::Ready(stream) = self.poll_accept(context) {
                return Poll::Ready(Some(Ok(stream)));
            }
            match self.handshakes.poll_next_unpin(context) {
                Poll::Ready(Some(Some(stream))) => return Poll::Ready(Some(Ok(stream))),
                Poll::Ready(Some(None)) => {} // one has failed, and there is room for another
                Poll::Ready(None) | Poll::Pending => return Poll::Pending,
            }
        }
    }
}

impl std::fmt::Debug for Connections {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connections")
            .field("tls", &self.tls.is_some())
            .finish_non_exhaustive()
    }
}
