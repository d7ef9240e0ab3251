//! How pressing a message is.
//!
//! `cues.toml` lists what people see (`seen`), which of it weighs how much when it stands together (`rules`), and what takes it
//! back, puts it off or raises it (`turns`). A message is heard clause by clause:
//!
//! - a rule is worth its points, times what is left of its words: little when they are negated ("no smell of gas"), over ("was
//!   fixed"), past, only talked of or supposed; half when they are feared. A double negation takes nothing; "again" brings
//!   back what was over; a figure of speech hides the word within it;
//! - the best rule counts in full, the second best by half and at most half a point; who suffers more (the old, babies, the sick)
//!   and what makes it harder (night, frost) add to that, but make no emergency of what is none by itself; only what keeps
//!   somebody alive does;
//! - from [`URGENT_AT`] points the message is urgent, from twice as many an emergency. A false "ordinary" costs far more than a
//!   false "emergency", so the points of a rule are what the worst message behind such words would deserve.
//!
//! The category's own urgency is a floor, but only while the message speaks of trouble: not for questions, papers and praise, and
//! not where all that was seen is negated, over, or a figure of speech.
//!
//! What the words do not foresee a trained model may tell ([`second`]): it can only raise, and where a cue was found and taken
//! back, or the citizen only asks, suggests or praises, only when it is surer. Its operating points stand in its file and card:
//! of the written ordinary messages, most of which are traps, a fixed share is let through as false alarms when the model is
//! made, on messages that it has not seen.
//!
//! The words are the language's and so the classifier's. A city pack adds its own, and its word for how pressing a phrase is goes
//! before the rules about that phrase alone.

mod hearing;
mod second;
mod text;
mod words;

#[cfg(test)]
mod tests;

use swiftline_domain::city::Taxonomy;
use swiftline_domain::complaint::Complaint;
use swiftline_domain::vocabulary::{Kind, Urgency};

use self::hearing::{Cue, Hearing};
pub(super) use self::second::{Asked, Second};
pub use self::second::{OperatingPoint, Opinion, opinion, pieces};
pub(super) use self::words::FILE as WORDS;
use self::words::{Meaning, Rule, Turn};
use super::Told;
use super::phrases::{Hit, Phrases};

/// The operating point: a cut of water or power is worth a little more than this, danger to life twice as much.
const URGENT_AT: f32 = 1.0;
const EMERGENCY_AT: f32 = 2.0 * URGENT_AT;

/// What is not an emergency by itself stays below one.
const BELOW_EMERGENCY: f32 = EMERGENCY_AT - 0.1;

/// What is left of a rule this much below its points is taken back.
const TAKEN_BACK: f32 = 0.45;

/// Something is the matter from here.
const ALIVE: f32 = 0.5;

const VULNERABLE: f32 = 0.5;
const STRAIN: f32 = 0.2;
const DEVICE: f32 = 1.0;

/// A caller who says that it is no emergency has this taken off what is none.
const DENIED: f32 = 0.5;

/// How far apart the words of one rule may stand, in bytes: within a clause, and over two.
const REACH: usize = 48;
const WIDE_REACH: usize = 96;

/// The smallest weight that evidence shows.
const LEAST_WEIGHT: f32 = 0.01;

/// The words of urgency, compiled.
#[derive(Debug)]
pub(super) struct Urgencies {
    phrases: Phrases<Meaning>,
    rules: Vec<Rule>,
}

/// A scratch pad, reused over a batch.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    hearing: Hearing,
    hits: Vec<Hit>,
}

/// What a text says.
#[derive(Debug, Default)]
struct Heard {
    /// All in all, points.
    points: f32,
    /// The rule that counts most.
    best: Option<Match>,
    /// What lifted it, as phrases.
    lifted: Vec<usize>,
    /// The weightiest of what was taken back.
    taken: Option<Match>,
    /// Nothing is the matter any more, or never was: a figure of speech, "it is mended".
    calmed: bool,
    denied: bool,
    /// About papers or fees.
    paper: bool,
}

/// A rule whose words were found.
#[derive(Debug, Clone, Copy)]
struct Match {
    points: f32,
    full: f32,
    start: usize,
    end: usize,
    phrases: [Option<usize>; 3],
    taken_by: Option<usize>,
}

impl Urgencies {
    /// Compiles the language's words and the city's.
    pub(super) fn new(taxonomy: &Taxonomy) -> Self {
        let (phrases, rules) = words::compile(taxonomy);
        Self { phrases, rules }
    }

    /// The words, for finding them together with other lists.
    pub(super) fn spelled(&self) -> (Vec<&str>, bool) {
        self.phrases.spelled()
    }

