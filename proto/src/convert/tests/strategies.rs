//! Any value of the domain.

use jiff::Timestamp;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use swiftline_domain::case::{
    Ask, Assignment, Callback, CallbackVia, Case, Clock, ClockKind, Clocks, CloseReason,
    ConsideredTeam, DecidedBy, Due, Event, Offer, Outcome, Part, PartEnd, ReopenReason, Request,
    ReturnReason, State, Supervision, SupervisionReason, TeamChoice, TriageReason, Verdict,
};
use swiftline_domain::classification::{
    Classification, Evidence, EvidenceAbout, GroupGuess, Hints, Similar, Translation,
};
use swiftline_domain::complaint::{Complaint, Location, Source};
use swiftline_domain::id::{IdError, OfferNo, Version};
use swiftline_domain::number::{CaseNumber, MAX_PARTITIONS, MAX_SEQUENCE, Partition};
use swiftline_domain::vocabulary::{Channel, Kind, Language, Line, ReporterType, Urgency};

pub(super) fn time() -> impl Strategy<Value = Timestamp> {
    let seconds = Timestamp::MIN.as_second() + 1..=Timestamp::MAX.as_second();
    (seconds, 0..=999_999_999_i32).prop_map(|(s, n)| Timestamp::new(s, n).unwrap())
}

fn id<T: std::str::FromStr<Err = IdError> + std::fmt::Debug>() -> impl Strategy<Value = T> {
    "[a-zA-Z0-9._-]{1,64}".prop_map(|text| text.parse().unwrap())
}

fn number() -> impl Strategy<Value = CaseNumber> {
    (0..MAX_PARTITIONS, 0..=MAX_SEQUENCE)
        .prop_map(|(partition, sequence)| CaseNumber::new(Partition(partition), sequence).unwrap())
}

fn language() -> impl Strategy<Value = Language> {
    "[a-z]{2,3}".prop_map(|code| code.parse().unwrap())
}

fn some_text() -> impl Strategy<Value = String> {
    any::<String>().prop_filter("an empty text is an absent one", |text| !text.is_empty())
}

fn location() -> impl Strategy<Value = Location> {
    let degrees = prop::num::f64::NORMAL | prop::num::f64::ZERO | prop::num::f64::INFINITE;
    (degrees, degrees).prop_map(|(latitude, longitude)| Location {
        latitude,
        longitude,
    })
}

fn source() -> impl Strategy<Value = Source> {
    any::<(String, String, String)>().prop_map(|(key, complaint_type, descriptor)| Source {
        key,
        complaint_type,
        descriptor,
    })
}

pub(super) fn complaint() -> impl Strategy<Value = Complaint> {
    let words = (
        select(Channel::ALL),
        select(Line::ALL),
        select(ReporterType::ALL),
        option::of(select(Kind::ALL)),
        option::of(language()),
    );
    let rest = (
        option::of(location()),
        option::of(some_text()),
        option::of(source()),
        option::of(time()),
        (any::<(bool, Vec<String>)>(), option::of(id())),
    );
    (any::<String>(), words, rest).prop_map(|(text, words, rest)| {
        let (channel, line, reporter, kind, language) = words;
        let (location, address, source, reported_at, last) = rest;
        let ((confidential, attachments), answer) = last;
        Complaint {
            text,
            channel,
            line,
            reporter,
            kind,
            language,
            location,
            address,
            source,
            reported_at,
            confidential,
            attachments,
            answer,
        }
    })
}

fn evidence() -> impl Strategy<Value = Evidence> {
    use EvidenceAbout as A;
    let about = select(&[A::Category, A::Kind, A::Urgency, A::Place, A::Language]);
    (about, any::<String>(), prop::num::f32::NORMAL).prop_map(|(about, found, weight)| Evidence {
        about,
        found,
        weight,
    })
}

pub(super) fn classification() -> impl Strategy<Value = Classification> {
    let words = (select(Kind::ALL), select(Urgency::ALL), language());
    let places = (option::of(id()), prop::collection::vec(id(), 0..3));
    let scores = (
        option::of(id()),
        0.0..=1.0_f32,
        prop::collection::vec((id(), 0.0..=1.0_f32), 0..3),
    );
    let reasons = (
        prop::collection::vec(evidence(), 0..4),
        any::<String>(),
        hints(),
    );
    (words, places, scores, reasons).prop_map(|(words, places, scores, reasons)| Classification {
        category: scores.0,
        kind: words.0,
        urgency: words.1,
        language: words.2,
        place: places.0,
        place_candidates: places.1,
        confidence: scores.1,
        alternatives: scores.2,
        evidence: reasons.0,
        model: reasons.1,
        hints: reasons.2,
    })
}

