//! Where a key stands among many: open addressing over 64-bit keys that are hashes already.

/// What [`Table::find_all`] says of a key that is none of the table's.
pub(super) const ABSENT: u32 = u32::MAX;

/// The most keys of a table: places fit 32 bits with some to spare, and no model is a tenth as large.
const MAX_KEYS: usize = 1 << 28;

/// The most slots of the near part, as bits: 128 KiB stay in the second cache beside what else a message needs.
const NEAR_BITS: u32 = 14;

/// Keys and where each stands in their list, the most frequent of them near.
#[derive(Debug, Clone)]
pub(super) struct Table {
    keys: Vec<u64>,
    near: Near,
    far: Far,
}

/// The most frequent keys, each at home or not here at all.
///
/// A slot is a number of 64 bits: its key, less the high bits that its home is made of, and its place in the list, which is so
/// small a number that both fit. So a slot tells all of its key, and is all that is looked at.
#[derive(Debug, Clone)]
struct Near {
    slots: Vec<u64>,
    bits: u32,
}

/// The others, at most half full: a key stands at home or in the next slot that was empty.
///
/// A slot is as in [`Near`], but its lowest bits are the place, in one bit fewer than the home has, and above it a bit that says
/// whether the key stands elsewhere than at home. Only of such a key the slot does not tell all, and the list is looked at.
#[derive(Debug, Clone)]
struct Far {
    slots: Vec<u64>,
    bits: u32,
}

/// An empty slot of [`Far`]: as of a key that stands elsewhere and has a place that none has.
const EMPTY: u64 = u64::MAX;

impl Table {
    /// The table of these keys, the most frequent first; `None` when one stands twice or there are more than a quarter of a
    /// thousand million.
    pub(super) fn new(keys: Vec<u64>) -> Option<Self> {
        if keys.len() > MAX_KEYS {
            return None;
        }
        let (mut near, mut far) = (Near::new(keys.len()), Far::new(keys.len()));
        for (place, key) in keys.iter().enumerate() {
            if near.find(*key) != ABSENT {
                return None;
            }
            if !near.insert(*key, place) && !far.insert(place, &keys) {
                return None;
            }
        }
        Some(Self { keys, near, far })
    }

    /// The list.
    #[cfg(test)]
    pub(super) fn keys(&self) -> &[u64] {
        &self.keys
    }

    /// Where the key stands in the list.
    pub(super) fn find(&self, key: u64) -> Option<u32> {
        let place = match self.near.find(key) {
            ABSENT => self
                .far
                .find(self.far.slots[self.far.home(key)], key, &self.keys),
            place => place,
        };
        (place != ABSENT).then_some(place)
    }

    /// Puts where each of `wanted` stands into `places`, or [`ABSENT`]; it is emptied first.
    ///
    /// The slots of all are fetched before any is needed, so that the processor waits for memory once for many.
    pub(super) fn find_all(&self, wanted: &[u64], room: &mut Room, places: &mut Vec<u32>) {
        let Room { missed, slots } = room;
        places.clear();
        places.extend(wanted.iter().map(|key| self.near.find(*key)));
        missed.clear();
        missed.resize(wanted.len(), 0);
        let mut count = 0;
        // without a branch, as nobody can tell which are near
        for (number, place) in (0..).zip(&*places) {
            missed[count] = number;
            count += usize::from(*place == ABSENT);
        }
        let missed = &missed[..count];
        slots.clear();
        slots.extend(missed.iter().map(|number| {
            let key = wanted[*number as usize];
            self.far.slots[self.far.home(key)]
        }));
        for (number, slot) in missed.iter().zip(slots) {
            if *slot != EMPTY {
                let number = *number as usize;
                places[number] = self.far.find(*slot, wanted[number], &self.keys);
            }
        }
    }
}

/// Room to look keys up in.
#[derive(Debug, Clone, Default)]
pub(super) struct Room {
    /// The numbers of the keys that are not near, and their first slots.
    missed: Vec<u32>,
    slots: Vec<u64>,
}

impl Near {
    fn new(keys: usize) -> Self {
        let bits = keys.max(16).ilog2().min(NEAR_BITS);
        Self {
            // of any key, but with a place that none has
            slots: vec![(1 << bits) - 1; 1 << bits],
            bits,
        }
    }

    /// Whether there was room for the key.
    fn insert(&mut self, key: u64, place: usize) -> bool {
        let (most, bits) = ((1 << self.bits) - 1, self.bits);
        let home = self.home(key);
        let slot = &mut self.slots[home];
        let fits = *slot & most == most && (place as u64) < most;
        if fits {
            *slot = key << bits | place as u64;
        }
        fits
    }

    #[inline]
    fn find(&self, key: u64) -> u32 {
        // what is left where the slot is of this key
        let place = self.slots[self.home(key)] ^ (key << self.bits);
        if place < (1 << self.bits) - 1 {
            place as u32
        } else {
            ABSENT
        }
    }

    #[inline]
    const fn home(&self, key: u64) -> usize {
        (key >> (u64::BITS - self.bits)) as usize
    }
}

impl Far {
    fn new(keys: usize) -> Self {
        // more than twice as many, so that no place has all bits
        let slots = ((keys + 1) * 2).next_power_of_two().max(16);
        Self {
            slots: vec![EMPTY; slots],
            bits: slots.trailing_zeros(),
        }
    }

    /// Whether the key of this place was new.
    fn insert(&mut self, place: usize, keys: &[u64]) -> bool {
        let key = keys[place];
        let home = self.home(key);
        let mut at = home;
        while self.slots[at] != EMPTY {
            if keys[self.place(self.slots[at])] == key {
                return false;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
        let stray = u64::from(at != home) << (self.bits - 1);
        self.slots[at] = key << self.bits | stray | place as u64;
        true
    }

    /// Where the key stands whose home has this slot.
    #[inline]
    fn find(&self, slot: u64, key: u64, keys: &[u64]) -> u32 {
        let place = slot ^ (key << self.bits);
        if place < 1 << (self.bits - 1) {
            return place as u32;
        }
        let mut at = self.home(key);
        // ends, for half of the slots are empty
        while self.slots[at] != EMPTY {
            let (slot, stray) = (self.slots[at], 1 << (self.bits - 1));
            let place = slot ^ (key << self.bits) ^ stray;
            if place < stray && keys[place as usize] == key {
                return place as u32;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
        ABSENT
    }

    const fn place(&self, slot: u64) -> usize {
        (slot & ((1 << (self.bits - 1)) - 1)) as usize
    }

    #[inline]
    const fn home(&self, key: u64) -> usize {
        (key >> (u64::BITS - self.bits)) as usize
    }
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
            let (mut room, mut places) = (Room::default(), vec![7]);
            let mixed: Vec<u64> = others.iter().chain(&list).copied().collect();
            table.find_all(&mixed, &mut room, &mut places);
            let alone: Vec<u32> = mixed.iter().map(|key| table.find(*key).unwrap_or(ABSENT)).collect();
            prop_assert_eq!(places, alone);
            for other in others.iter().copied().chain(0..200) {
                prop_assert_eq!(table.find(other).is_some(), keys.contains(&other));
            }
        }
    }
}
