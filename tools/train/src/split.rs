//! Which messages tell the same, and folds that keep them together.

use std::collections::{BTreeMap, BTreeSet};

use crate::learn::Chance;

/// Messages that belong together, joined pair by pair.
#[derive(Debug)]
pub(crate) struct Groups(Vec<usize>);

impl Groups {
    /// Each message on its own.
    pub(crate) fn new(messages: usize) -> Self {
        Self((0..messages).collect())
    }

    /// The first message of the group.
    pub(crate) fn of(&mut self, message: usize) -> usize {
        let mut root = message;
        while self.0[root] != root {
            self.0[root] = self.0[self.0[root]];
            root = self.0[root];
        }
        root
    }

    pub(crate) fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.of(a), self.of(b));
        self.0[a.max(b)] = a.min(b);
    }
}

/// The n-grams of a text of Han characters, each once, in order.
#[derive(Debug)]
pub(crate) struct Shingles {
    pairs: Vec<u64>,
    triples: Vec<u64>,
}

impl Shingles {
    /// Of the Han characters of the text; everything else is left out.
    pub(crate) fn of(text: &str) -> Self {
        let chars: Vec<u64> = text
            .chars()
            .filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c))
            .map(|c| u64::from(u32::from(c)))
            .collect();
        let grams = |n: usize| {
            let joined = |gram: &[u64]| gram.iter().fold(0, |all, c| all << 21 | c);
            let grams: BTreeSet<u64> = chars.windows(n).map(joined).collect();
            grams.into_iter().collect()
        };
        Self {
            pairs: grams(2),
            triples: grams(3),
        }
    }
}

/// The share of what either has that both have.
fn alike(a: &[u64], b: &[u64]) -> f64 {
    let (mut i, mut j, mut both) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        match a[i].cmp(&b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => (i, j, both) = (i + 1, j + 1, both + 1),
        }
    }
    let either = a.len() + b.len() - both;
    if either == 0 {
        0.0
    } else {
        f64::from(both as u32) / f64::from(either as u32)
    }
}

/// A triple that more messages have than this says nothing.
const COMMON: usize = 25;
/// How alike the triples of two messages of the same form are when they tell the same.
const SAME_FORM: f64 = 0.6;
/// How alike the pairs are when one of them has lost its stop words; the linked ones are, but for one in a hundred.
const OTHER_FORM: f64 = 0.42;

/// Joins the messages that tell the same in nearly the same words. `parted` says which of them have lost their stop words.
pub(crate) fn join_near_duplicates(groups: &mut Groups, texts: &[Shingles], parted: &[bool]) {
    let mut having: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
    for (message, text) in (0..).zip(texts) {
        for triple in &text.triples {
            having.entry(*triple).or_default().push(message);
        }
    }
    let mut shared: Vec<(u32, u32)> = Vec::new();
    for messages in having.values().filter(|messages| messages.len() <= COMMON) {
        for (place, a) in messages.iter().enumerate() {
            shared.extend(messages[place + 1..].iter().map(|b| (*a, *b)));
        }
    }
    drop(having);
    shared.sort_unstable();
    for pair in shared
        .chunk_by(|a, b| a == b)
        .filter(|same| same.len() >= 2)
    {
        let (a, b) = (pair[0].0 as usize, pair[0].1 as usize);
        let near = match parted[a] == parted[b] {
            true => alike(&texts[a].triples, &texts[b].triples) >= SAME_FORM,
            false => alike(&texts[a].pairs, &texts[b].pairs) >= OTHER_FORM,
        };
        if near {
            groups.join(a, b);
        }
    }
}

/// Deals the items out to so many folds, each label evenly.
pub(crate) fn stratified(labels: &[usize], folds: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..labels.len()).collect();
    Chance::new(seed).shuffle(&mut order);
    order.sort_by_key(|item| labels[*item]);
    let mut fold_of = vec![0; labels.len()];
    for (turn, item) in order.into_iter().enumerate() {
        fold_of[item] = turn % folds;
    }
    fold_of
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_joined_to_one_is_joined_to_all() {
        let mut groups = Groups::new(5);
        groups.join(3, 4);
        groups.join(4, 1);
        assert_eq!(
            (0..5).map(|m| groups.of(m)).collect::<Vec<_>>(),
            [0, 1, 2, 1, 1]
        );
    }

    #[test]
    fn nearly_the_same_is_joined_and_the_same_matter_in_other_words_is_not() {
        let texts = [
            "我们小区旁边的搅拌站每天夜里施工，噪音很大，影响居民休息，请尽快处理",
            "您好！我们小区旁边的搅拌站每天夜里施工，噪音很大，影响居民休息，请尽快处理。谢谢",
            "小区 旁边 搅拌站 每天 夜里 施工 噪音 影响 居民 休息 尽快 处理",
            "搅拌站就建在学校对面，灰尘满天，孩子们咳嗽",
        ];
        let shingles: Vec<Shingles> = texts.iter().map(|text| Shingles::of(text)).collect();
        let mut groups = Groups::new(4);
        join_near_duplicates(&mut groups, &shingles, &[false, false, true, false]);
        assert_eq!(
            (0..4).map(|m| groups.of(m)).collect::<Vec<_>>(),
            [0, 0, 0, 3]
        );
    }

    #[test]
    fn every_fold_has_its_share_of_every_label() {
        let labels: Vec<usize> = (0..100).map(|item| usize::from(item % 10 == 0)).collect();
        let folds = stratified(&labels, 5, 1);
        for fold in 0..5 {
            let of_fold = |label| {
                (0..100)
                    .filter(|i| folds[*i] == fold && labels[*i] == label)
                    .count()
            };
            assert_eq!((of_fold(0), of_fold(1)), (18, 2));
        }
        assert_eq!(folds, stratified(&labels, 5, 1));
        assert_ne!(folds, stratified(&labels, 5, 2));
    }
}
