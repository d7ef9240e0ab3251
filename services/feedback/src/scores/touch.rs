//! Which commits change how a case counts.

use swiftline_proto::types::v1::Commit;
use swiftline_proto::types::v1::event::Event;

/// Whether a commit may change how its case counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Touch {
    /// It does not.
    No,
    /// Only if the case counted before: most do not yet, and looking costs less than computing.
    IfCounted,
    /// It may.
    Yes,
}

/// The first version at which a case can have counted: it was offered, signed for, resolved and called back, or it was
/// withdrawn; its first routing is before.
const FIRST_COUNTED: u64 = 3;

/// Whether this commit may change how its case counts: what a line is made of is what the citizen said, who had the case, what
/// it is about, what came of it, and whether it has ended.
pub(crate) fn touch(commit: &Commit) -> Touch {
    let events = commit
        .events
        .iter()
        .filter_map(|event| event.event.as_ref());
    let touched = events.map(|event| match event {
        Event::CalledBack(_) | Event::Closed(_) | Event::Withdrawn(_) | Event::Reopened(_) => {
            Touch::Yes
        }
        Event::Classified(_)
        | Event::Offered(_)
        | Event::Signed(_)
        | Event::Returned(_)
        | Event::Expired(_)
        | Event::Transferred(_)
        | Event::Resolved(_)
        | Event::Followed(_)
            if commit.version >= FIRST_COUNTED =>
        {
            Touch::IfCounted
        }
        _ => Touch::No,
    });
    touched.max().unwrap_or(Touch::No)
}

#[cfg(test)]
mod tests {
    use swiftline_proto::types::v1 as wire;
    use swiftline_proto::types::v1::event;

    use super::*;

    fn commit(version: u64, events: Vec<Event>) -> Commit {
        let events = events
            .into_iter()
            .map(|event| wire::Event { event: Some(event) });
        Commit {
            version,
            events: events.collect(),
            ..Commit::default()
        }
    }

    #[test]
    fn the_last_word_of_a_commit_decides() {
        let offered = || Event::Offered(event::Offered::default());
        let closed = || Event::Closed(event::Closed::default());
        assert_eq!(touch(&commit(1, vec![])), Touch::No);
        assert_eq!(touch(&commit(2, vec![offered()])), Touch::No);
        assert_eq!(touch(&commit(6, vec![offered()])), Touch::IfCounted);
        assert_eq!(touch(&commit(6, vec![offered(), closed()])), Touch::Yes);
        let noted = Event::Noted(event::Noted::default());
        assert_eq!(touch(&commit(6, vec![noted])), Touch::No);
    }
}
