//! What an operator has typed so far, classified again and again.
//!
//! The newest text is answered once typing pauses, or after a while when it does not; texts that a newer one has overtaken
//! are never classified. One answer is under way at a time, so a quick typist costs no more than a slow one.

use std::time::Duration;

use futures::{Stream, StreamExt as _, stream};
use serde::{Deserialize, Serialize};
use swiftline_config::{Problem, Problems, Validate};
use swiftline_domain::classification::{Classification, MAX_CANDIDATES};
use swiftline_domain::vocabulary::Urgency;
use swiftline_proto::classifier::v1::suggestion::About;
use swiftline_proto::classifier::v1::{PreviewRequest, PreviewResponse, Suggestion};
use swiftline_proto::types::v1 as wire;
use tokio::time::Instant;
use tonic::Status;

/// How long an operator's typing may go unanswered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewSettings {
    /// Typing has paused when nothing came for so long, in milliseconds.
    pub debounce_ms: u64,
    /// The first unanswered change waits at most so long, in milliseconds.
    pub max_wait_ms: u64,
}

impl Validate for PreviewSettings {
    fn validate(&self) -> Vec<Problem> {
        let mut problems = Problems::default();
        problems.at_least("debounce_ms", self.debounce_ms, 1);
        problems.check(
            "max_wait_ms",
            self.max_wait_ms >= self.debounce_ms,
            "must be at least debounce_ms",
        );
        problems.into_vec()
    }
}

/// Drafts that come in, of which the newest waits for its answer.
struct Typing<S, F> {
    drafts: S,
    answer: F,
    settings: PreviewSettings,
    newest: Option<PreviewRequest>,
    /// When the oldest change that is not answered came.
    since: Instant,
    due: Instant,
    ended: bool,
}

/// Answers a stream of drafts with what `answer` makes of the newest; ends with the drafts, or with the first error.
pub(crate) fn answers<S, F>(
    drafts: S,
    settings: PreviewSettings,
    answer: F,
) -> impl Stream<Item = Result<PreviewResponse, Status>>
where
    S: Stream<Item = Result<PreviewRequest, Status>> + Unpin,
    F: FnMut(PreviewRequest) -> Result<PreviewResponse, Status>,
{
    let now = Instant::now();
    let typing = Typing {
        drafts,
        answer,
        settings,
        newest: None,
        since: now,
        due: now,
        ended: false,
    };
    stream::unfold(Some(typing), async |typing| {
        let mut typing = typing?;
        let draft = typing.settled().await?;
        let answered = (typing.answer)(draft);
        let next = answered.is_ok().then_some(typing);
        Some((answered, next))
    })
}

impl<S, F> Typing<S, F>
where
    S: Stream<Item = Result<PreviewRequest, Status>> + Unpin,
{
    /// The newest draft once it is time to answer it; `None` when there is no more to answer.
    async fn settled(&mut self) -> Option<PreviewRequest> {
        while !self.ended {
            let waits = self.newest.is_some();
            tokio::select! {
                biased;
                () = tokio::time::sleep_until(self.due), if waits => break,
                draft = self.drafts.next() => match draft {
                    Some(Ok(draft)) => self.take(draft),
                    // A caller that breaks off has gone; what it typed last may still be answered.
                    Some(Err(_)) | None => self.ended = true,
                },
            }
        }
        self.newest.take()
    }

    fn take(&mut self, draft: PreviewRequest) {
        let now = Instant::now();
        if self.newest.is_none() {
            self.since = now;
        }
        let pause = now + Duration::from_millis(self.settings.debounce_ms);
        let latest = self.since + Duration::from_millis(self.settings.max_wait_ms);
        self.due = pause.min(latest);
        self.newest = Some(draft);
    }
}

/// The answer to a draft.
pub(crate) fn response(
    sequence: u64,
    classification: &Classification,
    min_confidence: f64,
) -> PreviewResponse {
    PreviewResponse {
        sequence,
        suggestions: suggestions(classification, min_confidence),
        classification: Some(wire::Classification::from(classification)),
    }
}

/// What the operator could ask or do.
fn suggestions(what: &Classification, min_confidence: f64) -> Vec<Suggestion> {
    let mut all = Vec::new();
    let mut suggest = |about: About, ids: Vec<String>| {
        all.push(Suggestion {
            about: about.into(),
            ids: ids.into_iter().take(MAX_CANDIDATES).collect(),
        });
    };
    if what.urgency == Urgency::Emergency {
        suggest(About::Emergency, Vec::new());
    }
    if !what.hints.answers.is_empty() {
        let entries = what
            .hints
            .answers
            .iter()
            .map(|(entry, _)| entry.to_string());
        suggest(About::Answer, entries.collect());
    }
    if !what.hints.similar.is_empty() {
        let cases = what.hints.similar.iter().map(|one| one.case.to_string());
        suggest(About::Similar, cases.collect());
    }
    if f64::from(what.confidence) < min_confidence {
        let others = what.alternatives.iter().map(|(category, _)| category);
        let guesses = what.category.iter().chain(others);
        suggest(About::Category, guesses.map(ToString::to_string).collect());
    }
    if what.place.is_none() {
        let candidates = what.place_candidates.iter();
        suggest(About::Place, candidates.map(ToString::to_string).collect());
    }
    all
}

