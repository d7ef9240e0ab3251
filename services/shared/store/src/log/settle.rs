//! Finishing with entries: acknowledging, counting, burying.

use std::collections::BTreeMap;

use futures::future::try_join_all;
use redis::cmd;
use swiftline_domain::number::Partition;
use tracing::error;

use super::{Delivery, EntryId, Log};
use crate::answer_counts::answer_field;
use crate::keys::{partition_home, short};
use crate::rates::field;
use crate::script::{BURY, COUNT, Call};
use crate::{Counts, MAX_BATCH, MAX_NOTES, StoreError};

impl Log {
    /// Acknowledges.
    ///
    /// # Errors
    /// When Redis is unavailable; may be repeated.
    pub async fn ack(&self, deliveries: &[Delivery]) -> Result<(), StoreError> {
        let mut ids: BTreeMap<Partition, Vec<EntryId>> = BTreeMap::new();
        for delivery in deliveries {
            ids.entry(delivery.partition).or_default().push(delivery.id);
        }
        let acks = ids
            .iter()
            .map(|(partition, ids)| self.ack_ids(*partition, ids));
        try_join_all(acks).await?;
        Ok(())
    }

    pub(super) async fn ack_ids(
        &self,
        partition: Partition,
        ids: &[EntryId],
    ) -> Result<(), StoreError> {
        for batch in ids.chunks(MAX_BATCH) {
            let mut ack = cmd("XACK");
            ack.arg(self.store.keys().log(partition))
                .arg(self.group.as_str());
            for id in batch {
                ack.arg(id.to_string());
            }
            self.store
                .conn()
                .run(partition_home(partition), ack)
                .await?;
        }
        Ok(())
    }

    /// Acknowledges, and counts what each entry is worth: in one step, so that a repeat counts nothing twice.
    ///
    /// # Errors
    /// When Redis is unavailable; may be repeated.
    pub async fn ack_counting(&self, deliveries: &[(Delivery, Counts)]) -> Result<(), StoreError> {
        let mut by_partition: BTreeMap<Partition, Vec<_>> = BTreeMap::new();
        for (delivery, counts) in deliveries {
            by_partition
                .entry(delivery.partition)
                .or_default()
                .push((delivery.id, counts));
        }
        let all = by_partition
            .iter()
            .map(|(partition, entries)| self.count(*partition, entries));
        try_join_all(all).await?;
        Ok(())
    }

    async fn count(
        &self,
        partition: Partition,
        entries: &[(EntryId, &Counts)],
    ) -> Result<(), StoreError> {
        for batch in entries.chunks(MAX_BATCH) {
            let call = self.count_call(partition, batch);
            COUNT
                .run(self.store.conn(), partition_home(partition), &call)
                .await?;
        }
        Ok(())
    }

    fn count_call(&self, partition: Partition, entries: &[(EntryId, &Counts)]) -> Call {
        let keys = self.store.keys();
        let mut call = Call::default();
        call.key(keys.log(partition)).key(keys.notes(partition));
        call.key(keys.rates(partition));
        call.arg(self.group.as_str()).num(MAX_NOTES);
        call.key(keys.answers(partition));
        // The rates are the third key, the answers the fourth; each rule set has a key of its own after that.
        let (rates, answers, mut rule_sets) = (3, 4, BTreeMap::new());
        for (id, counts) in entries {
            let Counts {
                units,
                rules,
                answers: given,
                note,
            } = counts;
            call.num(id).arg(note.as_slice());
            call.num(units.len() + rules.len() + given.len());
            for (unit, counter) in units {
                call.num(rates).arg(field(unit, *counter));
            }
            for (entry, counter) in given {
                call.num(answers).arg(answer_field(entry, *counter));
            }
            for count in rules {
                let next = answers + 1 + rule_sets.len();
                let place = *rule_sets.entry(short(&count.digest)).or_insert(next);
                if place == next {
                    call.key(keys.rule_counts(partition, &count.digest));
                }
                call.num(place).arg(count.field());
            }
        }
        call
    }

    /// Gives an entry up: acknowledges it and keeps it as a dead letter, in one step. The reason is shown to operators:
    /// nothing personal in it.
    ///
    /// # Errors
    /// When Redis is unavailable; may be repeated.
    pub async fn bury(&self, delivery: &Delivery, reason: &str) -> Result<(), StoreError> {
        let Delivery {
            partition,
            id,
            attempts,
            ..
        } = *delivery;
        self.bury_entry(partition, id, reason, attempts, delivery.trace.as_str())
            .await?;
        error!(
            %partition, entry = %id, group = %self.group, case_number = %delivery.number, attempts, reason,
            "log entry became a dead letter"
        );
        Ok(())
    }

    pub(super) async fn bury_entry(
        &self,
        partition: Partition,
        id: EntryId,
        reason: &str,
        attempts: u32,
        trace_parent: &str,
    ) -> Result<(), StoreError> {
        let mut call = Call::default();
        call.key(self.store.keys().log(partition))
            .key(self.store.keys().dead(partition));
        call.arg(self.group.as_str())
            .num(id)
            .arg(reason)
            .num(attempts)
            .arg(trace_parent);
        BURY.run(self.store.conn(), partition_home(partition), &call)
            .await?;
        Ok(())
    }
}
