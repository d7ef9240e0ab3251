//! Deadlines: what wants attention by itself, and when.

use std::time::Duration;

use jiff::Timestamp;
use swiftline_domain::case::Case;
use swiftline_domain::id::Version;
use swiftline_domain::number::{CaseNumber, Partition};

use crate::keys::partition_home;
use crate::reply::read;
use crate::script::{CLAIM, Call, RESCHEDULE};
use crate::{MAX_BATCH, Store, StoreError};

/// A case that wants attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueItem {
    /// The case.
    pub number: CaseNumber,
    /// Why.
    pub kind: DueKind,
}

/// Why a case wants attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DueKind {
    /// An offer may have expired or a clock run out: ask `case.due_command(now)`, commit, or [`Store::reschedule`].
    Deadline,
    /// The effects of the commit that made this version may be unfinished: make the team queues agree with the case, then
    /// [`Store::effects_done`] with this version.
    Reconcile {
        /// The version.
        version: Version,
    },
}

/// The case's deadline in milliseconds, rounded up: once it has passed by this measure, `due_command` agrees. Empty when
/// there is none.
pub(crate) fn deadline_ms(case: &Case) -> String {
    let ceiling = |at: Timestamp| {
        let floor = at.as_millisecond();
        let rest = at.subsec_nanosecond().rem_euclid(1_000_000);
        (floor + i64::from(rest > 0)).to_string()
    };
    case.next_deadline().map(ceiling).unwrap_or_default()
}

pub(crate) fn reconcile_member(number: CaseNumber, version: Version) -> String {
    format!("r:{number}:{version}")
}

fn due_item(member: &str) -> Option<DueItem> {
    if let Some(number) = member.strip_prefix("c:") {
        return Some(DueItem {
            number: number.parse().ok()?,
            kind: DueKind::Deadline,
        });
    }
    let (number, version) = member.strip_prefix("r:")?.split_once(':')?;
    Some(DueItem {
        number: number.parse().ok()?,
        kind: DueKind::Reconcile {
            version: Version(version.parse().ok()?),
        },
    })
}

impl Store {
    /// Up to `limit` (at most [`MAX_BATCH`]) cases whose time came before `now`, the oldest first. Each is pushed back to
    /// `now + lease` in the same step, so that no other worker gets it before then; a worker that dies loses nothing.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn claim_due(
        &self,
        partition: Partition,
        now: Timestamp,
        lease: Duration,
        limit: usize,
    ) -> Result<Vec<DueItem>, StoreError> {
        self.known(partition)?;
        let key = self.keys().due(partition);
        let now = now.as_millisecond();
        let until = now.saturating_add(i64::try_from(lease.as_millis()).unwrap_or(i64::MAX));
        let mut call = Call::default();
        call.key(key.clone());
        call.num(now).num(until).num(limit.min(MAX_BATCH));
        let reply = CLAIM
            .run(self.conn(), partition_home(partition), &call)
            .await?;
        read::<Vec<String>>(reply)?
            .iter()
            .map(|member| {
                due_item(member).ok_or_else(|| StoreError::corrupt(&key, format!("{member:?}")))
            })
            .collect()
    }

    /// Sets the case's deadline to `case.next_deadline()`, or drops it; nothing when the store has a newer version, whose
    /// commit has set its own.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn reschedule(&self, case: &Case) -> Result<(), StoreError> {
        let partition = case.number.partition();
        self.known(partition)?;
        let mut call = Call::default();
        call.key(self.keys().due(partition))
            .key(self.keys().case(case.number));
        call.num(case.number)
            .num(case.version)
            .arg(deadline_ms(case));
        RESCHEDULE
            .run(self.conn(), partition_home(partition), &call)
            .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_read_back() {
        let number = CaseNumber::new(Partition(3), 9).unwrap();
        let reconcile = DueKind::Reconcile {
            version: Version(7),
        };
        let member = reconcile_member(number, Version(7));
        assert_eq!(due_item(&member).map(|item| item.kind), Some(reconcile));
        let deadline = due_item(&format!("c:{number}"));
        assert_eq!(
            deadline,
            Some(DueItem {
                number,
                kind: DueKind::Deadline
            })
        );
        for bad in ["", "x:03-0000009-1", "c:", "r:03", "r:03-0000009-0:x"] {
            assert_eq!(due_item(bad), None, "{bad}");
        }
    }
}
