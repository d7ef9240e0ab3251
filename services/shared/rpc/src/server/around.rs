//! A layer that is one asynchronous function around a call.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::{Request, Response};
use tonic::body::Body;
use tower::{Service, ServiceExt as _};

/// A gRPC service as tonic makes them: it answers always, errors included.
pub trait Routes:
    Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
    + Clone
    + Send
    + Sync
    + 'static
{
}

impl<S> Routes for S where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static
{
}

/// What a layer does with a call; it may pass the request on to `next`, or answer itself.
pub(crate) trait Around: Send + Sync + 'static {
    fn call<S: Routes>(
        &self,
        request: Request<Body>,
        next: S,
    ) -> impl Future<Output = Response<Body>> + Send;
}

/// Puts an [`Around`] around a service.
pub(crate) trait AroundLayer: Around + Sized {
    fn around<S: Routes>(self, inner: S) -> Wrapped<Self, S> {
        Wrapped {
            around: Arc::new(self),
            inner,
        }
    }
}

impl<A: Around> AroundLayer for A {}

/// The service that results.
#[derive(Debug)]
pub struct Wrapped<A, S> {
    around: Arc<A>,
    inner: S,
}

impl<A, S: Clone> Clone for Wrapped<A, S> {
    fn clone(&self) -> Self {
        Self {
            around: self.around.clone(),
            inner: self.inner.clone(),
        }
    }
}

impl<A: Around, S: Routes> Service<Request<Body>> for Wrapped<A, S> {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(())) // `next` is waited for inside the call: readiness must not hold back what could be refused
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let (around, inner) = (self.around.clone(), self.inner.clone());
        async move { Ok(around.call(request, inner).await) }.boxed()
    }
}

/// Passes a request on.
pub(crate) async fn pass<S: Routes>(request: Request<Body>, next: S) -> Response<Body> {
    match next.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// The whole stack around routes `S`.
pub type Stacked<S> = Wrapped<
    super::trace::Trace,
    Wrapped<
        super::scrub::Scrub,
        Wrapped<
            super::panic::CatchPanic,
            Wrapped<
                super::deadline::Deadline,
                Wrapped<super::callers::Callers, Wrapped<super::shed::Shed, S>>,
            >,
        >,
    >,
>;
