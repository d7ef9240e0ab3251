//! The space of all complaints as rules see them, and the regions of it that conditions cut out.
//!
//! A region is a product: of a set of values in every closed dimension, and of what is asked of the text. Hours are cut
//! where some rule's hours begin or end, and languages that no rule names are one value, so every dimension is finite
//! and nothing is lost. A complaint has a category and a place of the pack, or none.

use std::collections::BTreeSet;

use super::super::condition::{Choice, Condition, Rule};
use super::texts::{TextNeed, Texts};
use super::witness::time_of;
use crate::calendar::{DailyHours, Moment};
use crate::city::{Category, CityPack};
use crate::vocabulary::{Channel, DayClass, DayTag, Kind, Language, Line, ReporterType, Urgency};

/// A dimension with a finite set of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Dim {
    /// Ordinals of the taxonomy, then "not known".
    Category,
    /// Ordinals of the areas, then "not known".
    Place,
    Kind,
    Urgency,
    Channel,
    Line,
    /// The languages that rules name, then "any other".
    Language,
    Reporter,
    /// Twice the class of the day, plus one for extreme weather.
    Day,
    /// The stretches of the day between the cuts.
    Hours,
}

impl Dim {
    pub(super) const ALL: [Self; 10] = [
        Self::Category,
        Self::Place,
        Self::Kind,
        Self::Urgency,
        Self::Channel,
        Self::Line,
        Self::Language,
        Self::Reporter,
        Self::Day,
        Self::Hours,
    ];
}

/// Minutes of a day.
pub(super) const DAY_MINUTES: u16 = 24 * 60;

/// A set of complaints.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Region {
    words: Vec<u64>,
    pub(super) text: TextNeed,
}

/// What the complaints of a city can be, as far as its rules tell them apart.
pub(super) struct Space<'p> {
    pub(super) pack: &'p CityPack,
    pub(super) texts: Texts,
    /// How many values each dimension has.
    sizes: [usize; Dim::ALL.len()],
    /// Where each dimension's bits begin, in words of 64.
    starts: [usize; Dim::ALL.len() + 1],
    pub(super) languages: Vec<Language>,
    /// Stands for every language that no rule names.
    other_language: Language,
    /// The first minute of every stretch of the day, ascending.
    pub(super) cuts: Vec<u16>,
    /// For every category its ordinal and those above it.
    category_lines: Vec<Vec<usize>>,
    /// The same for areas.
    area_lines: Vec<Vec<usize>>,
}

impl<'p> Space<'p> {
    pub(super) fn new(pack: &'p CityPack, rules: &[Rule]) -> Self {
        let named: BTreeSet<Language> = rules
            .iter()
            .flat_map(|rule| {
                let Choice { any_of, none_of } = &rule.when.language;
                any_of.iter().chain(none_of)
            })
            .copied()
            .collect();
        let other_language = every_language()
            .find(|language| !named.contains(language))
            .unwrap_or(Language::UNDETERMINED);
        let hours = rules.iter().filter_map(|rule| rule.when.hours);
        let edges = hours.flat_map(|hours| [hours.from_minute(), hours.to_minute() % DAY_MINUTES]);
        let cuts: BTreeSet<u16> = edges.chain([0]).collect();
        let mut space = Self {
            sizes: [0; Dim::ALL.len()],
            starts: [0; Dim::ALL.len() + 1],
            languages: named.into_iter().collect(),
            other_language,
            cuts: cuts.into_iter().collect(),
            category_lines: pack
                .taxonomy
                .iter()
                .map(|category| {
                    let parent = |one: &&Category| pack.taxonomy.get(one.parent.as_ref()?.as_str());
                    let line = std::iter::successors(Some(category), parent);
                    line.filter_map(|one| pack.taxonomy.ordinal(one.id.as_str()))
                        .collect()
                })
                .collect(),
            area_lines: pack
                .areas
                .iter()
                .map(|area| {
                    let line = pack.areas.lineage(area.id.as_str());
                    line.filter_map(|one| pack.areas.ordinal(one.id.as_str()))
                        .collect()
                })
                .collect(),
            texts: Texts::of(rules),
            pack,
        };
        for (at, dim) in Dim::ALL.into_iter().enumerate() {
            space.sizes[at] = space.count(dim);
            space.starts[at + 1] = space.starts[at] + space.sizes[at].div_ceil(64);
        }
        space
    }

