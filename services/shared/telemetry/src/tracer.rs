//! The handle that makes spans.

use std::borrow::Cow;

use opentelemetry::trace::{SpanKind, TracerProvider as _};
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};

use crate::hop::{HopBuilder, Operation};

/// Makes spans; cheap to clone, handed over explicitly.
#[derive(Debug, Clone)]
pub struct Tracer {
    pub(crate) sdk: SdkTracer,
    records: bool,
}

impl Tracer {
    /// A tracer that records nothing, but whose spans still have ids, so that contexts travel.
    pub fn disabled() -> Self {
        let provider = SdkTracerProvider::builder()
            .with_sampler(Sampler::AlwaysOff)
            .build();
        Self {
            records: false,
            ..Self::from_provider(&provider)
        }
    }

    pub(crate) fn from_provider(provider: &SdkTracerProvider) -> Self {
        Self {
            sdk: provider.tracer("swiftline"),
            records: true,
        }
    }

    /// Whether it may begin traces: one that is [`disabled`](Self::disabled) leaves to those it calls whether they do.
    pub fn records(&self) -> bool {
        self.records
    }

    /// Begins to describe a span; see [`HopBuilder`].
    pub fn span(&self, name: impl Into<Cow<'static, str>>, kind: SpanKind) -> HopBuilder<'_> {
        HopBuilder::new(self, name.into(), kind)
    }

    /// Begins to describe a messaging span: name `{operation} {template}`, kind and attributes by convention.
    ///
    /// `template` is the low-cardinality form of the destination (`{pNN}:log`, `team.{team_id}`), `destination` the log
    /// or queue itself.
    pub fn message(
        &self,
        operation: Operation,
        template: &str,
        destination: &str,
    ) -> HopBuilder<'_> {
        HopBuilder::message(self, operation, template, destination)
    }
}
