//! What the city says about scores: `scores.yaml`.

use std::fmt::Write as _;
use std::ops::Deref;

use jiff::civil::Date;

use crate::archive::CaseRow;
use crate::case::{CloseReason, Outcome, State};
use crate::city::{Names, UnitClass, words};
use crate::id::{CategoryId, ExclusionId, RankingId, UnitId};
use crate::rules::RulesDigest;
use crate::vocabulary::{Channel, Kind, ReporterType};

words! {
    /// Which of a citizen's answers count when a case was taken up again.
    AnswersThatCount {
        /// Those to the first result: whoever handles a case badly is not saved by doing it again.
        First = "first",
        /// Those to the last result.
        Last = "last",
    }
}

words! {
    /// The day on which a case counts, in the city's time zone.
    DayThatCounts {
        /// On which the citizen gave the answers that count; of a citizen who was never reached: on which the case ended.
        Answered = "answered",
        /// On which the case was taken in.
        Accepted = "accepted",
        /// On which it ended; until then it does not count.
        Ended = "ended",
    }
}

words! {
    /// Whose sums are ranked.
    By {
        /// Each unit by itself.
        Unit = "unit",
        /// Each level-1 area: all units that answer for it or for a place in it.
        District = "district",
    }
}

/// How much each rate weighs; not all are 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    /// Of the response rate.
    pub response: f64,
    /// Of the resolution rate.
    pub resolution: f64,
    /// Of the satisfaction rate.
    pub satisfaction: f64,
}

/// Cases that do not count: those of which everything holds that is said here.
#[derive(Debug, Clone, PartialEq)]
pub struct Exclusion {
    /// Its id.
    pub id: ExclusionId,
    /// What it is called.
    pub name: Names,
    /// What was wanted is one of these; any when empty.
    pub kinds: Box<[Kind]>,
    /// The category is one of these or below one.
    pub categories: Box<[CategoryId]>,
    /// The citizen took it back.
    pub withdrawn: bool,
    /// The result was one of these.
    pub outcomes: Box<[Outcome]>,
    /// It was closed for one of these reasons.
    pub closed: Box<[CloseReason]>,
    /// It came in by one of these ways.
    pub channels: Box<[Channel]>,
    /// One of these asked.
    pub reporters: Box<[ReporterType]>,
    /// It counts for one of these units.
    pub units: Box<[UnitId]>,
}

impl Exclusion {
    /// Whether it takes this case, which counts for this unit, out.
    #[must_use]
    pub fn takes_out(&self, row: &CaseRow<'_>, unit: &str) -> bool {
        fn any<T>(listed: &[T], is: impl Fn(&T) -> bool) -> bool {
            listed.is_empty() || listed.iter().any(is)
        }
        let category = row.category.and_then(|id| CategoryId::new(id).ok());
        let within = |of: &CategoryId| category.as_ref().is_some_and(|id| id.is_within(of));
        any(&self.kinds, |kind| row.kind == Some(kind.as_str()))
            && any(&self.categories, within)
            && (!self.withdrawn || row.state == State::Withdrawn.as_str())
            && any(&self.outcomes, |of| row.outcome == Some(of.as_str()))
            && any(&self.closed, |why| row.close_reason == Some(why.as_str()))
            && any(&self.channels, |channel| row.channel == channel.as_str())
            && any(&self.reporters, |who| row.reporter == who.as_str())
            && any(&self.units, |of| of.as_str() == unit)
    }
}

/// A table of who is good at it: like is compared with like.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    /// Its id.
    pub id: RankingId,
    /// What it is called.
    pub name: Names,
    /// Whose sums are compared.
    pub by: By,
    /// The classes of the units that are compared, or whose cases are summed; every class when empty.
    pub classes: Box<[UnitClass]>,
}

