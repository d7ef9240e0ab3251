//! Which values a rule allows of a dimension, as numbers. The last number stands for what is not known or not named.

use jiff::civil::Time;

use crate::calendar::{DailyHours, Moment};
use crate::city::{Areas, Taxonomy};
use crate::id::{AreaId, CategoryId};
use crate::rules::bits::Bits;
use crate::rules::compile::{Ids, ids};
use crate::rules::condition::{Choice, PlaceChoice, Rule};
use crate::vocabulary::{DayClass, DayTag, Language};

/// Minutes in a day.
const DAY_MINUTES: usize = 24 * 60;
/// Day classes, each without and with extreme weather.
pub(super) const DAYS: usize = 6;

/// A tree of ids, with what lies in each.
#[derive(Debug, Clone)]
pub(in crate::rules) struct Subtrees<T> {
    pub(in crate::rules) numbers: Ids<T>,
    /// For each number, itself and all below it.
    below: Vec<Bits>,
}

impl Subtrees<CategoryId> {
    /// The categories.
    pub(in crate::rules) fn of_categories(taxonomy: &Taxonomy) -> Self {
        let numbers = ids(taxonomy.iter().map(|category| &category.id));
        let parents = taxonomy.iter().map(|category| category.parent.as_ref());
        Self::new(numbers, parents.collect())
    }
}

impl Subtrees<AreaId> {
    /// The places.
    pub(in crate::rules) fn of_areas(areas: &Areas) -> Self {
        let numbers = ids(areas.iter().map(|area| &area.id));
        let parents = areas.iter().map(|area| area.parent.as_ref());
        Self::new(numbers, parents.collect())
    }
}

impl<T: std::hash::Hash + Eq> Subtrees<T> {
    fn new(numbers: Ids<T>, parents: Vec<Option<&T>>) -> Self {
        let count = parents.len();
        let parent = |at: &usize| Some(*numbers.get(parents[*at]?)? as usize);
        let mut below = vec![Bits::none(count); count];
        for number in 0..count {
            // A lineage cannot be longer than the tree is big: a circle would end as well.
            for above in std::iter::successors(Some(number), parent).take(count) {
                below[above].insert(number);
            }
        }
        Self { numbers, below }
    }

    /// How many values there are, the unknown one included.
    pub(super) fn values(&self) -> usize {
        self.below.len() + 1
    }

    /// What lies in one of `any_of` (everything, the unknown included, when it is empty) and in none of `none_of`.
    pub(super) fn allowed(&self, choice: &Choice<T>) -> Bits {
        let within = |list: &[T]| {
            let mut within = Bits::none(self.values());
            let numbers = list.iter().filter_map(|id| self.numbers.get(id));
            numbers.for_each(|number| within.add_all(&self.below[*number as usize]));
            within
        };
        let mut allowed = if choice.any_of.is_empty() {
            Bits::all(self.values())
        } else {
            within(&choice.any_of)
        };
        allowed.remove_all(&within(&choice.none_of));
        allowed
    }
}

/// The areas that a rule allows.
pub(super) fn places(place: &PlaceChoice, areas: &Subtrees<AreaId>) -> Bits {
    let mut allowed = areas.allowed(&place.areas);
    let unknown = areas.values() - 1;
    let mut only_unknown = Bits::none(areas.values());
    only_unknown.insert(unknown);
    match place.known {
        Some(true) => allowed.remove_all(&only_unknown),
        Some(false) => allowed.keep_all(&only_unknown),
        None => {}
    }
    allowed
}

/// The words of a closed vocabulary that a rule allows.
pub(super) fn words<T: PartialEq>(choice: &Choice<T>, all: &[T]) -> Bits {
    numbers_of(all.iter().map(|word| choice.allows(word)))
}

/// The languages that a rule allows of those that are named, and of any other.
pub(super) fn languages(choice: &Choice<Language>, named: &[Language]) -> Bits {
    let other = choice.any_of.is_empty();
    let named = named.iter().map(|language| choice.allows(language));
    numbers_of(named.chain([other]))
}

/// All languages that some rule names, in order.
pub(in crate::rules) fn named_languages(rules: &[Rule]) -> Box<[Language]> {
    let of = |rule: &'_ Rule| {
        let choice = &rule.when.language;
        [choice.any_of.clone(), choice.none_of.clone()].concat()
    };
    let mut named: Vec<Language> = rules.iter().flat_map(of).collect();
    named.sort_unstable();
    named.dedup();
    named.into()
}

/// The number of a day.
pub(in crate::rules) fn day_number(moment: Moment) -> usize {
    moment.day as usize * 2 + usize::from(moment.extreme_weather)
}

/// The days that a rule allows.
pub(super) fn days(choice: &Choice<DayTag>) -> Bits {
    let allows = |day: Moment| {
        let is = |tag: &DayTag| day.is(*tag);
        (choice.any_of.is_empty() || choice.any_of.iter().any(is)) && !choice.none_of.iter().any(is)
    };
    let days = DayClass::ALL.iter().flat_map(|day| {
        [false, true].map(|extreme_weather| Moment {
            day: *day,
            extreme_weather,
            time: Time::midnight(),
        })
    });
    numbers_of(days.map(allows))
}

/// The parts into which the beginnings and ends of all rules' hours cut the day.
pub(super) struct Segments {
    /// The minute at which each begins, ascending; the first is 0.
    starts: Vec<u16>,
}

impl Segments {
    pub(super) fn of(rules: &[Rule]) -> Self {
        let hours = rules.iter().filter_map(|rule| rule.when.hours);
        let cuts = hours.flat_map(|hours| [hours.from_minute(), hours.to_minute()]);
        let within_the_day = |cut: &u16| usize::from(*cut) < DAY_MINUTES;
        let mut starts: Vec<u16> = cuts.filter(within_the_day).chain([0]).collect();
        starts.sort_unstable();
        starts.dedup();
        Self { starts }
    }

    pub(super) fn count(&self) -> usize {
        self.starts.len()
    }

    /// The segment of every minute of the day.
    pub(super) fn of_minutes(&self) -> impl Iterator<Item = usize> {
        let segment = |minute| {
            self.starts
                .partition_point(|start| usize::from(*start) <= minute)
                - 1
        };
        (0..DAY_MINUTES).map(segment)
    }

    /// The segments that a rule allows. Its hours begin and end where segments do.
    pub(super) fn allowed(&self, hours: Option<DailyHours>) -> Bits {
        let within = |minute: u16| {
            hours.is_none_or(|hours| {
                let (from, to) = (hours.from_minute(), hours.to_minute());
                if hours.wraps() {
                    minute >= from || minute < to
                } else {
                    (from..to).contains(&minute)
                }
            })
        };
        numbers_of(self.starts.iter().map(|start| within(*start)))
    }
}

/// The numbers at which something is true.
fn numbers_of(truths: impl Iterator<Item = bool>) -> Bits {
    let truths: Vec<bool> = truths.collect();
    let mut numbers = Bits::none(truths.len());
    let those = truths.iter().enumerate().filter(|(_, truth)| **truth);
    those.for_each(|(number, _)| numbers.insert(number));
    numbers
}
