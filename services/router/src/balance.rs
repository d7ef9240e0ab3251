//! Which team of a unit is asked: place, skills, language, duty and load.
//!
//! Loads are known a little late, and several routers choose at once: always taking the least loaded team would send
//! everybody to the same one until the next look. So two different teams are drawn, each as likely as it has room, and the
//! one that would be the less loaded for its capacity *with this order* is asked (the power of two choices). In a simulated
//! city (`bench balance`: 17 units of eight teams of capacities 10 to 80, four routers that look every 500 ms, orders open for
//! five minutes) the busiest team has 1.09, 1.05 and 1.04 times its unit's mean load for its capacity at 50, 80 and 95 %
//! utilisation, averaged over moments; two teams, each as likely, compared without the order give 1.19, 1.12 and 1.06, random
//! teams in proportion to their capacity 1.39, 1.31 and 1.29.
//!
//! **Invariants**
//! - A team that was asked before is never asked again.
//! - A full team is never asked while a team of the same unit that fits has room.
//! - Somebody is asked as long as a team of the units in question has not been, unless it lacks what only a team has
//!   that was asked: when all are full, the order waits where it belongs. A person in triage would find no more room.

pub mod simulation;

use rand::{Rng, RngExt};
use swiftline_domain::case::{ConsideredTeam, MAX_CONSIDERED, TeamChoice, Verdict};
use swiftline_domain::city::{CityPack, Team, Unit};
use swiftline_domain::id::{AreaId, Skill, TeamId};
use swiftline_domain::vocabulary::{Lane, Language};

use jiff::Timestamp;

/// Says how many orders a team has open.
pub trait Loads {
    /// The team's open orders, as far as known.
    fn load(&self, team: &TeamId) -> u32;
}

/// What is wanted of a team.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// Where it is needed, if that is known.
    pub place: Option<&'a AreaId>,
    /// What it should be able to do.
    pub skills: &'a [Skill],
    /// The languages of which it should speak one; an undetermined one does not count, and none = any will do.
    pub languages: &'a [Language],
    /// How pressing it is. An emergency does not wait for anybody's hours to begin.
    pub lane: Lane,
    /// Who is not to be asked any more.
    pub asked: &'a [TeamId],
    /// When.
    pub now: Timestamp,
}

impl Wish<'_> {
    fn is_understood_by(&self, team: &Team) -> bool {
        let told = |one: &&Language| **one != Language::UNDETERMINED;
        let mut languages = self.languages.iter().filter(told).peekable();
        languages.peek().is_none() || languages.any(|one| team.speaks(*one))
    }
}

/// The team that is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Pick<'a> {
    /// The team.
    pub team: &'a Team,
    /// How it came to be chosen.
    pub choice: TeamChoice,
    /// The teams that were weighed, the chosen one first; at most [`MAX_CONSIDERED`].
    pub considered: Vec<ConsideredTeam>,
    /// It serves the place, has the skills and speaks the language. Otherwise no team of its unit does, and that wish was
    /// dropped.
    pub meets_wish: bool,
}

/// Chooses among the teams of `units`: of the first unit if it can be, else of the ones after it in turn.
///
/// `None` only when every team of every unit has been asked, or lacks what a team of its own unit has that was asked.
#[must_use]
pub fn pick<'a>(
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
        if let Some(drawn) = field.with_room(rung, wish.lane, rng) {
            return Some(field.chosen(pack, &drawn, wish));
        }
    }
    let drawn = field.though_full(wish.lane, rng)?;
    Some(field.chosen(pack, &drawn, wish))
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
    /// Whether it would have less load for its capacity, this order counted: one order more is little for a large team.
    fn is_freer_than(&self, other: &Self) -> bool {
        let load = |one: &Self, by: &Self| (u64::from(one.load) + 1) * u64::from(by.team.capacity);
        load(self, other) < load(other, self)
    }

    fn has_room(&self) -> bool {
        self.load < self.team.capacity
    }

    /// How likely it is to be drawn, beside the others: by its room, or by its size when it has none.
    fn weight(&self) -> u64 {
        let room = self.team.capacity.saturating_sub(self.load);
        u64::from(if room > 0 { room } else { self.team.capacity })
    }
}

