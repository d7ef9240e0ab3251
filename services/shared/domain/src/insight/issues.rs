//! Hot issues as they grow: cases that tell of the same thing, joined by the links that the classifier finds.
//!
//! A case joins the issue of the case that it is most like; a strong link to another issue makes the two one (a weak one
//! does not, so that a message in the middle does not chain two matters together). A case without a link is no issue: it
//! becomes one when a later case is like it.
//!
//! Bounded: [`MAX_ISSUES`] issues, the longest silent go first; [`MAX_MEMBERS`] case numbers, [`MAX_AREAS`] areas and
//! [`MAX_CALLERS`] callers of each; nothing is older than [`EXPIRE_DAYS`] after the last message.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::heat;
use crate::id::{AreaId, CategoryId};
use crate::number::CaseNumber;
use crate::vocabulary::Urgency;

/// An issue is forgotten so many days after its last message.
pub const EXPIRE_DAYS: i32 = 60;
/// The most issues at once.
pub const MAX_ISSUES: usize = 4_000;
/// The most case numbers kept of an issue, the newest; all are counted.
pub const MAX_MEMBERS: usize = 200;
/// The most areas and categories kept of an issue.
pub const MAX_AREAS: usize = 64;
/// The most callers told apart in an issue.
pub const MAX_CALLERS: usize = 256;
/// From this likeness on a case makes two issues one.
const SAME: f32 = 0.8;
/// Days that growth compares, with as many before.
const GROWTH_DAYS: i32 = 7;

/// A case as issues see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// Its number.
    pub case: CaseNumber,
    /// The day on which it came, counted from the epoch in the city's time.
    pub day: i32,
    /// What it is about.
    pub category: Option<CategoryId>,
    /// Where.
    pub area: Option<AreaId>,
    /// How urgent it is.
    pub urgency: Urgency,
    /// Who called, by an opaque key; `None` counts as somebody new.
    pub caller: Option<String>,
}

/// Cases that tell of the same thing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Issue {
    /// Its id: the number of the first case seen of it, for good.
    pub id: CaseNumber,
    /// How many cases.
    pub count: u64,
    /// Cases by day, of the last [`EXPIRE_DAYS`].
    pub days: BTreeMap<i32, u32>,
    /// The day of the first and of the last case.
    pub first: i32,
    /// The day of the last case.
    pub last: i32,
    /// How often each category was said.
    pub categories: BTreeMap<CategoryId, u32>,
    /// Cases by area.
    pub areas: BTreeMap<AreaId, u32>,
    /// Urgent cases, and emergencies.
    pub urgent: u64,
    /// Emergencies.
    pub emergencies: u64,
    /// The newest cases, the newest last.
    pub members: Vec<CaseNumber>,
    /// Keys of callers who are known.
    pub callers: BTreeSet<String>,
    /// Cases of callers who had called before.
    pub repeats: u64,
}

impl Issue {
    fn new(first: &Told) -> Self {
        let mut issue = Self {
            id: first.case,
            count: 0,
            days: BTreeMap::new(),
            first: first.day,
            last: first.day,
            categories: BTreeMap::new(),
            areas: BTreeMap::new(),
            urgent: 0,
            emergencies: 0,
            members: Vec::new(),
            callers: BTreeSet::new(),
            repeats: 0,
        };
        issue.take(first);
        issue
    }

    fn take(&mut self, told: &Told) {
        self.count += 1;
        *self.days.entry(told.day).or_default() += 1;
        self.first = self.first.min(told.day);
        self.last = self.last.max(told.day);
        raise(&mut self.categories, told.category.as_ref(), 1);
        raise(&mut self.areas, told.area.as_ref(), 1);
        self.urgent += u64::from(told.urgency == Urgency::Urgent);
        self.emergencies += u64::from(told.urgency == Urgency::Emergency);
        self.members.push(told.case);
        if let Some(caller) = &told.caller {
            if self.callers.contains(caller) {
                self.repeats += 1;
            } else if self.callers.len() < MAX_CALLERS {
                self.callers.insert(caller.clone());
            }
        }
        self.trim();
    }

    fn unite(&mut self, other: Self) {
        self.count += other.count;
        for (day, count) in other.days {
            *self.days.entry(day).or_default() += count;
        }
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        for (category, count) in &other.categories {
            raise(&mut self.categories, Some(category), *count);
        }
        for (area, count) in &other.areas {
            raise(&mut self.areas, Some(area), *count);
        }
        self.urgent += other.urgent;
        self.emergencies += other.emergencies;
        self.members.splice(0..0, other.members);
        self.repeats += other.repeats;
        for caller in other.callers {
            if self.callers.contains(&caller) {
                self.repeats += 1;
            } else if self.callers.len() < MAX_CALLERS {
                self.callers.insert(caller);
            }
        }
        self.trim();
    }

    fn trim(&mut self) {
        let over = self.members.len().saturating_sub(MAX_MEMBERS);
        self.members.drain(..over);
        let from = self.last - EXPIRE_DAYS;
        self.days.retain(|day, _| *day > from);
    }

