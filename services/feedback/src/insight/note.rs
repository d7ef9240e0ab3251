//! What a commit tells insight: a case that was classified for the first time, or what its citizen says.

use prost::Message as _;
use swiftline_proto::feedback::v1::{InsightNote, InsightTold};
use swiftline_proto::types::v1::Commit;
use swiftline_proto::types::v1::event::Event;

/// The version of a case that was accepted and then classified: a later classification is a correction, which does not
/// bring the case in again.
const CLASSIFIED_FIRST: u64 = 2;

/// The note of this commit; empty when it has nothing to tell.
pub(crate) fn note(commit: &Commit) -> Vec<u8> {
    let Some(subject) = &commit.subject else {
        return Vec::new();
    };
    let mut note = InsightNote {
        case_number: commit.case_number.clone(),
        at: commit.at,
        accepted_at: subject.accepted_at,
        category: subject.category.clone(),
        place: subject.place.clone(),
        ..InsightNote::default()
    };
    let first = commit.version.saturating_sub(commit.events.len() as u64);
    for (event, version) in commit.events.iter().zip(first + 1..) {
        match &event.event {
            Some(Event::Classified(classified)) if version == CLASSIFIED_FIRST => {
                let told = classified.classification.as_ref();
                let hints = told.and_then(|told| told.hints.as_ref());
                note.told = Some(InsightTold {
                    urgency: told.map_or(0, |told| told.urgency),
                    similar: hints.map(|hints| hints.similar.clone()).unwrap_or_default(),
                });
            }
            Some(Event::CalledBack(called)) => {
                let callback = called.callback.as_ref().filter(|callback| callback.reached);
                note.solved = callback
                    .and_then(|callback| callback.solved)
                    .or(note.solved);
            }
            _ => {}
        }
    }
    if note.told.is_none() && note.solved.is_none() {
        return Vec::new();
    }
    note.encode_to_vec()
}

#[cfg(test)]
mod tests {
    use swiftline_proto::types::v1 as wire;
    use swiftline_proto::types::v1::event::{CalledBack, Classified};

    use super::*;

    fn commit(version: u64, events: Vec<Event>) -> Commit {
        Commit {
            case_number: "07-0001234-8".into(),
            version,
            events: events
                .into_iter()
                .map(|event| wire::Event { event: Some(event) })
                .collect(),
            subject: Some(wire::Subject {
                category: "noise".into(),
                ..wire::Subject::default()
            }),
            ..Commit::default()
        }
    }

    fn read(commit: &Commit) -> Option<InsightNote> {
        let bytes = note(commit);
        (!bytes.is_empty()).then(|| InsightNote::decode(bytes.as_slice()).unwrap())
    }

    #[test]
    fn a_case_comes_in_when_it_is_classified_first_and_not_when_it_is_corrected() {
        let classified = || Event::Classified(Classified::default());
        let offered = || Event::Offered(wire::event::Offered::default());
        let first = read(&commit(3, vec![classified(), offered()])).unwrap();
        assert!(first.told.is_some() && first.category == "noise");
        assert_eq!(read(&commit(5, vec![classified(), offered()])), None);
        assert_eq!(read(&commit(3, vec![offered()])), None);
    }

    #[test]
    fn what_the_citizen_says_counts_when_one_was_reached() {
        let called = |reached, solved| {
            let callback = Some(wire::Callback {
                reached,
                solved,
                ..Default::default()
            });
            Event::CalledBack(CalledBack {
                callback,
                ..Default::default()
            })
        };
        let solved = |event| read(&commit(9, vec![event])).and_then(|note| note.solved);
        assert_eq!(solved(called(true, Some(false))), Some(false));
        assert_eq!(solved(called(true, None)), None);
        assert_eq!(solved(called(false, Some(true))), None);
    }
}
