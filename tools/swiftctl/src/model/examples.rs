//! `model examples`: what people's decisions teach, as lines that `train fit --with-corrections` reads.

use std::time::Duration;

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use swiftline_classifier::model::Example;
use swiftline_proto::classifier::v1::{self as wire, ListExamplesRequest};
use swiftline_proto::convert::timestamp;

use crate::cli::long_duration;
use crate::connect::{Mesh, Peer};
use crate::failure::Failure;
use crate::output::Out;

/// Arguments of `model examples`.
#[derive(Debug, Args)]
#[command(after_help = "\
Each case that a person in triage gave a category, also after a team had returned it, and each correction is an example: one \
a case and model, of the newest decision. Of the text an example has its features (hashes of n-grams and their counts), and \
the text itself only where the city's policy keeps it and the classifier that answers has the keys.

Examples:
  swiftctl model examples > corrections.jsonl
  swiftctl model examples --since 7d --model zh-groups | wc -l
  train fit groups --with-corrections corrections.jsonl")]
pub(super) struct ExamplesArgs {
    /// How far to look back, such as 24h or 7d; everything that is kept without it
    #[arg(long, value_name = "TIME", value_parser = long_duration)]
    since: Option<Duration>,
    /// Only what teaches this model, such as zh-groups
    #[arg(long, value_name = "NAME", default_value = "")]
    model: String,
}

/// Prints the examples, the oldest first, one JSON line each; on standard error how many no model can learn.
///
/// # Errors
/// When the classifier is not there.
pub(super) async fn run(args: ExamplesArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let back = args.since.map(SignedDuration::try_from);
    let since = back
        .and_then(Result::ok)
        .map(|back| Timestamp::now() - back);
    let request = mesh.request(ListExamplesRequest {
        model: args.model,
        since: since.map(timestamp),
    });
    let mut messages = mesh
        .call(Peer::Classifier, mesh.learning()?.list_examples(request))
        .await?;
    let mut passed_over = 0;
    while let Some(message) = messages
        .message()
        .await
        .map_err(|status| mesh.failure(Peer::Classifier, status))?
    {
        for one in message.examples {
            match example(one) {
                Some(example) => out.text(&line(&example)?)?,
                None => passed_over += 1,
            }
        }
    }
    if passed_over > 0 {
        eprintln!(
            "{passed_over} decisions taught no model: none was in force for their language and category"
        );
    }
    Ok(())
}

fn line(example: &Example) -> Result<String, Failure> {
    serde_json::to_string(example).map_err(|error| Failure::Given(error.to_string()))
}

/// As the trainer reads it; `None` where there is nothing that a model could learn.
fn example(one: wire::Example) -> Option<Example> {
    let features = one.features.into_iter();
    let features = features.map(|feature| {
        let count = u16::try_from(feature.count).unwrap_or(u16::MAX);
        (feature.hash, count)
    });
    let example = Example {
        model: one.model,
        label: one.label,
        text: Some(one.text).filter(|text| !text.is_empty()),
        features: features.collect(),
    };
    let teaches = example.text.is_some() || !example.features.is_empty();
    (teaches && !example.model.is_empty()).then_some(example)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_what_the_trainer_reads() {
        let told = wire::Example {
            model: "zh-groups".into(),
            label: "城乡建设".into(),
            features: vec![wire::Feature { hash: 7, count: 2 }],
            ..Default::default()
        };
        let written = line(&example(told.clone()).unwrap()).unwrap();
        assert_eq!(
            written,
            r#"{"model":"zh-groups","label":"城乡建设","features":[[7,2]]}"#
        );
        let read: Example = serde_json::from_str(&written).unwrap();
        assert_eq!(read.features, [(7, 2)]);
        let unknown = wire::Example {
            model: String::new(),
            ..told.clone()
        };
        assert_eq!(example(unknown), None);
        let empty = wire::Example {
            features: Vec::new(),
            ..told
        };
        assert_eq!(example(empty), None);
    }
}