/// The team that won, and the one that it was drawn against.
struct Drawn {
    winner: usize,
    rival: Option<usize>,
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
        let language = teams().any(|team| near(team) && able(team) && wish.is_understood_by(team));
        self.0.extend(teams().map(|team| {
            let load = loads.load(&team.id);
            let against = if wish.asked.contains(&team.id) {
                Some(Verdict::AskedBefore)
            } else if !near(team) {
                Some(Verdict::Elsewhere)
            } else if !able(team) {
                Some(Verdict::LacksSkill)
            } else if language && !wish.is_understood_by(team) {
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

    /// A team of this rung that has room.
    fn with_room(&self, rung: usize, lane: Lane, rng: &mut impl Rng) -> Option<Drawn> {
        if let Some(drawn) = self.draw(self.on(rung, None), rng) {
            return Some(drawn);
        }
        // The leading unit is off duty rather than full: the order waits for its hours instead of becoming another's.
        let waits = rung == 0
            && lane != Lane::Emergency
            && self.on(rung, Some(Verdict::Full)).next().is_none();
        if !waits {
            return None;
        }
        let off_duty = self.on(rung, Some(Verdict::OffDuty));
        self.draw(off_duty.filter(|index| self.0[*index].has_room()), rng)
    }

    /// Nobody has room: somebody all the same, in the order of the units. An emergency rather goes to a full team on
    /// duty further up than to one that is not there.
    fn though_full(&self, lane: Lane, rng: &mut impl Rng) -> Option<Drawn> {
        let last = self.0.last()?.rung;
        let verdicts = [Verdict::Full, Verdict::OffDuty];
        let ways: Vec<(usize, Verdict)> = if lane == Lane::Emergency {
            let way = |verdict| (0..=last).map(move |rung| (rung, verdict));
            verdicts.into_iter().flat_map(way).collect()
        } else {
            let way = |rung| verdicts.map(|verdict| (rung, verdict));
            (0..=last).flat_map(way).collect()
        };
        ways.into_iter()
            .find_map(|(rung, verdict)| self.draw(self.on(rung, Some(verdict)), rng))
    }

    /// Draws two of these teams, each as likely as it is heavy, and takes the freer one.
    fn draw(&self, among: impl Iterator<Item = usize>, rng: &mut impl Rng) -> Option<Drawn> {
        let mut among: Vec<usize> = among.collect();
        let first = self.draw_one(&mut among, rng)?;
        let Some(second) = self.draw_one(&mut among, rng) else {
            return Some(Drawn {
                winner: first,
                rival: None,
            });
        };
        let (winner, rival) = if self.0[second].is_freer_than(&self.0[first]) {
            (second, first)
        } else {
            (first, second)
        };
        Some(Drawn {
            winner,
            rival: Some(rival),
        })
    }

    /// Draws one, which is then no longer among them.
    fn draw_one(&self, among: &mut Vec<usize>, rng: &mut impl Rng) -> Option<usize> {
        if among.len() <= 1 {
            return among.pop();
        }
        let weight = |index: &usize| self.0[*index].weight();
        let mut left = rng.random_range(0..among.iter().map(weight).sum::<u64>());
        let at = among.iter().position(|index| {
            let hit = left < weight(index);
            left = left.saturating_sub(weight(index));
            hit
        });
        at.map(|at| among.swap_remove(at))
    }

    fn chosen(&self, pack: &CityPack, drawn: &Drawn, wish: &Wish<'_>) -> Pick<'a> {
        let winner = &self.0[drawn.winner];
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
                _ if at == drawn.winner => return None,
                Some(against) => against,
                // A team that was not drawn is told of only if it is true that it has more to do.
                None if drawn.rival != Some(at) && one.is_freer_than(winner) => return None,
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
                && wish.is_understood_by(winner.team),
        }
    }
}

#[cfg(test)]
mod tests;
