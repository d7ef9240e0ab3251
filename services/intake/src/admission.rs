//! Who comes in when much is waiting.
//!
//! ```text
//! unary calls:  below high_water → in      above: ordinary → refused, emergency → in
//! streams:      below stream_high_water → in      above: the stream is not read on until there is room; an emergency → in
//! ```
//!
//! Streams have a mark of their own, so that a bulk import cannot shut out the people on the phone.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::AcceptSettings;

/// Counts what is not yet durable.
#[derive(Debug)]
pub(crate) struct Admission {
    unary: Arc<Semaphore>,
    streams: Arc<Semaphore>,
}

/// Room for some submissions until they are answered; `None` inside for emergencies above the mark, which take none.
#[derive(Debug)]
pub(crate) struct Room(
    #[expect(dead_code, reason = "held, not read")] Option<OwnedSemaphorePermit>,
);

impl Admission {
    pub(crate) fn new(settings: &AcceptSettings) -> Self {
        let marks = |mark: usize| Arc::new(Semaphore::new(mark.min(Semaphore::MAX_PERMITS)));
        Self {
            unary: marks(settings.high_water),
            streams: marks(settings.stream_high_water),
        }
    }

    /// Room for `count` submissions of a unary call, at once or not at all.
    pub(crate) fn try_enter(&self, count: usize) -> Option<Room> {
        let count = u32::try_from(count).ok()?;
        let permit = self.unary.clone().try_acquire_many_owned(count).ok()?;
        Some(Room(Some(permit)))
    }

    /// Room for `count` submissions of a stream, at most the mark itself; waits for it unless `is_pressing` says that
    /// one of them cannot wait. That is asked only when there is no room.
    pub(crate) async fn enter(&self, count: usize, is_pressing: impl FnOnce() -> bool) -> Room {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        if let Ok(permit) = self.streams.clone().try_acquire_many_owned(count) {
            return Room(Some(permit));
        }
        if is_pressing() {
            return Room(None);
        }
        // never closed
        Room(self.streams.clone().acquire_many_owned(count).await.ok())
    }

    /// An emergency above the mark takes no room from others.
    pub(crate) const fn pressing() -> Room {
        Room(None)
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    fn admission() -> Admission {
        Admission {
            unary: Arc::new(Semaphore::new(3)),
            streams: Arc::new(Semaphore::new(3)),
        }
    }

    #[test]
    fn a_unary_call_comes_in_whole_or_not_at_all() {
        let admission = admission();
        let room = admission.try_enter(2).unwrap();
        assert!(admission.try_enter(2).is_none());
        drop(room);
        assert!(admission.try_enter(3).is_some());
    }

    #[test]
    fn a_stream_waits_and_an_emergency_in_it_does_not() {
        let admission = admission();
        let never = || unreachable!("asked although there is room");
        let room = admission.enter(3, never).now_or_never().unwrap();
        assert!(admission.enter(1, || false).now_or_never().is_none());
        assert!(admission.enter(1, || true).now_or_never().is_some());
        assert!(admission.try_enter(1).is_some(), "streams shut nobody out");
        drop(room);
        assert!(admission.enter(1, never).now_or_never().is_some());
    }
}