    /// How pressing the complaint is, in whose text `hits` were found, given what its category is by itself and what the citizen
    /// wants.
    pub(super) fn decide(
        &self,
        (complaint, hits): (&Complaint, &[Hit]),
        of_category: Urgency,
        kind: Kind,
        second: Option<Asked<'_>>,
        scratch: &mut Scratch,
    ) -> Told<Urgency> {
        let Scratch {
            hearing,
            hits: of_source,
        } = scratch;
        let mut heard = self.hear(&complaint.text, hits, hearing);
        if let Some(source) = &complaint.source {
            for text in [&source.complaint_type, &source.descriptor] {
                self.phrases.find(text, of_source);
                let more = self.hear(text, of_source, hearing);
                if more.points > heard.points {
                    heard = more;
                }
            }
        }
        let said = urgency_of(heard.points);
        let floor = if heard.lets_stand(kind) {
            of_category
        } else {
            Urgency::Normal
        };
        let told = Told {
            value: said.max(floor),
            found: self.found(&heard, said >= floor),
        };
        match second {
            Some(second) if told.value < Urgency::Emergency => {
                raised(told, second, &complaint.text, heard.in_doubt(kind))
            }
            _ => told,
        }
    }

    fn hear(&self, text: &str, hits: &[Hit], hearing: &mut Hearing) -> Heard {
        hearing.hear(&self.phrases, text, hits);
        let mut heard = Heard {
            calmed: hearing.turn(Turn::Figure).is_some() || hearing.turn(Turn::Settled).is_some(),
            denied: hearing.turn(Turn::Denial).is_some(),
            paper: hearing.turn(Turn::Paper).is_some(),
            ..Heard::default()
        };
        let mut second = 0.0_f32;
        self.matches(hearing, |found| {
            if found.points < found.full * TAKEN_BACK {
                if heard.taken.is_none_or(|taken| found.full > taken.full) {
                    heard.taken = Some(found);
                }
                return;
            }
            match &mut heard.best {
                Some(best) if found.points <= best.points => {
                    if found.start >= best.end || found.end <= best.start {
                        second = second.max(found.points);
                    }
                }
                best => {
                    if let Some(best) = best
                        && (found.start >= best.end || found.end <= best.start)
                    {
                        second = second.max(best.points);
                    }
                    *best = Some(found);
                }
            }
        });
        if let Some(best) = heard.best {
            heard.points = best.points + (second / 2.0).min(0.5);
            heard.lift(best.points, hearing);
        }
        heard
    }

    /// Calls back with every rule whose words stand close enough together, at its best place.
    fn matches(&self, hearing: &Hearing, mut found: impl FnMut(Match)) {
        let mut seen = 0_u128;
        for cue in &hearing.cues {
            match cue.meaning {
                Meaning::Seen(group) => seen |= 1 << group,
                Meaning::City(urgency) => found(of_city(cue, urgency)),
                Meaning::Turn(_) => {}
            }
        }
        if seen == 0 {
            return;
        }
        for rule in self.rules.iter().filter(|rule| rule.mask & !seen == 0) {
            let (first, others) = rule.groups.split_at(1);
            let anchors = hearing
                .cues
                .iter()
                .filter(|cue| cue.meaning == Meaning::Seen(first[0]))
                .filter(|cue| !others.is_empty() || !self.is_citys(cue));
            let places = anchors.filter_map(|anchor| place(rule, anchor, others, &hearing.cues));
            if let Some(best) = places.max_by(|a, b| a.points.total_cmp(&b.points)) {
                found(best);
            }
        }
    }

    fn is_citys(&self, cue: &Cue) -> bool {
        let meanings = &self.phrases.get(cue.phrase).meanings;
        meanings.iter().any(|m| matches!(m, Meaning::City(_)))
    }

    /// What decided: the words with what lifted them, or the words that were taken back and by which.
    fn found(&self, heard: &Heard, spoke: bool) -> Option<(String, f32)> {
        let text = |phrase: &usize| self.phrases.get(*phrase).text.as_ref();
        let words = |found: &Match| {
            let words: Vec<&str> = found.phrases.iter().flatten().map(text).collect();
            words.join(" + ")
        };
        match (heard.best, heard.taken) {
            (Some(best), _) if spoke && heard.points >= URGENT_AT => {
                let mut said = words(&best);
                for lifted in &heard.lifted {
                    said.push_str(" + ");
                    said.push_str(text(lifted));
                }
                Some((said, heard.points))
            }
            (_, Some(taken)) if heard.points < URGENT_AT => {
                let by = taken.taken_by.as_ref().map_or("", text);
                let said = format!("{} − {by}", words(&taken));
                Some((said, taken.points.max(LEAST_WEIGHT)))
            }
            _ => None,
        }
    }
}

