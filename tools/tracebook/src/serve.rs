//! The book as a gRPC server: OTLP in, questions about cases out.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use swiftline_proto::trace::v1::traces_server::{Traces, TracesServer};
use swiftline_proto::trace::v1::{ByCaseRequest, ByCaseResponse, CountsRequest, CountsResponse};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

use crate::book::{Book, Counts};

/// The largest export that is taken, bytes: a batch of 2,048 spans is about 1 MB.
const MAX_EXPORT_BYTES: usize = 32 << 20;

/// A book that many calls share.
#[derive(Clone)]
pub struct Tracebook(Arc<Mutex<Book>>);

impl Tracebook {
    /// Shares a new book that keeps at most about `limit` spans; 0 only counts.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self(Arc::new(Mutex::new(Book::new(limit))))
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        // The book is valid after every statement, so a panic elsewhere does not spoil it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was received so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.book().counts()
    }

    /// See [`Book::by_case`].
    #[must_use]
    pub fn by_case(&self, number: &str) -> Vec<swiftline_proto::trace::v1::Span> {
        self.book().by_case(number)
    }
}

#[tonic::async_trait]
impl TraceService for Tracebook {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        self.book().record(request.into_inner());
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl Traces for Tracebook {
    async fn by_case(
        &self,
        request: Request<ByCaseRequest>,
    ) -> Result<Response<ByCaseResponse>, Status> {
        let spans = self.book().by_case(&request.into_inner().case_number);
        Ok(Response::new(ByCaseResponse { spans }))
    }

    async fn counts(&self, _: Request<CountsRequest>) -> Result<Response<CountsResponse>, Status> {
        let Counts {
            received,
            forgotten,
        } = self.book().counts();
        Ok(Response::new(CountsResponse {
            spans: received,
            forgotten,
        }))
    }
}

/// Serves the book until `stop` completes.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    tracebook: Tracebook,
    listener: TcpListener,
    stop: impl Future<Output = ()>,
) -> Result<(), tonic::transport::Error> {
    tonic::transport::Server::builder()
        .add_service(
            TraceServiceServer::new(tracebook.clone()).max_decoding_message_size(MAX_EXPORT_BYTES),
        )
        .add_service(TracesServer::new(tracebook).max_encoding_message_size(MAX_EXPORT_BYTES))
        .serve_with_incoming_shutdown(TcpListenerStream::new(listener), stop)
        .await
}