    fn count(&self, dim: Dim) -> usize {
        match dim {
            Dim::Category => self.category_lines.len() + 1,
            Dim::Place => self.area_lines.len() + 1,
            Dim::Kind => Kind::ALL.len(),
            Dim::Urgency => Urgency::ALL.len(),
            Dim::Channel => Channel::ALL.len(),
            Dim::Line => Line::ALL.len(),
            Dim::Language => self.languages.len() + 1,
            Dim::Reporter => ReporterType::ALL.len(),
            Dim::Day => 2 * DayClass::ALL.len(),
            Dim::Hours => self.cuts.len(),
        }
    }

    /// Everything.
    pub(super) fn all(&self) -> Region {
        let mut region = Region {
            words: vec![0; self.starts[Dim::ALL.len()]],
            text: TextNeed::default(),
        };
        for dim in Dim::ALL {
            self.keep(&mut region, dim, |_| true);
        }
        region
    }

    /// The complaints of which a condition holds, whatever its guard says.
    pub(super) fn region(&self, when: &Condition) -> Region {
        let mut region = self.all();
        let (categories, areas) = (&self.pack.taxonomy, &self.pack.areas);
        let category = subtrees(&when.category, &self.category_lines, |id| {
            categories.ordinal(id.as_str())
        });
        self.keep(&mut region, Dim::Category, |at| category[at]);
        let area = subtrees(&when.place.areas, &self.area_lines, |id| {
            areas.ordinal(id.as_str())
        });
        let unknown = self.area_lines.len();
        let known = |at: usize| {
            when.place
                .known
                .is_none_or(|known| known == (at != unknown))
        };
        self.keep(&mut region, Dim::Place, |at| area[at] && known(at));
        self.keep(&mut region, Dim::Kind, |at| {
            when.kind.allows(&Kind::ALL[at])
        });
        self.keep(&mut region, Dim::Urgency, |at| {
            when.urgency.allows(&Urgency::ALL[at])
        });
        self.keep(&mut region, Dim::Channel, |at| {
            when.channel.allows(&Channel::ALL[at])
        });
        self.keep(&mut region, Dim::Line, |at| {
            when.line.allows(&Line::ALL[at])
        });
        self.keep(&mut region, Dim::Language, |at| {
            when.language.allows(&self.language(at))
        });
        self.keep(&mut region, Dim::Reporter, |at| {
            when.reporter.allows(&ReporterType::ALL[at])
        });
        self.keep(&mut region, Dim::Day, |at| day_allows(&when.day, at));
        self.keep(&mut region, Dim::Hours, |at| {
            let begins = time_of(self.cuts[at]);
            when.hours
                .is_none_or(|hours: DailyHours| hours.contains(begins))
        });
        region.text = self.texts.need(&when.keywords);
        region
    }

    /// The first dimension in which a region has nothing; `Err` when it is the text.
    pub(super) fn emptiness(&self, region: &Region) -> Option<Result<Dim, ()>> {
        let empty = Dim::ALL
            .into_iter()
            .find(|dim| self.values(region, *dim).next().is_none());
        empty
            .map(Ok)
            .or_else(|| (!region.text.is_possible(&self.texts)).then_some(Err(())))
    }

