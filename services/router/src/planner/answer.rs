//! Inquiries that nobody needs to be offered: the knowledge base answers them.

use jiff::Timestamp;
use swiftline_domain::case::Due;
use swiftline_domain::id::EntryId;
use swiftline_domain::rules::Decision;
use swiftline_domain::vocabulary::{Kind, Urgency};

use super::{Planner, Subject, due};

impl<L> Planner<L> {
    /// The entry that answers a fresh case, so that no unit is asked: the one that the operator has read out, or else the
    /// classifier's best for a consultation that can wait, if it is good enough for the city and still holds.
    #[must_use]
    pub(crate) fn answer(&self, subject: &Subject<'_>, now: Timestamp) -> Option<EntryId> {
        // The citizen was content with it: nothing is to be weighed.
        if let Some(read_out) = &subject.complaint.answer {
            return Some(read_out.clone());
        }
        let what = subject.classification;
        if (what.kind, what.urgency) != (Kind::Consultation, Urgency::Normal) {
            return None;
        }
        let enough = self.pack.city.answer_from?;
        let (entry, score) = what.hints.answers.first()?;
        let today = self.pack.calendar.local(now).date();
        let known = self.pack.knowledge.get(entry.as_str())?;
        (f64::from(*score) >= enough && known.holds_on(today)).then(|| entry.clone())
    }

    /// Until when the citizen may say that the answer did not help, by what the rules decide.
    #[must_use]
    pub(crate) fn callback_due(&self, decision: &Decision, now: Timestamp) -> Due {
        due(self.pack.callback_by(&decision.clock, now))
    }
}
