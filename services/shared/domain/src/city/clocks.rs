//! `clocks.yaml`: how long things may take, by class.

use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};

use super::Term;
use crate::calendar::Calendar;
use crate::id::ClockClass;

/// The class of categories that name none.
pub const GENERAL: &str = "general";

/// What a class of complaints is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockTerms {
    /// The class.
    pub id: ClockClass,
    /// From acceptance until a unit has signed for the order.
    pub dispatch: Term,
    /// From acceptance until the result.
    pub handle: Term,
    /// From the result until the citizen has been asked.
    pub callback: Term,
    /// Terms in days count working days; terms in hours, minutes and seconds always run round the clock.
    pub working_time: bool,
}

/// When something must be done, and when to warn that it is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    /// Overdue after this moment.
    pub due: Timestamp,
    /// The moment to warn at; never after `due`.
    pub warn: Timestamp,
}

/// All classes of clocks.
#[derive(Debug, Clone, Default)]
pub struct Clocks {
    pub(super) by_class: IndexMap<ClockClass, ClockTerms>,
    pub(super) warn_at: f64,
}

impl Clocks {
    /// The terms of a class.
    #[must_use]
    pub fn get(&self, class: &str) -> Option<&ClockTerms> {
        self.by_class.get(class)
    }

    /// Every class, in the order of the file.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &ClockTerms> {
        self.by_class.values()
    }

    /// A clock warns when this share (over 0, at most 1) of it has run.
    #[must_use]
    pub fn warn_at(&self) -> f64 {
        self.warn_at
    }

    /// The deadline of a clock of this class that stood still from `paused_at` to `now` when it was due at `was`: as much
    /// time is left as was left then, working time where the class counts working days.
    #[must_use]
    pub fn after_pause(
        &self,
        class: &str,
        was: Deadline,
        paused_at: Timestamp,
        now: Timestamp,
        calendar: &Calendar,
    ) -> Deadline {
        let terms = self.get(class);
        let working = terms.is_some_and(|of| of.working_time && matches!(of.handle, Term::Days(_)));
        let later = |at: Timestamp| {
            if working {
                calendar.add_working_time(now, calendar.working_time(paused_at, at))
            } else {
                let left = at.duration_since(paused_at).max(SignedDuration::ZERO);
                now.saturating_add(left).unwrap_or(Timestamp::MAX)
            }
        };
        Deadline {
            due: later(was.due),
            warn: later(was.warn),
        }
    }

    /// The deadline of a term that began at `start`. `working` = days are working days, and so is the share of
    /// the term after which to warn.
    #[must_use]
    pub fn deadline(
        &self,
        start: Timestamp,
        term: Term,
        working: bool,
        calendar: &Calendar,
    ) -> Deadline {
        match term {
            Term::Days(_) if working => {
                let office = calendar.office_time(term);
                Deadline {
                    due: calendar.add_working_time(start, office),
                    warn: calendar.add_working_time(start, share(office, self.warn_at)),
                }
            }
            _ => {
                let due = calendar.add_wall_time(start, term);
                let warn = start.saturating_add(share(due.duration_since(start), self.warn_at));
                Deadline {
                    due,
                    warn: warn.map_or(due, |warn| warn.min(due)),
                }
            }
        }
    }
}

fn share(of: SignedDuration, share: f64) -> SignedDuration {
    // Seconds are exact enough, and whole seconds read well in a journey.
    SignedDuration::from_secs((of.as_secs() as f64 * share) as i64)
}