    /// The bits of one dimension.
    pub(super) fn bits<'r>(&self, region: &'r Region, dim: Dim) -> &'r [u64] {
        &region.words[self.starts[dim as usize]..self.starts[dim as usize + 1]]
    }

    fn bits_mut<'r>(&self, region: &'r mut Region, dim: Dim) -> &'r mut [u64] {
        &mut region.words[self.starts[dim as usize]..self.starts[dim as usize + 1]]
    }

    /// Whether a region has this value.
    pub(super) fn has(&self, region: &Region, dim: Dim, at: usize) -> bool {
        self.bits(region, dim)[at / 64] >> (at % 64) & 1 == 1
    }

    /// The values that a region has in one dimension, ascending.
    pub(super) fn values<'r>(
        &self,
        region: &'r Region,
        dim: Dim,
    ) -> impl Iterator<Item = usize> + 'r + use<'r> {
        let start = self.starts[dim as usize];
        let words = &region.words[start..self.starts[dim as usize + 1]];
        words.iter().enumerate().flat_map(|(at, word)| {
            std::iter::successors(Some(*word), |rest| Some(rest & rest.wrapping_sub(1)))
                .take_while(|rest| *rest != 0)
                .map(move |rest| at * 64 + rest.trailing_zeros() as usize)
        })
    }

    /// Sets a dimension to the values for which `wanted` holds.
    pub(super) fn keep(&self, region: &mut Region, dim: Dim, wanted: impl Fn(usize) -> bool) {
        let size = self.sizes[dim as usize];
        let words = self.bits_mut(region, dim);
        words.fill(0);
        for at in (0..size).filter(|at| wanted(*at)) {
            words[at / 64] |= 1 << (at % 64);
        }
    }

    /// Leaves only the values that `other` has too, or only those that it has not.
    pub(super) fn narrow(&self, region: &mut Region, dim: Dim, other: &Region, within: bool) {
        let other = self.bits(other, dim);
        for (word, other) in self.bits_mut(region, dim).iter_mut().zip(other) {
            *word &= if within { *other } else { !*other };
        }
    }

    /// What both regions have; a rule's region on the right. `None` when that is nothing.
    pub(super) fn both(&self, region: &Region, rule: &Region) -> Option<Region> {
        let mut both = region.clone();
        for dim in Dim::ALL {
            self.narrow(&mut both, dim, rule, true);
        }
        both.text.with_wanted(&rule.text);
        both.text.without_unwanted(&rule.text);
        self.emptiness(&both).is_none().then_some(both)
    }

    /// A language by its value; one that no rule names for the last.
    pub(super) fn language(&self, at: usize) -> Language {
        self.languages
            .get(at)
            .copied()
            .unwrap_or(self.other_language)
    }

    /// Every language that a value stands for.
    pub(super) fn languages_of(&self, at: usize) -> Vec<Language> {
        match self.languages.get(at) {
            Some(named) => vec![*named],
            None => every_language()
                .filter(|language| !self.languages.contains(language))
                .collect(),
        }
    }

    /// The minutes of a stretch of the day.
    pub(super) fn minutes(&self, at: usize) -> std::ops::Range<u16> {
        self.cuts[at]..self.cuts.get(at + 1).copied().unwrap_or(DAY_MINUTES)
    }
}

/// Every language that can be written, an undetermined one first.
fn every_language() -> impl Iterator<Item = Language> {
    let letters = || 'a'..='z';
    let two = letters().flat_map(move |a| letters().map(move |b| format!("{a}{b}")));
    let three = letters().flat_map(move |a| {
        letters().flat_map(move |b| letters().map(move |c| format!("{a}{b}{c}")))
    });
    let codes = two.chain(three).filter_map(|code| code.parse().ok());
    std::iter::once(Language::UNDETERMINED)
        .chain(codes.filter(|language| *language != Language::UNDETERMINED))
}

fn day_allows(day: &Choice<DayTag>, at: usize) -> bool {
    let moment = Moment {
        day: DayClass::ALL[at / 2],
        extreme_weather: at % 2 == 1,
        time: time_of(0),
    };
    let is = |tag: &DayTag| moment.is(*tag);
    (day.any_of.is_empty() || day.any_of.iter().any(is)) && !day.none_of.iter().any(is)
}

/// Which values a choice of subtrees allows, the unknown one last. `lines` has for every value its ordinal and those above.
fn subtrees<T>(
    choice: &Choice<T>,
    lines: &[Vec<usize>],
    ordinal: impl Fn(&T) -> Option<usize>,
) -> Vec<bool> {
    let set = |list: &[T]| -> BTreeSet<usize> { list.iter().filter_map(&ordinal).collect() };
    let (wanted, unwanted) = (set(&choice.any_of), set(&choice.none_of));
    let anything = choice.any_of.is_empty();
    let allows = |line: &Vec<usize>| {
        (anything || line.iter().any(|at| wanted.contains(at)))
            && !line.iter().any(|at| unwanted.contains(at))
    };
    lines.iter().map(allows).chain([anything]).collect()
}