/// What a city says about how scores are made from a day on.
#[derive(Debug, Clone, PartialEq)]
pub struct Terms {
    /// It is for the cases taken in from this day on, in the city's time zone.
    pub from: Date,
    /// Which answers count.
    pub answers: AnswersThatCount,
    /// On which day.
    pub day: DayThatCounts,
    /// How much each rate weighs.
    pub weights: Weights,
    /// Who has fewer cases with an answer is not ranked.
    pub min_cases: u32,
    /// What does not count; the first that takes a case out says why.
    pub exclusions: Box<[Exclusion]>,
    /// The rankings.
    pub rankings: Box<[Ranking]>,
}

/// Terms, and the digest that names them.
#[derive(Debug, Clone, PartialEq)]
pub struct Formula {
    terms: Terms,
    digest: RulesDigest,
}

impl Deref for Formula {
    type Target = Terms;

    fn deref(&self) -> &Terms {
        &self.terms
    }
}

impl Formula {
    pub(crate) fn new(terms: Terms) -> Self {
        Self {
            digest: RulesDigest::of(&canonical(&terms)),
            terms,
        }
    }

    /// The SHA-256 of all that it says about which cases count, how, and when: names and order of fields make no difference.
    #[must_use]
    pub fn digest(&self) -> &RulesDigest {
        &self.digest
    }

    /// The ranking of this id.
    #[must_use]
    pub fn ranking(&self, id: &str) -> Option<&Ranking> {
        self.rankings.iter().find(|of| of.id.as_str() == id)
    }
}

/// What a formula says, as one text.
fn canonical(terms: &Terms) -> String {
    fn list<T>(out: &mut String, key: &str, items: &[T], word: impl Fn(&T) -> &str) {
        let mut words: Vec<&str> = items.iter().map(word).collect();
        words.sort_unstable();
        if !words.is_empty() {
            let _ = write!(out, " {key}={}", words.join(","));
        }
    }
    let Terms {
        from,
        answers,
        day,
        weights,
        min_cases,
        exclusions,
        rankings,
    } = terms;
    let Weights {
        response,
        resolution,
        satisfaction,
    } = weights;
    // Writing to a String cannot fail.
    let mut out = format!(
        "from {from}\nanswers {answers}\nday {day}\nweights {response} {resolution} {satisfaction}\nmin_cases {min_cases}\n"
    );
    for exclusion in exclusions {
        let _ = write!(out, "exclude {}", exclusion.id);
        list(&mut out, "kinds", &exclusion.kinds, |of| of.as_str());
        list(&mut out, "categories", &exclusion.categories, |of| {
            of.as_str()
        });
        if exclusion.withdrawn {
            out.push_str(" withdrawn");
        }
        list(&mut out, "outcomes", &exclusion.outcomes, |of| of.as_str());
        list(&mut out, "closed", &exclusion.closed, |of| of.as_str());
        list(&mut out, "channels", &exclusion.channels, |of| of.as_str());
        list(&mut out, "reporters", &exclusion.reporters, |of| {
            of.as_str()
        });
        list(&mut out, "units", &exclusion.units, |of| of.as_str());
        out.push('\n');
    }
    for ranking in rankings {
        let _ = write!(out, "rank {} by={}", ranking.id, ranking.by);
        list(&mut out, "classes", &ranking.classes, |of| of.as_str());
        out.push('\n');
    }
    out
}

/// A city's formulas, each for the cases taken in before the next one begins.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Formulas(Box<[Formula]>);

impl Formulas {
    /// Formulas by the day from which they hold.
    pub(crate) fn new(mut all: Vec<Formula>) -> Self {
        all.sort_by_key(|formula| formula.from);
        Self(all.into())
    }

    /// The formula for what is taken in on a day; `None` before the first.
    #[must_use]
    pub fn on(&self, day: Date) -> Option<&Formula> {
        let over = self.0.partition_point(|formula| formula.from <= day);
        over.checked_sub(1).map(|at| &self.0[at])
    }

    /// Every formula, the oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Formula> {
        self.0.iter()
    }

    /// Whether the city scores nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
