//! The rows of the tables: each field is a column, and its comment is what the documents say of it.

use jiff::Timestamp;
use jiff::civil::Date;

use super::table::{Cell, Column, Row, Table, Value};
use crate::number::CaseNumber;

macro_rules! rows {
    ($($(#[doc = $about:literal])* $row:ident of $table:ident {
        $(#[doc = $meaning:literal] $name:ident: $type:ty,)+
    })+) => {$(
        $(#[doc = $about])*
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub struct $row<'a> {
            $(#[doc = $meaning] pub $name: $type,)+
        }

        impl<'a> $row<'a> {
            /// The columns, in the order of the file.
            pub const COLUMNS: &'static [Column] = &[
                $(Column {
                    name: stringify!($name),
                    kind: <$type as Cell<'a>>::KIND,
                    nullable: <$type as Cell<'a>>::NULLABLE,
                    meaning: $meaning,
                },)+
            ];
        }

        impl<'a> Row<'a> for $row<'a> {
            const TABLE: Table = Table::$table;

            fn each_cell(&self, mut take: impl FnMut(usize, Value<'a>)) {
                let mut at = 0;
                $(take(at, self.$name.value()); at += 1;)+
                let _ = at;
            }

            fn of_cells(mut cell: impl FnMut(usize) -> Value<'a>) -> Option<Self> {
                let mut at = 0;
                let mut next = || { at += 1; cell(at - 1) };
                Some(Self { $($name: <$type as Cell<'a>>::of(next())?,)+ })
            }
        }
    )+};
}

rows! {
    /// A case that has ended. Times are whole seconds.
    CaseRow of Cases {
        /// The case's number, as the citizen has it.
        case_number: CaseNumber,
        /// When it was taken in.
        accepted_at: Timestamp,
        /// When it ended; the month of the file is the UTC month of this.
        ended_at: Timestamp,
        /// How it ended: closed, merged or withdrawn.
        state: &'a str,
        /// Why it was closed: confirmed, unreachable, callback_overdue, supervisor.
        close_reason: Option<&'a str>,
        /// The way it came in: phone, web, app …
        channel: &'a str,
        /// The hotline that was called: general, enterprise, foreign_language, merged.
        line: &'a str,
        /// Who asked: resident, enterprise, visitor, official.
        reporter: &'a str,
        /// What was wanted: consultation, help, complaint, report, suggestion, praise.
        kind: Option<&'a str>,
        /// How soon somebody had to act: normal, urgent, emergency.
        urgency: Option<&'a str>,
        /// The language of the text, ISO 639.
        language: Option<&'a str>,
        /// The category of the city's taxonomy.
        category: Option<&'a str>,
        /// The level-1 area (district, borough) of the place.
        district: Option<&'a str>,
        /// The smallest area known.
        place: Option<&'a str>,
        /// The unit that answered for it.
        unit: Option<&'a str>,
        /// The team of this unit that had it last.
        team: Option<&'a str>,
        /// The rule that sent it there; empty for the backstop or a person.
        rule: Option<&'a str>,
        /// How many offers were made.
        offers: u16,
        /// How many of them were returned.
        returns: u16,
        /// How often it was taken up again.
        reopened: u16,
        /// When it was first offered to a team.
        first_offered_at: Option<Timestamp>,
        /// When a team last signed for it.
        signed_at: Option<Timestamp>,
        /// When a result was last reported.
        resolved_at: Option<Timestamp>,
        /// When the citizen was last reached; when never, when this was last tried.
        called_back_at: Option<Timestamp>,
        /// When it had to be handled, suspensions included.
        handle_due_at: Option<Timestamp>,
        /// The dispatch clock ran out.
        overdue_dispatch: bool,
        /// The sign clock ran out.
        overdue_sign: bool,
        /// The handling clock ran out.
        overdue_handle: bool,
        /// The callback clock ran out.
        overdue_callback: bool,
        /// How long it was suspended, seconds.
        suspended_seconds: u32,
        /// The result: solved, partly_solved, explained, not_possible.
        outcome: Option<&'a str>,
        /// Some callback reached the citizen; empty when none was tried.
        reached: Option<bool>,
        /// The citizen was contacted (response), as said last.
        contacted: Option<bool>,
        /// It was solved (resolution), as said last.
        solved: Option<bool>,
        /// The citizen is satisfied (satisfaction), as said last.
        satisfied: Option<bool>,
        /// When the citizen was first reached, if that was about another unit, another result or another time than the columns before say.
        first_reached_at: Option<Timestamp>,
        /// The unit that those first answers are about; these columns are empty without a time before them.
        first_unit: Option<&'a str>,
        /// Its team.
        first_team: Option<&'a str>,
        /// The citizen was contacted (response), as said first.
        first_contacted: Option<bool>,
        /// It was solved (resolution), as said first.
        first_solved: Option<bool>,
        /// The citizen is satisfied (satisfaction), as said first.
        first_satisfied: Option<bool>,
        /// The case whose issue it was merged into.
        issue: Option<CaseNumber>,
        /// The entry of the knowledge base that answered it.
        answered: Option<&'a str>,
        /// How sure the category was, percent.
        confidence: Option<u8>,
        /// The model that said so.
        model: Option<&'a str>,
        /// Who asked, as a keyed pseudonym that means nothing without the key; empty when unknown or erased.
        caller: Option<i64>,
        /// The unit that the case counts for.
        score_unit: Option<&'a str>,
        /// The team of this unit that it counts for.
        score_team: Option<&'a str>,
        /// The day that the case counts on, in the city's time zone.
        score_day: Option<Date>,
        /// Why the case does not count: the id of an exclusion of the score formula.
        score_excluded: Option<&'a str>,
        /// The citizen was contacted (response), by the answers that count.
        score_contacted: Option<bool>,
        /// It was solved (resolution), by the answers that count.
        score_solved: Option<bool>,
        /// The citizen is satisfied (satisfaction), by the answers that count.
        score_satisfied: Option<bool>,
        /// The first 16 digits of the digest of the formula that said so.
        score_formula: Option<&'a str>,
    }

    /// Something that happened to a case.
    EventRow of Events {
        /// The case's number.
        case_number: CaseNumber,
        /// The case's version after the commit that the event is part of.
        version: u32,
        /// The event's place in its commit, from 0.
        step: u8,
        /// When, milliseconds; the month of the file is the UTC month of this.
        at: Timestamp,
        /// What happened: accepted, classified, offered, signed …
        event: &'a str,
        /// The unit that it is about.
        unit: Option<&'a str>,
        /// The team that it is about.
        team: Option<&'a str>,
        /// The number of the offer, or of the sub-order, that it is about.
        offer: Option<u16>,
        /// The desk worker, operator or service that acted, by an opaque id.
        actor: Option<&'a str>,
        /// Why: a code of the event's own vocabulary.
        reason: Option<&'a str>,
        /// The clock that warned or ran out: dispatch, sign, handle, callback.
        clock: Option<&'a str>,
        /// When the clock that the event starts runs out.
        due_at: Option<Timestamp>,
        /// The result: solved, partly_solved, explained, not_possible.
        outcome: Option<&'a str>,
        /// The callback reached the citizen.
        reached: Option<bool>,
        /// The citizen was contacted (response).
        contacted: Option<bool>,
        /// It was solved (resolution).
        solved: Option<bool>,
        /// The citizen is satisfied (satisfaction).
        satisfied: Option<bool>,
        /// The category.
        category: Option<&'a str>,
        /// What was wanted: consultation, help, complaint, report, suggestion, praise.
        kind: Option<&'a str>,
        /// How soon somebody must act: normal, urgent, emergency.
        urgency: Option<&'a str>,
        /// The language of the text, ISO 639.
        language: Option<&'a str>,
        /// The way it came in: phone, web, app …
        channel: Option<&'a str>,
        /// The hotline that was called.
        line: Option<&'a str>,
        /// The smallest area known.
        place: Option<&'a str>,
        /// The rule that decided.
        rule: Option<&'a str>,
        /// The first 16 digits of the digest of its rule set.
        rules_digest: Option<&'a str>,
        /// The entry of the knowledge base.
        entry: Option<&'a str>,
        /// The other case: whose issue it joined, follows or left, or which joined this one's.
        into: Option<CaseNumber>,
    }

    /// What stays of a month whose cases were dropped: sums over the cases that ended in it.
    RollupRow of Rollups {
        /// The unit that the cases count for.
        unit: Option<&'a str>,
        /// The level-1 area.
        district: Option<&'a str>,
        /// The category.
        category: Option<&'a str>,
        /// The team that they count for; of cases that count for no unit, that had them last.
        team: Option<&'a str>,
        /// Cases.
        cases: u32,
        /// Cases whose citizen was reached and that no exclusion takes out.
        assessed: u32,
        /// Of these: the citizen was contacted.
        contacted: u32,
        /// Of these: it was solved.
        solved: u32,
        /// Of these: the citizen is satisfied.
        satisfied: u32,
        /// Cases handled too late.
        late: u32,
        /// Cases taken up again.
        reopened: u32,
        /// The month, such as 2026-11, of the day that these cases count on; empty for cases without one.
        score_month: Option<&'a str>,
        /// Of the assessed: the citizen said whether they were contacted.
        contacted_of: u32,
        /// Of the assessed: the citizen said whether it was solved.
        solved_of: u32,
        /// Of the assessed: the citizen said whether they are satisfied.
        satisfied_of: u32,
        /// Cases that no exclusion takes out, and whose citizen was never reached.
        unreached: u32,
    }
}

impl<'a> EventRow<'a> {
    /// An event of which nothing else is known.
    #[must_use]
    pub const fn new(
        case_number: CaseNumber,
        (version, step): (u32, u8),
        at: Timestamp,
        event: &'a str,
    ) -> Self {
        Self {
            case_number,
            version,
            step,
            at,
            event,
            unit: None,
            team: None,
            offer: None,
            actor: None,
            reason: None,
            clock: None,
            due_at: None,
            outcome: None,
            reached: None,
            contacted: None,
            solved: None,
            satisfied: None,
            category: None,
            kind: None,
            urgency: None,
            language: None,
            channel: None,
            line: None,
            place: None,
            rule: None,
            rules_digest: None,
            entry: None,
            into: None,
        }
    }
}
