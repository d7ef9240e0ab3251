//! `model drift`: whether what comes in still looks like what the models were trained on.

use clap::Args;
use comfy_table::Cell;
use serde::Serialize;
use swiftline_proto::classifier::v1::{self as wire, GetDriftRequest};

use crate::connect::{Mesh, Peer};
use crate::failure::Failure;
use crate::output::{Out, Screen, cell, heading};
use crate::words::{count, percent};

/// Under this a stability index means the same population, above [`OTHER`] another one; a rule of thumb of long standing.
const SAME: f64 = 0.1;
const OTHER: f64 = 0.25;
/// Of fewer messages nothing can be said.
const FEW: u64 = 200;
/// A mean confidence that has fallen by so much is a drift of its own.
const FALLEN: f64 = 0.1;
/// Labels that a table shows.
const LABELS: usize = 5;

/// Arguments of `model drift`.
#[derive(Debug, Args)]
#[command(after_help = "\
For each model the labels and the confidence of these days' messages are compared with those of its training data by the \
population stability index: under 0.1 the same, above 0.25 another population. What a classifier counted in its last seconds \
before it died is missing; nothing else is.

Examples:
  swiftctl model drift
  swiftctl model drift --days 30 --model zh-groups
  swiftctl --output json model drift | jq 'select(.verdict == \"drifted\") | .model'")]
pub(super) struct DriftArgs {
    /// Today and the days before it, so many in all
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=90))]
    days: u32,
    /// Only this model, such as zh-groups
    #[arg(long, value_name = "NAME", default_value = "")]
    model: String,
}

/// A model's days beside its training data.
#[derive(Debug, Serialize)]
struct DriftView {
    model: String,
    version: String,
    /// `same`, `shifting`, `drifted` or `too_few`.
    verdict: &'static str,
    messages: u64,
    label_psi: f64,
    confidence_psi: f64,
    mean_confidence: f64,
    trained_mean_confidence: f64,
    unsure_share: f64,
    examples: u64,
    agreed: u64,
    labels: Vec<LabelView>,
    confidence_bins: Vec<f64>,
    trained_confidence_bins: Vec<f64>,
}

#[derive(Debug, Serialize)]
struct LabelView {
    label: String,
    share: f64,
    trained_share: f64,
}

impl From<wire::Drift> for DriftView {
    fn from(drift: wire::Drift) -> Self {
        let label = |one: wire::LabelShare| LabelView {
            label: one.label,
            share: one.share,
            trained_share: one.trained_share,
        };
        Self {
            verdict: verdict(&drift),
            model: drift.model,
            version: drift.version,
            messages: drift.messages,
            label_psi: drift.label_psi,
            confidence_psi: drift.confidence_psi,
            mean_confidence: drift.mean_confidence,
            trained_mean_confidence: drift.trained_mean_confidence,
            unsure_share: drift.unsure_share,
            examples: drift.examples,
            agreed: drift.agreed,
            labels: drift.labels.into_iter().map(label).collect(),
            confidence_bins: drift.confidence_bins,
            trained_confidence_bins: drift.trained_confidence_bins,
        }
    }
}

fn verdict(drift: &wire::Drift) -> &'static str {
    let worst = drift.label_psi.max(drift.confidence_psi);
    let fallen = drift.trained_mean_confidence - drift.mean_confidence;
    if drift.messages < FEW {
        "too_few"
    } else if worst > OTHER || fallen > FALLEN {
        "drifted"
    } else if worst > SAME {
        "shifting"
    } else {
        "same"
    }
}

