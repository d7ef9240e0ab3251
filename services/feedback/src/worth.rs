//! What an entry of the log is worth: the counters it raises, and whether it wants the case reopened.
//!
//! Read straight from the stored messages: a conversion of every event to the domain would cost more than the counting.

use swiftline_domain::case::{Callback, ClockKind};
use swiftline_domain::id::UnitId;
use swiftline_proto::convert::{self, ConvertError, to_wire};
use swiftline_proto::types::v1::Commit;
use swiftline_proto::types::v1::event::{CalledBack, Event, Offered};
use swiftline_store::Counter;

use crate::reopen::is_negative;

/// What an entry is worth.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Worth {
    /// What it counts.
    pub(crate) counters: Vec<(UnitId, Counter)>,
    /// The citizen says that it is not solved.
    pub(crate) wants_reopening: bool,
}

/// What this commit is worth, and the names of its events.
///
/// # Errors
/// When an event is none that this version knows, or names its unit wrongly.
pub(crate) fn worth(commit: &Commit) -> Result<(Worth, Vec<&'static str>), ConvertError> {
    let mut worth = Worth::default();
    let mut names = Vec::with_capacity(commit.events.len());
    for event in &commit.events {
        let event = event.event.as_ref().ok_or_else(|| {
            ConvertError::new("events", "has an event that this version does not know")
        })?;
        let name = convert::event_name(event);
        worth.add(event).map_err(|error| error.within(name))?;
        names.push(name);
    }
    Ok((worth, names))
}

impl Worth {
    fn add(&mut self, event: &Event) -> Result<(), ConvertError> {
        match event {
            Event::Offered(e) => self.count(unit_of_offer(e), Counter::Offered),
            Event::Signed(e) => self.count(&e.unit, Counter::Signed),
            Event::Returned(e) => self.count(&e.unit, Counter::Returned),
            Event::Expired(e) => self.count(&e.unit, Counter::Expired),
            Event::Transferred(e) => self.count(&e.unit, Counter::Transferred),
            Event::Resolved(e) => self.count(&e.unit, Counter::Resolved),
            Event::CalledBack(e) => self.add_callback(e),
            // Nobody had a case that the knowledge base answered.
            Event::Reopened(e) if !e.unit.is_empty() => self.count(&e.unit, Counter::Reopened),
            // Dispatching and calling back are the hotline's own work: no unit is late with them.
            Event::Overrun(e) if e.clock == to_wire(ClockKind::Handle) => {
                self.count(&e.unit, Counter::Overdue)
            }
            Event::Reopened(_)
            | Event::Overrun(_)
            | Event::Accepted(_)
            | Event::Classified(_)
            | Event::SentToTriage(_)
            | Event::Answered(_)
            | Event::Suspended(_)
            | Event::Resumed(_)
            | Event::Closed(_)
            | Event::Merged(_)
            | Event::Withdrawn(_)
            | Event::Recalled(_)
            | Event::Warned(_) => Ok(()),
        }
    }

    fn add_callback(&mut self, event: &CalledBack) -> Result<(), ConvertError> {
        let callback = Callback::from(convert::present(event.callback, "callback")?);
        self.wants_reopening |= is_negative(&callback);
        let answers = [
            (Some(callback.reached), Counter::Reached),
            (callback.contacted, Counter::Contacted),
            (callback.solved, Counter::Solved),
            (callback.satisfied, Counter::Satisfied),
        ];
        for (answer, counter) in answers {
            if callback.reached && answer == Some(true) {
                self.count(&event.unit, counter)?;
            }
        }
        Ok(())
    }

    fn count(&mut self, unit: &str, counter: Counter) -> Result<(), ConvertError> {
        let unit = convert::id(unit, "unit")?;
        self.counters.push((unit, counter));
        Ok(())
    }
}

fn unit_of_offer(event: &Offered) -> &str {
    let assignment = event
        .offer
        .as_ref()
        .and_then(|offer| offer.assignment.as_ref());
    assignment.map_or("", |to| to.unit.as_str())
}

#[cfg(test)]
mod tests {
    use swiftline_proto::types::v1::{self as wire, event as e};

    use super::*;

    fn commit(events: Vec<Event>) -> Commit {
        let event = |event| wire::Event { event: Some(event) };
        Commit {
            events: events.into_iter().map(event).collect(),
            ..Commit::default()
        }
    }

    fn counted(event: Event) -> Vec<(String, Counter)> {
        let (worth, _) = worth(&commit(vec![event])).unwrap();
        let named = |(unit, counter): (UnitId, Counter)| (unit.to_string(), counter);
        worth.counters.into_iter().map(named).collect()
    }

