//! `model push`: a file goes to the mesh.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use serde::Serialize;
use swiftline_domain::id::ActorId;
use swiftline_proto::classifier::v1::push_request::Part;
use swiftline_proto::classifier::v1::{PushHead, PushRequest};

use super::show::{pairs, read};
use super::view::ModelView;
use crate::connect::{Mesh, Peer};
use crate::failure::Failure;
use crate::output::Out;

/// How much of a file goes into one message.
const CHUNK_BYTES: usize = 1 << 20;

/// Arguments of `model push`.
#[derive(Debug, Args)]
#[command(after_help = "\
The file is checked here and there and kept under its digest; what is in force stays so. Pushing the same again changes \
nothing.

Example:
  swiftctl model push zh-groups.model --actor li --reason 'with the corrections of March'")]
pub(super) struct PushArgs {
    /// The model file
    #[arg(value_hint = ValueHint::FilePath)]
    file: PathBuf,
    /// Who acts, by an opaque id
    #[arg(long, default_value = "desk-1", env = "SWIFTCTL_ACTOR")]
    actor: ActorId,
    /// Why, in your words, at most 500 characters
    #[arg(long)]
    reason: String,
}

#[derive(Debug, Serialize)]
struct PushedView {
    #[serde(flatten)]
    model: ModelView,
    /// It was there before.
    already: bool,
}

/// Sends a model.
///
/// # Errors
/// When the file is no model, the mesh refuses it, or the classifier is not there.
pub(super) async fn run(args: PushArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let (bytes, model) = read(&args.file)?;
    let part = |part| PushRequest { part: Some(part) };
    let mut parts = vec![part(Part::Head(PushHead {
        digest: model.digest(),
        actor: args.actor.to_string(),
        reason: args.reason,
    }))];
    let chunks = bytes.chunks(CHUNK_BYTES);
    parts.extend(chunks.map(|chunk| part(Part::Chunk(chunk.to_vec()))));
    let request = mesh.request(tokio_stream::iter(parts));
    let mut models = mesh.models()?;
    let answer = mesh.call(Peer::Classifier, models.push(request));
    let answer = answer.await?;
    let view = PushedView {
        model: answer.model.unwrap_or_default().into(),
        already: answer.already,
    };
    out.one(&view, |screen| {
        let pushed = if view.already {
            "it was there before"
        } else {
            "it is kept, and not in force"
        };
        let mut shown = pairs(&view.model);
        shown.push(("state", Some(pushed.to_owned())));
        screen.pairs(&shown)
    })
}
