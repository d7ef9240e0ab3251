//! Which team of a unit is asked: place, skills, language, duty and load.
//!
//! Loads are known a little late, and several routers choose at once. Always taking the least loaded team would send
//! everybody to the same one until the next look; so two teams are drawn and the less loaded of the two is asked (the
//! power of two choices).
//!
//! **Invariants**
//! - A team that was asked before is never asked again.
//! - A full team is never asked while a team of the same unit that fits has room.
//! - Somebody is asked as long as any team of the units in question has not been: when all are full, the order waits
//!   where it belongs. A person in triage would find no more room than we do.

use rand::{Rng, RngExt};
use swiftline_domain::case::{ConsideredTeam, MAX_CONSIDERED, TeamChoice, Verdict};
use swiftline_domain::city::{CityPack, Team, Unit};
use swiftline_domain::id::{AreaId, Skill, TeamId};
use swiftline_domain::vocabulary::{Lane, Language};

use jiff::Timestamp;

/// Says how many orders a team has open.
pub(crate) trait Loads {
    /// The team's open orders, as far as known.
    fn load(&self, team: &TeamId) -> u32;
}

/// What is wanted of a team.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish<'a> {
    /// Where it is needed, if that is known.
    pub(crate) place: Option<&'a AreaId>,
    /// What it should be able to do.
    pub(crate) skills: &'a [Skill],
    /// The language that it should speak.
    pub(crate) language: Language,
    /// How pressing it is. An emergency does not wait for anybody's hours to begin.
    pub(crate) lane: Lane,
    /// Who is not to be asked any more.
    pub(crate) asked: &'a [TeamId],
    /// When.
    pub(crate) now: Timestamp,
}

/// The team that is asked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pick<'a> {
    /// The team.
    pub(crate) team: &'a Team,
    /// How it came to be chosen.
    pub(crate) choice: TeamChoice,
    /// The teams that were weighed, the chosen one first; at most [`MAX_CONSIDERED`].
    pub(crate) considered: Vec<ConsideredTeam>,
    /// It serves the place, has the skills and speaks the language. Otherwise no team of its unit does, and that wish was
    /// dropped.
    pub(crate) meets_wish: bool,
}

/// Chooses among the teams of `units`: of the first unit if it can be, else of the ones after it in turn.
///
/// `None` only when every team of every unit has been asked, or lacks what a team of its own unit has that was asked.
#[must_use]
pub(crate) fn pick<'a>(
    pack: &'a CityPack,
    units: &[&'a Unit],
    wish: &Wish<'_>,
    loads: &impl Loads,
    rng: &mut impl Rng,
) -> Option<Pick<'a>> {
    // Nearly always the first unit has room: the others are weighed only when it has not.
    let mut field = Field::default();
    for (rung, unit) in units.iter().enumerate() {
        field.weigh(pack, unit, rung, wish, loads);
        if let Some((index, rival)) = field.with_room(rung, wish.lane, rng) {
            return Some(field.chosen(pack, index, rival, wish));
        }
    }
    let index = field.though_full(wish.lane)?;
    Some(field.chosen(pack, index, None, wish))
}

/// A team, and what speaks against it so far.
struct Candidate<'a> {
    team: &'a Team,
    load: u32,
    /// Its unit's place in the order of units.
    rung: usize,
    /// `None` = it fits and has room.
    against: Option<Verdict>,
}

impl Candidate<'_> {
    /// Whether it has less load for its capacity.
    fn is_freer_than(&self, other: &Self) -> bool {
        let load = |one: &Self, by: &Self| u64::from(one.load) * u64::from(by.team.capacity);
        load(self, other) < load(other, self)
    }

    fn has_room(&self) -> bool {
        self.load < self.team.capacity
    }
}

#[derive(Default)]
struct Field<'a>(Vec<Candidate<'a>>);

impl<'a> Field<'a> {
    fn weigh(
        &mut self,
        pack: &'a CityPack,
        unit: &Unit,
        rung: usize,
        wish: &Wish<'_>,
        loads: &impl Loads,
    ) {
        let teams = || pack.teams.of_unit(unit.id.as_str());
        // Each wish counts among the teams that meet those before it: what none of them has cannot be asked of the unit.
        let places = teams().any(|team| team.serves(wish.place, &pack.areas));
        let near = |team: &Team| !places || team.serves(wish.place, &pack.areas);
        let wants_skills = !wish.skills.is_empty();
        let skills = wants_skills && teams().any(|team| near(team) && team.has_skills(wish.skills));
        let able = |team: &Team| !skills || team.has_skills(wish.skills);
        let language = teams().any(|team| near(team) && able(team) && team.speaks(wish.language));
        self.0.extend(teams().map(|team| {
            let load = loads.load(&team.id);
            let against = if wish.asked.contains(&team.id) {
                Some(Verdict::AskedBefore)
            } else if !near(team) {
                Some(Verdict::Elsewhere)
            } else if !able(team) {
                Some(Verdict::LacksSkill)
            } else if language && !team.speaks(wish.language) {
                Some(Verdict::LacksLanguage)
            } else if !team.on_duty(wish.now, &pack.calendar) {
                Some(Verdict::OffDuty)
            } else if load >= team.capacity {
                Some(Verdict::Full)
            } else {
                None
            };
            Candidate {
                team,
                load,
                rung,
                against,
            }
        }));
    }

