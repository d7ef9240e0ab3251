//! Who may call, by the certificate's names.

use http::{Request, Response};
use tonic::Status;
use tonic::body::Body;

use super::around::{Around, Routes, pass};
use super::{Class, Classes};
use crate::tls::{Peer, Tls};

/// Refuses those whom the CA has signed, but who are not in `tls.allow`. Health and reflection answer everybody of the CA.
#[derive(Debug)]
pub struct Callers {
    tls: Option<Tls>,
    classes: Classes,
}

impl Callers {
    pub(crate) fn new(tls: Option<Tls>, classes: Classes) -> Self {
        Self { tls, classes }
    }
}

impl Around for Callers {
    async fn call<S: Routes>(&self, request: Request<Body>, next: S) -> Response<Body> {
        let Some(tls) = &self.tls else {
            return pass(request, next).await;
        };
        let path = request.uri().path();
        if self.classes.of(path) == Class::Infrastructure {
            return pass(request, next).await;
        }
        let peer: Option<&Peer> = request.extensions().get();
        let names = peer.and_then(|peer| peer.names.as_deref()).unwrap_or(&[]);
        if tls.allows(names) {
            return pass(request, next).await;
        }
        let caller = names.first().map_or("nobody by name", String::as_str);
        tls.metrics().refused();
        tracing::warn!(caller, method = path, "refused: not in tls.allow");
        let reason = format!("{caller} may not call this service");
        Status::permission_denied(reason).into_http()
    }
}