fn hints() -> impl Strategy<Value = Hints> {
    let scored = || prop::collection::vec((any::<String>(), 0.0..=1.0_f32), 0..3);
    let group = (any::<String>(), 0.0..=1.0_f32, scored());
    let group = group.prop_map(|(label, confidence, alternatives)| GroupGuess {
        label,
        confidence,
        alternatives,
    });
    let similar = (number(), 0.0..=1.0_f32).prop_map(|(case, score)| Similar { case, score });
    let translation = (language(), any::<String>(), any::<String>())
        .prop_map(|(language, text, by)| Translation { language, text, by });
    (
        option::of(group),
        prop::collection::vec((id(), 0.0..=1.0_f32), 0..3),
        prop::collection::vec(similar, 0..3),
        prop::collection::vec((id(), 0.0..=1.0_f32), 0..3),
        option::of(translation),
    )
        .prop_map(|(group, units, similar, answers, translation)| Hints {
            group,
            units,
            similar,
            answers,
            translation,
        })
}

fn due() -> impl Strategy<Value = Due> {
    (time(), time()).prop_map(|(warn_at, at)| Due { warn_at, at })
}

fn clock() -> impl Strategy<Value = Clock> {
    (due(), any::<bool>(), any::<bool>(), option::of(time())).prop_map(
        |(due, warned, overdue, paused_at)| Clock {
            due,
            warned,
            overdue,
            paused_at,
        },
    )
}

fn considered() -> impl Strategy<Value = ConsideredTeam> {
    use Verdict as V;
    let verdict = select(&[
        V::Chosen,
        V::Busier,
        V::Full,
        V::OffDuty,
        V::LacksSkill,
        V::LacksLanguage,
        V::Elsewhere,
        V::AskedBefore,
    ]);
    (id(), any::<(u32, u32)>(), verdict).prop_map(|(team, (load, capacity), verdict)| {
        ConsideredTeam {
            team,
            load,
            capacity,
            verdict,
        }
    })
}

fn assignment() -> impl Strategy<Value = Assignment> {
    use TeamChoice as T;
    let choice = select(&[T::LeastLoaded, T::Spill, T::OffDuty, T::Manual]);
    let ids = (id(), id(), id(), option::of(id()));
    let others = (
        prop::collection::vec(id(), 0..3),
        prop::collection::vec(id(), 0..3),
    );
    let considered = prop::collection::vec(considered(), 0..3);
    (
        ids,
        select(Urgency::ALL),
        any::<String>(),
        choice,
        considered,
        others,
    )
        .prop_map(
            |(
                (unit, team, clock, rule),
                lane,
                rules_digest,
                choice,
                considered,
                (helpers, inform),
            )| Assignment {
                unit,
                team,
                lane,
                clock,
                helpers,
                inform,
                rule,
                rules_digest,
                choice,
                considered,
            },
        )
}

fn offer() -> impl Strategy<Value = Offer> {
    (
        any::<u32>(),
        assignment(),
        time(),
        time(),
        option::of((id(), time())),
    )
        .prop_map(|(no, assignment, offered_at, sign_by, signed)| Offer {
            no: OfferNo(no),
            assignment,
            offered_at,
            sign_by,
            signed,
        })
}

fn callback() -> impl Strategy<Value = Callback> {
    let answer = any::<Option<bool>>;
    (any::<bool>(), answer(), answer(), answer()).prop_map(
        |(reached, contacted, solved, satisfied)| Callback {
            reached,
            contacted,
            solved,
            satisfied,
        },
    )
}

