//! What is shown of the wire's messages: enums as words, times as RFC 3339, absent things as null.
//!
//! The names and types of these fields are what scripts rely on: they are added to, never renamed.

mod case;
mod complaint;
mod event;

use jiff::Timestamp;

pub(crate) use case::{
    CallbackView, CaseView, ClockView, OfferView, PartView, RequestView, TeamView,
};
pub(crate) use complaint::{ClassificationView, ComplaintView, ContactView};
pub(crate) use event::{StepView, steps};

/// A time of the wire; `None` when it is absent or outside the calendar.
pub(crate) fn time(at: Option<prost_types::Timestamp>) -> Option<Timestamp> {
    swiftline_proto::convert::to_timestamp(at?, "").ok()
}
