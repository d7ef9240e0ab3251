//! What can be asked of a case, and the words for why.

use jiff::Timestamp;

use super::event::DecidedBy;
use super::request::Ask;
use super::state::{Assignment, ClockKind, Due};
use crate::classification::Classification;
use crate::id::{ActorId, EntryId, OfferNo, TeamId, UnitId};
use crate::number::CaseNumber;
use crate::vocabulary::Lane;

/// The longest note of a team or dispatcher, in characters.
pub const MAX_NOTE_CHARS: usize = 2_000;

/// Something asked of a case. What it needs from outside (times, choices) it brings along.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// The classifier, or a person in triage, says what it is.
    Classify {
        /// What it is.
        classification: Box<Classification>,
        /// When it must have reached a unit.
        dispatch: Due,
    },
    /// Nobody could tell where it belongs: a person must.
    SendToTriage {
        /// Why.
        reason: TriageReason,
        /// The rules by which nobody was found.
        by: DecidedBy,
    },
    /// The knowledge base answers it.
    Answer {
        /// The entry that answers.
        entry: EntryId,
        /// Until when the citizen may say that it did not help; then the case closes by itself.
        callback: Due,
    },
    /// Put it into a team's queue.
    Offer {
        /// To whom, and why.
        assignment: Box<Assignment>,
        /// When the offer expires.
        sign_by: Timestamp,
        /// When it must be handled; only the first offer (and the first after a reopening) starts that clock.
        handle: Due,
    },
    /// A team takes it.
    Sign(Claim),
    /// A team says it is not theirs.
    Return {
        /// Who.
        claim: Claim,
        /// Why.
        reason: ReturnReason,
        /// In their words.
        note: String,
    },
    /// The offer was not signed for in time.
    Expire {
        /// The offer.
        offer: OfferNo,
    },
    /// The rules have changed: what nobody has signed for is decided anew.
    Recall {
        /// The offer.
        offer: OfferNo,
        /// The digest of the new rules.
        rules_digest: String,
    },
    /// Its team hands it to another unit. The first stays answerable until another has signed.
    Transfer {
        /// Who.
        claim: Claim,
        /// To which unit.
        to: UnitId,
        /// Why.
        reason: ReturnReason,
        /// In their words.
        note: String,
    },
    /// Its team sets it aside.
    Suspend {
        /// Who.
        claim: Claim,
        /// Why.
        reason: String,
        /// Who approved; not the one who asks.
        approved_by: ActorId,
        /// When it is taken up again by itself; `None`: when the team says so.
        until: Option<Timestamp>,
    },
    /// Its team takes it up again, or the time for which it was set aside is over.
    Resume {
        /// Who; `None` when the time is over.
        claim: Option<Claim>,
        /// When it must be handled now, by the city's calendar; `None`: later by as long as it stood still.
        handle: Option<Due>,
    },
    /// Its team asks for more time, or to set it aside.
    Ask {
        /// Who.
        claim: Claim,
        /// What for.
        ask: Ask,
        /// Why.
        reason: String,
    },
    /// Somebody decides on that.
    DecideRequest {
        /// Yes or no.
        approve: bool,
        /// Who decides; not the one who asked.
        by: ActorId,
        /// In their words.
        note: String,
    },
    /// Its team, or a helper's, tells how it goes on.
    Note {
        /// Who.
        claim: Claim,
        /// In their words.
        note: String,
        /// Addresses of pictures and papers.
        attachments: Vec<String>,
    },
    /// The lead calls a unit to help.
    OfferPart {
        /// The unit.
        unit: UnitId,
        /// Its team that is asked.
        team: TeamId,
        /// The lane of the team's queue.
        lane: Lane,
        /// When the sub-order expires.
        sign_by: Timestamp,
    },
    /// A helper's part ends: done, or declined.
    EndPart {
        /// Who; the offer is the part's number.
        claim: Claim,
        /// [`PartEnd::Done`] or [`PartEnd::Declined`].
        end: PartEnd,
        /// In their words.
        note: String,
    },
    /// The lead does without a helper.
    DropPart {
        /// The lead.
        claim: Claim,
        /// The part.
        part: OfferNo,
        /// In their words.
        note: String,
    },
    /// A sub-order was not signed for in time.
    ExpirePart {
        /// The part.
        part: OfferNo,
    },
    /// Its team reports the result.
    Resolve {
        /// Who.
        claim: Claim,
        /// What came of it.
        outcome: Outcome,
        /// In their words.
        note: String,
        /// When the citizen must have been asked.
        callback: Due,
    },
    /// The citizen was called back.
    RecordCallback {
        /// What came of it.
        callback: Callback,
        /// How the citizen was asked.
        via: CallbackVia,
        /// When to try again, if the citizen was not reached and is to be called again.
        again_at: Option<Timestamp>,
        /// What the citizen adds, in their own words; at most [`MAX_NOTE_CHARS`] characters.
        comment: String,
    },
    /// It is finished.
    Close {
        /// Why.
        reason: CloseReason,
    },
    /// The citizen says it is not done.
    Reopen {
        /// Why.
        reason: ReopenReason,
    },
    /// It is the same issue as another: it goes on with that, but keeps its clock, its callback and its score.
    Merge {
        /// The case that the issue is kept under.
        into: CaseNumber,
        /// When it must be handled; starts that clock where none runs.
        handle: Due,
    },
    /// Another case is merged into this one.
    Join {
        /// The other.
        member: CaseNumber,
    },
    /// The case that its issue is kept under has a result, so it has one.
    Follow {
        /// The unit that handled the issue.
        unit: UnitId,
        /// What came of it.
        outcome: Outcome,
        /// When the citizen must have been asked.
        callback: Due,
    },
    /// It is no longer part of the issue.
    Separate,
    /// Supervision is to look after it.
    Supervise {
        /// Why.
        reason: SupervisionReason,
    },
    /// Supervision has looked after it.
    Release {
        /// Who.
        actor: ActorId,
        /// In their words.
        note: String,
    },
    /// The citizen takes it back.
    Withdraw,
    /// A clock is about to run out.
    Warn(ClockKind),
    /// A clock has run out.
    Overrun(ClockKind),
}

