//! The ways of choosing that are compared.

use rand::rngs::SmallRng;
use rand::{Rng, RngExt};
use swiftline_domain::vocabulary::Lane;

use super::city::City;
use crate::balance::{Loads, Wish, pick};
use crate::loads::LoadBook;

/// A way of choosing the team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// What the router does.
    Ours,
    /// Two teams, each as likely, of those with room; the one with less load for its capacity. No spill.
    PlainTwo,
    /// The teams of the unit in turn, whatever they have to do; each router has its own turn.
    RoundRobin,
    /// A team of the unit, each as likely, whatever it has to do.
    Random,
    /// A team of the unit, as likely as it is large, whatever it has to do.
    RandomBySize,
}

impl Policy {
    /// All of them, ours first.
    pub const ALL: [Self; 5] = [
        Self::Ours,
        Self::PlainTwo,
        Self::RandomBySize,
        Self::RoundRobin,
        Self::Random,
    ];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ours => "swiftline",
            Self::PlainTwo => "plain two choices",
            Self::RoundRobin => "round robin",
            Self::Random => "random",
            Self::RandomBySize => "random by capacity",
        }
    }
}

/// A policy, and what it has to remember.
pub(super) struct Chooser {
    policy: Policy,
    /// For each router and unit, whose turn it is.
    turns: Vec<Vec<usize>>,
}

impl Chooser {
    pub(super) fn new(policy: Policy, routers: usize) -> Self {
        Self {
            policy,
            turns: vec![Vec::new(); routers],
        }
    }

    /// The team that this router gives an order for this unit.
    pub(super) fn choose(
        &mut self,
        city: &City<'_>,
        unit: usize,
        router: usize,
        book: &LoadBook,
        rng: &mut SmallRng,
    ) -> usize {
        let teams = &city.units[unit].teams;
        match self.policy {
            Policy::Ours => ours(city, unit, book, rng),
            Policy::PlainTwo => plain_two(city, teams, book, rng),
            Policy::RoundRobin => {
                let turns = &mut self.turns[router];
                turns.resize(city.units.len(), 0);
                turns[unit] += 1;
                teams[turns[unit] % teams.len()]
            }
            Policy::Random => teams[rng.random_range(0..teams.len())],
            Policy::RandomBySize => by_size(city, teams, rng),
        }
    }
}

fn ours(city: &City<'_>, unit: usize, book: &LoadBook, rng: &mut SmallRng) -> usize {
    let wish = Wish {
        place: None,
        skills: &[],
        languages: &[],
        lane: Lane::Normal,
        asked: &[],
        now: city.now,
    };
    let ladder = &city.units[unit].ladder;
    let picked = pick(city.pack, ladder, &wish, book, rng);
    // A unit without teams gets no orders here, and nobody was asked before: there is always a team.
    picked.map_or(city.units[unit].teams[0], |picked| {
        city.place_of(picked.team.id.as_str())
    })
}

fn plain_two(city: &City<'_>, teams: &[usize], book: &LoadBook, rng: &mut impl Rng) -> usize {
    let load = |team: usize| book.load(&book.teams()[team]);
    let with_room: Vec<usize> = (teams.iter().copied())
        .filter(|team| load(*team) < city.capacity(*team))
        .collect();
    let among = if with_room.is_empty() {
        teams
    } else {
        &with_room
    };
    if let [only] = among {
        return *only;
    }
    let first = rng.random_range(0..among.len());
    let second = (first + rng.random_range(1..among.len())) % among.len();
    let (first, second) = (among[first], among[second]);
    let by = |team: usize, other: usize| u64::from(load(team)) * u64::from(city.capacity(other));
    if by(second, first) < by(first, second) {
        second
    } else {
        first
    }
}

fn by_size(city: &City<'_>, teams: &[usize], rng: &mut impl Rng) -> usize {
    let size = |team: &&usize| city.capacity(**team);
    let mut left = rng.random_range(0..teams.iter().map(|team| size(&team)).sum());
    let drawn = teams.iter().find(|team| {
        let hit = left < size(team);
        left = left.saturating_sub(size(team));
        hit
    });
    *drawn.unwrap_or(&teams[0])
}
