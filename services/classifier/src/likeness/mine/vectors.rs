//! Sparse vectors of weighted words.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// For keys that are hashes already.
#[derive(Debug, Default)]
pub(super) struct Same(u64);

impl Hasher for Same {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }

    fn write_u32(&mut self, value: u32) {
        // Small numbers in order: the table looks at the high bits.
        self.0 = u64::from(value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

/// See [`Same`].
pub(super) type SameHash = BuildHasherDefault<Same>;

/// A sparse vector, by word.
#[derive(Debug, Clone, Default)]
pub(super) struct Vector(pub(super) Vec<(u32, f32)>);

impl Vector {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The inner product.
    pub(super) fn dot(&self, other: &Self) -> f32 {
        let (short, long) = if self.0.len() <= other.0.len() {
            (&self.0, &other.0)
        } else {
            (&other.0, &self.0)
        };
        // Of very different lengths it is quicker to look each word of the short one up.
        if long.len() > 8 * short.len() {
            return short
                .iter()
                .filter_map(|(word, weight)| {
                    let at = long.binary_search_by_key(word, |(word, _)| *word).ok()?;
                    Some(weight * long[at].1)
                })
                .sum();
        }
        let (mut sum, mut at) = (0.0, 0);
        for (word, weight) in short {
            while at < long.len() && long[at].0 < *word {
                at += 1;
            }
            match long.get(at) {
                Some((other, heavy)) if other == word => sum += weight * heavy,
                Some(_) => {}
                None => break,
            }
        }
        sum
    }

    /// The sum; of more than `room` words the weightiest are kept.
    pub(super) fn plus(&self, other: &Self, room: usize) -> Self {
        let mut sum = Vec::with_capacity(self.0.len() + other.0.len());
        let (mut one, mut two) = (self.0.iter().peekable(), other.0.iter().peekable());
        loop {
            match (one.peek(), two.peek()) {
                (Some((a, x)), Some((b, y))) if a == b => {
                    sum.push((*a, x + y));
                    one.next();
                    two.next();
                }
                (Some((a, _)), Some((b, _))) if a < b => sum.extend(one.next()),
                (_, Some(_)) => sum.extend(two.next()),
                (Some(_), None) => sum.extend(one.next()),
                (None, None) => break,
            }
        }
        let mut sum = Self(sum);
        sum.keep(room);
        sum
    }

    /// Keeps the weightiest words.
    pub(super) fn keep(&mut self, room: usize) {
        if self.0.len() > room {
            self.0
                .sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            self.0.truncate(room);
            self.0.sort_unstable_by_key(|(word, _)| *word);
        }
    }

    /// The weightiest words, the first first.
    pub(super) fn top(&self, n: usize) -> Vec<(u32, f32)> {
        let mut top = self.clone();
        top.keep(n);
        top.0
            .sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        top.0
    }
}

/// How words are weighed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weighing {
    /// Words in more than this share of the messages say nothing.
    pub(super) most: f32,
    /// The power of the inverse document frequency.
    pub(super) power: f32,
    /// Words kept of a message: the weightiest.
    pub(super) room: usize,
}

/// Unit vectors of messages' words, each weighed by how often it is said and how seldom in the file; and the words by their
/// number. Words of only one message are left out.
pub(super) fn weigh<'a>(
    messages: impl Iterator<Item = &'a [(u64, f32)]> + Clone,
    weighing: Weighing,
) -> (Vec<Vector>, Vec<u64>) {
    let mut frequency: HashMap<u64, (u32, u32), SameHash> = HashMap::default();
    let mut total = 0.0_f32;
    for words in messages.clone() {
        total += 1.0;
        for (word, _) in words {
            frequency.entry(*word).or_default().0 += 1;
        }
    }
    // A file of a few messages has no frequent words yet.
    let most = (weighing.most * total).max(12.0);
    frequency.retain(|_, (count, _)| *count >= 2 && *count as f32 <= most);
    let mut words: Vec<u64> = frequency.keys().copied().collect();
    words.sort_unstable();
    for (word, number) in words.iter().zip(0..) {
        if let Some((_, at)) = frequency.get_mut(word) {
            *at = number;
        }
    }
    let vector = |message: &[(u64, f32)]| {
        let weight = |(word, times): &(u64, f32)| {
            let (count, number) = frequency.get(word)?;
            let seldom = (total.max(20.0) / *count as f32)
                .ln()
                .max(0.1)
                .powf(weighing.power);
            Some((*number, (1.0 + times.max(1.0).ln()) * seldom))
        };
        let mut vector = Vector(message.iter().filter_map(weight).collect());
        vector.0.sort_unstable_by_key(|(word, _)| *word);
        let length = vector
            .0
            .iter()
            .map(|(_, weight)| weight * weight)
            .sum::<f32>()
            .sqrt();
        for (_, weight) in &mut vector.0 {
            *weight /= length;
        }
        vector.keep(weighing.room);
        vector
    };
    (messages.map(vector).collect(), words)
}