impl Command {
    /// The command's name for refusals, logs and metrics.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Classify { .. } => "classify",
            Self::SendToTriage { .. } => "send to triage",
            Self::Answer { .. } => "answer",
            Self::Offer { .. } => "offer",
            Self::Sign(_) => "sign",
            Self::Return { .. } => "return",
            Self::Expire { .. } => "expire",
            Self::Recall { .. } => "recall",
            Self::Transfer { .. } => "transfer",
            Self::Suspend { .. } => "suspend",
            Self::Resume { .. } => "resume",
            Self::Ask { .. } => "ask",
            Self::DecideRequest { .. } => "decide a request",
            Self::Note { .. } => "note",
            Self::OfferPart { .. } => "offer a part",
            Self::EndPart { .. } => "end a part",
            Self::DropPart { .. } => "drop a part",
            Self::ExpirePart { .. } => "expire a part",
            Self::Resolve { .. } => "resolve",
            Self::RecordCallback { .. } => "record callback",
            Self::Close { .. } => "close",
            Self::Reopen { .. } => "reopen",
            Self::Merge { .. } => "merge",
            Self::Join { .. } => "join",
            Self::Follow { .. } => "follow",
            Self::Separate => "separate",
            Self::Supervise { .. } => "supervise",
            Self::Release { .. } => "release",
            Self::Withdraw => "withdraw",
            Self::Warn(_) => "warn",
            Self::Overrun(_) => "overrun",
        }
    }
}

/// A team's word that the order is theirs: which team, which offer, and which of its people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The team.
    pub team: TeamId,
    /// The offer it was given.
    pub offer: OfferNo,
    /// Who acts for the team.
    pub actor: ActorId,
}

macro_rules! reason {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant,)+ }
        impl $name {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];
            /// The word used in files, on the command line, in spans and metrics.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
        impl std::str::FromStr for $name {
            type Err = crate::vocabulary::UnknownWord;
            fn from_str(word: &str) -> Result<Self, Self::Err> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(crate::vocabulary::UnknownWord { word: word.to_owned(), allowed: &[$($word,)+] }),
                }
            }
        }
    };
}

reason! {
    /// Why a person must decide where a case goes.
    TriageReason {
        /// The classifier was not sure of the category.
        LowConfidence = "low_confidence",
        /// No place could be told, and the rules need one.
        NoPlace = "no_place",
        /// It has been handed on as often as the city allows.
        HopLimit = "hop_limit",
        /// No team of any unit in question can take it.
        NoTeam = "no_team",
    }
}

reason! {
    /// Why a team returns an order.
    ReturnReason {
        /// It belongs to another unit.
        WrongUnit = "wrong_unit",
        /// The unit has no power over the matter.
        OutsidePowers = "outside_powers",
        /// The same matter is already in hand.
        Duplicate = "duplicate",
        /// What was told is not enough to act on.
        NotEnoughInformation = "not_enough_information",
    }
}

reason! {
    /// What came of an order.
    Outcome {
        /// Done as asked.
        Solved = "solved",
        /// Partly done, or done another way.
        PartlySolved = "partly_solved",
        /// Explained: nothing is to be done.
        Explained = "explained",
        /// It cannot be done.
        NotPossible = "not_possible",
    }
}

reason! {
    /// Why a case is finished.
    CloseReason {
        /// The citizen confirmed.
        Confirmed = "confirmed",
        /// The citizen could not be reached in the attempts that the city makes.
        Unreachable = "unreachable",
        /// The callback clock ran out.
        CallbackOverdue = "callback_overdue",
        /// A supervisor closed it.
        Supervisor = "supervisor",
    }
}

reason! {
    /// Why a case is taken up again.
    ReopenReason {
        /// The citizen says that it is not solved.
        NotSolved = "not_solved",
        /// The citizen is not satisfied.
        Dissatisfied = "dissatisfied",
        /// It came back.
        Recurred = "recurred",
    }
}

reason! {
    /// How a citizen is asked whether the matter is settled.
    CallbackVia {
        /// By an operator on the phone.
        Phone = "phone",
        /// By a link.
        Link = "link",
        /// By text message.
        Sms = "sms",
    }
}

reason! {
    /// How a helper's part ended.
    PartEnd {
        /// Its team has done it.
        Done = "done",
        /// Its team says that there is nothing for it to do.
        Declined = "declined",
        /// Nobody signed in time.
        Expired = "expired",
        /// The lead did without, or has given the case away.
        Dropped = "dropped",
    }
}

reason! {
    /// Why supervision (督办) looks after a case.
    SupervisionReason {
        /// A clock has run out.
        Overdue = "overdue",
        /// It was taken up again as often as the city bears.
        Repeated = "repeated",
        /// Nobody takes it.
        Ownerless = "ownerless",
        /// Somebody asked for it.
        Requested = "requested",
    }
}

/// The citizen's answers when called back: the three rates are made of these.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Callback {
    /// The citizen could be reached. When not, the rest is `None`.
    pub reached: bool,
    /// Was I contacted? (response 响应)
    pub contacted: Option<bool>,
    /// Was it solved? (resolution 解决)
    pub solved: Option<bool>,
    /// Am I satisfied? (satisfaction 满意)
    pub satisfied: Option<bool>,
}
