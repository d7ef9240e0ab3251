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
    breaks: Vec<Break>,
    /// In the order of the text.
    pub(super) cues: Vec<Cue>,
    pub(super) turns: Vec<Turned>,
}

impl Hearing {
    /// Hears this text, in which `hits` were found; forgets the one before.
    pub(super) fn hear(&mut self, phrases: &Phrases<Meaning>, text: &str, hits: &[Hit]) {
        self.cues.clear();
        self.turns.clear();
        if hits.is_empty() {
            return;
        }
        text::breaks(text, &mut self.breaks);
        self.place(phrases, hits);
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
    fn place(&mut self, phrases: &Phrases<Meaning>, hits: &[Hit]) {
        let mut outermost = Outermost::default();
        let (mut clause, mut sentence, mut passed) = (0, 0, 0);
        for hit in hits.iter().filter(|hit| outermost.take(**hit)) {
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
        let first = self
            .turns
            .partition_point(|turn| turn.sentence < cue.sentence);
        let near = &self.turns[first..];
        let last = near.partition_point(|turn| turn.sentence <= cue.sentence + 1);
        let near = &near[..last];
        for turned in near {
            let before = turned.clause == cue.clause && turned.end <= cue.start;
            match turned.turn {
                Turn::Hypothesis if before || self.supposes(turned, &cue) => {
                    cue.suppose(SUPPOSED, turned.phrase);
                }
                Turn::Risk if before && cue.start - turned.end <= RISK_REACH => {
                    cue.suppose(FEARED, turned.phrase);
                }
                _ => {
                    if let Some(left) = self.left_after(turned, &cue) {
                        cue.take(left, turned.phrase);
                    }
                }
            }
        }
        if let Some(phrase) = self.negated_by(near, &cue) {
            cue.take(NEGATED, phrase);
        }
        let mut of_sentence = near.iter().filter(|turned| turned.sentence == cue.sentence);
        if is_letter
            && cue.start > BEGINNING_BYTES
            && !of_sentence.clone().any(|turned| turned.turn == Turn::Now)
        {
            cue.left *= IN_PASSING;
        }
        if let Some(habit) = of_sentence.find(|turned| turned.turn == Turn::Habit) {
            cue.left *= HABITUAL;
            cue.taken_by = cue.taken_by.or(Some(habit.phrase));
        }
        self.cues[at] = cue;
    }

    /// What such a turn leaves of the cue; `None` when it has nothing to do with it.
    fn left_after(&self, turned: &Turned, cue: &Cue) -> Option<f32> {
        let here = turned.clause == cue.clause;
        let left = match turned.turn {
            Turn::Settled if self.settles(turned, cue) => SETTLED,
            Turn::Past if here && !self.has(cue, Turn::Now) && !self.has(cue, Turn::Again) => PAST,
            Turn::Talk if here => TALKED_OF,
            _ => return None,
        };
        Some(left)
    }

    /// The negation before the cue. Two take each other back; "there is no" and "no sign of" in one another are one.
    fn negated_by(&self, near: &[Turned], cue: &Cue) -> Option<usize> {
        let (mut reached, mut negated_by) = (0, None);
        for turned in near {
            let reach = match turned.turn {
                Turn::Negation => NEGATION_REACH,
                Turn::CloseNegation => 0,
                _ => continue,
            };
            let before = turned.clause == cue.clause && turned.end <= cue.start;
            if before && cue.start - turned.end <= reach && !self.joined(turned, cue) {
                if turned.start >= reached {
                    negated_by = match negated_by {
                        None => Some(turned.phrase),
                        Some(_) => None,
                    };
                }
                reached = turned.end;
            }
        }
        negated_by
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