    /// How many different callers, as far as they are known.
    #[must_use]
    pub fn callers(&self) -> u64 {
        self.count - self.repeats
    }

    /// The category that most of its cases have; of equals the first by id.
    #[must_use]
    pub fn category(&self) -> Option<&CategoryId> {
        most(&self.categories)
    }

    /// The area that most of its cases are in.
    #[must_use]
    pub fn area(&self) -> Option<&AreaId> {
        most(&self.areas)
    }

    /// Cases of the last seven days, and of the seven before.
    #[must_use]
    pub fn trend(&self, today: i32) -> (u64, u64) {
        let within = |from: i32, to: i32| {
            let days = self.days.range(from + 1..=to);
            days.map(|(_, count)| u64::from(*count)).sum()
        };
        let (week, before) = (today - GROWTH_DAYS, today - 2 * GROWTH_DAYS);
        (within(week, today), within(before, week))
    }

    /// How hot it is, see [`heat`].
    #[must_use]
    pub fn heat(&self, today: i32) -> f64 {
        let (last, before) = self.trend(today);
        let harm = self.emergencies as f64 * heat::harm(Urgency::Emergency)
            + self.urgent as f64 * heat::harm(Urgency::Urgent);
        let factors = [
            heat::growth(last, before),
            heat::recency(f64::from(today - self.last)),
            heat::spread(self.areas.len()),
            harm / self.count.max(1) as f64,
        ];
        heat::heat(self.count, self.callers(), 0, &factors)
    }
}

fn raise<K: Ord + Clone>(counts: &mut BTreeMap<K, u32>, key: Option<&K>, by: u32) {
    let Some(key) = key else { return };
    if let Some(count) = counts.get_mut(key) {
        *count += by;
    } else if counts.len() < MAX_AREAS {
        counts.insert(key.clone(), by);
    }
}

fn most<K: Ord>(counts: &BTreeMap<K, u32>) -> Option<&K> {
    let best = counts
        .iter()
        .max_by(|one, other| one.1.cmp(other.1).then(other.0.cmp(one.0)));
    best.map(|(key, _)| key)
}

/// Every issue.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Issues {
    issues: BTreeMap<CaseNumber, Issue>,
    /// The issue of each case number that is kept.
    of_case: HashMap<CaseNumber, CaseNumber>,
}

impl Issues {
    /// Goes on with issues from before.
    pub fn resume(issues: impl IntoIterator<Item = Issue>) -> Self {
        let mut all = Self::default();
        for issue in issues {
            all.keep(issue);
        }
        all
    }