    fn called_back(reached: bool, answers: [Option<bool>; 3]) -> Event {
        let [contacted, solved, satisfied] = answers;
        Event::CalledBack(e::CalledBack {
            unit: "u".into(),
            callback: Some(wire::Callback {
                reached,
                contacted,
                solved,
                satisfied,
            }),
        })
    }

    #[test]
    fn what_a_unit_does_with_an_order_is_counted_for_it() {
        let unit = || "u".to_owned();
        let assignment = wire::Assignment {
            unit: unit(),
            ..Default::default()
        };
        let offer = wire::Offer {
            assignment: Some(assignment),
            ..Default::default()
        };
        let offered = e::Offered {
            offer: Some(offer),
            handle: None,
        };
        let events = [
            (Event::Offered(offered), Counter::Offered),
            (
                Event::Signed(e::Signed {
                    unit: unit(),
                    ..Default::default()
                }),
                Counter::Signed,
            ),
            (
                Event::Returned(e::Returned {
                    unit: unit(),
                    ..Default::default()
                }),
                Counter::Returned,
            ),
            (
                Event::Expired(e::Expired {
                    unit: unit(),
                    ..Default::default()
                }),
                Counter::Expired,
            ),
            (
                Event::Transferred(e::Transferred {
                    unit: unit(),
                    ..Default::default()
                }),
                Counter::Transferred,
            ),
            (
                Event::Resolved(e::Resolved {
                    unit: unit(),
                    ..Default::default()
                }),
                Counter::Resolved,
            ),
            (
                Event::Reopened(e::Reopened {
                    unit: unit(),
                    ..Default::default()
                }),
                Counter::Reopened,
            ),
        ];
        for (event, counter) in events {
            assert_eq!(counted(event), [(unit(), counter)]);
        }
    }

    #[test]
    fn only_a_handling_clock_is_the_units() {
        let overrun = |clock: ClockKind, unit: &str| {
            counted(Event::Overrun(e::Overrun {
                clock: to_wire(clock),
                unit: unit.into(),
            }))
        };
        assert_eq!(
            overrun(ClockKind::Handle, "u"),
            [("u".to_owned(), Counter::Overdue)]
        );
        assert_eq!(overrun(ClockKind::Dispatch, ""), []);
        assert_eq!(overrun(ClockKind::Callback, "u"), []);
    }

    #[test]
    fn the_answers_of_a_citizen_who_was_reached_are_counted() {
        let unit = || "u".to_owned();
        assert_eq!(
            counted(called_back(true, [Some(true), Some(true), Some(true)])),
            [
                (unit(), Counter::Reached),
                (unit(), Counter::Contacted),
                (unit(), Counter::Solved),
                (unit(), Counter::Satisfied),
            ]
        );
        assert_eq!(
            counted(called_back(true, [Some(false), Some(false), None])),
            [(unit(), Counter::Reached)]
        );
        assert_eq!(counted(called_back(false, [None; 3])), []);
    }

    #[test]
    fn only_not_solved_wants_a_reopening() {
        let wants = |event| worth(&commit(vec![event])).unwrap().0.wants_reopening;
        assert!(wants(called_back(true, [None, Some(false), Some(true)])));
        assert!(!wants(called_back(true, [None, Some(true), Some(false)])));
        assert!(!wants(called_back(true, [None; 3])));
        assert!(!wants(called_back(false, [None; 3])));
    }

    #[test]
    fn the_rest_counts_nothing() {
        let events = vec![
            Event::Accepted(e::Accepted::default()),
            Event::Classified(e::Classified::default()),
            Event::SentToTriage(e::SentToTriage::default()),
            Event::Answered(e::Answered::default()),
            Event::Suspended(e::Suspended::default()),
            Event::Resumed(e::Resumed::default()),
            Event::Closed(e::Closed::default()),
            Event::Reopened(e::Reopened::default()),
            Event::Merged(e::Merged::default()),
            Event::Withdrawn(e::Withdrawn {}),
            Event::Warned(e::Warned::default()),
        ];
        let names: Vec<&str> = events.iter().map(convert::event_name).collect();
        let (worth, named) = worth(&commit(events)).unwrap();
        assert_eq!(worth, Worth::default());
        assert_eq!(named, names);
    }

    #[test]
    fn what_cannot_be_counted_names_its_field() {
        let error = worth(&commit(vec![Event::Signed(e::Signed::default())])).unwrap_err();
        assert_eq!(error.to_string(), "signed.unit: is empty");
        let unknown = Commit {
            events: vec![wire::Event { event: None }],
            ..Commit::default()
        };
        assert!(
            worth(&unknown)
                .unwrap_err()
                .to_string()
                .contains("does not know")
        );
    }
}
