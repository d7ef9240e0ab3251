//! One text heard: the words seen in it, and how much of each is left after what is said around it.

use super::super::phrases::{Hit, Outermost, Phrases};
use super::text::{self, Break};
use super::words::{Meaning, Turn};

/// How far before a word its negation may stand, in bytes: eight Chinese characters, five short English words.
const NEGATION_REACH: usize = 26;

/// The same for a word that makes it a fear.
const RISK_REACH: usize = 42;

/// A negation this close before a word for "done" means that it is not.
const UNDONE_REACH: usize = 14;

/// What is left of a word that is negated, and of one for what is over, past, only talked of, only supposed, only feared.
const NEGATED: f32 = 0.05;
const SETTLED: f32 = 0.1;
const PAST: f32 = 0.2;
const TALKED_OF: f32 = 0.3;
const SUPPOSED: f32 = 0.3;
const FEARED: f32 = 0.5;

/// The same of what happens again and again, and of what a long letter mentions on its way: still urgent, where it would be an
/// emergency by a narrow margin.
const HABITUAL: f32 = 0.85;
const IN_PASSING: f32 = 0.7;

/// From so many bytes a text is a letter that tells a story, of which the beginning says what it is about.
const LETTER_BYTES: usize = 750;
const BEGINNING_BYTES: usize = 300;

/// A word that was seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cue {
    pub(super) phrase: usize,
    pub(super) meaning: Meaning,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) clause: usize,
    pub(super) sentence: usize,
    /// What is left of it, 0 to 1, and the phrase that took the rest.
    pub(super) left: f32,
    /// The same for what only supposes or fears it: a threat does not mind.
    pub(super) left_if_meant: f32,
    pub(super) taken_by: Option<usize>,
}

/// A word that turns others.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turned {
    pub(super) turn: Turn,
    pub(super) phrase: usize,
    start: usize,
    end: usize,
    clause: usize,
    sentence: usize,
}

/// A scratch pad for one text after another.
#[derive(Debug, Default)]
pub(super) struct Hearing {
    hits: Vec<Hit>,
    breaks: Vec<Break>,
    /// In the order of the text.
    pub(super) cues: Vec<Cue>,
    pub(super) turns: Vec<Turned>,
}

impl Hearing {
    /// Hears this text; forgets the one before.
    pub(super) fn hear(&mut self, phrases: &Phrases<Meaning>, text: &str) {
        self.cues.clear();
        self.turns.clear();
        phrases.find(text, &mut self.hits);
        if self.hits.is_empty() {
            return;
        }
        text::breaks(text, &mut self.breaks);
        self.place(phrases);
        let is_letter = text.len() >= LETTER_BYTES;
        for at in 0..self.cues.len() {
            self.weigh(at, is_letter);
        }
    }

    /// The first such turn.
    pub(super) fn turn(&self, turn: Turn) -> Option<&Turned> {
        self.turns.iter().find(|turned| turned.turn == turn)
    }

    /// Sorts the finds into cues and turns and says in which clause each stands. A contrast begins a clause.
    fn place(&mut self, phrases: &Phrases<Meaning>) {
        let mut outermost = Outermost::default();
        let (mut clause, mut sentence, mut passed) = (0, 0, 0);
        for hit in self.hits.iter().filter(|hit| outermost.take(**hit)) {
            while let Some(one) = self.breaks.get(passed).filter(|one| one.at < hit.start) {
                clause += 1;
                sentence += usize::from(one.sentence);
                passed += 1;
            }
            let Hit { start, end, phrase } = *hit;
            for meaning in &phrases.get(phrase).meanings {
                match *meaning {
                    Meaning::Turn(turn) => {
                        clause += usize::from(turn == Turn::Contrast);
                        self.turns.push(Turned {
                            turn,
                            phrase,
                            start,
                            end,
                            clause,
                            sentence,
                        });
                    }
                    meaning => self.cues.push(Cue {
                        phrase,
                        meaning,
                        start,
                        end,
                        clause,
                        sentence,
                        left: 1.0,
                        left_if_meant: 1.0,
                        taken_by: None,
                    }),
                }
            }
        }
    }