    fn on(&self, rung: usize, against: Option<Verdict>) -> impl Iterator<Item = usize> {
        let indices = self.0.iter().enumerate();
        indices
            .filter(move |(_, one)| one.rung == rung && one.against == against)
            .map(|(index, _)| index)
    }

    /// A team of this rung that has room, and the one that it was drawn against.
    fn with_room(
        &self,
        rung: usize,
        lane: Lane,
        rng: &mut impl Rng,
    ) -> Option<(usize, Option<usize>)> {
        let fitting: Vec<usize> = self.on(rung, None).collect();
        if let Some(drawn) = self.freer_of_two(&fitting, rng) {
            return Some(drawn);
        }
        // The leading unit is off duty rather than full: the order waits for its hours instead of becoming another's.
        let waits = rung == 0
            && lane != Lane::Emergency
            && self.on(rung, Some(Verdict::Full)).next().is_none();
        let off_duty = self
            .on(rung, Some(Verdict::OffDuty))
            .filter(|index| self.0[*index].has_room());
        waits
            .then(|| self.freest(off_duty))
            .flatten()
            .map(|index| (index, None))
    }

    fn freer_of_two(
        &self,
        fitting: &[usize],
        rng: &mut impl Rng,
    ) -> Option<(usize, Option<usize>)> {
        match *fitting {
            [] => None,
            [only] => Some((only, None)),
            _ => {
                let first = rng.random_range(0..fitting.len());
                // Any but the first, each as likely.
                let second = (first + rng.random_range(1..fitting.len())) % fitting.len();
                let (first, second) = (fitting[first], fitting[second]);
                let second_wins = self.0[second].is_freer_than(&self.0[first]);
                Some(if second_wins {
                    (second, Some(first))
                } else {
                    (first, Some(second))
                })
            }
        }
    }

    /// Nobody has room: the freest team all the same, in the order of the units. An emergency rather goes to a full
    /// team on duty further up than to one that is not there.
    fn though_full(&self, lane: Lane) -> Option<usize> {
        let rungs = 0..=self.0.last()?.rung;
        let full = |rung| self.freest(self.on(rung, Some(Verdict::Full)));
        let off_duty = |rung| self.freest(self.on(rung, Some(Verdict::OffDuty)));
        if lane == Lane::Emergency {
            rungs
                .clone()
                .find_map(full)
                .or_else(|| rungs.clone().find_map(off_duty))
        } else {
            rungs
                .clone()
                .find_map(|rung| full(rung).or_else(|| off_duty(rung)))
        }
    }

    fn freest(&self, among: impl Iterator<Item = usize>) -> Option<usize> {
        among.reduce(|best, one| {
            if self.0[one].is_freer_than(&self.0[best]) {
                one
            } else {
                best
            }
        })
    }

    fn chosen(
        &self,
        pack: &CityPack,
        index: usize,
        rival: Option<usize>,
        wish: &Wish<'_>,
    ) -> Pick<'a> {
        let winner = &self.0[index];
        let choice = match (winner.against, winner.rung) {
            (Some(Verdict::OffDuty), _) => TeamChoice::OffDuty,
            (_, 0) => TeamChoice::LeastLoaded,
            _ => TeamChoice::Spill,
        };
        let told = |one: &Candidate<'_>, verdict| ConsideredTeam {
            team: one.team.id.clone(),
            load: one.load,
            capacity: one.team.capacity,
            verdict,
        };
        let others = self.0.iter().enumerate().filter_map(|(at, one)| {
            let verdict = match one.against {
                _ if at == index => return None,
                Some(against) => against,
                // A team that was not drawn is told of only if it is true that it has more to do.
                None if rival != Some(at) && one.is_freer_than(winner) => return None,
                None => Verdict::Busier,
            };
            Some(told(one, verdict))
        });
        let considered = std::iter::once(told(winner, Verdict::Chosen))
            .chain(others)
            .take(MAX_CONSIDERED)
            .collect();
        Pick {
            team: winner.team,
            choice,
            considered,
            meets_wish: winner.team.serves(wish.place, &pack.areas)
                && winner.team.has_skills(wish.skills)
                && winner.team.speaks(wish.language),
        }
    }
}

#[cfg(test)]
mod tests;
