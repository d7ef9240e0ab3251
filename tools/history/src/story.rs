//! What became of one case.

use jiff::Timestamp;
use swiftline_domain::archive::CaseRow;
use swiftline_domain::case::{CloseReason, Outcome, State};
use swiftline_domain::id::AreaId;
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_domain::vocabulary::{Channel, Kind, Line, ReporterType, Urgency};

use crate::chance::{Chance, mixed};
use crate::city::{Choice, World};

const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;
/// No case takes longer: its file would look for it in vain.
const LONGEST: i64 = 57 * DAY;
/// How many calls a caller makes in all the history, about.
const CALLS: u64 = 7;

/// One time that a case was handled.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Round<'a> {
    pub(crate) choice: Choice<'a>,
    pub(crate) offered: i64,
    pub(crate) signed: i64,
    /// It was given back then: the next round is another unit's.
    pub(crate) returned: Option<i64>,
    pub(crate) resolved: i64,
    pub(crate) called_back: i64,
}

/// The citizen's word.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Answers {
    pub(crate) reached: bool,
    pub(crate) contacted: Option<bool>,
    pub(crate) solved: Option<bool>,
    pub(crate) satisfied: Option<bool>,
}

/// A case from its acceptance to its end; times are seconds.
#[derive(Debug, Clone)]
pub(crate) struct Story<'a> {
    pub(crate) number: CaseNumber,
    pub(crate) accepted: i64,
    pub(crate) ended: i64,
    pub(crate) state: State,
    pub(crate) close_reason: Option<CloseReason>,
    pub(crate) channel: Channel,
    pub(crate) line: Line,
    pub(crate) reporter: ReporterType,
    pub(crate) kind: Kind,
    pub(crate) urgency: Urgency,
    pub(crate) english: bool,
    pub(crate) matter: usize,
    pub(crate) place: usize,
    pub(crate) confidence: u8,
    pub(crate) entry: Option<&'a str>,
    pub(crate) rounds: Vec<Round<'a>>,
    pub(crate) reopened: u16,
    pub(crate) answers: Option<Answers>,
    pub(crate) outcome: Option<Outcome>,
    pub(crate) suspended: u32,
    pub(crate) issue: Option<CaseNumber>,
    pub(crate) caller: Option<i64>,
}

impl Default for Story<'_> {
    fn default() -> Self {
        Self {
            number: CaseNumber::new(Partition(0), 0)
                .unwrap_or_else(|| unreachable!("zero is a sequence")),
            accepted: 0,
            ended: 0,
            state: State::Accepted,
            close_reason: None,
            channel: Channel::Phone,
            line: Line::General,
            reporter: ReporterType::Resident,
            kind: Kind::Complaint,
            urgency: Urgency::Normal,
            english: false,
            matter: 0,
            place: 0,
            confidence: 0,
            entry: None,
            rounds: Vec::new(),
            reopened: 0,
            answers: None,
            outcome: None,
            suspended: 0,
            issue: None,
            caller: None,
        }
    }
}

impl<'a> Story<'a> {
    /// Tells the story of the case that was taken in then.
    pub(crate) fn tell(
        &mut self,
        world: &World<'a>,
        number: CaseNumber,
        accepted: i64,
        chance: &mut Chance,
    ) {
        let mut rounds = std::mem::take(&mut self.rounds);
        rounds.clear();
        *self = Self {
            number,
            accepted,
            rounds,
            ..Self::default()
        };
        let season = world.day(accepted).season;
        self.matter = chance.among(&world.matter_sums[season]);
        self.place = chance.among(&world.place_sums);
        self.confidence = 35 + (65.0 * chance.share().sqrt()) as u8;
        self.who(chance);
        if chance.is(0.58) && !world.entries.is_empty() {
            self.inquiry(world, chance);
        } else {
            self.order(world, chance);
        }
        self.ended = self.ended.clamp(accepted, accepted + LONGEST);
    }

    fn who(&mut self, chance: &mut Chance) {
        self.channel = match chance.share() {
            ..0.91 => Channel::Phone,
            ..0.94 => Channel::Wechat,
            ..0.96 => Channel::App,
            ..0.98 => Channel::Web,
            ..0.99 => Channel::Weibo,
            _ => Channel::MessageBoard,
        };
        self.line = match chance.share() {
            ..0.93 => Line::General,
            ..0.96 => Line::Merged,
            ..0.99 => Line::Enterprise,
            _ => Line::ForeignLanguage,
        };
        self.english = self.line == Line::ForeignLanguage;
        self.reporter = match self.line {
            Line::Enterprise => ReporterType::Enterprise,
            _ if chance.is(0.01) => ReporterType::Visitor,
            _ => ReporterType::Resident,
        };
        // Some call often: the square makes the first of a partition's callers call the most.
        let people = (self.number.sequence() / CALLS + 1) as f64;
        let who = (people * chance.share() * chance.share()) as u64;
        let partition = u64::from(self.number.partition().0);
        let pseudonym = mixed(0x6361_6c6c ^ (partition << 48) ^ who).cast_signed();
        self.caller = (self.channel == Channel::Phone).then_some(pseudonym);
    }

