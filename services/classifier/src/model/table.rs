//! Where a key stands among many: open addressing over 64-bit keys that are hashes already.

/// An empty slot.
const EMPTY: u32 = u32::MAX;

/// The low bits of a slot: the place of the key. The high ones are bits of the key, so that most strangers are told
/// without looking at the keys.
const PLACE_BITS: u32 = 22;
const PLACE_MASK: u32 = (1 << PLACE_BITS) - 1;

/// The most keys of a table: places fit their bits, and the last one is never used, so no slot looks empty.
pub(super) const MAX_KEYS: usize = PLACE_MASK as usize;

/// Keys and where each stands in their list. At most half full.
#[derive(Debug, Clone)]
pub(super) struct Table {
    keys: Vec<u64>,
    slots: Vec<u32>,
    shift: u32,
}

impl Table {
    /// The table of these keys; `None` when one stands twice or there are more than [`MAX_KEYS`].
    pub(super) fn new(keys: Vec<u64>) -> Option<Self> {
        if keys.len() > MAX_KEYS {
            return None;
        }
        let bits = (keys.len() * 2).next_power_of_two().trailing_zeros().max(4);
        let mut table = Self {
            slots: vec![EMPTY; 1 << bits],
            shift: u64::BITS - bits,
            keys,
        };
        for place in 0..table.keys.len() {
            let key = table.keys[place];
            let mut at = table.home(key);
            while table.slots[at] != EMPTY {
                if table.keys[(table.slots[at] & PLACE_MASK) as usize] == key {
                    return None;
                }
                at = (at + 1) & (table.slots.len() - 1);
            }
            // places are below MAX_KEYS, so they fit
            table.slots[at] = mark(key) | u32::try_from(place).unwrap_or(0);
        }
        Some(table)
    }

    /// Where the key stands in the list.
    pub(super) fn find(&self, key: u64) -> Option<u32> {
        let wanted = mark(key);
        let mut at = self.home(key);
        // ends, for half of the slots are empty
        loop {
            let slot = self.slots[at];
            if slot == EMPTY {
                return None;
            }
            if slot & !PLACE_MASK == wanted {
                let place = slot & PLACE_MASK;
                if self.keys[place as usize] == key {
                    return Some(place);
                }
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    /// Puts where each of `wanted` that is a key stands into `places`, in the same order; it is emptied first. `looked` is room
    /// to work in.
    ///
    /// The slots of all are fetched before any is looked at, then the keys of all, so that the processor waits for memory once for
    /// many.
    pub(super) fn find_all(
        &self,
        wanted: &[u64],
        looked: &mut Vec<(u32, bool)>,
        places: &mut Vec<u32>,
    ) {
        places.clear();
        if self.keys.is_empty() {
            return;
        }
        let last = self.keys.len() - 1;
        looked.clear();
        looked.extend(
            wanted
                .iter()
                .map(|key| (self.slots[self.home(*key)], false)),
        );
        for ((slot, is_it), key) in looked.iter_mut().zip(wanted) {
            *is_it = self.keys[((*slot & PLACE_MASK) as usize).min(last)] == *key;
        }
        for ((slot, is_it), key) in looked.iter().zip(wanted) {
            if *is_it {
                places.push(slot & PLACE_MASK);
            } else if *slot != EMPTY {
                places.extend(self.find(*key));
            }
        }
    }

    const fn home(&self, key: u64) -> usize {
        (key >> self.shift) as usize
    }
}

/// Bits of the key that the home is not made of.
const fn mark(key: u64) -> u32 {
    ((key >> 4) as u32) << PLACE_BITS
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_key_that_stands_twice_is_refused() {
        assert!(Table::new(vec![5, 9, 5]).is_none());
        assert_eq!(Table::new(Vec::new()).unwrap().find(5), None);
    }

    proptest! {
        #[test]
        fn every_key_is_found_and_no_other(
            keys in prop::collection::btree_set(any::<u64>(), 0..300),
            near in prop::collection::btree_set(0_u64..200, 0..50),
            others in prop::collection::vec(any::<u64>(), 50),
        ) {
            let keys: BTreeSet<u64> = keys.union(&near).copied().collect();
            let list: Vec<u64> = keys.iter().copied().collect();
            let table = Table::new(list.clone()).unwrap();
            for (place, key) in list.iter().enumerate() {
                prop_assert_eq!(table.find(*key), u32::try_from(place).ok());
            }
            let (mut looked, mut places) = (Vec::new(), vec![7]);
            let mixed: Vec<u64> = others.iter().chain(&list).copied().collect();
            table.find_all(&mixed, &mut looked, &mut places);
            let alone: Vec<u32> = mixed.iter().filter_map(|key| table.find(*key)).collect();
            prop_assert_eq!(places, alone);
            for other in others.iter().copied().chain(0..200) {
                prop_assert_eq!(table.find(other).is_some(), keys.contains(&other));
            }
        }
    }
}
