//! The wire: messages and services generated from `swiftline/*/v1/*.proto`, and their conversions to the domain.
//!
//! The same messages are stored in the case log, so a field number is never used again for something else.
//!
//! **Invariant:** services convert at their edge, once in and once out; generated types go no further.

pub mod codec;
pub mod convert;
pub mod refusal;

/// The encoded `FileDescriptorSet` of every service, for gRPC reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

macro_rules! package {
    ($(#[$doc:meta])* $module:ident, $package:literal) => {
        $(#[$doc])*
        pub mod $module {
            /// Version 1.
            #[allow(missing_docs, clippy::all, clippy::allow_attributes, clippy::allow_attributes_without_reason, reason = "generated")]
            pub mod v1 {
                tonic::include_proto!($package);
            }
        }
    };
}

package! {
    /// Shared messages: complaints, cases, events.
    types, "swiftline.types.v1"
}
package! {
    /// The intake service.
    intake, "swiftline.intake.v1"
}
package! {
    /// The classifier service.
    classifier, "swiftline.classifier.v1"
}
package! {
    /// The router's services.
    router, "swiftline.router.v1"
}
package! {
    /// The feedback service.
    feedback, "swiftline.feedback.v1"
}
package! {
    /// Reading kept spans.
    trace, "swiftline.trace.v1"
}