impl Heard {
    /// Adds what makes it worse.
    fn lift(&mut self, best: f32, hearing: &Hearing) {
        let lifts = [
            (Turn::Vulnerable, VULNERABLE, ALIVE),
            (Turn::Strain, STRAIN, ALIVE),
            (Turn::Device, DEVICE, URGENT_AT - 0.1),
        ];
        for (turn, points, from) in lifts {
            if best >= EMERGENCY_AT || best < from {
                continue;
            }
            if let Some(turned) = hearing.turn(turn) {
                self.points += points;
                self.lifted.push(turned.phrase);
            }
            if turn == Turn::Strain {
                self.points = self.points.min(BELOW_EMERGENCY);
            }
        }
        if self.denied && best < BELOW_EMERGENCY {
            self.points -= DENIED;
        }
    }

    /// Whether a second opinion must be surer than otherwise: a cue was found and taken back, or nobody is called for.
    fn in_doubt(&self, kind: Kind) -> bool {
        let wants_none = matches!(kind, Kind::Consultation | Kind::Suggestion | Kind::Praise);
        wants_none || self.taken.is_some() || self.calmed || self.denied || self.paper
    }

    /// Whether the category's own urgency is meant.
    fn lets_stand(&self, kind: Kind) -> bool {
        if self.best.is_some_and(|best| best.points >= ALIVE) && !self.denied {
            return true;
        }
        let wants_none = matches!(kind, Kind::Consultation | Kind::Suggestion | Kind::Praise);
        !(wants_none || self.denied || self.paper || self.calmed || self.taken.is_some())
    }
}

/// What was told, or more where a second opinion says so.
fn raised(told: Told<Urgency>, second: Asked<'_>, text: &str, in_doubt: bool) -> Told<Urgency> {
    let of = second.second;
    let (urgency, weight) = second.urgency(text, in_doubt);
    if urgency <= told.value {
        return told;
    }
    Told {
        value: urgency,
        found: Some((of.model().header().name.clone(), weight)),
    }
}

fn urgency_of(points: f32) -> Urgency {
    if points >= EMERGENCY_AT {
        Urgency::Emergency
    } else if points >= URGENT_AT {
        Urgency::Urgent
    } else {
        Urgency::Normal
    }
}

fn of_city(cue: &Cue, urgency: Urgency) -> Match {
    let full = match urgency {
        Urgency::Normal => 0.0,
        Urgency::Urgent => URGENT_AT,
        Urgency::Emergency => EMERGENCY_AT,
    };
    Match {
        points: full * cue.left.min(cue.left_if_meant),
        full,
        start: cue.start,
        end: cue.end,
        phrases: [Some(cue.phrase), None, None],
        taken_by: cue.taken_by,
    }
}

/// The rule with this anchor and, of each other group, the word nearest to it.
fn place(rule: &Rule, anchor: &Cue, others: &[usize], cues: &[Cue]) -> Option<Match> {
    let mut phrases = [Some(anchor.phrase), None, None];
    let (mut left, mut meant, mut taken_by) = (anchor.left, anchor.left_if_meant, anchor.taken_by);
    let (mut start, mut end) = (anchor.start, anchor.end);
    let gap = |cue: &Cue| {
        let apart =
            cue.start.max(anchor.start) - cue.end.min(anchor.end).min(cue.start.max(anchor.start));
        let overlaps = cue.start < anchor.end && anchor.start < cue.end;
        let near = if rule.wide {
            apart <= WIDE_REACH
        } else {
            cue.clause == anchor.clause && apart <= REACH
        };
        (near && !overlaps).then_some(apart)
    };
    for (other, slot) in others.iter().zip(&mut phrases[1..]) {
        let (_, nearest) = cues
            .iter()
            .filter(|cue| cue.meaning == Meaning::Seen(*other))
            .filter_map(|cue| Some((gap(cue)?, cue)))
            .min_by_key(|(gap, _)| *gap)?;
        *slot = Some(nearest.phrase);
        if nearest.left < left {
            (left, taken_by) = (nearest.left, nearest.taken_by);
        }
        if nearest.left_if_meant < meant {
            meant = nearest.left_if_meant;
            taken_by = taken_by.or(nearest.taken_by);
        }
        start = start.min(nearest.start);
        end = end.max(nearest.end);
    }
    let left = if rule.firm { left } else { left.min(meant) };
    Some(Match {
        points: rule.points * left,
        full: rule.points,
        start,
        end,
        phrases,
        taken_by,
    })
}