pub(super) fn case() -> impl Strategy<Value = Case> {
    let head = (
        number(),
        any::<u64>(),
        select(&State::ALL),
        time(),
        time(),
        any::<u32>(),
    );
    let hands = (
        option::of(offer()),
        prop::collection::vec(id(), 0..3),
        option::of(id()),
        prop::collection::vec((any::<u32>().prop_map(OfferNo), id()), 0..3),
    );
    let clocks = (
        option::of(clock()),
        option::of(clock()),
        option::of(clock()),
    );
    let end = (
        option::of(select(Outcome::ALL)),
        option::of(callback()),
        option::of(number()),
        option::of(id()),
    );
    let beside = (
        (option::of(time()), any::<u32>()),
        prop::collection::vec(number(), 0..3),
        prop::collection::vec(part(), 0..3),
        option::of(request()),
        option::of(time()),
        option::of(supervision()),
    );
    (
        head,
        option::of(classification()),
        hands,
        clocks,
        end,
        beside,
    )
        .prop_map(|(head, classification, hands, clocks, end, beside)| Case {
            call_at: beside.0.0,
            attempts: beside.0.1,
            members: beside.1,
            parts: beside.2,
            request: beside.3,
            suspended_until: beside.4,
            supervision: beside.5,
            number: head.0,
            version: Version(head.1),
            state: head.2,
            accepted_at: head.3,
            updated_at: head.4,
            classification,
            offer: hands.0,
            asked: hands.1,
            answerable: hands.2,
            recalled: hands.3,
            clocks: Clocks {
                dispatch: clocks.0,
                handle: clocks.1,
                callback: clocks.2,
            },
            outcome: end.0,
            callback: end.1,
            reopened: head.5,
            dissatisfied: head.5 / 2,
            merged_into: end.2,
            answered: end.3,
        })
}

pub(super) fn event() -> impl Strategy<Value = Event> {
    prop_oneof![early_event(), team_event(), handling_event(), late_event()]
}

fn decided_by() -> impl Strategy<Value = DecidedBy> {
    (option::of(id()), any::<String>())
        .prop_map(|(rule, rules_digest)| DecidedBy { rule, rules_digest })
}

fn early_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        time().prop_map(|at| Event::Accepted { at }),
        (classification(), due()).prop_map(|(what, dispatch)| Event::Classified {
            classification: Box::new(what),
            dispatch
        }),
        (select(TriageReason::ALL), decided_by())
            .prop_map(|(reason, by)| Event::SentToTriage { reason, by }),
        (id(), due()).prop_map(|(entry, callback)| Event::Answered { entry, callback }),
        (offer(), option::of(due())).prop_map(|(offer, handle)| Event::Offered {
            offer: Box::new(offer),
            handle
        }),
    ]
}

fn team_event() -> impl Strategy<Value = Event> {
    let no = || any::<u32>().prop_map(OfferNo);
    let why = || (select(ReturnReason::ALL), any::<String>(), decided_by());
    prop_oneof![
        (id(), no(), id()).prop_map(|(unit, offer, actor)| Event::Signed { unit, offer, actor }),
        (id(), id(), no(), id(), why()).prop_map(
            |(unit, team, offer, actor, (reason, note, by))| {
                Event::Returned {
                    unit,
                    team,
                    offer,
                    actor,
                    reason,
                    note,
                    by,
                }
            }
        ),
        (id(), id(), no(), decided_by()).prop_map(|(unit, team, offer, by)| Event::Expired {
            unit,
            team,
            offer,
            by
        }),
        (id(), id(), no(), any::<String>()).prop_map(|(unit, team, offer, rules_digest)| {
            Event::Recalled {
                unit,
                team,
                offer,
                rules_digest,
            }
        }),
        (id(), id(), no(), id(), id(), why()).prop_map(
            |(unit, team, offer, actor, to, (reason, note, by))| Event::Transferred {
                unit,
                team,
                offer,
                actor,
                to,
                reason,
                note,
                by
            }
        ),
        (id(), any::<String>(), id(), option::of(time())).prop_map(
            |(actor, reason, approved_by, until)| Event::Suspended {
                actor,
                reason,
                approved_by,
                until
            }
        ),
        (option::of(id()), option::of(due()))
            .prop_map(|(actor, handle)| Event::Resumed { actor, handle }),
        (
            id(),
            id(),
            id(),
            select(Outcome::ALL),
            any::<String>(),
            due()
        )
            .prop_map(
                |(unit, team, actor, outcome, note, callback)| Event::Resolved {
                    unit,
                    team,
                    actor,
                    outcome,
                    note,
                    callback
                }
            ),
    ]
}

