//! What the citizen wants: to know, to be helped, to complain, to report, to suggest, to praise.
//!
//! Each sign of `signs.toml` that stands where it tells something gives its kind points, once. 建议 at the head of a letter makes a
//! suggestion; at the end it closes a complaint, as 感谢 and "thank you" are manners there. A question mark speaks for a
//! consultation, most where the message ends with it. A message is a complaint unless another kind has more points than
//! [`COMPLAINT`] and all that speaks for a complaint: what is as likely a complaint must not go without an answer.
//!
//! The city's own words count as much as a clear sign, wherever they stand, unless `signs.toml` knows them.

mod signs;

#[cfg(test)]
mod tests;

use swiftline_domain::city::Taxonomy;
use swiftline_domain::complaint::Complaint;
use swiftline_domain::vocabulary::Kind;

pub(super) use self::signs::FILE as WORDS;
use self::signs::{Place, Sign};
use super::Told;
use super::phrases::{Hit, Outermost, Phrases};

/// What speaks for a complaint from the start.
const COMPLAINT: f32 = 1.0;

/// How many bytes the opening and the closing are: eight and ten Chinese words, eight and ten English ones;
/// the head is the first two or three.
const OPENING_BYTES: usize = 48;
const HEAD_BYTES: usize = 12;
const CLOSING_BYTES: usize = 60;

/// A question mark at the end, or elsewhere.
const ENDS_ASKING: f32 = 0.9;
const ASKS: f32 = 0.4;

/// Signs beyond these points say nothing more.
const ENOUGH: f32 = 5.0;

/// The signs of kinds, compiled.
#[derive(Debug)]
pub(super) struct Kinds {
    phrases: Phrases<Sign>,
}

/// A scratch pad, reused over a batch.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    counted: Vec<usize>,
}

/// What speaks for one kind.
#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    points: f32,
    /// The weightiest sign, as a phrase, and its points.
    best: Option<(usize, f32)>,
}

impl Kinds {
    /// Compiles the language's signs and the city's words.
    pub(super) fn new(taxonomy: &Taxonomy) -> Self {
        Self {
            phrases: signs::compile(taxonomy),
        }
    }

    /// The signs, for finding them together with other lists.
    pub(super) fn spelled(&self) -> (Vec<&str>, bool) {
        self.phrases.spelled()
    }

    /// The operator's word, else what the signs say that were found in the text.
    pub(super) fn decide(
        &self,
        complaint: &Complaint,
        hits: &[Hit],
        scratch: &mut Scratch,
    ) -> Told<Kind> {
        if let Some(kind) = complaint.kind {
            return Told::silently(kind);
        }
        let mut tallies = [Tally::default(); Kind::ALL.len()];
        self.tally(complaint.text.trim_end(), hits, scratch, &mut tallies);
        let mut told = Kind::Complaint;
        let mut most = tallies[Kind::Complaint as usize].points + COMPLAINT;
        for kind in Kind::ALL.iter().filter(|kind| **kind != Kind::Complaint) {
            let points = tallies[*kind as usize].points;
            if points > most {
                (told, most) = (*kind, points);
            }
        }
        let found = tallies[told as usize].best.map(|(phrase, points)| {
            let text = self.phrases.get(phrase).text.to_string();
            (text, points)
        });
        Told { value: told, found }
    }

    fn tally(
        &self,
        text: &str,
        hits: &[Hit],
        Scratch { counted }: &mut Scratch,
        tallies: &mut [Tally; Kind::ALL.len()],
    ) {
        counted.clear();
        let closing = text.len().saturating_sub(CLOSING_BYTES);
        let mut outermost = Outermost::default();
        for hit in hits.iter().filter(|hit| outermost.take(**hit)) {
            if counted.contains(&hit.phrase) {
                continue;
            }
            // A short message is all opening.
            let opens = hit.start < OPENING_BYTES;
            let closes = hit.start >= closing && !opens;
            let mut says = false;
            for sign in &self.phrases.get(hit.phrase).meanings {
                let stands = match sign.place {
                    Place::Anywhere => true,
                    Place::Head => hit.start < HEAD_BYTES,
                    Place::Opening => opens,
                    Place::Closing => hit.start >= closing,
                    Place::BeforeClosing => !closes,
                };
                if stands {
                    tallies[sign.kind as usize].add(hit.phrase, sign.points);
                    says = true;
                }
            }
            if says {
                counted.push(hit.phrase);
            }
        }
        let asks = &mut tallies[Kind::Consultation as usize].points;
        if text.ends_with(['?', '？']) {
            *asks += ENDS_ASKING;
        } else if text.contains(['?', '？']) {
            *asks += ASKS;
        }
    }
}

impl Tally {
    fn add(&mut self, phrase: usize, points: f32) {
        self.points = (self.points + points).min(ENOUGH);
        if self.best.is_none_or(|(_, best)| points > best) {
            self.best = Some((phrase, points));
        }
    }
}