impl DriftView {
    /// The verdict in a sentence.
    fn sentence(&self) -> String {
        let (model, messages) = (&self.model, count(self.messages));
        let psi = format!(
            "labels {:.2}, confidence {:.2}, mean confidence {:.2} against {:.2}",
            self.label_psi, self.confidence_psi, self.mean_confidence, self.trained_mean_confidence
        );
        match self.verdict {
            "too_few" => format!("{model}: {messages} messages are too few to tell"),
            "same" => format!("{model}: as in training ({psi}; {messages} messages)"),
            "shifting" => {
                format!("{model}: shifting, keep an eye on it ({psi}; {messages} messages)")
            }
            _ => format!(
                "{model}: drifted, train it anew with the desk's corrections ({psi}; {messages} messages)"
            ),
        }
    }

    /// What people's decisions say of it.
    fn agreement(&self) -> String {
        match self.examples {
            0 => "no decisions of people to compare with".to_owned(),
            examples => format!(
                "people decided {} of its cases and agreed with {}",
                count(examples),
                percent(self.agreed as f64 / examples as f64)
            ),
        }
    }
}

/// Prints a verdict for each model.
///
/// # Errors
/// When there is no such model, or the classifier is not there.
pub(super) async fn run(args: DriftArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let request = mesh.request(GetDriftRequest {
        model: args.model,
        days: args.days,
    });
    let answer = mesh
        .call(Peer::Classifier, mesh.learning()?.get_drift(request))
        .await?;
    let views: Vec<DriftView> = answer.models.into_iter().map(Into::into).collect();
    out.rows(&views, |screen| draw(&views, screen))
}

fn draw(views: &[DriftView], screen: &Screen) -> String {
    if views.is_empty() {
        return "no model is in force".to_owned();
    }
    let sentences: Vec<String> = views.iter().map(DriftView::sentence).collect();
    let mut text = sentences.join("\n");
    for view in views.iter().filter(|view| view.messages > 0) {
        text.push_str(&heading(&view.version));
        text.push_str(&format!(
            "{}; {} of the messages were left to a person\n\n",
            view.agreement(),
            percent(view.unsure_share)
        ));
        let row = |one: &LabelView| {
            let share = |share| Cell::new(percent(share));
            vec![cell(&one.label), share(one.share), share(one.trained_share)]
        };
        let labels = view.labels.iter().take(LABELS).map(row);
        text.push_str(&screen.table(&["label", ">now", ">in training"], labels));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drift(messages: u64, psi: f64, mean: f64) -> wire::Drift {
        wire::Drift {
            model: "zh-groups".into(),
            version: "zh-groups-0123456789ab".into(),
            messages,
            label_psi: psi,
            mean_confidence: mean,
            trained_mean_confidence: 0.9,
            ..Default::default()
        }
    }

    #[test]
    fn a_verdict_needs_messages_and_follows_the_index_and_the_confidence() {
        let verdicts = [
            (drift(199, 9.0, 0.1), "too_few"),
            (drift(200, 0.05, 0.88), "same"),
            (drift(200, 0.2, 0.88), "shifting"),
            (drift(200, 0.3, 0.88), "drifted"),
            (drift(200, 0.05, 0.7), "drifted"),
        ];
        for (drift, expected) in verdicts {
            assert_eq!(verdict(&drift), expected, "{drift:?}");
        }
    }

    #[test]
    fn each_model_has_a_plain_line_and_the_labels_that_changed() {
        let mut drifted = drift(12_000, 0.3, 0.88);
        (drifted.examples, drifted.agreed, drifted.unsure_share) = (40, 10, 0.125);
        drifted.labels = vec![wire::LabelShare {
            label: "城乡建设".into(),
            share: 0.5,
            trained_share: 0.25,
        }];
        let views = [drifted, drift(0, 0.0, 0.0)].map(DriftView::from);
        let screen = Screen::fixed("2026-11-22T00:00:00Z", Some(100));
        let text = anstream::adapter::strip_str(&draw(&views, &screen)).to_string();
        assert!(
            text.starts_with("zh-groups: drifted, train it anew"),
            "{text}"
        );
        assert!(text.contains("0 messages are too few to tell"), "{text}");
        assert!(text.contains("agreed with 25"), "{text}");
        assert!(text.contains("城乡建设"), "{text}");
    }
}