    fn weigh(&mut self, at: usize, is_letter: bool) {
        let mut cue = self.cues[at];
        let last = cue.sentence + 1;
        let from = self
            .turns
            .partition_point(|turn| turn.sentence < cue.sentence);
        let near = self.turns[from..]
            .iter()
            .take_while(|turn| turn.sentence <= last);
        let (mut negations, mut negated_by) = (0, None);
        let (mut habit, mut now) = (None, false);
        for turned in near {
            if turned.sentence == cue.sentence {
                now |= turned.turn == Turn::Now;
                if turned.turn == Turn::Habit {
                    habit = Some(turned.phrase);
                }
            }
            let here = turned.clause == cue.clause;
            let before = here && turned.end <= cue.start;
            let gap = cue.start.saturating_sub(turned.end);
            let left = match turned.turn {
                Turn::Negation if before && gap <= NEGATION_REACH && !self.joined(turned, &cue) => {
                    (negations, negated_by) = (negations + 1, Some(turned.phrase));
                    continue;
                }
                Turn::CloseNegation if before && gap == 0 => {
                    (negations, negated_by) = (negations + 1, Some(turned.phrase));
                    continue;
                }
                Turn::Settled if self.settles(turned, &cue) => SETTLED,
                Turn::Past
                    if here && !self.has(&cue, Turn::Now) && !self.has(&cue, Turn::Again) =>
                {
                    PAST
                }
                Turn::Talk if here => TALKED_OF,
                Turn::Hypothesis if before || self.supposes(turned, &cue) => {
                    cue.suppose(SUPPOSED, turned.phrase);
                    continue;
                }
                Turn::Risk if before && gap <= RISK_REACH => {
                    cue.suppose(FEARED, turned.phrase);
                    continue;
                }
                _ => continue,
            };
            cue.take(left, turned.phrase);
        }
        if let (1, Some(phrase)) = (negations % 2, negated_by) {
            cue.take(NEGATED, phrase);
        }
        if is_letter && !now && cue.start > BEGINNING_BYTES {
            cue.left *= IN_PASSING;
        }
        if let Some(habit) = habit {
            cue.left *= HABITUAL;
            cue.taken_by = cue.taken_by.or(Some(habit));
        }
        self.cues[at] = cue;
    }

    /// Whether the clause of the cue has such a turn.
    fn has(&self, cue: &Cue, turn: Turn) -> bool {
        let mut there = self.turns.iter();
        there.any(|turned| turned.turn == turn && turned.clause == cue.clause)
    }

    /// Whether an "and" stands between a negation and the cue: the negation ends there.
    fn joined(&self, negation: &Turned, cue: &Cue) -> bool {
        self.turns
            .iter()
            .any(|and| and.turn == Turn::And && and.start >= negation.end && and.end <= cue.start)
    }

    /// An "if" also reaches into the next clause.
    fn supposes(&self, supposed: &Turned, cue: &Cue) -> bool {
        let next = supposed.sentence == cue.sentence && supposed.clause + 1 == cue.clause;
        let turns_back =
            |turned: &Turned| matches!(turned.turn, Turn::Contrast | Turn::Now | Turn::Again);
        next && !self
            .turns
            .iter()
            .any(|turned| turned.clause == cue.clause && turns_back(turned))
    }

    /// "It is mended" is about its own clause, about the two before it in the sentence, and at the beginning of a sentence about
    /// the end of the one before; unless it is only wished for, or has happened again.
    fn settles(&self, settled: &Turned, cue: &Cue) -> bool {
        let here = settled.clause == cue.clause;
        let behind = settled.clause.saturating_sub(cue.clause);
        let follows =
            settled.sentence == cue.sentence + 1 && behind <= 1 + usize::from(self.opens(settled));
        let about = if here {
            !self.has(cue, Turn::Again)
        } else {
            (1..=2).contains(&behind) && (settled.sentence == cue.sentence || follows)
        };
        let undone = |turned: &Turned| match turned.turn {
            Turn::Wish => turned.clause == settled.clause && turned.end <= settled.start,
            Turn::Negation | Turn::CloseNegation => {
                turned.clause == settled.clause
                    && turned.end <= settled.start
                    && settled.start - turned.end <= UNDONE_REACH
            }
            _ => false,
        };
        about && !self.turns.iter().any(undone)
    }

    /// Whether this is the first turn of its sentence.
    fn opens(&self, turned: &Turned) -> bool {
        let first = self.turns.iter().find(|t| t.sentence == turned.sentence);
        first.is_some_and(|first| first.start == turned.start)
    }
}

impl Cue {
    fn take(&mut self, left: f32, by: usize) {
        if left < self.left {
            self.left = left;
            self.taken_by = Some(by);
        }
    }

    fn suppose(&mut self, left: f32, by: usize) {
        if left < self.left_if_meant {
            self.left_if_meant = left;
            self.taken_by = self.taken_by.or(Some(by));
        }
    }
}
