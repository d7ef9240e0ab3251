//! Rules of the kind a city has, and complaints of the kind it gets, from a seed.

use crate::city::{City, Dimension};
use crate::random::Random;
use crate::rules::{Ask, Hours, Input, Rule};

/// A city with its rules and what comes in.
#[derive(Debug, Clone)]
pub struct World {
    /// The city.
    pub city: City,
    /// The rules in order; the last matches everything.
    pub rules: Vec<Rule>,
    /// The inputs.
    pub inputs: Vec<Input>,
}

/// How many inputs are decided in one round.
pub const INPUTS: usize = 4_096;

/// Departments and utilities that rules name.
pub const UNITS: usize = 60;

const SEED: u64 = 12_345;
const TEXT_CHARS: usize = 200;
const HOURS: [Hours; 6] = [(8, 20), (22, 6), (9, 18), (20, 8), (6, 9), (17, 20)];

/// A world of `rules` rules, the same every time. `keyword_percent` of the rules ask for words besides.
#[must_use]
pub fn world(rules: usize, keyword_percent: usize) -> World {
    let city = City::new();
    // Sequences of their own: the rules are the same with and without keywords, the inputs for every number of rules.
    let [mut random, mut for_inputs, mut for_words] =
        [0, 1, 2].map(|part| Random::new(SEED + part));
    let last = rules - 1;
    let rules = (0..rules)
        .map(|at| {
            let mut rule = rule(at, &city, &mut random);
            if at == last {
                (rule.asks, rule.hours) = (Vec::new(), None);
            } else if for_words.chance(keyword_percent) {
                rule.keywords = (0..2).map(|_| word(&mut for_words)).collect();
            }
            rule
        })
        .collect();
    let inputs = (0..INPUTS).map(|_| input(&city, &mut for_inputs)).collect();
    World {
        city,
        rules,
        inputs,
    }
}

/// Two to four conditions: a category, a place or mostly both, and what else a city asks.
fn rule(at: usize, city: &City, random: &mut Random) -> Rule {
    let count = 2 + random.weighted(&[45, 35, 20]);
    let mut asked = [false; 8];
    asked[Dimension::Category as usize] = random.chance(95);
    asked[Dimension::Place as usize] = !asked[0] || random.chance(93);
    let mut hours = None;
    while asked.iter().filter(|asked| **asked).count() + usize::from(hours.is_some()) < count {
        match random.weighted(&[30, 20, 8, 8, 10, 12, 12]) {
            6 => hours = Some(*random.pick(&HOURS)),
            other => asked[Dimension::Kind as usize + other] = true,
        }
    }
    let dimensions = Dimension::ALL.into_iter();
    let asks = dimensions
        .filter(|dimension| asked[*dimension as usize])
        .map(|dimension| match dimension {
            Dimension::Category => subtree(dimension, &[1, 29, 70], city, random),
            // Nobody writes a rule for all the city but one place, unless for some matter.
            Dimension::Place if asked[0] && random.chance(2) => {
                all_but_one(dimension, city, random)
            }
            Dimension::Place => subtree(dimension, &[25, 75], city, random),
            _ => flat(dimension, city, random),
        })
        .collect();
    Rule {
        id: format!("rule-{:05}", at + 1),
        asks,
        hours,
        keywords: Vec::new(),
        unit: unit(random.below(UNITS)),
    }
}

/// The id of a unit.
#[must_use]
pub fn unit(number: usize) -> String {
    format!("unit-{number:02}")
}

/// Mostly one subtree, sometimes two or three, now and then one without a part of it.
fn subtree(dimension: Dimension, depths: &[usize], city: &City, random: &mut Random) -> Ask {
    let values = city.values(dimension);
    let first = node(dimension, depths, city, random);
    let (mut any_of, mut none_of) = (vec![first], Vec::new());
    match (random.weighted(&[72, 18, 10]), values.parent(first)) {
        (1, _) => {
            let more = (0..1 + random.below(2)).map(|_| node(dimension, depths, city, random));
            any_of.extend(more);
        }
        (2, Some(parent)) => (any_of, none_of) = (vec![parent], vec![first]),
        _ => {}
    }
    any_of.sort_unstable();
    any_of.dedup();
    Ask {
        dimension,
        any_of,
        none_of,
    }
}

fn all_but_one(dimension: Dimension, city: &City, random: &mut Random) -> Ask {
    Ask {
        dimension,
        any_of: Vec::new(),
        none_of: vec![node(dimension, &[100], city, random)],
    }
}

/// A value of a tree, `depths[i]` being the weight of depth `i`.
fn node(dimension: Dimension, depths: &[usize], city: &City, random: &mut Random) -> u16 {
    let values = city.values(dimension);
    let depth = random.weighted(depths);
    loop {
        let value = random.below(values.words.len()) as u16;
        if values.depth(value) == depth {
            return value;
        }
    }
}

fn flat(dimension: Dimension, city: &City, random: &mut Random) -> Ask {
    let count = city.values(dimension).words.len();
    let mut picked: Vec<u16> = (0..1 + random.below(2))
        .map(|_| random.below(count) as u16)
        .collect();
    picked.sort_unstable();
    picked.dedup();
    let (any_of, none_of) = if random.chance(25) {
        (Vec::new(), picked)
    } else {
        (picked, Vec::new())
    };
    Ask {
        dimension,
        any_of,
        none_of,
    }
}

fn input(city: &City, random: &mut Random) -> Input {
    let values = Dimension::ALL.map(|dimension| value(dimension, city, random));
    Input {
        values,
        // More by day than by night.
        hour: if random.chance(75) {
            8 + random.below(12) as u8
        } else {
            random.below(24) as u8
        },
        minute: random.below(60) as u8,
        text: text(random),
    }
}

/// Categories and places are known to the leaf in nine of ten cases, else higher up or not at all.
fn value(dimension: Dimension, city: &City, random: &mut Random) -> Option<u16> {
    let values = city.values(dimension);
    match dimension {
        Dimension::Category | Dimension::Place => {
            let leaves = values.leaves();
            let leaf = leaves[random.skewed(leaves.len())];
            match random.weighted(&[90, 6, 4]) {
                0 => Some(leaf),
                1 => values.parent(leaf),
                _ => None,
            }
        }
        _ => Some(random.skewed(values.words.len()) as u16),
    }
}

fn word(random: &mut Random) -> String {
    format!("word{:04}", random.skewed(4_000))
}

/// About 200 characters, most of them words that no rule asks for.
fn text(random: &mut Random) -> String {
    let mut text = String::new();
    while text.len() < TEXT_CHARS {
        if random.chance(8) {
            text.push_str(&word(random));
        } else {
            (0..2 + random.below(7))
                .for_each(|_| text.push((b'a' + random.below(26) as u8) as char));
        }
        text.push(' ');
    }
    text.truncate(TEXT_CHARS);
    text
}