#[cfg(test)]
mod tests {
    use swiftline_domain::classification::{Hints, Similar};
    use swiftline_domain::number::{CaseNumber, Partition};
    use swiftline_domain::vocabulary::{Kind, Language};
    use tokio::sync::mpsc;
    use tokio_stream::wrappers::ReceiverStream;

    use super::*;

    const SETTINGS: PreviewSettings = PreviewSettings {
        debounce_ms: 100,
        max_wait_ms: 250,
    };

    fn draft(sequence: u64) -> PreviewRequest {
        PreviewRequest {
            sequence,
            complaint: None,
        }
    }

    /// Types with these pauses, in milliseconds, and says which drafts were answered, and when.
    async fn typed(pauses: &[u64]) -> Vec<(u64, u64)> {
        let (sender, receiver) = mpsc::channel(1);
        let begun = Instant::now();
        let typist = async {
            for (sequence, pause) in (1..).zip(pauses) {
                tokio::time::sleep(Duration::from_millis(*pause)).await;
                sender.send(Ok(draft(sequence))).await.unwrap();
            }
            // The line stays open for a while.
            tokio::time::sleep(Duration::from_secs(9)).await;
            drop(sender);
        };
        let drafts = ReceiverStream::new(receiver);
        let echo = |draft: PreviewRequest| {
            Ok(PreviewResponse {
                sequence: draft.sequence,
                ..PreviewResponse::default()
            })
        };
        let answered = answers(drafts, SETTINGS, echo).map(|answer| {
            let at = begun.elapsed().as_millis();
            (answer.unwrap().sequence, u64::try_from(at).unwrap())
        });
        let (answered, ()) = tokio::join!(answered.collect::<Vec<_>>(), typist);
        answered
    }

    #[tokio::test(start_paused = true)]
    async fn only_a_pause_is_answered_and_only_the_newest() {
        assert_eq!(typed(&[0, 50, 50]).await, [(3, 200)]);
        assert_eq!(typed(&[0, 500]).await, [(1, 100), (2, 600)]);
    }

    #[tokio::test(start_paused = true)]
    async fn who_never_pauses_is_answered_all_the_same() {
        let answered = typed(&[0, 60, 60, 60, 60, 60]).await;
        assert_eq!(answered, [(5, 250), (6, 400)]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_typed_last_is_answered_when_the_line_ends() {
        let drafts = stream::iter([Ok(draft(1)), Ok(draft(2)), Err(Status::cancelled("gone"))]);
        let echo = |draft: PreviewRequest| {
            Ok(PreviewResponse {
                sequence: draft.sequence,
                ..PreviewResponse::default()
            })
        };
        let answered: Vec<_> = answers(drafts, SETTINGS, echo).collect().await;
        assert_eq!(answered.len(), 1);
        assert_eq!(answered[0].as_ref().unwrap().sequence, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn an_error_ends_the_stream() {
        let drafts = stream::iter([Ok(draft(1))]).chain(stream::pending());
        let refuse = |_| Err(Status::invalid_argument("no"));
        let answered: Vec<_> = answers(drafts, SETTINGS, refuse).collect().await;
        assert_eq!(answered.len(), 1);
    }

    #[test]
    fn suggestions_say_what_is_not_known_and_what_helps() {
        let number = CaseNumber::new(Partition(3), 7).unwrap();
        let known = Classification {
            category: Some("housing.heating".parse().unwrap()),
            kind: Kind::Consultation,
            urgency: Urgency::Normal,
            language: Language::ENGLISH,
            place: Some("110105".parse().unwrap()),
            place_candidates: vec![],
            confidence: 0.9,
            alternatives: vec![("noise".parse().unwrap(), 0.1)],
            evidence: vec![],
            model: String::new(),
            hints: Hints::default(),
        };
        assert_eq!(suggestions(&known, 0.5), []);
        let doubtful = Classification {
            urgency: Urgency::Emergency,
            place: None,
            place_candidates: vec!["110106".parse().unwrap()],
            confidence: 0.3,
            hints: Hints {
                answers: vec![("heating-season".parse().unwrap(), 0.8)],
                similar: vec![Similar {
                    case: number,
                    score: 0.7,
                }],
                ..Hints::default()
            },
            ..known
        };
        let told: Vec<(About, Vec<String>)> = suggestions(&doubtful, 0.5)
            .into_iter()
            .map(|one| (one.about(), one.ids))
            .collect();
        let wanted = [
            (About::Emergency, vec![]),
            (About::Answer, vec!["heating-season".to_owned()]),
            (About::Similar, vec![number.to_string()]),
            (
                About::Category,
                vec!["housing.heating".to_owned(), "noise".to_owned()],
            ),
            (About::Place, vec!["110106".to_owned()]),
        ];
        assert_eq!(told, wanted);
    }

    #[test]
    fn each_bad_setting_is_named() {
        assert_eq!(SETTINGS.validate(), []);
        let bad = PreviewSettings {
            debounce_ms: 0,
            max_wait_ms: 0,
        };
        assert_eq!(bad.validate()[0].field, "debounce_ms");
        let short = PreviewSettings {
            max_wait_ms: 50,
            ..SETTINGS
        };
        assert_eq!(short.validate()[0].field, "max_wait_ms");
    }
}