    /// A question that the knowledge base answers.
    fn inquiry(&mut self, world: &World<'a>, chance: &mut Chance) {
        self.kind = Kind::Consultation;
        let entry = (world.entries.len() as f64 * chance.share() * chance.share()) as usize;
        self.entry = world.entries.get(entry).copied();
        self.state = State::Closed;
        if chance.is(0.88) {
            // The operator has read it out, and the citizen is content.
            self.ended = self.accepted + MINUTE + chance.seconds(90.0, 0.8);
            self.answers = Some(Answers {
                reached: true,
                contacted: None,
                solved: Some(true),
                satisfied: None,
            });
            self.close_reason = Some(CloseReason::Confirmed);
        } else {
            self.ended = self.accepted + 3 * DAY + MINUTE;
            self.close_reason = Some(CloseReason::CallbackOverdue);
        }
    }

    /// A matter that somebody must do something about.
    fn order(&mut self, world: &World<'a>, chance: &mut Chance) {
        self.kind = match chance.share() {
            ..0.52 => Kind::Complaint,
            ..0.86 => Kind::Help,
            ..0.92 => Kind::Report,
            ..0.97 => Kind::Suggestion,
            ..0.985 => Kind::Praise,
            _ => Kind::Consultation,
        };
        let emergency = chance.is(0.012);
        self.urgency = if emergency {
            Urgency::Emergency
        } else {
            world.matters[self.matter].urgency
        };
        let mut now = self.accepted + 30 + chance.seconds(190.0, 0.9);
        if chance.is(0.015) {
            self.ended = now + chance.seconds(5.0 * HOUR as f64, 1.0);
            self.state = State::Withdrawn;
            return;
        }
        if chance.is(0.02) && self.number.sequence() > 200 {
            self.ended = now + chance.seconds(2.0 * HOUR as f64, 1.0);
            self.state = State::Merged;
            let before = 1 + chance.bits() % 200;
            self.issue = CaseNumber::new(self.number.partition(), self.number.sequence() - before);
            return;
        }
        let mut choice = world.choice(self.matter, self.place, emergency);
        let mut hops = 0;
        loop {
            let round = self.round(choice, now, hops, chance);
            self.rounds.push(round);
            if let Some(returned) = round.returned {
                // To the next: the district's own team, or whoever answers for such matters elsewhere.
                hops += 1;
                now = returned + MINUTE * 2;
                choice = world.choice(
                    (self.matter + hops) % world.matters.len(),
                    self.place,
                    false,
                );
                continue;
            }
            now = round.called_back;
            self.ask(now, chance);
            let again = self
                .answers
                .is_some_and(|answers| answers.solved == Some(false));
            if !(again && self.reopened < 2 && chance.is(0.45)) || now - self.accepted > 30 * DAY {
                break;
            }
            self.reopened += 1;
            now += MINUTE;
        }
        self.state = State::Closed;
        let reached = self.answers.is_some_and(|answers| answers.reached);
        self.close_reason = Some(if reached {
            CloseReason::Confirmed
        } else {
            CloseReason::Unreachable
        });
        self.ended = now + chance.seconds(20.0 * MINUTE as f64, 1.0);
    }

