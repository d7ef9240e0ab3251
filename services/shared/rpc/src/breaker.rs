//! Leaves a service alone for a while after it has failed several times in a row.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Closed: calls pass. Open: none does. Half open: one tries, and its outcome decides.
#[derive(Debug)]
pub struct Breaker {
    after: u32,
    pause: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// So many failures in a row.
    Closed(u32),
    Open {
        until: Instant,
    },
    /// One call is trying.
    HalfOpen,
}

/// Permission to call once. Dropped without a report, as when the caller goes away, it counts as a failure.
#[derive(Debug)]
pub struct Pass<'a> {
    breaker: &'a Breaker,
    reported: bool,
}

impl Breaker {
    /// Opens after so many failures in a row, for so long.
    #[must_use]
    pub fn new(after: u32, pause: Duration) -> Self {
        Self {
            after,
            pause,
            state: Mutex::new(State::Closed(0)),
        }
    }

    /// Whether a call may be made now.
    #[must_use]
    pub fn pass(&self) -> Option<Pass<'_>> {
        let mut state = self.state();
        let may = match *state {
            State::Closed(_) => true,
            // Open => HalfOpen
            State::Open { until } if Instant::now() >= until => {
                *state = State::HalfOpen;
                true
            }
            State::Open { .. } | State::HalfOpen => false,
        };
        // Not `then_some`: a pass that nobody gets would be dropped, and that is reported as a failure.
        may.then(|| Pass {
            breaker: self,
            reported: false,
        })
    }

    fn report(&self, well: bool) {
        let mut state = self.state();
        *state = match *state {
            // Closed | HalfOpen => Closed
            _ if well => State::Closed(0),
            // Closed => Closed | Open
            State::Closed(failures) if failures + 1 < self.after => State::Closed(failures + 1),
            // Closed | HalfOpen => Open
            State::Closed(_) | State::HalfOpen => State::Open {
                until: Instant::now() + self.pause,
            },
            // A call that was under way when it opened.
            open @ State::Open { .. } => open,
        };
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pass<'_> {
    /// Says how the call went.
    pub fn report(mut self, well: bool) {
        self.reported = true;
        self.breaker.report(well);
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if !self.reported {
            self.breaker.report(false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAUSE: Duration = Duration::from_secs(10);

    fn fail(breaker: &Breaker) {
        breaker.pass().unwrap().report(false);
    }

    #[tokio::test(start_paused = true)]
    async fn it_opens_after_failures_in_a_row_and_tries_one_call_later() {
        let breaker = Breaker::new(2, PAUSE);
        fail(&breaker);
        breaker.pass().unwrap().report(true);
        fail(&breaker);
        assert!(breaker.pass().is_some(), "success in between starts anew");
        // the pass above was dropped without a report: the second failure in a row
        assert!(breaker.pass().is_none());
        tokio::time::advance(PAUSE).await;
        let trial = breaker.pass().unwrap();
        assert!(breaker.pass().is_none(), "one tries, the others wait");
        trial.report(false);
        assert!(breaker.pass().is_none(), "open again");
        tokio::time::advance(PAUSE).await;
        breaker.pass().unwrap().report(true);
        assert!(breaker.pass().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_late_failure_does_not_lengthen_the_pause() {
        let breaker = Breaker::new(1, PAUSE);
        let late = breaker.pass().unwrap();
        fail(&breaker);
        tokio::time::advance(PAUSE / 2).await;
        late.report(false);
        tokio::time::advance(PAUSE / 2).await;
        assert!(breaker.pass().is_some());
    }
}