    /// Every issue, in the order of their ids.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Issue> {
        self.issues.values()
    }

    /// The issue with this id, or the one with this case among its members.
    #[must_use]
    pub fn get(&self, case: CaseNumber) -> Option<&Issue> {
        let id = self.of_case.get(&case).unwrap_or(&case);
        self.issues.get(id)
    }

    /// Takes a case in. `links` are cases like it with their likeness, best first; of those in no issue yet, `earlier` tells
    /// what is known, and without that they are left out. A case that is in an issue already changes nothing.
    pub fn take(
        &mut self,
        told: &Told,
        links: &[(CaseNumber, f32)],
        earlier: impl Fn(CaseNumber) -> Option<Told>,
    ) {
        if self.of_case.contains_key(&told.case) {
            return;
        }
        let mut home: Option<CaseNumber> = None;
        for (other, likeness) in links {
            let theirs = self.of_case.get(other).copied();
            match (home, theirs) {
                (None, Some(issue)) => home = Some(issue),
                (None, None) => {
                    if let Some(first) = earlier(*other) {
                        home = Some(first.case);
                        self.keep(Issue::new(&first));
                    }
                }
                (Some(ours), Some(theirs)) if ours != theirs && *likeness >= SAME => {
                    home = Some(self.unite(ours, theirs));
                }
                (Some(_), _) => {}
            }
        }
        let Some(mut issue) = home.and_then(|id| self.remove(id)) else {
            return;
        };
        issue.take(told);
        self.keep(issue);
        if self.issues.len() > MAX_ISSUES {
            self.drop_the_longest_silent();
        }
    }

    /// Forgets what has been silent for too long.
    pub fn expire(&mut self, today: i32) {
        let old = self
            .issues
            .values()
            .filter(|issue| issue.last + EXPIRE_DAYS < today);
        let old: Vec<CaseNumber> = old.map(|issue| issue.id).collect();
        for id in old {
            self.remove(id);
        }
    }

    /// The hottest that `wanted` says yes to, the hottest first; of equals the one with the lower id.
    #[must_use]
    pub fn ranked(&self, today: i32, wanted: impl Fn(&Issue) -> bool) -> Vec<(&Issue, f64)> {
        let issues = self.issues.values().filter(|issue| wanted(issue));
        let mut ranked: Vec<(&Issue, f64)> =
            issues.map(|issue| (issue, issue.heat(today))).collect();
        ranked.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.id.cmp(&other.0.id)));
        ranked
    }

    /// The elder of the two takes the other in.
    fn unite(&mut self, one: CaseNumber, other: CaseNumber) -> CaseNumber {
        let (Some(one), Some(other)) = (self.remove(one), self.remove(other)) else {
            return one;
        };
        let (mut elder, younger) = if (other.first, other.id) < (one.first, one.id) {
            (other, one)
        } else {
            (one, other)
        };
        elder.unite(younger);
        let id = elder.id;
        self.keep(elder);
        id
    }

    fn keep(&mut self, issue: Issue) {
        for member in &issue.members {
            self.of_case.insert(*member, issue.id);
        }
        self.issues.insert(issue.id, issue);
    }

    fn remove(&mut self, id: CaseNumber) -> Option<Issue> {
        let issue = self.issues.remove(&id)?;
        for member in &issue.members {
            self.of_case.remove(member);
        }
        Some(issue)
    }

    fn drop_the_longest_silent(&mut self) {
        let silent = self
            .issues
            .values()
            .min_by_key(|issue| (issue.last, issue.count, issue.id));
        if let Some(id) = silent.map(|issue| issue.id) {
            self.remove(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::number::Partition;

    fn case(number: u64) -> CaseNumber {
        CaseNumber::new(Partition(0), number).unwrap()
    }

    fn told(number: u64, day: i32) -> Told {
        Told {
            case: case(number),
            day,
            category: Some("noise".parse().unwrap()),
            area: Some(["01", "02"][number as usize % 2].parse().unwrap()),
            urgency: Urgency::Normal,
            caller: Some(format!("c{}", number % 7)),
        }
    }

    fn taken(issues: &mut Issues, number: u64, day: i32, links: &[(u64, f32)]) {
        let links: Vec<_> = links
            .iter()
            .map(|(to, likeness)| (case(*to), *likeness))
            .collect();
        issues.take(&told(number, day), &links, |other| {
            (1..100)
                .find(|number| case(*number) == other)
                .map(|number| told(number, day))
        });
    }

    #[test]
    fn links_make_issues_and_strong_ones_unite_them() {
        let mut issues = Issues::default();
        taken(&mut issues, 1, 1, &[]);
        assert_eq!(issues.iter().len(), 0, "one case is no issue");
        taken(&mut issues, 2, 1, &[(1, 0.5)]);
        taken(&mut issues, 4, 2, &[(3, 0.5)]);
        assert_eq!(issues.iter().len(), 2);
        taken(&mut issues, 5, 3, &[(2, 0.6), (4, 0.7)]);
        assert_eq!(issues.iter().len(), 2, "a weak second link does not chain");
        taken(&mut issues, 6, 3, &[(2, 0.9), (4, 0.9)]);
        let all: Vec<&Issue> = issues.iter().collect();
        assert_eq!((all.len(), all[0].id, all[0].count), (1, case(1), 6));
        assert_eq!(issues.get(case(4)), issues.get(case(1)));
        assert_eq!(all[0].trend(3), (6, 0));
    }

    #[test]
    fn a_case_counts_once_and_silence_ends_an_issue() {
        let mut issues = Issues::default();
        for _ in 0..3 {
            taken(&mut issues, 2, 1, &[(1, 0.5)]);
        }
        assert_eq!(issues.get(case(2)).unwrap().count, 2);
        issues.expire(1 + EXPIRE_DAYS);
        assert_eq!(issues.iter().len(), 1);
        issues.expire(2 + EXPIRE_DAYS);
        assert_eq!(issues.iter().len(), 0);
    }

    #[test]
    fn the_hottest_are_the_ones_with_more_callers_that_grow() {
        let mut issues = Issues::default();
        for number in [2, 3] {
            taken(&mut issues, number, 1, &[(1, 0.5)]);
        }
        for number in 11..16 {
            taken(&mut issues, number, 14, &[(10, 0.5)]);
        }
        let ranked = issues.ranked(14, |_| true);
        assert_eq!(ranked[0].0.id, case(10));
        assert!(ranked[0].1 > ranked[1].1);
        let resumed = Issues::resume(issues.iter().cloned());
        assert_eq!(resumed, issues);
    }

    proptest! {
        #[test]
        fn every_case_is_in_one_issue_at_most(links in proptest::collection::vec((1_u64..40, 1_u64..40, 0.3_f32..1.0), 0..120)) {
            let mut issues = Issues::default();
            for (at, (one, other, likeness)) in links.iter().enumerate() {
                if one != other {
                    taken(&mut issues, *one, at as i32 / 10, &[(*other, *likeness)]);
                }
            }
            let mut seen = BTreeSet::new();
            for issue in issues.iter() {
                prop_assert_eq!(issue.count as usize, issue.members.len());
                prop_assert!(issue.count >= 2);
                prop_assert!(issue.members.iter().all(|member| seen.insert(*member)));
                prop_assert!(issue.callers() >= 1);
            }
        }
    }
}