    fn round(
        &mut self,
        choice: Choice<'a>,
        offered: i64,
        hops: usize,
        chance: &mut Chance,
    ) -> Round<'a> {
        let signed = offered + MINUTE + chance.seconds(25.0 * MINUTE as f64, 1.2);
        let returned =
            (hops < 2 && chance.is(0.07)).then(|| signed + chance.seconds(HOUR as f64, 1.0));
        let allowed = (choice.handle_hours * HOUR) as f64;
        // Most are done well before the clock runs out, one in thirty after.
        let mut resolved = signed + chance.seconds(allowed * 0.28, 1.1);
        if returned.is_none() && chance.is(0.012) {
            let stood = chance.seconds(3.0 * DAY as f64, 0.7);
            self.suspended = self
                .suspended
                .saturating_add(u32::try_from(stood).unwrap_or_default());
            resolved += stood;
        }
        let called_back = resolved + HOUR + chance.seconds(16.0 * HOUR as f64, 0.8);
        Round {
            choice,
            offered,
            signed,
            returned,
            resolved,
            called_back,
        }
    }

    /// The citizen is called. From year to year more is solved.
    fn ask(&mut self, now: i64, chance: &mut Chance) {
        let years = (now - 1_546_300_800) as f64 / (365.25 * DAY as f64);
        let better = |from: f64, to: f64| to - (to - from) * (-years / 2.5).exp();
        self.outcome = Some(match chance.share() {
            ..0.78 => Outcome::Solved,
            ..0.86 => Outcome::PartlySolved,
            ..0.96 => Outcome::Explained,
            _ => Outcome::NotPossible,
        });
        if !chance.is(0.9) {
            self.answers = Some(Answers::default());
            return;
        }
        let contacted = chance.is(0.985);
        let solved = contacted && chance.is(better(0.53, 0.97));
        let satisfied = contacted && chance.is(if solved { better(0.85, 0.985) } else { 0.2 });
        self.answers = Some(Answers {
            reached: true,
            contacted: Some(contacted),
            solved: Some(solved),
            satisfied: chance.is(0.97).then_some(satisfied),
        });
    }

    /// As the archive has it.
    pub(crate) fn row(&self, world: &World<'a>) -> CaseRow<'a> {
        let (first, last) = (self.rounds.first(), self.rounds.last());
        let place = &world.places[self.place];
        let handled = last.filter(|round| round.returned.is_none());
        let due = first.map(|round| {
            round.offered + round.choice.handle_hours * HOUR + i64::from(self.suspended)
        });
        let late = handled
            .zip(due)
            .is_some_and(|(round, due)| self.reopened == 0 && round.resolved > due);
        let answer = |of: fn(Answers) -> Option<bool>| self.answers.and_then(of);
        // A case is taken up again because it was not solved the first time.
        let before = self.rounds.iter().find(|round| round.returned.is_none());
        let before = before.filter(|_| self.reopened > 0);
        let row = CaseRow {
            case_number: self.number,
            accepted_at: at(self.accepted),
            ended_at: at(self.ended),
            state: self.state.as_str(),
            close_reason: self.close_reason.map(CloseReason::as_str),
            channel: self.channel.as_str(),
            line: self.line.as_str(),
            reporter: self.reporter.as_str(),
            kind: Some(self.kind.as_str()),
            urgency: Some(self.urgency.as_str()),
            language: Some(if self.english { "en" } else { "zh" }),
            category: Some(world.matters[self.matter].category.as_str()),
            district: place.district,
            place: place.area.map(AreaId::as_str),
            unit: last.map(|round| round.choice.unit),
            team: last.map(|round| round.choice.team),
            rule: last.and_then(|round| round.choice.rule),
            offers: u16::try_from(self.rounds.len()).unwrap_or(u16::MAX),
            returns: u16::try_from(
                self.rounds
                    .iter()
                    .filter(|round| round.returned.is_some())
                    .count(),
            )
            .unwrap_or(0),
            reopened: self.reopened,
            first_offered_at: first.map(|round| at(round.offered)),
            signed_at: last.map(|round| at(round.signed)),
            resolved_at: handled.map(|round| at(round.resolved)),
            called_back_at: handled.map(|round| at(round.called_back)),
            handle_due_at: due.map(at),
            overdue_dispatch: false,
            overdue_sign: first.is_some_and(|round| round.signed - round.offered > 4 * HOUR),
            overdue_handle: late,
            overdue_callback: handled
                .is_some_and(|round| round.called_back - round.resolved > 3 * DAY),
            suspended_seconds: self.suspended,
            outcome: self.outcome.map(Outcome::as_str),
            reached: self.answers.map(|answers| answers.reached),
            contacted: answer(|answers| answers.contacted),
            solved: answer(|answers| answers.solved),
            satisfied: answer(|answers| answers.satisfied),
            first_reached_at: before.map(|round| at(round.called_back)),
            first_unit: before.map(|round| round.choice.unit),
            first_team: before.map(|round| round.choice.team),
            first_contacted: before.map(|_| true),
            first_solved: before.map(|_| false),
            first_satisfied: before.map(|_| false),
            issue: self.issue,
            answered: self.entry,
            confidence: Some(self.confidence),
            model: Some(model(self.accepted)),
            caller: self.caller,
            score_unit: None,
            score_team: None,
            score_day: None,
            score_excluded: None,
            score_contacted: None,
            score_solved: None,
            score_satisfied: None,
            score_formula: None,
        };
        row.scored(&world.pack.scores, &world.pack.city.time_zone)
    }
}

/// A model is in force for about half a year.
fn model(accepted: i64) -> &'static str {
    const MODELS: [&str; 4] = ["words-1", "groups-1", "groups-2", "groups-3"];
    MODELS[usize::try_from(accepted.div_euclid(180 * DAY).rem_euclid(4)).unwrap_or_default()]
}

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or_default()
}
