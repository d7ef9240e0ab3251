//! prost's codec, except that a request that cannot be decoded is the sender's fault and says which field is.
//!
//! tonic answers INTERNAL to such a request, as if the server had failed.

use std::marker::PhantomData;

use prost::{DecodeError, Message};
use tonic::Status;
use tonic::codec::{BufferSettings, Codec, DecodeBuf, Decoder};
use tonic_prost::ProstEncoder;
use tonic_types::{ErrorDetails, StatusExt as _};

/// The codec of every generated client and server.
#[derive(Debug, Clone)]
pub struct ProtoCodec<T, U>(PhantomData<(T, U)>);

impl<T, U> Default for ProtoCodec<T, U> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<T, U> Codec for ProtoCodec<T, U>
where
    T: Message + Send + 'static,
    U: Message + Default + Send + 'static,
{
    type Encode = T;
    type Decode = U;
    type Encoder = ProstEncoder<T>;
    type Decoder = ProtoDecoder<U>;

    fn encoder(&mut self) -> Self::Encoder {
        ProstEncoder::new(BufferSettings::default())
    }

    fn decoder(&mut self) -> Self::Decoder {
        ProtoDecoder(PhantomData)
    }
}

/// The decoder of [`ProtoCodec`].
#[derive(Debug, Clone)]
pub struct ProtoDecoder<U>(PhantomData<U>);

impl<U: Message + Default> Decoder for ProtoDecoder<U> {
    type Item = U;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<U>, Status> {
        let refused = |error: DecodeError| refusal(&error, is_request::<U>());
        U::decode(buffer).map(Some).map_err(refused)
    }
}

/// Only servers decode requests; every method's message is named for what it is.
fn is_request<U>() -> bool {
    std::any::type_name::<U>().ends_with("Request")
}

fn refusal(error: &DecodeError, is_request: bool) -> Status {
    let text = error.to_string();
    let (field, reason) = path_and_reason(&text);
    if !is_request {
        return Status::internal(format!("the answer cannot be decoded: {field}: {reason}"));
    }
    let message = format!("the request cannot be decoded: {field}: {reason}");
    let details = ErrorDetails::with_bad_request_violation(field, reason);
    Status::with_error_details(tonic::Code::InvalidArgument, message, details)
}

/// Takes prost's text apart: `… message: Inner.field: Outer.field: reason`, the innermost message first.
fn path_and_reason(text: &str) -> (String, &str) {
    let (_, located) = text.split_once("message: ").unwrap_or(("", text));
    let mut rest = located;
    let mut fields = Vec::new();
    while let Some((place, after)) = rest.split_once(": ")
        && let Some((message, field)) = place.split_once('.')
        && !message.contains(' ')
    {
        fields.push(field);
        rest = after;
    }
    fields.reverse();
    (fields.join("."), rest)
}

#[cfg(test)]
mod tests {
    use crate::intake::v1::SubmitRequest;

    use super::*;

    /// A submission whose complaint's text is the byte 0xff.
    const NOT_UTF_8: [u8; 7] = [0x0a, 0x05, 0x12, 0x03, 0x0a, 0x01, 0xff];

    #[test]
    fn a_request_that_is_no_utf_8_is_refused_with_its_field() {
        let error = SubmitRequest::decode(NOT_UTF_8.as_slice()).unwrap_err();
        let status = refusal(&error, is_request::<SubmitRequest>());
        assert_eq!(status.code(), tonic::Code::InvalidArgument);
        let violations = status.get_details_bad_request().unwrap().field_violations;
        assert_eq!(violations[0].field, "submission.complaint.text");
        assert!(
            violations[0].description.contains("UTF-8"),
            "{violations:?}"
        );
    }

    #[test]
    fn an_answer_that_cannot_be_decoded_is_internal() {
        let error = SubmitRequest::decode(NOT_UTF_8.as_slice()).unwrap_err();
        let status = refusal(&error, is_request::<crate::intake::v1::SubmitResponse>());
        assert_eq!(status.code(), tonic::Code::Internal);
    }

    #[test]
    fn a_reason_without_a_place_has_no_field() {
        assert_eq!(
            path_and_reason("failed to decode Protobuf message: invalid varint"),
            (String::new(), "invalid varint")
        );
    }
}