fn late_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        (
            option::of(id()),
            option::of(id()),
            callback(),
            select(CallbackVia::ALL),
            option::of(time()),
            any::<String>()
        )
            .prop_map(|(unit, entry, callback, via, again_at, comment)| {
                Event::CalledBack {
                    unit,
                    entry,
                    callback,
                    via,
                    again_at,
                    comment,
                }
            }),
        select(CloseReason::ALL).prop_map(|reason| Event::Closed { reason }),
        (
            option::of(id()),
            option::of(id()),
            select(ReopenReason::ALL)
        )
            .prop_map(|(unit, entry, reason)| Event::Reopened {
                unit,
                entry,
                reason
            }),
        (number(), option::of(due())).prop_map(|(into, handle)| Event::Merged { into, handle }),
        number().prop_map(|member| Event::Joined { member }),
        (number(), id(), select(Outcome::ALL), due()).prop_map(
            |(into, unit, outcome, callback)| Event::Followed {
                into,
                unit,
                outcome,
                callback
            }
        ),
        number().prop_map(|from| Event::Separated { from }),
        (option::of(id()), select(SupervisionReason::ALL))
            .prop_map(|(unit, reason)| Event::Supervised { unit, reason }),
        (id(), any::<String>()).prop_map(|(actor, note)| Event::Released { actor, note }),
        Just(Event::Withdrawn),
        select(&ClockKind::ALL).prop_map(|clock| Event::Warned { clock }),
        (option::of(id()), select(&ClockKind::ALL))
            .prop_map(|(unit, clock)| Event::Overrun { unit, clock }),
    ]
}

fn ask() -> impl Strategy<Value = Ask> {
    prop_oneof![
        due().prop_map(|until| Ask::Extension { until }),
        option::of(time()).prop_map(|until| Ask::Suspension { until }),
    ]
}

fn part() -> impl Strategy<Value = Part> {
    let end = option::of(select(PartEnd::ALL));
    let signed = option::of((id(), time()));
    let order = (any::<u32>(), id(), id(), select(Urgency::ALL));
    (order, time(), time(), signed, end).prop_map(
        |((no, unit, team, lane), offered_at, sign_by, signed, end)| Part {
            no: OfferNo(no),
            unit,
            team,
            lane,
            offered_at,
            sign_by,
            signed,
            end,
        },
    )
}

fn request() -> impl Strategy<Value = Request> {
    (ask(), any::<String>(), id(), time()).prop_map(|(ask, reason, by, at)| Request {
        ask,
        reason,
        by,
        at,
    })
}

fn supervision() -> impl Strategy<Value = Supervision> {
    (select(SupervisionReason::ALL), time())
        .prop_map(|(reason, since)| Supervision { reason, since })
}

/// Sub-orders, requests and notes.
fn handling_event() -> impl Strategy<Value = Event> {
    let no = || any::<u32>().prop_map(OfferNo);
    let attachments = prop::collection::vec(any::<String>(), 0..3);
    prop_oneof![
        (id(), ask(), any::<String>()).prop_map(|(actor, ask, reason)| Event::Asked {
            actor,
            ask,
            reason
        }),
        (id(), any::<String>(), id(), due()).prop_map(|(actor, reason, approved_by, handle)| {
            Event::Extended {
                actor,
                reason,
                approved_by,
                handle,
            }
        }),
        (id(), any::<String>()).prop_map(|(by, note)| Event::RequestDeclined { by, note }),
        (id(), id(), id(), any::<String>(), attachments).prop_map(
            |(unit, team, actor, note, attachments)| Event::Noted {
                unit,
                team,
                actor,
                note,
                attachments
            }
        ),
        part().prop_map(|part| Event::PartOffered {
            part: Box::new(part)
        }),
        (id(), no(), id()).prop_map(|(unit, part, actor)| Event::PartSigned { unit, part, actor }),
        (
            id(),
            id(),
            no(),
            option::of(id()),
            select(PartEnd::ALL),
            any::<String>()
        )
            .prop_map(|(unit, team, part, actor, end, note)| Event::PartEnded {
                unit,
                team,
                part,
                actor,
                end,
                note
            }),
    ]
}
