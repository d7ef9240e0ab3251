//! One connection, plain or by TLS, of either side.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsStream;
use tonic::transport::server::Connected;

use crate::client::Greeting;
use crate::tls::{Peer, SPEAKS_TLS, explain, is_tls_record, names_of};

/// A connection that is made.
#[derive(Debug)]
pub struct Wire {
    kind: Kind,
    /// A client's, until the server has said something.
    greeting: Option<Arc<Greeting>>,
}

#[derive(Debug)]
enum Kind {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

trait Both: AsyncRead + AsyncWrite + Unpin {}

impl<S: AsyncRead + AsyncWrite + Unpin> Both for S {}

impl Wire {
    /// In plain text.
    pub(crate) fn plain(stream: TcpStream) -> Self {
        Self {
            kind: Kind::Plain(stream),
            greeting: None,
        }
    }

    /// By TLS.
    pub(crate) fn tls(stream: impl Into<TlsStream<TcpStream>>) -> Self {
        Self {
            kind: Kind::Tls(Box::new(stream.into())),
            greeting: None,
        }
    }

    /// Tells what the server says first.
    pub(crate) fn greeted(mut self, greeting: &Arc<Greeting>) -> Self {
        self.greeting = Some(Arc::clone(greeting));
        self
    }

    fn inner(&mut self) -> Pin<&mut dyn Both> {
        match &mut self.kind {
            Kind::Plain(stream) => Pin::new(stream),
            Kind::Tls(stream) => Pin::new(stream.as_mut()),
        }
    }

    /// Looks at the first thing that was read, and has its reader refuse it when it is TLS where plain text was expected.
    fn first(&self, greeting: &Greeting, read: &io::Result<()>, bytes: &[u8]) -> io::Result<()> {
        match read {
            Err(error) => greeting.note(|| explain(error)),
            Ok(()) if bytes.is_empty() => {
                greeting.note(|| "the server has closed the connection".to_owned());
            }
            Ok(()) if matches!(self.kind, Kind::Plain(_)) && is_tls_record(bytes) => {
                greeting.note(|| SPEAKS_TLS.to_owned());
                return Err(io::Error::new(io::ErrorKind::InvalidData, SPEAKS_TLS));
            }
            Ok(()) => greeting.hear(),
        }
        Ok(())
    }
}

impl Connected for Wire {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        let (stream, names) = match &self.kind {
            Kind::Plain(stream) => (stream, None),
            Kind::Tls(stream) => (stream.get_ref().0, Some(names_of(stream))),
        };
        Peer {
            address: stream.peer_addr().ok(),
            names,
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = ready!(self.inner().poll_read(context, buffer));
        if let Some(greeting) = self.greeting.take() {
            self.first(&greeting, &read, &buffer.filled()[before..])?;
        }
        Poll::Ready(read)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.inner().poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.inner().poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        match &self.kind {
            Kind::Plain(stream) => stream.is_write_vectored(),
            Kind::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner().poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner().poll_shutdown(context)
    }
}
